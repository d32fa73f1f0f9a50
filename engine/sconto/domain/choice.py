"""The choice policy: among what is allowed and affordable, the largest expected margin wins."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sconto.domain.budget import BudgetView, Draw, draws, refusal, uncovered
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores, incremental_margin

POLICY = "largest-expected-margin/1"
"""Named in every record; a change that can alter a choice gets a new number."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An allowed candidate with its scores and what became of it.

    *value* is the expected margin it adds to giving nothing, in millionths of a minor unit; None
    on the rules-only rung.
    """

    candidate: Candidate
    draws: tuple[Draw, ...]
    code: ReasonCode
    refused: Draw | None = None
    value: int | None = None
    purchase_ppm: int | None = None
    baseline_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, or None for no discount, and every allowed candidate ranked."""

    chosen: Candidate | None
    ranked: tuple[Ranked, ...]


def choose(
    allowed: tuple[Candidate, ...],
    scores: Scores | None,
    context: DecisionContext,
    ruleset: Ruleset,
    view: BudgetView,
) -> Choice:
    """Choose one of *allowed*, or nothing; ties are broken by (offer id, depth).

    With scores the largest incremental expected margin wins, and giving nothing competes at 0.
    Without (the rules-only rung) the choice is the candidate that costs least, because nothing
    is known of what a deeper discount would bring.
    """
    ranked = [_rank(i, c, scores, context, ruleset, view) for i, c in enumerate(allowed)]
    affordable = [r for r in ranked if r.refused is None]
    best = _best(affordable, scored=scores is not None)
    return Choice(
        best.candidate if best else None,
        tuple(_coded(r, best, ruleset) for r in ranked),
    )


def _rank(
    index: int,
    candidate: Candidate,
    scores: Scores | None,
    context: DecisionContext,
    ruleset: Ruleset,
    view: BudgetView,
) -> Ranked:
    taken = draws(candidate, context, ruleset)
    refused = uncovered(taken, view)
    if scores is None:
        return Ranked(candidate, taken, ReasonCode.NOT_BEST, refused)
    purchase, baseline = scores.purchase_ppm[index], scores.baseline_ppm[index]
    before = candidate.scope_margin or 0
    cost = candidate.discount - candidate.supplier_pays
    value = incremental_margin(purchase, baseline, before, cost)
    return Ranked(candidate, taken, ReasonCode.NOT_BEST, refused, value, purchase, baseline)


def _best(affordable: list[Ranked], *, scored: bool) -> Ranked | None:
    if not scored:
        return min(affordable, key=_cheapest, default=None)
    worth = [r for r in affordable if (r.value or 0) > 0]
    return min(worth, key=_most_valuable, default=None)


def _cheapest(ranked: Ranked) -> tuple[int, str, int]:
    candidate = ranked.candidate
    cost = candidate.discount - candidate.supplier_pays
    return (cost, candidate.offer.id, candidate.depth)


def _most_valuable(ranked: Ranked) -> tuple[int, str, int]:
    return (-(ranked.value or 0), ranked.candidate.offer.id, ranked.candidate.depth)


def _coded(ranked: Ranked, best: Ranked | None, ruleset: Ruleset) -> Ranked:
    if ranked is best:
        code = ReasonCode.CHOSEN
    elif ranked.refused is not None:
        code = refusal(ranked.refused, ruleset)
    elif ranked.value is not None and ranked.value <= 0:
        code = ReasonCode.NOT_WORTH_IT
    else:
        return ranked
    return replace(ranked, code=code)
