"""Balances and reservations, computed from the entries of the log alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

_AFTER: Final = {
    "redemption": "redeemed",
    "release": "released",
    "expiry": "expired",
    "replacement": "replaced",
}
"""How a reservation stands after an entry; after a return its entry says it."""


_STATES: Final = frozenset({*_AFTER.values(), "returned"})
_DRAWING: Final = frozenset({"decision", "release", "expiry", "replacement", "return"})
"""Entries that move budgets."""
Draw: TypeAlias = tuple[str, str, int]
"""Budget, ledger key and limit."""


class Ledger:
    """What entries, added in their order, have drawn, given back and reserved."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        """What each ledger key has used."""
        self.states: dict[int, str] = {}
        """How the reservation of each entry stands."""
        self.drawn: dict[int, Counter[Draw]] = {}
        """What each reservation took, and did not return."""
        self._made: dict[str, int] = {}

    def add(self, entry: Mapping[str, Any]) -> Iterator[str]:
        """Add *entry*; what it does that no entry may do."""
        kind, draws = entry["kind"], entry.get("draws", ())
        sign = 1 if kind == "decision" else -1
        if draws and kind not in _DRAWING:
            yield f"is a {kind}, and moves a budget"
            return
        for _, key, amount, limit in draws:
            if type(amount) is not int or amount < 0:
                yield f"draws {amount} of `{key}`"
                return
            self.used[key] += sign * amount
            if sign > 0 and self.used[key] > limit:
                yield f"takes `{key}` to {self.used[key]}, past its limit {limit}"
            if self.used[key] < 0:
                yield f"gives back more of `{key}` than was drawn"
        if kind == "decision":
            self._reserve(entry)
        elif kind in _AFTER or kind == "return":
            yield from self._step(entry)

    def _reserve(self, entry: Mapping[str, Any]) -> None:
        if "expires_us" in entry:
            self._made[entry["about"]] = entry["seq"]
            self.states[entry["seq"]] = "held"
            self.drawn[entry["seq"]] = _amounts(entry)

    def _step(self, entry: Mapping[str, Any]) -> Iterator[str]:
        made = self._made.get(entry["about"])
        if made is None:
            yield f"is a {entry['kind']} of a decision that reserved nothing"
            return
        before, gone = self.states[made], _amounts(entry)
        needed = {"redeemed"} if entry["kind"] == "return" else {"held"}
        if before not in needed and not (entry["kind"] == "release" and before == "redeemed"):
            yield f"is a {entry['kind']} of a reservation that was {before}"
        self.states[made] = _AFTER.get(entry["kind"]) or entry.get("state", "")
        if self.states[made] not in _STATES:
            yield f"leaves its reservation as `{self.states[made]}`"
        if entry["kind"] == "return":
            if not gone <= self.drawn[made]:
                yield "gives back more than its decision drew"
            self.drawn[made] -= gone
        elif entry["kind"] != "redemption" and gone != self.drawn[made]:
            yield "does not give back what its decision drew"


def _amounts(entry: Mapping[str, Any]) -> Counter[Draw]:
    return totals(entry.get("draws", ()))


def totals(draws: Iterable[tuple[str, str, int, int]]) -> Counter[Draw]:
    """What *draws* take, by budget, ledger key and limit."""
    found: Counter[Draw] = Counter()
    for budget, key, amount, limit in draws:
        found[budget, key, limit] += amount
    return +found
