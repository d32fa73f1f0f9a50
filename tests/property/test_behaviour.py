"""What is counted is what happened: whatever order events come in, however often, at any edge."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.app.ports import EventsWrite, SentEvent, Store
from sconto.domain.behaviour import BehaviourEvent, Measure, Signal, signal_values
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

KINDS = ("basket_abandoned", "coupon_tried", "purchase")
SHOPPERS = ("u1", "u2")

# Times are few, so that events often fall on the edges of windows.
happened = st.builds(
    BehaviourEvent, st.sampled_from(KINDS), st.integers(100, 130), st.integers(0, 2_000)
)
histories = st.dictionaries(
    st.tuples(st.sampled_from(SHOPPERS), st.sampled_from("abcdefghijkl")), happened, max_size=16
).map(lambda found: [SentEvent(*key, what) for key, what in found.items()])
signals = st.builds(
    Signal,
    st.just("s"),
    st.frozensets(st.sampled_from(KINDS), min_size=1),
    st.sampled_from(Measure),
    st.integers(1, 30),
)


def oracle(signal: Signal, history: Sequence[SentEvent], user: str, as_of_us: int) -> int:
    """The signal's value by trying every microsecond of its window."""
    window = range(as_of_us - signal.window_us + 1, as_of_us + 1)
    seen = [
        told.event.amount if signal.measure is Measure.SUM else 1
        for told in history
        for at_us in window
        if told.user_ref == user and told.event.at_us == at_us and told.event.kind in signal.events
    ]
    return sum(seen)


def calls(arriving: Sequence[SentEvent], size: int) -> list[EventsWrite]:
    """*arriving* events in calls of *size*."""
    return [EventsWrite(tuple(arriving[i : i + size])) for i in range(0, len(arriving), size)]


async def arrive(store: Store, writes: Sequence[EventsWrite]) -> int:
    """How many events of *writes*, sent at once, were new."""
    return sum(await asyncio.gather(*(store.commit_events(write) for write in writes)))


@given(data=st.data(), history=histories, asked=st.lists(signals, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_signals_are_exact(
    data: st.DataObject, history: list[SentEvent], asked: list[Signal]
) -> None:
    """Events that come in any order, batch and number of copies give what a naive count gives."""
    copies = data.draw(st.lists(st.sampled_from(history), max_size=10) if history else st.just([]))
    arriving = data.draw(st.permutations([*history, *copies]))
    writes = calls(arriving, data.draw(st.integers(1, 6)))
    as_of_us = data.draw(st.integers(95, 135))
    named = [Signal(f"s{nth}", s.events, s.measure, s.window_us) for nth, s in enumerate(asked)]
    event(f"copies: {bool(copies)}")

    def check(store: Store) -> None:
        assert asyncio.run(arrive(store, writes)) == len(history)
        for user in SHOPPERS:
            since_us = as_of_us - max(s.window_us for s in named)
            seen = store.behaviour(user, since_us, as_of_us)
            expected = {f"signal.{s.id}": oracle(s, history, user, as_of_us) for s in named}
            assert signal_values(named, seen.events, as_of_us) == expected
            assert seen.last_seq == len(history)

    check(MemoryStore())
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "log.db")
        try:
            check(store)
        finally:
            store.close()
