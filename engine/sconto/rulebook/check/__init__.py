"""Checks within a document and between documents, beyond their types."""
