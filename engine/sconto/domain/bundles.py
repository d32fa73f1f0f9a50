"""Bundles: which pieces of a basket go into them, and how many are worth making."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Goods:
    """*pieces* equal pieces of a basket line, *value* minor units each.

    Bit k of *fits* says that they may be item k of the bundle; at least one bit is set.
    """

    line: int
    pieces: int
    value: Fraction
    fits: int


def pieces_in_bundles(
    goods: Sequence[Goods], items: Sequence[int], price: int, most: int
) -> Mapping[int, int] | None:
    """How many pieces of each line go into bundles of *items* pieces at *price* minor units.

    As many bundles are made, up to *most*, as the basket holds and as still save something; the
    dearest pieces go first, whatever item they are needed for. Empty when none saves anything, None
    when the basket holds none at all.
    """
    dearest = sorted(goods, key=lambda g: (-g.value, g.line))
    if _filled(dearest, items, 1) is None:
        return None
    counts = range(1, most + 1)
    made = bisect_left(counts, True, key=lambda n: _saved_by(dearest, items, n) <= price)
    filled = _filled(dearest, items, made) or {}
    return {line: pieces for line, pieces in filled.items() if pieces}


def _saved_by(dearest: Sequence[Goods], items: Sequence[int], number: int) -> Fraction:
    """What the pieces that bundle number *number* adds are worth; never more than the one before.

    Below zero when there are not enough pieces for it.
    """
    filled, before = (_filled(dearest, items, n) for n in (number, number - 1))
    if filled is None or before is None:
        return Fraction(-1)
    return sum(((filled[g.line] - before[g.line]) * g.value for g in dearest), Fraction(0))


def _filled(dearest: Sequence[Goods], items: Sequence[int], bundles: int) -> dict[int, int] | None:
    """The dearest pieces that fill *bundles* bundles, by line; None when there are too few.

    A choice of pieces fills them if no set of items is asked to hold more than it has room for
    (Hall), so taking from each line what leaves all of them room gives the dearest choice.
    """
    room = {
        union: bundles * sum(n for k, n in enumerate(items) if union >> k & 1)
        for union in _unions({g.fits for g in dearest})
    }
    filled: dict[int, int] = {}
    for g in dearest:
        concerned = [union for union in room if union & g.fits == g.fits]
        taken = min(g.pieces, *(room[union] for union in concerned))
        for union in concerned:
            room[union] -= taken
        filled[g.line] = taken
    return filled if sum(filled.values()) == bundles * sum(items) else None


def _unions(sets: set[int]) -> set[int]:
    """*sets* and all unions of those that overlap; others ask nothing that these don't."""
    found = set(sets)
    while more := {a | b for a in found for b in found if a & b} - found:
        found |= more
    return found
