"""Signals: what the shopper did lately, counted for one decision."""

from __future__ import annotations

from dataclasses import replace

from sconto.app.ports import Store
from sconto.domain.behaviour import longest_window, signal_values
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import Ruleset


def with_signals(context: DecisionContext, ruleset: Ruleset, store: Store) -> DecisionContext:
    """*context* with the value of every signal of *ruleset* at the context's own instant.

    Reads the shopper's events once, and not at all for a ruleset without signals. Raises
    StoreUnavailable when they can't be read: a cap that can't be counted must not be passed.
    """
    if not ruleset.signals:
        return context
    as_of_us = context.moment.as_of_us
    since_us = as_of_us - longest_window(ruleset.signals)
    seen = store.behaviour(context.user_ref, since_us, as_of_us)
    return replace(context, signals=signal_values(ruleset.signals, seen.events, as_of_us))
