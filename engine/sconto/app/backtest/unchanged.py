"""Decisions that a change of rules can't touch: the log's answer, without judging anything again.

What is decided is a function of how candidates are assessed, of their scores, and of whether
budgets cover them. Where the rules that differ speak about no line of a basket, assessments and
scores are those of the log; where besides every budget comes out as it did, under the new limits
and on the new view, the decision is the log's. Whatever is not certain is decided again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sconto.app.backtest.compared_amounts import Bounds, Recorder
from sconto.app.backtest.outcome import Outcome, Use
from sconto.app.backtest.read import Reading
from sconto.domain.budget import BudgetView, civil_hour, ledger_key
from sconto.domain.context import DecisionContext
from sconto.domain.experiment import Group
from sconto.domain.pace import paced_limit
from sconto.domain.reasons import ReasonCode, Rung
from sconto.domain.ruleset import Budget, BudgetMeasure, Ruleset
from sconto.domain.scope import EVERYTHING, Scope
from sconto.domain.scopes import ScopeIndex

_UNSURE: Final = frozenset({ReasonCode.RULE_FAILED.name, ReasonCode.GUARDRAIL_RECHECK_FAILED.name})
"""Answers for which more than rules and facts was to blame."""


@dataclass(frozen=True, slots=True)
class _Purse:
    """One budget of a decision: what it had used and allowed in the log, and what it does now."""

    budget: Budget
    key: str
    counted: bool
    logged: tuple[int, int, int | None]
    """Used, limit and pace in the log."""
    asked: tuple[int, int, int | None]

    def alike(self, amount: int) -> bool:
        """Whether taking *amount* comes out now as it did, for the limit and for the pace."""
        return _refused(*self.logged, amount) == _refused(*self.asked, amount)


def _refused(used: int, limit: int, pace: int | None, amount: int) -> tuple[bool, bool]:
    after = used + amount
    return after > limit, pace is not None and after > pace


class Unchanged:
    """What the change from the ruleset *before* to *after* leaves as it was."""

    def __init__(self, before: Ruleset, after: Ruleset) -> None:
        self._before = before
        self._after = after
        offers = {offer.id: offer for offer in before.offers}
        self._added = [offer for offer in after.offers if offer.id not in offers]
        self._budgets_of = {offer.id: offer.budgets for offer in before.offers}
        self._exclusive = {offer.id for offer in before.offers if offer.exclusive}
        self.possible = _same_frame(before, after) and all(
            offer.id in offers and offers[offer.id].validity == offer.validity
            for offer in after.offers
            if offer not in self._added
        )
        self.possible &= offers.keys() <= {offer.id for offer in after.offers}
        self._changed = ScopeIndex(list(_changed_scopes(before, after)))

    def answer(self, reading: Reading, used: Mapping[str, int]) -> tuple[Outcome, Bounds] | None:
        """The log's answer where it is sure to be the answer on *after* too; else None.

        *used* are the ledger keys of the decision on the new side, zeros included.
        """
        context, record = reading.context, reading.record
        asked_for = context.offer_ids or context.codes
        if not self.possible or reading.rung is Rung.NO_DISCOUNT or asked_for:
            return None
        if any(map(self._changed.covering, context.lines)) or not self._accounted(reading):
            return None
        allowed = [c for c in record["candidates"] if not c["findings"]]
        if any(c["offer_id"] in self._exclusive for c in allowed):
            return None
        watch = Recorder()
        purses = self._purses(reading, watch.view(used))
        alone = ((c["offer_id"], c["discount"]) for c in allowed)
        if not all(self._alike(offer, amount, {}, purses) for offer, amount in alone):
            return None
        if record["outcome"]["group"] == Group.POLICY.value and not self._stacks(record, purses):
            return None
        return _under(reading.outcome, self._after), watch.noted()

    def _accounted(self, reading: Reading) -> bool:
        """Whether reasons stay the same: a new offer without a line in scope adds none."""
        reasons = reading.outcome.reasons
        if not _UNSURE.isdisjoint(reasons) or reading.outcome.reason in _UNSURE:
            return False
        day = reading.context.moment.local_date
        outside, not_today = ReasonCode.NO_LINE_IN_SCOPE.name, ReasonCode.NOT_VALID_TODAY.name
        return all(
            (outside if offer.validity.covers(day) else not_today) in reasons
            for offer in self._added
        )

    def _purses(self, reading: Reading, used: BudgetView) -> dict[str, _Purse]:
        return {
            budget.id: self._purse(budget, self._after.budgets[budget.id], reading, used)
            for budget in self._before.budgets_of_offers
        }

    def _purse(self, before: Budget, after: Budget, reading: Reading, used: BudgetView) -> _Purse:
        context = reading.context
        key = ledger_key(before, context)
        return _Purse(
            before,
            key,
            before.measure is BudgetMeasure.COUNT,
            (reading.used(key), before.limit, _pace(before, context)),
            (used[key], after.limit, _pace(after, context)),
        )

    def _stacks(self, record: Mapping[str, Any], purses: Mapping[str, _Purse]) -> bool:
        """Whether everything that was ranked on top of earlier lanes comes out as it did."""
        given = {f"{d['offer_id']}:{d['depth']}": d for d in record["outcome"]["discounts"]}
        for candidate in record["candidates"]:
            stacked = candidate.get("stacked")
            if stacked is None or stacked["findings"]:
                continue
            drawn: dict[str, int] = {}
            for below in stacked["on_top_of"]:
                self._draw(given[below], drawn, purses)
            if not self._alike(candidate["offer_id"], stacked["discount"], drawn, purses):
                return False
        return True

    def _draw(
        self, given: Mapping[str, Any], drawn: dict[str, int], purses: Mapping[str, _Purse]
    ) -> None:
        for budget_id in self._budgets_of[given["offer_id"]]:
            amount = 1 if purses[budget_id].counted else given["discount"]
            drawn[budget_id] = drawn.get(budget_id, 0) + amount

    def _alike(
        self,
        offer_id: str,
        discount: int,
        drawn: Mapping[str, int],
        purses: Mapping[str, _Purse],
    ) -> bool:
        return not discount or all(
            purses[b].alike((1 if purses[b].counted else discount) + drawn.get(b, 0))
            for b in self._budgets_of[offer_id]
        )


def _pace(budget: Budget, context: DecisionContext) -> int | None:
    return paced_limit(budget, *civil_hour(budget, context.moment))


def _under(outcome: Outcome, ruleset: Ruleset) -> Outcome:
    """*outcome* with the limits of *ruleset*."""

    def limited(use: Use) -> Use:
        return replace(use, limit=ruleset.budgets[use.budget_id].limit)

    return replace(
        outcome,
        uses=tuple(limited(use) for use in outcome.uses),
        refusals=tuple(replace(r, use=limited(r.use)) for r in outcome.refusals),
    )


def _same_frame(before: Ruleset, after: Ruleset) -> bool:
    """Whether all is equal that every decision hangs on, but for limits and paces of budgets."""
    frames = [
        (
            r.currency, r.zones, r.channels, r.facts, r.segment_levels, r.lanes, r.signals,
            r.experiment, r.objective, r.code_sets, {b.id: _plain(b) for b in r.budgets.values()},
        )
        for r in (before, after)
    ]  # fmt: skip
    priced = (b.shadow for r in (before, after) for b in r.budgets.values())
    return frames[0] == frames[1] and all(shadow is None for shadow in priced)


def _plain(budget: Budget) -> Budget:
    return replace(budget, name="", limit=1, ahead_bp=None, validity=None)


def _changed_scopes(before: Ruleset, after: Ruleset) -> Iterator[Scope]:
    """The scopes of every offer, rule and guardrail that is not the same on both sides."""
    for mine, theirs in zip(_stated(before), _stated(after), strict=True):
        for name in mine.keys() | theirs.keys():
            if mine.get(name) != theirs.get(name):
                yield from (side[name][0] for side in (mine, theirs) if name in side)


def _stated(ruleset: Ruleset) -> Sequence[dict[str, tuple[Scope, object]]]:
    """Everything that speaks about lines, by id: its scope, and all that it says."""
    lines = ruleset.line_conditions
    return (
        {o.id: (o.scope, o) for o in ruleset.offers},
        {r.id: (r.scope, (r, lines.get(r.id))) for r in ruleset.rules},
        {g.id: (g.scope, g) for g in ruleset.guardrails},
        {e.id: (e.scope, e) for e in ruleset.eligibility},
        {e.id: (e.scope, e) for e in ruleset.earn_nothing},
        {i: (EVERYTHING, c) for i, c in lines.items() if i not in ruleset.rule_bits},
    )
