"""Deciding, pure: (context, ruleset, verdicts, scores, budget view) to a decision. Start here.

Shortlist  = shortlist(context, ruleset, judges)        eligibility and guardrails
Scores     = the model's, or none with a cause          sconto.app asks for them
Decision   = decide(...)                                choice, budget, last check
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sconto.domain.budget import BudgetView, Draw, Draws
from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.ceilings import above_ceilings
from sconto.domain.choice import Choice, Ranked, choose
from sconto.domain.code_results import code_results
from sconto.domain.codes import CodeResult
from sconto.domain.context import DecisionContext
from sconto.domain.final_check import violations_of
from sconto.domain.findings import Finding
from sconto.domain.judging import Judges
from sconto.domain.reasons import (
    WORTH_UNKNOWN_CAUSES,
    ReasonCode,
    Rung,
    RungCause,
    furthest,
)
from sconto.domain.ruleset import Disclosure, Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Shortlist, shortlist

MICROSECONDS = 1_000_000

Score = Callable[[DecisionContext, tuple[Candidate, ...], Ruleset], Scores | RungCause]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for one context, with everything it was made from."""

    context: DecisionContext
    ruleset: Ruleset
    shortlist: Shortlist
    scores: Scores | None
    view: BudgetView
    choice: Choice
    rung: Rung
    cause: RungCause
    reason: ReasonCode
    """CHOSEN, or why there is no discount: the reason of the candidate that came furthest."""
    net_totals: tuple[int, ...]
    """What the shopper pays for each line, minor units."""
    draws: tuple[Draw, ...]
    expires_us: int | None
    """When the reservation lapses; None when nothing was reserved."""
    disclosures: tuple[Disclosure, ...]
    reviews: tuple[Finding, ...]
    """What rules ask a person to look at in what was given."""
    above_ceiling: tuple[Finding, ...] = ()
    """The prices that stay above a ceiling, whatever is given: a person should look at them."""
    codes: tuple[CodeResult, ...] = ()
    """What became of each code that was sent, in their order."""
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

    Whatever is chosen is checked once more by `guard`; if that refuses it, nothing is given.
    """
    choice = choose(
        listed, scores, context, ruleset, view, worth_unknown=cause in WORTH_UNKNOWN_CAUSES
    )
    broken = violations_of(choice.stack, context, ruleset) if choice.stack.candidates else ()
    if broken:
        choice = _refused(choice)
    rung = Rung.MODEL if scores is not None else Rung.RULES_ONLY
    return _conclude(context, ruleset, listed, scores, view, choice, rung, cause, broken)


def decide_from_context(
    context: DecisionContext,
    ruleset: Ruleset,
    judges: Judges,
    score: Score,
    view: BudgetView,
) -> Decision:
    """The whole decision, from a context on, with the scores or the cause that *score* gives."""
    listed = shortlist(context, ruleset, judges)
    scored = score(context, listed.allowed, ruleset)
    scores = scored if isinstance(scored, Scores) else None
    cause = RungCause.NONE if isinstance(scored, Scores) else scored
    return decide(context, ruleset, listed, scores, cause, view)


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
    codes = [_CONTENDED if draws.of(a.candidate) else ReasonCode.NOT_BEST for a in allowed]
    ranked = [Ranked(row, *a, codes[row]) for row, a in enumerate(allowed)]
    choice = Choice(NOTHING_GIVEN, tuple(ranked))
    return _conclude(context, ruleset, listed, None, view, choice, Rung.NO_DISCOUNT, cause, ())


_CONTENDED = ReasonCode.BUDGET_SPENT


def _refused(choice: Choice) -> Choice:
    code = ReasonCode.GUARDRAIL_RECHECK_FAILED
    ranked = (r._replace(code=code) if r.code is ReasonCode.CHOSEN else r for r in choice.ranked)
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
    net_totals = tuple([stack.net_total(i, context) for i in range(len(context.lines))])
    draws = Draws(context, ruleset, view)
    lifetime = ruleset.reservation_seconds * MICROSECONDS
    return Decision(
        context=context,
        ruleset=ruleset,
        shortlist=listed,
        scores=scores,
        view=view,
        choice=choice,
        rung=rung,
        cause=cause,
        reason=_reason(listed, choice),
        net_totals=net_totals,
        draws=draws.together(given),
        expires_us=context.moment.as_of_us + lifetime if given else None,
        disclosures=_disclosures(context, ruleset, stack),
        reviews=tuple(
            finding
            for ranked in choice.ranked
            if ranked.code is ReasonCode.CHOSEN
            for finding in ranked.reviews
        ),
        above_ceiling=above_ceilings(net_totals, context, ruleset) if ruleset.ceilings else (),
        codes=code_results(context, ruleset, listed, choice, view) if context.codes else (),
        broken=broken,
    )


def _disclosures(
    context: DecisionContext, ruleset: Ruleset, stack: Stack
) -> tuple[Disclosure, ...]:
    discounted = [context.lines[i] for i, part in stack.off.items() if part]
    return tuple(
        d
        for d in ruleset.disclosures
        if (not d.jurisdictions or context.jurisdiction in d.jurisdictions)
        and d.validity.covers(context.moment.local_date)
        and any(d.scope.covers(line) for line in discounted)
    )


def _reason(listed: Shortlist, choice: Choice) -> ReasonCode:
    present = {found[0].code for found in listed.assessment.findings if found}
    present.update([ranked.code for ranked in choice.ranked])
    return furthest(present)
