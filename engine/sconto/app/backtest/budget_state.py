"""What budgets have used as one ruleset's decisions follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sconto.app.backtest.outcome import Use
from sconto.domain.budget import BudgetView

Snapshot = dict[str, dict[str, int]]
"""What ledger keys have used, by holder (`all`, a jurisdiction or a shopper) and key."""


@dataclass(slots=True)
class BudgetState:
    """The ledger of one ruleset, and the reservations that the log will give back later."""

    used: Snapshot = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    """The holders whose budgets many shoppers draw on."""
    to_free: dict[str, tuple[Use, ...]] = field(default_factory=dict)
    """What decisions hold that was handed back in the end, or a part of it, by decision id."""

    @classmethod
    def opened(cls, opening: BudgetView, shared: frozenset[str]) -> BudgetState:
        """A state in which ledger keys have used *opening*."""
        state = cls(shared=shared)
        for key, amount in opening.items():
            state._move(key, amount)
        return state

    def view(self, keys: Iterable[str]) -> BudgetView:
        """What *keys* have used, zero included."""
        return {key: self.used_of(key) for key in keys}

    def used_of(self, key: str) -> int:
        """What *key* has used."""
        return self.used.get(holder_of(key), {}).get(key, 0)

    def is_shopper(self, key: str) -> bool:
        """Whether *key* is of one shopper alone."""
        return holder_of(key) not in self.shared

    def reserve(self, decision_id: str, uses: Sequence[Use], *, freed_later: bool) -> None:
        """Take *uses* from their keys."""
        for use in uses:
            self._move(use.key, use.amount)
        if freed_later and uses:
            self.to_free[decision_id] = tuple(uses)

    def free(self, decision_id: str) -> None:
        """Give back what *decision_id* holds."""
        for use in self.to_free.pop(decision_id, ()):
            self._move(use.key, -use.amount)

    def free_part(self, decision_id: str, amounts: Iterable[tuple[str, int]]) -> None:
        """Give back *amounts* of what *decision_id* holds, and not more than that."""
        most = dict(amounts)
        left: list[Use] = []
        for use in self.to_free.pop(decision_id, ()):
            gone = min(use.amount, most.get(use.key, 0))
            self._move(use.key, -gone)
            left.append(replace(use, amount=use.amount - gone))
        self.to_free[decision_id] = tuple(left)

    def give_back(self, amounts: Iterable[tuple[str, int]]) -> None:
        """Give back what a decision before the backtest's first held."""
        for key, amount in amounts:
            self._move(key, -amount)

    def of(self, holders: Iterable[str]) -> Snapshot:
        """A copy of what the keys of *holders* have used."""
        return {h: dict(self.used[h]) for h in holders if h in self.used}

    def _move(self, key: str, amount: int) -> None:
        keys = self.used.setdefault(holder_of(key), {})
        keys[key] = keys.get(key, 0) + amount


def holder_of(key: str) -> str:
    """Whose ledger key it is; see `domain.budget.ledger_key`."""
    return key.split("/", 2)[1]


def shared_holders(zones: Mapping[str, str]) -> frozenset[str]:
    """The holders that many shoppers draw on: all together, and each jurisdiction of *zones*."""
    return frozenset({"all", *zones})
