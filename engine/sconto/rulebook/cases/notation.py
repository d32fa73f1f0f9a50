"""How cases write steps, money and answers, and how each is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sconto.domain.money import MINOR_DIGITS, to_major
from sconto.domain.offer import IN_BASIS_POINTS, OfferKind
from sconto.domain.record_reading import reviews_of
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.domain.units import percent
from sconto.rulebook.documents.quantities import basis_points, is_decimal, scaled


@dataclass(frozen=True, slots=True)
class Notation:
    """Reads and writes steps, money and answers of one ruleset."""

    ruleset: Ruleset

    def money(self, minor: int) -> str:
        """*minor* units as cases write money, e.g. `12.50`."""
        return str(to_major(minor, self.ruleset.currency))

    def minor(self, text: str) -> int | None:
        """The money *text* in minor units; None when it is none, or finer."""
        return minor_of(text, self.ruleset.currency)

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
        return f"{offer_id} {percent(depth)}"

    def step_of(self, stated: Mapping[str, Any]) -> str:
        """The step of a candidate as a record states it."""
        return self.named(stated["offer_id"], OfferKind(stated["kind"]), stated["depth"])

    def drawn(self, budget_id: str, amount: int) -> str | int:
        """What a budget gives, as cases write it: money, or discounts counted."""
        counted = self.ruleset.budgets[budget_id].measure is not BudgetMeasure.AMOUNT
        return amount if counted else str(to_major(amount, self.ruleset.shop_currency))


def minor_of(text: str, currency: str) -> int | None:
    """The money *text* in minor units of *currency*; None when it is none, or finer."""
    return scaled(text, MINOR_DIGITS[currency]) if is_decimal(text) else None


Record = Mapping[str, Any]


def answers_of(record: Record, ruleset: Ruleset) -> dict[str, Any]:
    """Everything that an expectation can ask of *record*."""
    notation, outcome = Notation(ruleset), record["outcome"]
    return {
        "given": {
            d["lane"]: f"{notation.step_of(d)}, {notation.money(d['discount'])} off"
            for d in outcome["discounts"]
        },
        "pays": [notation.money(net) for net in outcome["net_totals"]],
        "reason": outcome["reason"],
        "rung": outcome["rung"],
        "group": outcome["group"],
        "codes": [code["status"] for code in outcome.get("codes", ())],
        "disclosures": sorted(name for name, _ in outcome["disclosures"]),
        "reviews": sorted({finding["rule"] for finding in reviews_of(outcome)}),
        "budgets": {
            draw["budget"]: notation.drawn(draw["budget"], draw["amount"])
            for draw in outcome["reserved"]
        },
        "withheld": {
            notation.step_of(c): _answer(c) for c in record["candidates"] if c["reason"] != "CHOSEN"
        },
    }


def findings_of(candidate: Record) -> list[Record]:
    """What withheld a candidate alone, or else on top of what earlier lanes gave."""
    found: list[Record] = candidate["findings"] or candidate.get("stacked", {}).get("findings", [])
    return found


def _answer(candidate: Record) -> str:
    rules = [_who(finding) for finding in findings_of(candidate) if finding["rule"]]
    return f"{candidate['reason']} {', '.join(rules)}".strip()


def _who(finding: Record) -> str:
    missing = [fact for fact, *_, observed in finding["clauses"] if observed is None]
    return " ".join((finding["rule"], *missing[:1]))
