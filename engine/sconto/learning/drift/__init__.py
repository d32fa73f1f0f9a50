"""Drift: whether the rows that a model meets are still like those that it learnt from."""
