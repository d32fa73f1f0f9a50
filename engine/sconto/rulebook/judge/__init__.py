"""Judges of a ruleset: durable-rules, and plain Python as its fallback and oracle."""
