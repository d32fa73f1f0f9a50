"""Deciding, pure: (context, ruleset, verdicts, scores, budget view) to a decision. Start here.

Shortlist  = shortlist(context, ruleset, judges)        eligibility and guardrails
Scores     = the model's, or none with a cause          sconto.app asks for them
Decision   = decide(...)                                choice, budget, last check
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from oracle.budget import BudgetView, Draw, Draws, counted_budgets
from oracle.candidate import NOTHING_GIVEN, Stack
from oracle.choice import Choice, Ranked, choose
from oracle.codes import CodeResult, results
from oracle.judges import judges_of
from oracle.limits import LineLimits, in_force
from oracle.shortlist import Clause, Finding, Shortlist
from sconto.domain.context import DecisionContext
from sconto.domain.final_check import violations_of
from sconto.domain.lines import LineTruths
from sconto.domain.reasons import WORTH_UNKNOWN_CAUSES, ReasonCode, Rung, RungCause
from sconto.domain.ruleset import Disclosure, GuardrailKind, Law, Ruleset
from sconto.domain.scores import Scores

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
    reviews: tuple[Finding, ...]
    above_ceiling: tuple[Finding, ...]
    """What rules ask a person to look at in what was given."""
    laws: Mapping[str, Law]
    """The law behind each rule that has one, by rule id."""
    codes: tuple[CodeResult, ...] = ()
    """What became of each code that was sent."""
    broken: tuple[str, ...] = ()
    """What the last check refused; not empty only when a bug was caught."""

    @property
    def stack(self) -> Stack:
        """The candidates that are given, empty for no discount."""
        return self.choice.stack


def decide(
    context: DecisionContext,
    ruleset: Ruleset,
    listed: Shortlist,
    scores: Scores | None,
    cause: RungCause,
    view: BudgetView,
) -> Decision:
    """The decision on a shortlist. *scores* None means the rules-only rung, for *cause*.

    Whatever is chosen is checked once more by `final_check`; if that refuses it, nothing is given.
    """
    choice = choose(
        listed, scores, context, ruleset, view, worth_unknown=cause in WORTH_UNKNOWN_CAUSES
    )
    broken = violations_of(choice.stack, context, ruleset)
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
    allowed = [a for a in listed.assessed if a.allowed]
    draws = Draws(context, ruleset, view)
    taken = [(a, draws.of(a.candidate)) for a in allowed]
    ranked = tuple(
        Ranked(a, t, ReasonCode.BUDGET_SPENT if t else ReasonCode.NOT_BEST) for a, t in taken
    )
    choice = Choice(NOTHING_GIVEN, ranked)
    return _conclude(context, ruleset, listed, None, view, choice, Rung.NO_DISCOUNT, cause, ())


def _refused(choice: Choice) -> Choice:
    code = ReasonCode.GUARDRAIL_RECHECK_FAILED
    ranked = (replace(r, code=code) if r.code is ReasonCode.CHOSEN else r for r in choice.ranked)
    return replace(choice, stack=NOTHING_GIVEN, ranked=tuple(ranked))


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
    stack = choice.stack
    given = stack.candidates
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
        prices=_prices(context, stack),
        draws=Draws(context, ruleset, view).together(given),
        counted=counted_budgets(ruleset),
        expires_us=context.moment.as_of_us + lifetime if given else None,
        disclosures=_owed(context, ruleset, stack),
        reviews=tuple(
            finding
            for ranked in choice.ranked
            if ranked.code is ReasonCode.CHOSEN
            for finding in ranked.assessed.reviews
        ),
        above_ceiling=tuple(_above(context, ruleset, _prices(context, stack))),
        laws=ruleset.laws,
        codes=results(
            context, ruleset, [c.offer.id for c in given], _by_set(ruleset, listed, choice), view
        ),
        broken=broken,
    )


def _above(
    context: DecisionContext, ruleset: Ruleset, prices: Iterable[LinePrice]
) -> Iterator[Finding]:
    limits = LineLimits(context, ruleset, LineTruths(context, ruleset, judges_of(ruleset).lines))
    paid = [price.net_total for price in prices]
    for guardrail in in_force(context, ruleset):
        if guardrail.kind is not GuardrailKind.PRICE_CEILING or guardrail.reads_claim:
            continue
        for i, net in enumerate(paid):
            limit = limits.of(guardrail, i, 0)
            if isinstance(limit, int) and net > limit:
                clauses = (Clause("line.net_total", "<=", limit, net),)
                line_id = context.lines[i].line_id
                yield Finding(ReasonCode.ABOVE_PRICE_CEILING, guardrail.id, clauses, line_id)


def _prices(context: DecisionContext, stack: Stack) -> tuple[LinePrice, ...]:
    return tuple(
        LinePrice(line.line_id, line.list_total, stack.off.get(i, 0))
        for i, line in enumerate(context.lines)
    )


def _owed(context: DecisionContext, ruleset: Ruleset, stack: Stack) -> tuple[Disclosure, ...]:
    discounted = [context.lines[i] for i, part in stack.off.items() if part]
    return tuple(
        d
        for d in ruleset.disclosures
        if (not d.jurisdictions or context.jurisdiction in d.jurisdictions)
        and d.validity.covers(context.moment.local_date)
        and any(d.scope.covers(line) for line in discounted)
    )


_HOW_FAR = (
    ReasonCode.CHOSEN,
    ReasonCode.GUARDRAIL_RECHECK_FAILED,
    ReasonCode.HELD_OUT,
    ReasonCode.NOT_BEST,
    ReasonCode.WORTH_UNKNOWN,
    ReasonCode.BELOW_LEAST_GAIN,
    ReasonCode.NOT_WORTH_IT,
    ReasonCode.BUDGET_AHEAD_OF_PACE,
    ReasonCode.SHOPPER_CAP_REACHED,
    ReasonCode.BUDGET_SPENT,
    ReasonCode.ABOVE_DISCOUNT_CAP,
    ReasonCode.BELOW_MARGIN_FLOOR,
    ReasonCode.BELOW_PRICE_FLOOR,
    ReasonCode.ABOVE_PRICE_CEILING,
    ReasonCode.RULE_FAILED,
    ReasonCode.FACT_MISSING,
    ReasonCode.FREQUENCY_CAP_REACHED,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.HIGHER_TIER_REACHED,
    ReasonCode.BELOW_MINIMUM_SPEND,
    ReasonCode.NOTHING_TO_DISCOUNT,
    ReasonCode.CODE_REQUIRED,
    ReasonCode.NOT_VALID_TODAY,
    ReasonCode.NO_LINE_IN_SCOPE,
)
"""From the end of the path to its start: the first one present explains an answer best."""


def _reason(listed: Shortlist, choice: Choice) -> ReasonCode:
    return _furthest(_reasons(listed, choice))


def _reasons(listed: Shortlist, choice: Choice) -> list[tuple[str, ReasonCode]]:
    """Why each candidate is not given, or that it is, with its offer."""
    first = [(a.candidate.offer.id, f.code) for a in listed.assessed for f in a.findings[:1]]
    return first + [(r.candidate.offer.id, r.code) for r in choice.ranked]


def _furthest(reasons: Iterable[tuple[str, ReasonCode]]) -> ReasonCode:
    present = {code for _, code in reasons}
    return next((code for code in _HOW_FAR if code in present), ReasonCode.NO_LINE_IN_SCOPE)


def _by_set(ruleset: Ruleset, listed: Shortlist, choice: Choice) -> dict[str, ReasonCode]:
    """Of each set, the reason of the candidate of its offers that came furthest."""
    reasons = _reasons(listed, choice)
    return {
        each.id: _furthest(r for r in reasons if r[0] in each.offers)
        for each in ruleset.code_sets.values()
    }
