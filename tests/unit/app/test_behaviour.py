"""Signals of one decision: read once, at its own instant, and never guessed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contract.writes import START_US, events, told
from sconto.app.behaviour import forget_old_events, with_signals
from sconto.app.ports import Behaviour
from sconto.domain.behaviour import LONGEST_WINDOW_US, Measure, Signal
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import Ruleset
from sconto.errors import StoreUnavailable
from sconto.store.memory import MemoryStore
from support import builders

LEFT = frozenset({"basket_abandoned"})
SIGNALS = (
    Signal("left-lately", LEFT, Measure.COUNT, 10),
    Signal("left-worth", LEFT, Measure.SUM, 100),
)


class UnreadableStore(MemoryStore):
    """A store that can't read behaviour."""

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        raise StoreUnavailable("the store can't be read")


def rules(*signals: Signal) -> Ruleset:
    """A ruleset with these signals."""
    return replace(builders.ruleset(), signals=signals)


def context(at_us: int) -> DecisionContext:
    """u1's basket, *at_us* after START_US."""
    basket = builders.context()
    return replace(basket, moment=replace(basket.moment, as_of_us=START_US + at_us))


@pytest.mark.parametrize(
    ("at_us", "lately", "worth"), [(49, 0, 0), (50, 1, 7), (95, 1, 12), (151, 0, 5), (900, 0, 0)]
)
async def test_signals_are_counted_at_the_decision_s_own_instant(
    at_us: int, lately: int, worth: int
) -> None:
    """A dry run at another instant sees what was in each signal's window then."""
    store = MemoryStore()
    theirs = told("x", 50, user="u2", amount=1_000)
    await store.commit_events(events(told("a", 50, amount=7), told("b", 90, amount=5), theirs))
    counted = with_signals(context(at_us), rules(*SIGNALS), store)

    assert counted == replace(context(at_us), signals=counted.signals, behaviour_seq=3)
    assert counted.signals == {"signal.left-lately": lately, "signal.left-worth": worth}


def test_a_ruleset_without_signals_reads_nothing() -> None:
    """Its decisions don't pay for the history, and don't depend on it."""
    assert with_signals(context(0), rules(), UnreadableStore()) == context(0)


def test_a_history_that_can_not_be_read_stops_the_decision() -> None:
    """No number is made up for what could not be counted."""
    with pytest.raises(StoreUnavailable):
        with_signals(context(0), rules(*SIGNALS), UnreadableStore())


async def test_events_are_kept_for_as_long_as_a_signal_may_ask() -> None:
    """The longest window a signal can have still finds all of its events."""
    store = MemoryStore()
    await store.commit_events(events(told("old", -1), told("edge", 0), told("new", 1)))
    gone = await forget_old_events(store, lambda: START_US + LONGEST_WINDOW_US)

    kept = store.behaviour("u1", 0, START_US * 2).events
    assert gone == 1
    assert [e.at_us - START_US for e in kept] == [0, 1]
