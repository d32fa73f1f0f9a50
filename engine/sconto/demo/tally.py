"""Counts over the replies of a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sconto.api.amounts import to_minor
from sconto.demo.expected_gain import ExpectedGain, depth_of
from sconto.domain.choice import Ranked
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.v1.decision_pb2 import ChoiceGroup

GroupOf = Callable[[Any, Any], str]
"""The group that a request and one of its lines are counted in."""


@dataclass(slots=True)
class Sold:
    """The sums of one group of lines; amounts in minor units."""

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
    withheld: Counter[str] = field(default_factory=Counter)
    """Decisions in which a rule withheld a candidate, by rule id."""
    reviewed: Counter[str] = field(default_factory=Counter)
    """Decisions for which a rule asks a person to look at what was given, by rule id."""
    used: dict[str, int] = field(default_factory=dict)
    """What each ledger key has used, as far as the decisions and releases of this run know."""
    held_out: int = 0
    rungs: Counter[Rung] = field(default_factory=Counter)
    causes: Counter[RungCause] = field(default_factory=Counter)
    """Why answers were not made on the model rung."""
    gain: ExpectedGain = field(default_factory=ExpectedGain)
    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    redeemed: int = 0
    released: int = 0
    without_model: int = 0
    """Of both, those whose fate no model spoke of."""

    def add(self, request: Any, decision: Any, seconds: float) -> None:
        """Count one answer to *request*."""
        self.seconds.append(seconds)
        self.rungs[Rung(decision.rung)] += 1
        if decision.rung_cause:
            self.causes[RungCause(decision.rung_cause)] += 1
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

    def add_record(self, decision: Any, record: Mapping[str, Any], alone: Iterable[Ranked]) -> None:
        """Count what only the decision in full has: rules that withheld, expected gain, budget use.

        *alone* are its candidates as each may be given alone.
        """
        self.gain.add(decision, alone)
        findings = (f for candidate in decision.candidates for f in candidate.findings)
        self.withheld.update({finding.rule_id for finding in findings} - {""})
        self.used.update(record["budgets"])
        for draw in record["outcome"]["reserved"]:
            self.used[draw["key"]] = record["budgets"].get(draw["key"], 0) + draw["amount"]

    def add_release(self, record: Mapping[str, Any]) -> None:
        """Count that the reservation of *record* was released: its budgets have it again."""
        self.released += 1
        for draw in record["outcome"]["reserved"]:
            self.used[draw["key"]] -= draw["amount"]

    def _add_lines(self, request: Any, decision: Any) -> None:
        off = {price.line_id: minor(price.discount) for price in decision.line_prices}
        for line in request.basket.lines:
            sold = self.groups.setdefault(self.group_of(request, line), Sold())
            sold.pieces += line.quantity
            sold.list_total += line.quantity * minor(line.list_price)
            sold.given += off[line.line_id]


def minor(money: Any) -> int:
    """*money* in minor units of its currency."""
    return to_minor(money, money.currency_code, "")


def example_rank(decision: Any) -> tuple[int, bool, int]:
    """The rank of *decision* as an example; the largest is shown.

    By discounts, then whether giving was weighed, then by kinds of reasons and few lines.
    """
    kinds = len(set(decision.not_chosen.reasons))
    weighed = decision.reason == ReasonCode.NOT_WORTH_IT
    return len(decision.discounts), weighed, 5 * kinds - len(decision.line_prices)


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
