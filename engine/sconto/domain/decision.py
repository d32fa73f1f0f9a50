"""Deciding, pure: (context, ruleset, verdicts, scores, budget view) to a decision. Start here.

Shortlist  = shortlist(context, ruleset, judges)        eligibility and guardrails
Scores     = the model's, or none with a cause          sconto.app asks for them
Decision   = decide(...)                                choice, budget, last check
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sconto.domain.budget import BudgetView, Draw, counted_budgets, draws
from sconto.domain.candidate import Candidate
from sconto.domain.choice import Choice, Ranked, choose
from sconto.domain.context import DecisionContext
from sconto.domain.guard import broken_promises
from sconto.domain.reasons import ReasonCode, Rung, RungCause
from sconto.domain.ruleset import Disclosure, Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class LinePrice:
    """What one line costs after the decision, minor units for the whole line."""

    line_id: str
    list_total: int
    discount: int

    @property
    def net_total(self) -> int:
        """What the shopper pays for the line."""
        return self.list_total - self.discount


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one context, with everything it was made from."""

    context: DecisionContext
    ruleset_digest: str
    shortlist: Shortlist
    scores: Scores | None
    view: BudgetView
    choice: Choice
    rung: Rung
    cause: RungCause
    reason: ReasonCode
    """CHOSEN, or why there is no discount: the reason of the candidate that came furthest."""
    prices: tuple[LinePrice, ...]
    draws: tuple[Draw, ...]
    counted: frozenset[str]
    """The budgets whose draws are discounts counted, and not money."""
    expires_us: int | None
    """When the reservation lapses; None when nothing was reserved."""
    disclosures: tuple[Disclosure, ...]
    broken: tuple[str, ...] = ()
    """What the last check refused; not empty only when a bug was caught."""

    @property
    def chosen(self) -> Candidate | None:
        """The chosen candidate, or None for no discount."""
        return self.choice.chosen


def decide(
    context: DecisionContext,
    ruleset: Ruleset,
    listed: Shortlist,
    scores: Scores | None,
    cause: RungCause,
    view: BudgetView,
) -> Decision:
    """The decision on a shortlist. *scores* None means the rules-only rung, for *cause*.

    Whatever is chosen is checked once more by `guard`; if that refuses it, nothing is given.
    """
    choice = choose(listed.allowed, scores, context, ruleset, view)
    broken: tuple[str, ...] = ()
    if choice.chosen is not None:
        broken = broken_promises(choice.chosen, context, ruleset)
    if broken:
        choice = _refused(choice)
    rung = Rung.MODEL if scores is not None else Rung.RULES_ONLY
    return _conclude(context, ruleset, listed, scores, view, choice, rung, cause, broken)


def decide_nothing(
    context: DecisionContext,
    ruleset: Ruleset,
    listed: Shortlist,
    view: BudgetView,
    cause: RungCause,
) -> Decision:
    """The last rung of the ladder: no discount, whatever was allowed."""
    taken = [(c, draws(c, context, ruleset)) for c in listed.allowed]
    ranked = tuple(
        Ranked(c, t, ReasonCode.BUDGET_SPENT if t else ReasonCode.NOT_BEST) for c, t in taken
    )
    choice = Choice(None, ranked)
    return _conclude(context, ruleset, listed, None, view, choice, Rung.NO_DISCOUNT, cause, ())


def _refused(choice: Choice) -> Choice:
    code = ReasonCode.GUARDRAIL_RECHECK_FAILED
    ranked = (replace(r, code=code) if r.code is ReasonCode.CHOSEN else r for r in choice.ranked)
    return Choice(None, tuple(ranked))


def _conclude(
    context: DecisionContext,
    ruleset: Ruleset,
    listed: Shortlist,
    scores: Scores | None,
    view: BudgetView,
    choice: Choice,
    rung: Rung,
    cause: RungCause,
    broken: tuple[str, ...],
) -> Decision:
    chosen = choice.chosen
    lifetime = ruleset.reservation_seconds * MICROSECONDS
    return Decision(
        context=context,
        ruleset_digest=ruleset.digest,
        shortlist=listed,
        scores=scores,
        view=view,
        choice=choice,
        rung=rung,
        cause=cause,
        reason=_reason(listed, choice),
        prices=_prices(context, chosen),
        draws=draws(chosen, context, ruleset) if chosen else (),
        counted=counted_budgets(ruleset),
        expires_us=context.moment.as_of_us + lifetime if chosen else None,
        disclosures=_owed(context, ruleset) if chosen else (),
        broken=broken,
    )


def _prices(context: DecisionContext, chosen: Candidate | None) -> tuple[LinePrice, ...]:
    off = dict(chosen.allocation) if chosen else {}
    return tuple(
        LinePrice(line.line_id, line.list_total, off.get(i, 0))
        for i, line in enumerate(context.lines)
    )


def _owed(context: DecisionContext, ruleset: Ruleset) -> tuple[Disclosure, ...]:
    return tuple(
        d
        for d in ruleset.disclosures
        if (not d.jurisdictions or context.jurisdiction in d.jurisdictions)
        and d.validity.covers(context.moment.local_date)
    )


_HOW_FAR = (
    ReasonCode.CHOSEN,
    ReasonCode.GUARDRAIL_RECHECK_FAILED,
    ReasonCode.NOT_WORTH_IT,
    ReasonCode.SHOPPER_CAP_REACHED,
    ReasonCode.BUDGET_SPENT,
    ReasonCode.ABOVE_DISCOUNT_CAP,
    ReasonCode.BELOW_MARGIN_FLOOR,
    ReasonCode.BELOW_PRICE_FLOOR,
    ReasonCode.RULE_FAILED,
    ReasonCode.FACT_MISSING,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.BELOW_MINIMUM_SPEND,
    ReasonCode.NOTHING_TO_DISCOUNT,
    ReasonCode.NOT_VALID_TODAY,
    ReasonCode.NO_LINE_IN_SCOPE,
)
"""From the end of the path to its start: the first one present explains an answer best."""


def _reason(listed: Shortlist, choice: Choice) -> ReasonCode:
    present = {f.code for a in listed.assessed for f in a.findings[:1]}
    present |= {r.code for r in choice.ranked}
    return next((code for code in _HOW_FAR if code in present), ReasonCode.NO_LINE_IN_SCOPE)
