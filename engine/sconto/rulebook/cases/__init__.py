"""Tests of rules: cases beside the rules, run through the real core, and what they cover."""
