"""The facts that rules compare, computed exactly: of the request, and of each candidate.

Names: `context.*`, `shopper.*`, `consent.*`, `signal.*`, `basket.*` and `segment.*` belong to the
request; `offer.*`, `candidate.*`, `headroom.*` and `touches.*` to one candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.condition import Remainder
from sconto.domain.context import DecisionContext, FactValue
from sconto.domain.judging import EVERYTHING, Judge
from sconto.domain.ruleset import FactType, Segment

REQUEST_FACTS: Final[dict[str, FactType]] = {
    "context.channel": FactType.TEXT,
    "context.jurisdiction": FactType.TEXT,
    "context.day": FactType.INTEGER,
    "context.month": FactType.INTEGER,
    "context.weekday": FactType.INTEGER,
    "context.hour": FactType.INTEGER,
    "basket.list_total": FactType.MONEY,
    "basket.lines": FactType.INTEGER,
    "basket.pieces": FactType.INTEGER,
}
"""Facts of every request, always known. `context.day` is like 20261123, month 1 is
January, weekday 0 is Monday."""

CANDIDATE_FACTS: Final[dict[str, FactType]] = {
    "offer.id": FactType.TEXT,
    "offer.kind": FactType.TEXT,
    "candidate.depth_bp": FactType.INTEGER,
    "candidate.discount": FactType.MONEY,
    "candidate.scope_total": FactType.MONEY,
    "candidate.net_total": FactType.MONEY,
    "candidate.total_discount": FactType.MONEY,
    "offer.lane": FactType.TEXT,
    "offer.exclusive": FactType.BOOLEAN,
}
"""Facts of every priced candidate, always known; see `Candidate.depth_bp`. The net total is what
the basket costs after all discounts given so far and this one, which total_discount adds up."""

LINE_FACTS: Final[dict[str, FactType]] = {
    "line.product_id": FactType.TEXT,
    "line.category": FactType.TEXT,
    "line.department": FactType.TEXT,
    "line.brand": FactType.TEXT,
    "line.quantity": FactType.INTEGER,
    "line.list_price": FactType.MONEY,
}
"""Facts of every basket line, always known. `line.unit_cost` (money) may be missing."""

SIGNAL_PREFIX: Final = "signal."
"""How the names of signals begin; they are facts of the request, always known."""

TOUCHES_PREFIX: Final = "touches."
"""`touches.<rule id>`: whether a candidate discounts a line that the rule is about."""


def request_facts(
    context: DecisionContext, remainders: Iterable[Remainder]
) -> dict[str, FactValue]:
    """The facts of the request itself, before segments, with those of *remainders* that are known.

    A fact that is no integer has no remainder.
    """
    day = context.moment.local_date
    consents = {f"consent.{name}": given for name, given in context.consents.items()}
    facts: dict[str, FactValue] = {
        **context.shopper,
        **consents,
        **context.signals,
        "context.channel": context.channel,
        "context.jurisdiction": context.jurisdiction,
        "context.day": day.year * 10_000 + day.month * 100 + day.day,
        "context.month": day.month,
        "context.weekday": context.moment.weekday,
        "context.hour": context.moment.hour,
        "basket.list_total": context.list_total,
        "basket.lines": len(context.lines),
        "basket.pieces": sum([line.quantity for line in context.lines]),
    }
    for remainder in remainders:
        value = facts.get(remainder.fact)
        if isinstance(value, int):
            facts[remainder.name] = value % remainder.divisor
    return facts


def segments_of(
    facts: dict[str, FactValue],
    levels: tuple[tuple[Segment, ...], ...],
    judges: tuple[Judge, ...],
) -> dict[str, bool]:
    """Each segment whose truth is known, by id; `segment.<id>` goes into *facts* too."""
    known: dict[str, bool] = {}
    for level, judge in zip(levels, judges, strict=True):
        verdicts = judge.judge(facts, {}, (EVERYTHING,))[0]
        for bit, segment in enumerate(level):
            if not verdicts.unknown >> bit & 1:
                inside = known[segment.id] = bool(verdicts.true >> bit & 1)
                facts[f"segment.{segment.id}"] = inside
    return known


def candidate_columns(
    wanted: Iterable[str], candidates: Sequence[Candidate], stack: Stack, context: DecisionContext
) -> dict[str, list[FactValue]]:
    """The facts in *wanted* that each of *candidates* has of its own, priced on top of *stack*."""
    given = stack.discount
    totals = _Totals(given, context.list_total - given)
    return {fact: _OWN[fact](candidates, totals) for fact in wanted}


class _Totals(NamedTuple):
    """What was given before a candidate, and what the basket costs after it, minor units."""

    discount: int
    left: int


_Column = Callable[[Sequence[Candidate], _Totals], list[FactValue]]

_OWN: Final[Mapping[str, _Column]] = {
    "offer.id": lambda cs, _: [c.offer.id for c in cs],
    "offer.kind": lambda cs, _: [c.offer.kind.value for c in cs],
    "offer.lane": lambda cs, _: [c.offer.lane for c in cs],
    "offer.exclusive": lambda cs, _: [c.offer.exclusive for c in cs],
    "candidate.depth_bp": lambda cs, _: [c.depth_bp for c in cs],
    "candidate.discount": lambda cs, _: [c.discount for c in cs],
    "candidate.scope_total": lambda cs, _: [c.scope_total for c in cs],
    "candidate.net_total": lambda cs, totals: [totals.left - c.discount for c in cs],
    "candidate.total_discount": lambda cs, totals: [totals.discount + c.discount for c in cs],
}
"""Each of `CANDIDATE_FACTS`."""
