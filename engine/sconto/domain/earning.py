"""Goods that earn nothing: by law they take no part in an offer that must be earned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.domain.condition import Truth, evaluate, speaking
from sconto.domain.context import DecisionContext, Line
from sconto.domain.findings import Clause, Finding, Findings
from sconto.domain.lines import line_facts
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EarnsNothing, Ruleset

_BY_THEMSELVES: Final = frozenset({OfferKind.PERCENT, OfferKind.AMOUNT})
"""Kinds that ask for nothing but what gets cheaper."""


def must_be_earned(offer: Offer) -> bool:
    """Whether *offer* asks for spend, for pieces, or for goods beside what gets cheaper."""
    return offer.minimum_spend > 0 or offer.kind not in _BY_THEMSELVES


def taking_no_part(context: DecisionContext, ruleset: Ruleset) -> Mapping[int, EarnsNothing]:
    """The lines that earn nothing, by index, each with the first rule that says so.

    A line of which that is not known is one of them.
    """
    found: dict[int, EarnsNothing] = {}
    for rule in ruleset.earn_nothing:
        if _holds(rule, context):
            for i, line in enumerate(context.lines):
                if i not in found and _is_about(rule, line):
                    found[i] = rule
    return found


def _holds(rule: EarnsNothing, context: DecisionContext) -> bool:
    inside = not rule.jurisdictions or context.jurisdiction in rule.jurisdictions
    return inside and rule.validity.covers(context.moment.local_date)


def _is_about(rule: EarnsNothing, line: Line) -> bool:
    if not rule.scope.covers(line):
        return False
    return rule.line_when is None or evaluate(rule.line_when, line_facts(line)) is not Truth.FALSE


def unearned(
    offer: Offer, code: ReasonCode, context: DecisionContext, apart: Mapping[int, EarnsNothing]
) -> Findings:
    """Why *offer* could not be priced, with the rule that keeps lines of its scope *apart*."""
    scopes = (offer.scope, *(item.scope for item in offer.bundle))
    for i in sorted(apart) if must_be_earned(offer) else ():
        line, rule = context.lines[i], apart[i]
        if not any(scope.covers(line) for scope in scopes):
            continue
        facts = line_facts(line)
        when = rule.line_when
        if when is not None and evaluate(when, facts) is Truth.UNKNOWN:
            clause = Clause(speaking(when, facts, Truth.UNKNOWN)[0].fact, "known", True, None)
            return (Finding(ReasonCode.FACT_MISSING, rule.id, (clause,), line.line_id),)
        return (Finding(code, rule.id, (), line.line_id),)
    return (Finding(code),)
