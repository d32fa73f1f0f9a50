"""The facts that rules compare, computed exactly: of the request, and of each candidate.

Names: `context.*`, `shopper.*`, `consent.*`, `signal.*`, `basket.*` and `segment.*` belong to the
request; `offer.*`, `candidate.*`, `headroom.*` and `touches.*` to one candidate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from oracle.candidate import Candidate, Stack
from oracle.judging import EVERYTHING, Judge
from oracle.limits import Binding
from sconto.domain.condition import Truth
from sconto.domain.context import DecisionContext, Facts, FactValue
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
        verdicts = judge.judge(known, ({},), (EVERYTHING,))[0]
        for bit, segment in enumerate(level):
            if not verdicts.unknown >> bit & 1:
                known[f"segment.{segment.id}"] = bool(verdicts.true >> bit & 1)
    return known


def candidate_facts(
    candidate: Candidate,
    stack: Stack,
    context: DecisionContext,
    bindings: Mapping[str, Binding],
    touched: Mapping[str, Truth],
) -> dict[str, FactValue]:
    """The facts of one priced candidate on top of *stack*: its own, and the headroom it leaves.

    *bindings* holds the guardrails that bind it and *touched* whether it discounts a line that a
    rule is about, both by rule id. What could not be known is left out, so that the rule's verdict
    is unknown and the candidate is withheld.
    """
    total = stack.discount + candidate.discount
    facts: dict[str, FactValue] = {
        "offer.id": candidate.offer.id,
        "offer.kind": candidate.offer.kind.value,
        "offer.lane": candidate.offer.lane,
        "offer.exclusive": candidate.offer.exclusive,
        "candidate.depth_bp": candidate.depth_bp,
        "candidate.discount": candidate.discount,
        "candidate.scope_total": candidate.scope_total,
        "candidate.net_total": context.list_total - total,
        "candidate.total_discount": total,
    }
    for guardrail_id, binding in bindings.items():
        if binding.missing is None:
            facts[f"headroom.{guardrail_id}"] = binding.headroom
    for rule_id, truth in touched.items():
        if truth is not Truth.UNKNOWN:
            facts[f"{TOUCHES_PREFIX}{rule_id}"] = truth is Truth.TRUE
    return facts
