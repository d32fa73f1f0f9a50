"""Windows and sequences against a brute force that looks at every event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.learning.data.documents import EventsDoc, WindowDoc
from sconto.learning.data.event_windows import DAY_SECONDS, Past, past_of
from sconto.learning.data.sequences import line_up

DOC = EventsDoc(
    kind="purchase",
    table="bought",
    at="at",
    of=["who"],
    numbers={"paid": "paid"},
    categories={"what": "what"},
)
WINDOW = WindowDoc(
    events="bought",
    days=[7],
    ever=True,
    give={
        "count": "count",
        "sum": "sum paid",
        "mean": "mean paid",
        "last": "days_since_last",
        "first": "days_since_first",
    },
)
SCHEMA = {"who": pl.String, "at": pl.Int64, "paid": pl.Float64, "what": pl.String}

EVENT = st.tuples(
    st.sampled_from(["ann", "bob", "cid"]),
    st.integers(0, 40).map(lambda half: half * DAY_SECONDS // 2),
    st.none() | st.integers(0, 900).map(lambda cents: cents / 100),
    st.sampled_from(["MILK", "SOUP"]),
)
ROW = st.tuples(
    st.sampled_from(["ann", "bob", "dora"]),
    st.integers(0, 40).map(lambda half: half * DAY_SECONDS // 2),
)


def past(events: list[Any], rows: list[Any]) -> Past:
    """The past of *rows* among *events*."""
    asked = pl.DataFrame(rows, schema={"who": pl.String, "moment": pl.Int64}, orient="row")
    table = pl.DataFrame(events, schema=SCHEMA, orient="row")
    return past_of(DOC, table, asked, asked["moment"].to_numpy())


@given(st.lists(EVENT, max_size=12), st.lists(ROW, min_size=1, max_size=4))
@settings(deadline=None, max_examples=25)
def test_windows_are_what_a_look_at_every_event_finds(events: list[Any], rows: list[Any]) -> None:
    """Every aggregate must be that of the shopper's events within the window, before the moment."""
    found = past(events, rows).features(WINDOW)

    for i, (who, moment) in enumerate(rows):
        own = [e for e in events if e[0] == who and e[1] < moment]
        for suffix, since in (("_7d", moment - 7 * DAY_SECONDS), ("", 0)):
            seen = [e for e in own if e[1] >= since]
            paid = [e[2] for e in seen if e[2] is not None]
            wanted = {
                "count": len(seen),
                "sum": sum(paid),
                "mean": sum(paid) / len(paid) if paid else np.nan,
                "last": (moment - max(e[1] for e in seen)) / DAY_SECONDS if seen else np.nan,
                "first": (moment - min(e[1] for e in own)) / DAY_SECONDS if own else np.nan,
            }
            for name, value in wanted.items():
                assert np.isclose(value, found[f"{name}{suffix}"][i], equal_nan=True), name


@given(
    st.lists(EVENT, max_size=12), st.lists(EVENT, max_size=6), st.lists(ROW, min_size=1, max_size=4)
)
@settings(deadline=None, max_examples=25)
def test_the_future_changes_no_window_and_no_sequence(
    events: list[Any], planted: list[Any], rows: list[Any]
) -> None:
    """Events planted at or after a row's moment must change nothing of it, to the last bit."""
    future = [e for e in planted if all(e[1] >= moment for _, moment in rows)]
    without, with_future = past(events, rows), past([*events, *future], rows)

    one, other = without.features(WINDOW), with_future.features(WINDOW)
    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)
    names = (("purchase",), ("MILK", "SOUP"))
    lines = [line_up([p], 3) for p in (without, with_future)]
    vocabularies = [dict(zip(("event", "what"), names, strict=True)) for _ in lines]
    a, b = (
        line.encode(tuple(v[c] for c in line.categorical))
        for line, v in zip(lines, vocabularies, strict=True)
    )
    assert np.array_equal(a.mask, b.mask)
    assert np.array_equal(a.numeric, b.numeric, equal_nan=True)
    assert np.array_equal(a.categorical, b.categorical)


def test_the_age_is_that_of_the_newest_event() -> None:
    """The age of features must count from the newest event before the moment."""
    day = DAY_SECONDS
    asked = past(
        [
            ("ann", 2 * day, 1.0, "MILK"),
            ("ann", 5 * day, 1.0, "MILK"),
            ("ann", 9 * day, 1.0, "MILK"),
        ],
        [("ann", 9 * day), ("bob", 9 * day)],
    )

    assert np.allclose([4, np.nan], asked.age(), equal_nan=True)


def test_rows_and_events_without_a_key_belong_to_nobody() -> None:
    """A missing key must match nothing, not every other missing key."""
    found = past([(None, 0, 1.0, "MILK")], [(None, DAY_SECONDS)]).features(WINDOW)

    assert [0] == found["count"].tolist()


def test_events_of_several_kinds_stand_in_one_line() -> None:
    """A line must mix kinds by time, and tell each event's kind."""
    rows = [("ann", 9 * DAY_SECONDS)]
    some = past([("ann", 1, 1.0, "MILK"), ("ann", 5, 1.0, "MILK")], rows)
    others = past([("ann", 3, 2.0, "SOUP")], rows)

    line = line_up([some, replace(others, kind="search")], 3)

    everything = np.ones(1, dtype=np.bool_)
    assert ["purchase", "search", "purchase"] == line.values("event", everything).to_list()
    assert ["MILK", "SOUP", "MILK"] == line.values("what", everything).to_list()
