"""Bundles are the best there are: compared with every way of filling them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.domain.bundles import Goods, pieces_in_bundles

items = st.lists(st.integers(1, 2), min_size=1, max_size=3)
lines = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 6), st.integers(1, 7)), min_size=1, max_size=4
)


def _assignments(pieces: int, fits: int, rooms: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The rooms left after each way of putting *pieces* into the items they fit."""
    if not pieces:
        yield rooms
        return
    for k, room in enumerate(rooms):
        if room and fits >> k & 1:
            left = tuple(r - (i == k) for i, r in enumerate(rooms))
            yield from _assignments(pieces - 1, fits, left)


def _fill(goods: list[Goods], counts: tuple[int, ...], rooms: tuple[int, ...]) -> bool:
    reached = {rooms}
    for g, count in zip(goods, counts, strict=True):
        reached = {left for r in reached for left in _assignments(count, g.fits, r)}
    return tuple(0 for _ in rooms) in reached


def _best(
    goods: list[Goods], wanted: list[int], price: int, most: int
) -> tuple[Fraction, int] | None:
    """What bundles can save at most, and the fewest that save it; None when none can be made."""
    best: tuple[Fraction, int] | None = None
    for counts in product(*(range(g.pieces + 1) for g in goods)):
        bundles, rest = divmod(sum(counts), sum(wanted))
        if (
            rest
            or not 0 < bundles <= most
            or not _fill(goods, counts, tuple(n * bundles for n in wanted))
        ):
            continue
        value = sum((g.value * n for g, n in zip(goods, counts, strict=True)), Fraction(0))
        best = max(best or (Fraction(0), 0), (value - bundles * price, -bundles))
    return best and (best[0], -best[1])


@settings(deadline=None, max_examples=400)
@given(wanted=items, stated=lines, price=st.integers(0, 12), most=st.integers(1, 9))
def test_no_other_way_of_bundling_saves_more(
    wanted: list[int], stated: list[tuple[int, int, int]], price: int, most: int
) -> None:
    """The saving is the largest, with the fewest bundles, whichever items a piece fits."""
    kinds = 2 ** len(wanted) - 1
    goods = [
        Goods(i, pieces, Fraction(value), fits % kinds + 1)
        for i, (pieces, value, fits) in enumerate(stated)
    ]
    found = pieces_in_bundles(goods, wanted, price, most)
    event("none" if found is None else f"{min(len(found), 2)} lines")
    expected = _best(goods, wanted, price, most)
    if expected is None or found is None:
        assert expected is None
        assert found is None
        return
    bundles = sum(found.values()) // sum(wanted)
    saved = sum((goods[i].value * n for i, n in found.items()), Fraction(0)) - bundles * price

    assert expected == (saved, bundles)
    assert all(n <= goods[i].pieces for i, n in found.items())


@settings(deadline=None, max_examples=200)
@given(wanted=items, stated=lines, price=st.integers(0, 12))
def test_the_order_of_lines_changes_nothing(
    wanted: list[int], stated: list[tuple[int, int, int]], price: int
) -> None:
    """Equal pieces are told apart by their line's number, not by where they stand."""
    kinds = 2 ** len(wanted) - 1
    goods = [
        Goods(i, pieces, Fraction(value), fits % kinds + 1)
        for i, (pieces, value, fits) in enumerate(stated)
    ]

    found = pieces_in_bundles(goods, wanted, price, 9)
    assert found == pieces_in_bundles(goods[::-1], wanted, price, 9)
