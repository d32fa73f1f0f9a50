"""What a day's replies add up to. The only module of `play` that reads a reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sconto.domain.money import format_minor
from sconto.domain.reasons import ReasonCode, Rung
from sconto.v1.decision_pb2 import ChoiceGroup, OfferKind

GroupOf = Callable[[Any, Any], str]
"""The group that a request and one of its lines are counted in."""


@dataclass(slots=True)
class Sold:
    """What one group of lines came to; amounts in minor units."""

    pieces: int = 0
    list_total: int = 0
    given: int = 0


@dataclass(slots=True)
class Tally:
    """Counts over the answers so far; amounts in minor units, latencies in seconds."""

    group_of: GroupOf
    discounted: int = 0
    given: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Times, by offer and depth."""
    money: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Discount, by offer and depth."""
    groups: dict[str, Sold] = field(default_factory=dict)
    none_reasons: Counter[ReasonCode] = field(default_factory=Counter)
    spoken: Counter[str] = field(default_factory=Counter)
    """Decisions in which a rule withheld a candidate, by rule id."""
    reviewed: Counter[str] = field(default_factory=Counter)
    """Decisions for which a rule asks a person to look at what was given, by rule id."""
    used: dict[str, int] = field(default_factory=dict)
    """What each ledger key has used as of the last decision that looked at it."""
    held_out: int = 0
    rungs: Counter[Rung] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    redeemed: int = 0
    released: int = 0

    def add(self, request: Any, decision: Any, seconds: float) -> None:
        """Count one answer to *request*."""
        self.seconds.append(seconds)
        self.rungs[Rung(decision.rung)] += 1
        self.held_out += decision.group == ChoiceGroup.CHOICE_GROUP_HOLDOUT
        self.reviewed.update({finding.rule_id for finding in decision.reviews})
        self._add_lines(request, decision)
        if not decision.discounts:
            self.none_reasons[ReasonCode(decision.reason)] += 1
            return
        self.discounted += 1
        for discount in decision.discounts:
            key = discount.offer_id, depth_of(discount)
            self.given[key] += 1
            self.money[key] += minor(discount.total)

    def add_record(self, decision: Any, record: Mapping[str, Any]) -> None:
        """Count what only the decision in full tells: the rules that spoke, the budgets' use."""
        findings = (f for candidate in decision.candidates for f in candidate.findings)
        self.spoken.update({finding.rule_id for finding in findings} - {""})
        self.used.update(record["budgets"])
        for draw in record["outcome"]["reserved"]:
            self.used[draw["key"]] = record["budgets"].get(draw["key"], 0) + draw["amount"]

    def _add_lines(self, request: Any, decision: Any) -> None:
        off = {price.line_id: minor(price.discount) for price in decision.line_prices}
        for line in request.basket.lines:
            sold = self.groups.setdefault(self.group_of(request, line), Sold())
            sold.pieces += line.quantity
            sold.list_total += line.quantity * minor(line.list_price)
            sold.given += off[line.line_id]


def is_discounted(decision: Any) -> bool:
    """Whether *decision* gives anything."""
    return bool(decision.discounts)


def told(decision: Any) -> int:
    """How well *decision* shows what a decision is: by discounts, kinds of reasons, few lines."""
    kinds = len(set(decision.not_chosen.reasons))
    return 100 * len(decision.discounts) + 5 * kinds - len(decision.line_prices)


def depth_of(discount: Any) -> str:
    """How deep *discount* is, in the words of its kind of offer."""
    if discount.WhichOneof("depth") == "percent_bp":
        return f"{discount.percent_bp / 100:g} %"
    amount = format_minor(minor(discount.amount), discount.amount.currency_code)
    match discount.kind:
        case OfferKind.OFFER_KIND_BUNDLE:
            return f"for {amount}"
        case OfferKind.OFFER_KIND_SPEND_TIERS:
            return f"from {amount}"
        case _:
            return amount


def line_department(_request: Any, line: Any) -> str:
    """The department of *line*."""
    return str(line.department)


def line_category(_request: Any, line: Any) -> str:
    """The category of *line*."""
    return str(line.category)


def risk_band(request: Any, _line: Any) -> str:
    """The risk band of the shopper who sent *request*."""
    return next(_texts(request, "shopper.risk_band"), "not known")


def _texts(request: Any, name: str) -> Iterator[str]:
    return (str(fact.text) for fact in request.shopper.attributes if fact.name == name)


def minor(money: Any) -> int:
    """A google.type.Money in minor units of a currency with two decimals."""
    return int(money.units * 100 + money.nanos // 10_000_000)
