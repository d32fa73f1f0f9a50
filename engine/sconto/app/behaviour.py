"""Signals: what the shopper did lately, counted for one decision, and forgotten after its time."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sconto.app.ports import Clock, Store
from sconto.domain.behaviour import LONGEST_WINDOW_US, longest_window, signal_values
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import Ruleset

FORGET_BATCH: Final = 500
"""Events looked at in one go, so that decisions are never held up for long."""


def with_signals(
    context: DecisionContext, ruleset: Ruleset, store: Store, without: str = ""
) -> DecisionContext:
    """*context* with the value of every signal of *ruleset* at the context's own instant.

    The events of the decision *without* are not counted. Reads the shopper's events once, and not
    at all for a ruleset without signals. Raises
    StoreUnavailable when they can't be read: a cap that can't be counted must not be passed.
    """
    if not ruleset.signals:
        return context
    as_of_us = context.moment.as_of_us
    since_us = as_of_us - longest_window(ruleset.signals)
    seen = store.behaviour(context.user_ref, since_us, as_of_us, without)
    signals = signal_values(ruleset.signals, seen.events, as_of_us, ruleset.exchange)
    return replace(context, signals=signals, behaviour_seq=seen.last_seq)


async def forget_old_events(store: Store, clock: Clock) -> int:
    """Delete what no signal can count any more; return how many events that were.

    What shoppers did is personal: it is kept for as long as a rule may ask for it.
    """
    return await store.forget_events(clock() - LONGEST_WINDOW_US, FORGET_BATCH)
