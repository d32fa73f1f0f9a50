"""Trains, judges and exports the models. The only package that knows torch."""
