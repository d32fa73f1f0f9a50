"""Verifies a log from a copy of its file and public keys alone.

INVARIANT: imports nothing else of Sconto, so that no fault of the writer hides itself.
"""
