"""Scores candidates with an exported model: feature definitions, manifest and session."""
