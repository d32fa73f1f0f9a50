"""Backtest: two rulesets over the decisions of a log, in their order, and what differs."""
