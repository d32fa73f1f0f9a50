"""How one side's budgets are used over time, and which would have run out."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from sconto.app.backtest.budget_state import BudgetState
from sconto.app.backtest.outcome import Outcome, Refusal, Use
from sconto.domain.reasons import ReasonCode


@dataclass(slots=True)
class KeyUse:
    """One ledger key: a budget of one holder in one period."""

    budget_id: str
    limit: int
    counted: bool
    peak: int = 0
    """The most that was used at once, reserved or spent."""
    ran_out_us: int | None = None
    """When it could not cover an allowed candidate for the first time."""
    refused: int = 0
    """Decisions in which it could not cover an allowed candidate."""
    paced: int = 0
    """Decisions in which only its pace stood against one."""


@dataclass(frozen=True, slots=True)
class Level:
    """What a ledger key had used at the end of a stretch of time."""

    key: str
    used: int
    limit: int


@dataclass(slots=True)
class BudgetBook:
    """The use of every budget on one side."""

    keys: dict[str, KeyUse] = field(default_factory=dict)
    """Of budgets that many shoppers share, by ledger key."""
    capped: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The ledger keys of single shoppers whose cap refused something, by budget."""
    capped_decisions: Counter[str] = field(default_factory=Counter)
    """Decisions in which a shopper's cap refused something, by budget."""
    levels: dict[str, dict[int, Level]] = field(default_factory=lambda: defaultdict(dict))
    """By `budget/holder` and stretch of time."""

    def add(self, outcome: Outcome, at_us: int, bucket: int, state: BudgetState) -> None:
        """Count what *outcome* took and what it was refused; *state* bears it already."""
        for use in outcome.uses:
            if not state.is_shopper(use.key):
                self._add_use(use, bucket, state)
        for refusal in outcome.refusals:
            self._add_refusal(refusal, at_us, state)

    def _add_use(self, use: Use, bucket: int, state: BudgetState) -> None:
        known = self._key(use)
        used = state.used_of(use.key)
        known.peak = max(known.peak, used)
        known.limit = use.limit
        self.levels[use.key.rsplit("/", 1)[0]][bucket] = Level(use.key, used, use.limit)

    def _add_refusal(self, refusal: Refusal, at_us: int, state: BudgetState) -> None:
        use = refusal.use
        if state.is_shopper(use.key):
            self.capped[use.budget_id].add(use.key)
            self.capped_decisions[use.budget_id] += 1
            return
        known = self._key(use)
        if refusal.code == ReasonCode.BUDGET_AHEAD_OF_PACE.name:
            known.paced += 1
            return
        known.refused += 1
        if known.ran_out_us is None:
            known.ran_out_us = at_us

    def _key(self, use: Use) -> KeyUse:
        known = self.keys.get(use.key)
        if known is None:
            known = self.keys[use.key] = KeyUse(use.budget_id, use.limit, use.counted)
        return known
