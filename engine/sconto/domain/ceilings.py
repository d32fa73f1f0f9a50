"""Prices that stay above a ceiling: no discount is at fault, and a person should look at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sconto.domain.condition import Truth, evaluate
from sconto.domain.context import DecisionContext
from sconto.domain.findings import Clause, Finding
from sconto.domain.limits import TAX_PERCENT, line_limit, without_tax
from sconto.domain.lines import line_facts
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Guardrail, Ruleset


def above_ceilings(
    net_totals: Sequence[int], context: DecisionContext, ruleset: Ruleset
) -> tuple[Finding, ...]:
    """The lines whose price, after what is given or without a discount, is above a ceiling.

    A ceiling of which a fact is missing says nothing here: it withheld the discount by itself.
    """
    day = context.moment.local_date
    return tuple(
        finding
        for ceiling in ruleset.ceilings
        if ceiling.validity.covers(day)
        and (not ceiling.jurisdictions or context.jurisdiction in ceiling.jurisdictions)
        for finding in _above(ceiling, net_totals, context, ruleset)
    )


def _above(
    ceiling: Guardrail, net_totals: Sequence[int], context: DecisionContext, ruleset: Ruleset
) -> Iterator[Finding]:
    for line, net in zip(context.lines, net_totals, strict=True):
        if not ceiling.scope.covers(line):
            continue
        about = ceiling.line_when
        if about is not None and evaluate(about, line_facts(line)) is not Truth.TRUE:
            continue
        if ceiling.formula is None:
            continue
        limit = line_limit(
            ceiling.formula, line, 0, ruleset.facts, context.currency,
            up=ceiling.round_up, ceiling=True,
        )  # fmt: skip
        if isinstance(limit, int) and ceiling.with_tax:
            limit = without_tax(limit, line, ruleset.facts[TAX_PERCENT], ceiling=True)
        if isinstance(limit, int) and net > limit:
            clause = Clause("line.net_total", "<=", limit, net)
            reason = ReasonCode.ABOVE_PRICE_CEILING
            yield Finding(reason, ceiling.id, (clause,), line.line_id)
