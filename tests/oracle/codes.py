"""Codes: which are valid, by which one an offer is given, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sconto.domain.codes import CodeSet, CodeStatus
from sconto.domain.context import DecisionContext, SentCode
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Budget, BudgetHolder, Period, Ruleset


class CodeResult(NamedTuple):
    """What became of one code, the offers given by it, and why none is."""

    status: CodeStatus
    offer_ids: tuple[str, ...] = ()
    reason: ReasonCode | None = None


def locked(context: DecisionContext, ruleset: Ruleset) -> frozenset[str]:
    """The offers that some set opens, and no valid code of the request does."""
    sets = ruleset.code_sets.values()
    all_of_them = {offer for each in sets for offer in each.offers}
    open_now = {offer for known, _ in _valid(context, ruleset) for offer in known.offers}
    return frozenset(all_of_them - open_now)


def _valid(context: DecisionContext, ruleset: Ruleset) -> Iterator[tuple[CodeSet, SentCode]]:
    """The codes that hold today, each once, by set and then by hash."""
    for code in sorted(frozenset(context.codes)):
        known = ruleset.code_sets.get(code.set_id)
        if known is not None and known.validity.covers(context.moment.local_date):
            yield known, code


def limits_of(
    known: CodeSet, code: SentCode, context: DecisionContext, ruleset: Ruleset
) -> list[tuple[Budget, str]]:
    """The budgets that count a use of *code*, each with its ledger key."""
    day = context.moment.local_date
    year, week, _ = day.isocalendar()
    periods = {
        Period.TOTAL: "total",
        Period.DAY: f"{day}",
        Period.WEEK: f"{year}-W{week:02d}",
        Period.MONTH: f"{day}"[:7],
    }
    found = []
    for name in known.limits:
        budget = ruleset.budgets[name]
        holder = context.user_ref if budget.holder is BudgetHolder.SHOPPER else "all"
        last = code.ref if budget.holder is BudgetHolder.CODE else periods[budget.period]
        found.append((budget, f"{name}/{holder}/{last}"))
    return found


def used_up(
    known: CodeSet,
    code: SentCode,
    context: DecisionContext,
    ruleset: Ruleset,
    view: Mapping[str, int],
) -> Budget | None:
    """The first limit that leaves no use of *code*."""
    limits = limits_of(known, code, context, ruleset)
    return next((budget for budget, key in limits if view.get(key, 0) >= budget.limit), None)


def code_of(
    offer_id: str, context: DecisionContext, ruleset: Ruleset, view: Mapping[str, int]
) -> tuple[CodeSet, SentCode] | None:
    """The set and the code by which the offer is given; None where no code opens it.

    The first that has a use left, or else the first of all.
    """
    able = [each for each in _valid(context, ruleset) if offer_id in each[0].offers]
    left = [each for each in able if used_up(*each, context, ruleset, view) is None]
    return next(iter([*left, *able]), None)


_CHOSEN_FROM = {
    ReasonCode.HELD_OUT,
    ReasonCode.NOT_BEST,
    ReasonCode.WORTH_UNKNOWN,
    ReasonCode.BELOW_LEAST_GAIN,
    ReasonCode.NOT_WORTH_IT,
}
"""Why a candidate is not given that could have been."""


def results(
    context: DecisionContext,
    ruleset: Ruleset,
    given: Collection[str],
    reasons: Mapping[str, ReasonCode],
    view: Mapping[str, int],
) -> tuple[CodeResult, ...]:
    """What became of each code, where the offers *given* are; *reasons* say why others are not."""

    def result(code: SentCode) -> CodeResult:
        known = ruleset.code_sets.get(code.set_id)
        if known is None:
            return CodeResult(CodeStatus.UNKNOWN)
        opened = [o for o in given if code_of(o, context, ruleset, view) == (known, code)]
        if opened:
            return CodeResult(CodeStatus.APPLIED, tuple(sorted(opened)))
        unusable = _unusable(known, code, context, ruleset, view)
        if unusable is not None:
            return CodeResult(unusable)
        if set(given) & set(known.offers):
            return CodeResult(CodeStatus.NOT_NEEDED)
        why = reasons[code.set_id]
        chosen_from = why in _CHOSEN_FROM
        status = CodeStatus.NOT_CHOSEN if chosen_from else CodeStatus.WITHHELD
        return CodeResult(status, (), why)

    return tuple(map(result, context.codes))


def _unusable(
    known: CodeSet,
    code: SentCode,
    context: DecisionContext,
    ruleset: Ruleset,
    view: Mapping[str, int],
) -> CodeStatus | None:
    """Why *code* can't be used, whatever the basket is; None when it can."""
    day = context.moment.local_date
    if day < known.validity.valid_from:
        return CodeStatus.NOT_YET_VALID
    if day >= known.validity.valid_to:
        return CodeStatus.NO_LONGER_VALID
    spent = used_up(known, code, context, ruleset, view)
    if spent is None:
        return None
    own = spent.holder is BudgetHolder.SHOPPER
    return CodeStatus.USED_UP_BY_SHOPPER if own else CodeStatus.USED_UP
