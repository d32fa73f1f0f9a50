"""Use cases, and the ports they need: the core with the world attached."""
