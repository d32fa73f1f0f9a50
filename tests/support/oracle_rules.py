"""Whether eligibility rules allow what was given, read again with none of the domain's code."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from sconto.domain.candidate import Candidate, Stack
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.ruleset import EligibilityRule, Ruleset
from support.oracle import in_scope, line_facts, truth


def rules_allow(stack: Stack, context: DecisionContext, ruleset: Ruleset) -> bool:
    """Whether every rule in force is plainly false for each candidate, on top of those before it.

    And whether it is known what every line that a candidate is about costs the shop.
    """
    known = _request(context, ruleset)
    before = 0
    for candidate in stack.candidates:
        lines = [context.lines[i] for i, _ in candidate.allocation]
        facts = known | _own(candidate, before)
        before += candidate.discount
        if any(line.unit_cost is None for line in lines):
            return False
        if any(_speaks(rule, candidate, lines, facts, context) for rule in ruleset.eligibility):
            return False
    return True


def _request(context: DecisionContext, ruleset: Ruleset) -> dict[str, FactValue]:
    """The facts of the request that generated rules compare, segments that are known included."""
    facts: dict[str, FactValue] = {
        **context.shopper,
        **_left(context.shopper.get("shopper.baskets")),
        **{f"consent.{name}": given for name, given in context.consents.items()},
        "basket.lines": len(context.lines),
        "context.channel": context.channel,
    }
    for level in ruleset.segment_levels:
        told = {f"segment.{s.id}": truth(s.condition, facts) for s in level}
        facts |= {name: value for name, value in told.items() if value is not None}
    return facts


def _left(baskets: FactValue | None) -> dict[str, FactValue]:
    """What is left of *baskets* after division, for those who ask for every second or third."""
    if baskets is None:
        return {}
    return {f"shopper.baskets mod {n}": int(baskets) % n for n in (2, 3)}


def _own(candidate: Candidate, before: int) -> dict[str, FactValue]:
    percent = candidate.offer.kind.value == "percent"
    share = Fraction(candidate.discount * 10_000, candidate.scope_total)
    return {
        "offer.kind": candidate.offer.kind.value,
        "offer.lane": candidate.offer.lane,
        "candidate.depth_bp": candidate.depth if percent else ceil(share),
        "candidate.discount": candidate.discount,
        "candidate.total_discount": before + candidate.discount,
    }


def _speaks(
    rule: EligibilityRule,
    candidate: Candidate,
    lines: list[Line],
    facts: dict[str, FactValue],
    context: DecisionContext,
) -> bool:
    """Whether *rule* withholds *candidate*: it denies, or nobody knows that it does not."""
    dates, places = rule.validity, rule.jurisdictions
    day = context.moment.local_date
    asked = [line for line in lines if in_scope(rule.scope, line)]
    here = dates.valid_from <= day < dates.valid_to and (
        not places or context.jurisdiction in places
    )
    if rule.review or not here or not asked or candidate.offer.id not in (
        rule.offer_ids or {candidate.offer.id}
    ):  # fmt: skip
        return False
    when = rule.line_when
    about = [True] if when is None else [truth(when, line_facts(line)) for line in asked]
    return truth(rule.deny_when, facts) is not False and any(a is not False for a in about)
