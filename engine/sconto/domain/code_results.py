"""What became of each code that was sent, once it is known what is given."""

from __future__ import annotations

from typing import Final

from sconto.domain.budget import BudgetView, codes_in_use, spent_limit
from sconto.domain.choice import Choice
from sconto.domain.codes import CodeResult, CodeSet, CodeStatus
from sconto.domain.context import DecisionContext, SentCode
from sconto.domain.reasons import ReasonCode, furthest
from sconto.domain.ruleset import BudgetHolder, Ruleset
from sconto.domain.shortlist import Shortlist

_NOT_PREFERRED: Final = frozenset(
    {
        ReasonCode.HELD_OUT,
        ReasonCode.NOT_BEST,
        ReasonCode.WORTH_UNKNOWN,
        ReasonCode.BELOW_LEAST_GAIN,
        ReasonCode.NOT_WORTH_IT,
    }
)
"""Reasons of candidates that rules and budgets let through."""


def code_results(
    context: DecisionContext,
    ruleset: Ruleset,
    listed: Shortlist,
    choice: Choice,
    view: BudgetView,
) -> tuple[CodeResult, ...]:
    """What became of each code of *context*, in their order; *view* is from before the decision."""
    given = {candidate.offer.id for candidate in choice.stack.candidates}
    used = codes_in_use(context, ruleset, view)
    by_code = {code: frozenset(o for o in given if used.get(o) == code) for code in context.codes}
    reasons = _reasons(listed, choice)

    def result(code: SentCode) -> CodeResult:
        known = ruleset.code_sets.get(code.set_id)
        if known is None:
            return CodeResult(CodeStatus.UNKNOWN)
        if by_code[code]:
            return CodeResult(CodeStatus.APPLIED, tuple(sorted(by_code[code])))
        refused = _refused(code, known, context, ruleset, view)
        if refused is not None:
            return CodeResult(refused)
        if not given.isdisjoint(known.offers):
            return CodeResult(CodeStatus.NOT_NEEDED)
        reason = furthest({r for offer in known.offers for r in reasons.get(offer, ())})
        preferred = reason in _NOT_PREFERRED
        return CodeResult(CodeStatus.NOT_CHOSEN if preferred else CodeStatus.WITHHELD, (), reason)

    return tuple([result(code) for code in context.codes])


def _reasons(listed: Shortlist, choice: Choice) -> dict[str, set[ReasonCode]]:
    """What became of the candidates of each offer."""
    candidates, findings, _ = listed.assessment
    reasons: dict[str, set[ReasonCode]] = {}
    for candidate, found in zip(candidates, findings, strict=True):
        if found:
            reasons.setdefault(candidate.offer.id, set()).add(found[0].code)
    for ranked in choice.ranked:
        reasons.setdefault(ranked.candidate.offer.id, set()).add(ranked.code)
    return reasons


def _refused(
    code: SentCode, known: CodeSet, context: DecisionContext, ruleset: Ruleset, view: BudgetView
) -> CodeStatus | None:
    """Why *code* can't be used at all; None when it can."""
    day = context.moment.local_date
    if day < known.validity.valid_from:
        return CodeStatus.NOT_YET_VALID
    if not known.validity.covers(day):
        return CodeStatus.NO_LONGER_VALID
    spent = spent_limit(code, context, ruleset, view)
    if spent is None:
        return None
    own = spent.holder is BudgetHolder.SHOPPER
    return CodeStatus.USED_UP_BY_SHOPPER if own else CodeStatus.USED_UP
