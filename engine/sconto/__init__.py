"""Sconto decides which discount a shopper gets, and can prove why."""
