"""How cases write steps, money and answers, and how each is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sconto.domain.money import MINOR_DIGITS, to_major
from sconto.domain.offer import IN_BASIS_POINTS, OfferKind
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.rulebook.documents.quantities import basis_points, is_decimal, scaled


@dataclass(frozen=True, slots=True)
class Words:
    """Reads and writes the words of one ruleset."""

    ruleset: Ruleset

    def money(self, minor: int) -> str:
        """*minor* units as cases write money, e.g. `12.50`."""
        return str(to_major(minor, self.ruleset.currency))

    def minor(self, text: str) -> int | None:
        """The money *text* in minor units; None when it is none, or finer."""
        digits = MINOR_DIGITS[self.ruleset.currency]
        return scaled(text, digits) if is_decimal(text) else None

    def step(self, text: str) -> tuple[str, int] | None:
        """The offer and depth that *text* names, e.g. `cheese 10 %`; None when there is none."""
        offer_id, _, written = text.partition(" ")
        offer = next((o for o in self.ruleset.offers if o.id == offer_id), None)
        if offer is None:
            return None
        depth = basis_points(written) if offer.kind in IN_BASIS_POINTS else self.minor(written)
        return (offer_id, depth) if depth in offer.ladder and depth is not None else None

    def steps(self) -> list[str]:
        """Every step of every offer."""
        return [self.named(o.id, o.kind, depth) for o in self.ruleset.offers for depth in o.ladder]

    def named(self, offer_id: str, kind: OfferKind, depth: int) -> str:
        """The step of *offer_id* at *depth* as cases write it."""
        if kind not in IN_BASIS_POINTS:
            return f"{offer_id} {self.money(depth)}"
        whole, part = divmod(depth, 100)
        share = f"{whole}.{part:02d}".rstrip("0") if part else str(whole)
        return f"{offer_id} {share} %"

    def step_of(self, stated: Mapping[str, Any]) -> str:
        """The step of a candidate as a record states it."""
        return self.named(stated["offer_id"], OfferKind(stated["kind"]), stated["depth"])

    def drawn(self, budget_id: str, amount: int) -> str | int:
        """What a budget gives, as cases write it: money, or discounts counted."""
        counted = self.ruleset.budgets[budget_id].measure is BudgetMeasure.COUNT
        return amount if counted else self.money(amount)
