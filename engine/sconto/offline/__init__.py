"""Decisions without a server: from rule files or from a decision log."""
