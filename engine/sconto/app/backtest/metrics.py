"""The figures that a backtest is judged by, and the limits that a caller sets on them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from sconto.app.backtest.comparison import NEW, OLD
from sconto.app.backtest.tally import CHANGES, Sum, Tally
from sconto.domain.money import MINOR_DIGITS, PPM_ONE


class Unit(Enum):
    """What a metric is counted in."""

    COUNT = "count"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of both sides."""

    unit: Unit
    sentence: str


METRICS: Final = {
    "decisions": Metric(Unit.COUNT, "decisions that were backtested"),
    "changed": Metric(Unit.COUNT, "decisions that give something else than before"),
    "none_to_given": Metric(Unit.COUNT, "decisions that give a discount now and gave none before"),
    "given_to_none": Metric(Unit.COUNT, "decisions that gave a discount and give none now"),
    "other_offer": Metric(Unit.COUNT, "decisions that give other offers"),
    "other_depth": Metric(Unit.COUNT, "decisions that give the same offers at other depths"),
    "other_amount": Metric(Unit.COUNT, "decisions that give the same depths, but other amounts"),
    "discounts": Metric(Unit.COUNT, "decisions with a discount"),
    "discount": Metric(Unit.MONEY, "what comes off in all"),
    "supplier_share": Metric(Unit.MONEY, "what suppliers pay back of it"),
    "discount_cost": Metric(Unit.MONEY, "what discounts cost the shop: discount - supplier_share"),
    "net_revenue": Metric(Unit.MONEY, "what shoppers pay: list prices of the sales - discount"),
    "margin": Metric(Unit.MONEY, "net_revenue - unit costs + supplier_share, of lines with a cost"),
    "expected_gain": Metric(
        Unit.MONEY, "what discounts were expected to add to giving nothing, by the model"
    ),
    "budgets_run_out": Metric(Unit.COUNT, "shared budgets that ran out, counted by period"),
    "shoppers_capped": Metric(Unit.COUNT, "shoppers' own caps that refused something, by period"),
    "limits_hit": Metric(Unit.COUNT, "decisions in which a guardrail withheld something"),
    "not_scored": Metric(Unit.COUNT, "decisions with a candidate that has no score"),
    "facts_missing": Metric(Unit.COUNT, "decisions in which a missing fact withheld something"),
    "requests_refused": Metric(Unit.COUNT, "requests that a server with the rules would not take"),
    "unreadable": Metric(Unit.COUNT, "entries of the log that can't be read"),
}  # fmt: skip
"""Every metric; the names are stable."""

Values = Mapping[str, tuple[int, int]]
"""Old and new, by metric; money in minor units."""


def metrics(tally: Tally, limits: frozenset[str]) -> Values:
    """Every metric of *tally*; *limits* are the ids of guardrails on either side."""
    olds, news = total(tally)
    changed = {kind: tally.kinds[kind] for kind in CHANGES}
    found: dict[str, tuple[int, int]] = {
        "decisions": (decisions := sum(g.decisions for g in tally.groups.values()), decisions),
        "changed": (0, sum(changed.values())),
        **{kind: (0, number) for kind, number in changed.items()},
        "discounts": (olds.given, news.given),
        "discount": (olds.discount, news.discount),
        "supplier_share": (olds.supplier, news.supplier),
        "discount_cost": (olds.cost, news.cost),
        "net_revenue": (tally.list_total - olds.discount, tally.list_total - news.discount),
        "margin": (tally.margin - olds.cost, tally.margin - news.cost),
        "expected_gain": (olds.gain // PPM_ONE, news.gain // PPM_ONE),
        "unreadable": (tally.unread, tally.unread),
    }
    by_side = {
        "budgets_run_out": [
            sum(key.ran_out_us is not None for key in book.keys.values()) for book in tally.books
        ],
        "shoppers_capped": [sum(map(len, book.capped.values())) for book in tally.books],
        "limits_hit": [
            sum(n for rules, n in counted.items() if not limits.isdisjoint(rules))
            for counted in tally.withheld
        ],
        "not_scored": tally.not_scored,
        "facts_missing": [counted.total() for counted in tally.missing],
        "requests_refused": tally.refused,
    }
    found |= {name: (sides[OLD], sides[NEW]) for name, sides in by_side.items()}
    return {name: found[name] for name in METRICS}


def total(tally: Tally) -> tuple[Sum, Sum]:
    """What both sides gave in all."""
    sums = Sum(), Sum()
    for group in tally.groups.values():
        for mine, theirs in zip(sums, group.sides, strict=True):
            mine.add_all(theirs)
    return sums


_OPS: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_THRESHOLD: Final = re.compile(
    r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*([+-]?)\s*(\d{1,15}(?:\.\d{1,6})?)\s*(%?)\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on a metric that fails the backtest when it is passed.

    With a sign the *amount* is about the change from old to new, without about the new value. A
    percentage is of the old value when it has a sign, and of all decisions when it has none.
    """

    text: str
    metric: str
    op: str
    change: bool
    amount: Fraction
    percent: bool

    def broken(self, values: Values, currency: str) -> bool:
        """Whether *values* pass the limit."""
        old, new = values[self.metric]
        measured = Fraction(new - old if self.change else new)
        limit = self.amount
        if self.percent:
            whole = abs(old) if self.change else values["decisions"][NEW]
            limit = self.amount * Fraction(whole, 100)
        elif METRICS[self.metric].unit is Unit.MONEY:
            limit *= 10 ** MINOR_DIGITS[currency]
        return _OPS[self.op](measured, limit)


def read_threshold(text: str) -> Threshold:
    """The threshold that *text* says, e.g. `discount_cost > +5 %`; raises ValueError."""
    found = _THRESHOLD.fullmatch(text)
    if found is None:
        raise ValueError(f"`{text}` is not METRIC OP VALUE like `discount_cost > +5 %`")
    metric, op, sign, number, percent = found.groups()
    if metric not in METRICS:
        raise ValueError(f"`{metric}` is no metric; there are {', '.join(METRICS)}")
    if percent and not sign and METRICS[metric].unit is Unit.MONEY:
        raise ValueError(f"`{text}`: say `+` or `-` for a percentage of what it was before")
    amount = Fraction(number) * (-1 if sign == "-" else 1)
    return Threshold(text.strip(), metric, op, bool(sign), amount, bool(percent))
