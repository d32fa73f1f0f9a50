"""Windows over the past."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sconto.learning.history import NEVER, History

EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.integers(-50, 50)), min_size=1, max_size=40
)


def column(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """An int64 column."""
    return np.array(values, dtype=np.int64)


@given(EVENTS, st.integers(0, 3), st.integers(-3, 14), st.integers(0, 14))
def test_windows_agree_with_counting_one_by_one(
    events: list[tuple[int, int, int]], group: int, since: int, until: int
) -> None:
    """Sums, first and last must be those of a plain loop over since <= instant < until."""
    groups, instants, amounts = (column(*part) for part in zip(*events, strict=True))
    history = History(groups, instants, amount=amounts)
    until = max(since, until, 0)

    inside = [a for g, i, a in events if g == group and since <= i < until]
    earlier = [i for g, i, _ in events if g == group and i < until]
    ever = [i for g, i, _ in events if g == group]
    sums = history.sums(column(group), column(since), column(until))

    assert (len(inside), sum(inside)) == (sums["events"][0], sums["amount"][0])
    assert max(earlier, default=NEVER) == history.last(column(group), column(until))[0]
    assert min(ever, default=NEVER) == history.first(column(group))[0]


def test_an_event_of_the_same_instant_is_not_past() -> None:
    """What happens at the very instant asked about must not be seen."""
    history = History(column(1, 1), column(100, 200))

    assert 1 == history.sums(column(1), column(0), column(200))["events"][0]
    assert 100 == history.last(column(1), column(200))[0]
