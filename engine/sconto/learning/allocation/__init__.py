"""Allocation under a budget: which depth for whom, and the shadow price that says so."""
