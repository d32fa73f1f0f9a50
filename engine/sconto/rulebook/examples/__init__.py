"""Worked examples of legal packs, run through the real core."""
