"""What is generated from what: one module for each source."""
