"""The facts that rules compare, computed exactly: of the request, and of each candidate.

Names: `context.*`, `shopper.*`, `consent.*`, `signal.*`, `basket.*` and `segment.*` belong to the
request; `offer.*`, `candidate.*`, `headroom.*` and `touches.*` to one candidate.
"""

from __future__ import annotations

from collections.abc import Mapping

from oracle.candidate import Candidate, Stack
from oracle.limits import Binding
from sconto.domain.condition import Truth
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import TOUCHES_PREFIX
from sconto.domain.judging import EVERYTHING, Judge
from sconto.domain.ruleset import Segment


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
