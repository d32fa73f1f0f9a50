"""The facts that rules compare, computed exactly: of the request, and of each candidate.

Names: `context.*`, `shopper.*`, `consent.*`, `signal.*`, `basket.*` and `segment.*` belong to the
request; `offer.*`, `candidate.*`, `headroom.*` and `touches.*` to one candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.judging import EVERYTHING, Judge
from sconto.domain.ruleset import FactType, Segment

REQUEST_FACTS: Final[dict[str, FactType]] = {
    "context.channel": FactType.TEXT,
    "context.jurisdiction": FactType.TEXT,
    "context.day": FactType.INTEGER,
    "context.weekday": FactType.INTEGER,
    "context.hour": FactType.INTEGER,
    "basket.list_total": FactType.MONEY,
    "basket.lines": FactType.INTEGER,
    "basket.pieces": FactType.INTEGER,
}
"""Facts of every request, always known. `context.day` is like 20261123, weekday 0 is Monday."""

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


def request_facts(context: DecisionContext) -> dict[str, FactValue]:
    """The facts of the request itself, before segments."""
    day = context.moment.local_date
    consents = {f"consent.{name}": given for name, given in context.consents.items()}
    return {
        **context.shopper,
        **consents,
        **context.signals,
        "context.channel": context.channel,
        "context.jurisdiction": context.jurisdiction,
        "context.day": day.year * 10_000 + day.month * 100 + day.day,
        "context.weekday": context.moment.weekday,
        "context.hour": context.moment.hour,
        "basket.list_total": context.list_total,
        "basket.lines": len(context.lines),
        "basket.pieces": sum(line.quantity for line in context.lines),
    }


def with_segments(
    facts: Facts, levels: tuple[tuple[Segment, ...], ...], judges: tuple[Judge, ...]
) -> dict[str, FactValue]:
    """*facts* plus `segment.<id>` for every segment whose truth is known, level by level."""
    known = dict(facts)
    for level, judge in zip(levels, judges, strict=True):
        verdicts = judge.judge(known, {}, (EVERYTHING,))[0]
        for bit, segment in enumerate(level):
            if not verdicts.unknown >> bit & 1:
                known[f"segment.{segment.id}"] = bool(verdicts.true >> bit & 1)
    return known


def candidate_columns(
    wanted: Iterable[str], candidates: Sequence[Candidate], stack: Stack, context: DecisionContext
) -> dict[str, list[FactValue | None]]:
    """The facts in *wanted* that each of *candidates* has of its own, priced on top of *stack*."""
    totals = _Totals(stack.discount, context.list_total)
    return {fact: [_OWN[fact](c, totals) for c in candidates] for fact in wanted}


class _Totals(NamedTuple):
    """What was given before a candidate, and what the basket costs without any discount."""

    discount: int
    list_total: int


_OWN: Final[Mapping[str, Callable[[Candidate, _Totals], FactValue]]] = {
    "offer.id": lambda c, _: c.offer.id,
    "offer.kind": lambda c, _: c.offer.kind.value,
    "offer.lane": lambda c, _: c.offer.lane,
    "offer.exclusive": lambda c, _: c.offer.exclusive,
    "candidate.depth_bp": lambda c, _: c.depth_bp,
    "candidate.discount": lambda c, _: c.discount,
    "candidate.scope_total": lambda c, _: c.scope_total,
    "candidate.net_total": lambda c, totals: totals.list_total - totals.discount - c.discount,
    "candidate.total_discount": lambda c, totals: totals.discount + c.discount,
}
"""Each of `CANDIDATE_FACTS`."""
