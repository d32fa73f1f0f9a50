"""The choice policy: among what is allowed, affordable and worth it, the largest gain wins.

One candidate wins in each lane, and the lanes apply in their declared order. An exclusive offer
stands against all of them together. Nothing here looks at the order of anything in the request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor

from oracle.budget import BudgetView, Draw, Draws, after, charge, refusal, uncovered
from oracle.candidate import NOTHING_GIVEN, Candidate, Stack
from oracle.pricing import price_on_top
from oracle.shortlist import Assessed, Shortlist
from sconto.domain.context import DecisionContext
from sconto.domain.experiment import Assignment, Group, assign, propensity_ppm
from sconto.domain.lane import Lane, WithoutScores
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import PERMILLE, Objective, due_ppm, expected_gain
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores

POLICY = "largest-expected-gain/2"
"""Named in every record; a change that can alter a choice gets a new number."""


@dataclass(frozen=True, slots=True)
class Valued:
    """What the objective makes of a scored candidate; see `sconto.domain.objective`."""

    probability_ppm: int
    baseline_ppm: int
    spread_ppm: int
    doubt_ppm: int
    due_ppm: int
    """The probability that its cost falls due."""
    margin: int
    """What the outcome brings before any discount, minor units."""
    cost: int
    """Our share of what it takes off, minor units."""
    offering: int
    """What offering it costs, minor units."""
    charge: int
    """What its budgets are expected to be worth elsewhere, millionths of a minor unit."""
    gain: int
    """What it is expected to add to giving nothing, millionths of a minor unit."""
    least_gain: int
    """What it adds if the uplift is as low as disagreement and doubt allow, in the same unit."""
    passes: bool
    """Whether that is above 0 and above what the ruleset asks for."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate that is allowed alone, with its value and what became of it.

    *assessed* is how it stood when it was ranked: alone, or on top of what earlier lanes gave.
    *valued* is None on the rules-only rung.
    """

    assessed: Assessed
    draws: tuple[Draw, ...]
    code: ReasonCode
    refused: Draw | None = None
    valued: Valued | None = None
    on_top_of: tuple[str, ...] = ()
    """Ids of the candidates of earlier lanes that it was priced on top of."""

    @property
    def candidate(self) -> Candidate:
        """The candidate as it was priced when it was ranked."""
        return self.assessed.candidate

    @property
    def gain(self) -> int:
        """What it is expected to add; 0 below the model rung."""
        return 0 if self.valued is None else self.valued.gain

    @property
    def open(self) -> bool:
        """Whether rules and budgets let it be given."""
        return self.assessed.allowed and self.refused is None


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, empty for no discount, and every candidate allowed alone, ranked."""

    stack: Stack
    ranked: tuple[Ranked, ...]
    assignment: Assignment = field(default_factory=Assignment)
    propensity_ppm: int = PPM_ONE


def choose(
    listed: Shortlist,
    scores: Scores | None,
    context: DecisionContext,
    ruleset: Ruleset,
    view: BudgetView,
    *,
    worth_unknown: bool = False,
) -> Choice:
    """Choose what to give of *listed*; ties are broken by (offer id, step).

    With scores the largest expected gain wins among those whose least gain suffices.
    Without (the rules-only rung) each lane says whether its smallest or its largest candidate is
    given, or none; with *worth_unknown*, none is. A holdout gets nothing; exploration gives one
    candidate or nothing by chance.
    """
    ranking = _Ranking(listed, scores, context, ruleset, view, worth_unknown=worth_unknown)
    preferred, ranked = ranking.preferred()
    assignment = assign(context, ruleset.experiment)
    if not assignment.by_chance:
        return Choice(preferred, _coded(ranked.values(), preferred, held=False))
    options = [NOTHING_GIVEN, *(Stack((r.candidate,)) for r in ranking.alone.values() if r.open)]
    stack = preferred
    if assignment.group is not Group.POLICY:
        explored = options[assignment.draw % len(options)]
        stack = NOTHING_GIVEN if assignment.group is Group.HOLDOUT else explored
        ranked = dict(ranking.alone)
    propensity = propensity_ppm(
        assignment,
        len(options),
        preferred=stack == preferred,
        explorable=stack in options,
        nothing=stack == NOTHING_GIVEN,
    )
    held = assignment.group is Group.HOLDOUT
    coded = _coded(ranked.values(), stack, held=held)
    return Choice(stack, coded, assignment, propensity)


class _Ranking:
    """Ranks the allowed candidates of one shortlist, alone and lane by lane."""

    def __init__(
        self,
        listed: Shortlist,
        scores: Scores | None,
        context: DecisionContext,
        ruleset: Ruleset,
        view: BudgetView,
        *,
        worth_unknown: bool,
    ) -> None:
        self._worth_unknown = worth_unknown
        self._reached: dict[tuple[str, ...], int] = {}
        allowed = [a for a in listed.assessed if a.allowed]
        self._assess = listed.assess
        self._scores = scores
        self._row = {a.candidate.id: row for row, a in enumerate(allowed)}
        self._context = context
        self._ruleset = ruleset
        self._view = view
        self._draws = Draws(context, ruleset, view)
        self.alone = {a.candidate.id: self._rank(a, NOTHING_GIVEN, view) for a in allowed}
        """Every allowed candidate as if it were given alone, by id."""

    def preferred(self) -> tuple[Stack, dict[str, Ranked]]:
        """What the policy gives, and every candidate as it was ranked last."""
        if self._worth_unknown:
            return NOTHING_GIVEN, dict(self.alone)
        stack, ranked = self._by_lanes()
        exclusive = [r for r in self.alone.values() if r.candidate.offer.exclusive and r.open]
        best = self._best(exclusive, _lanes(self._ruleset))
        if best is None or not self._beats(best, stack, ranked):
            return stack, ranked
        return Stack((best.candidate,)), dict(self.alone)

    def _by_lanes(self) -> tuple[Stack, dict[str, Ranked]]:
        stack, ranked = NOTHING_GIVEN, dict(self.alone)
        for lane in self._ruleset.lanes:
            runners = [
                r
                for r in self.alone.values()
                if r.candidate.offer.lane == lane.id and not r.candidate.offer.exclusive
            ]
            if stack.candidates and runners:
                runners = self._on_top(runners, stack, lane)
                ranked.update((r.candidate.id, r) for r in runners)
            best = self._best([r for r in runners if r.open], {lane.id: lane})
            if best is not None:
                stack = stack.with_next(best.candidate)
                if best.valued is not None:
                    self._reached[tuple(c.id for c in stack.candidates)] = (
                        best.valued.probability_ppm
                    )
        return stack, ranked

    def _on_top(self, runners: list[Ranked], stack: Stack, lane: Lane) -> list[Ranked]:
        """*runners* priced, judged and ranked again on top of what earlier lanes gave."""
        after_earlier = lane.after_earlier
        priced = [
            price_on_top(
                r.candidate, stack, self._context, self._ruleset, after_earlier=after_earlier
            )
            for r in runners
        ]
        view = after(self._view, self._draws.before(stack.candidates))
        return [self._rank(a, stack, view) for a in self._assess(priced, stack)]

    def _rank(self, assessed: Assessed, stack: Stack, view: BudgetView) -> Ranked:
        """How *assessed* ranks on top of *stack*, with whose draws *view* is what budgets used."""
        taken = self._draws.of(assessed.candidate)
        refused = uncovered(taken, view) if assessed.allowed else None
        code = ReasonCode.WORTH_UNKNOWN if self._worth_unknown else ReasonCode.NOT_BEST
        if not assessed.allowed:
            code = assessed.findings[0].code
        elif refused is not None:
            code = refusal(refused, view, self._ruleset)
        on_top_of = tuple(c.id for c in stack.candidates)
        ranked = Ranked(assessed, taken, code, refused, on_top_of=on_top_of)
        if self._scores is None:
            return ranked
        price = charge(taken, view, self._context, self._ruleset)
        valued = _valued(ranked.candidate, self._scores, self._row, self._ruleset.objective, price)
        if stack.candidates:
            valued = _valued(
                ranked.candidate,
                self._on_top_scores(ranked.candidate, stack),
                {ranked.candidate.id: 0},
                self._ruleset.objective,
                price,
            )
        if ranked.open and not valued.passes:
            code = ReasonCode.BELOW_LEAST_GAIN if valued.gain > 0 else ReasonCode.NOT_WORTH_IT
        return replace(ranked, valued=valued, code=code)

    def _on_top_scores(self, candidate: Candidate, stack: Stack) -> Scores:
        """The scores of *candidate* alone as those of what it adds to *stack*, in fractions."""
        scores, row = self._scores, self._row[candidate.id]
        assert scores is not None
        reached = self._reached[tuple(c.id for c in stack.candidates)]
        probability = max(scores.probability_ppm[row], reached)
        if scores.assumed:
            both, without = (
                self._lifted(scores.baseline_ppm[row], off)
                for off in (stack.discount + candidate.discount, stack.discount)
            )
            probability = min(1_000_000, reached + max(0, both - without))
        return replace(
            scores,
            probability_ppm=(probability,),
            baseline_ppm=(reached,),
            spread_ppm=(scores.spread_ppm[row],),
            doubt_ppm=(scores.doubt_ppm[row],),
        )

    def _lifted(self, baseline: int, off: int) -> int:
        depth = off * 10_000 // self._context.list_total
        steps = [(0, 500_000), *self._ruleset.objective.response]
        reached = max(i for i, (start, _) in enumerate(steps) if start <= depth)
        half = Fraction(steps[reached][1])
        if reached + 1 < len(steps):
            (start, low), (end, high) = steps[reached], steps[reached + 1]
            half = Fraction(floor(low + Fraction((high - low) * (depth - start), end - start)))
        chance, even = Fraction(baseline, 1_000_000), half / 1_000_000
        happens = chance * even
        return floor(1_000_000 * happens / (happens + (1 - chance) * (1 - even)))

    def _best(self, runners: list[Ranked], lanes: Mapping[str, Lane]) -> Ranked | None:
        if self._scores is not None:
            if self._scores.unknown:
                by_cost = sorted(
                    runners,
                    key=lambda r: (r.candidate.cost, r.candidate.discount, *_place(r.candidate)),
                )
                return next(
                    (r for r in by_cost[:1] if r.valued is not None and r.valued.passes), None
                )
            worth = [r for r in runners if r.valued is not None and r.valued.passes]
            return min(worth, key=_most_valuable, default=None)
        wanted = [(r, lanes[r.candidate.offer.lane].without_scores) for r in runners]
        given = [(r, how) for r, how in wanted if how is not WithoutScores.NOTHING]
        best = min(given, key=lambda pair: _without_scores(*pair), default=None)
        return best[0] if best else None

    def _beats(self, exclusive: Ranked, stack: Stack, ranked: Mapping[str, Ranked]) -> bool:
        """Whether an exclusive candidate is preferred to all that the lanes give together."""
        if not stack.candidates:
            return True
        if self._scores is not None:
            return exclusive.gain > sum(ranked[c.id].gain for c in stack.candidates)
        lane = _lanes(self._ruleset)[exclusive.candidate.offer.lane]
        if lane.without_scores is WithoutScores.LARGEST:
            return exclusive.candidate.discount > stack.discount
        return exclusive.candidate.cost < stack.cost


def _valued(
    candidate: Candidate,
    scores: Scores,
    row_of: Mapping[str, int],
    objective: Objective,
    charge: int,
) -> Valued:
    """What *candidate* is worth by *scores*; *charge* is of all its draws, as if due for sure."""
    offer, row = candidate.offer, row_of[candidate.id]
    baseline, probability = scores.baseline_ppm[row], scores.probability_ppm[row]
    spread, doubt = scores.spread_ppm[row], scores.doubt_ppm[row]
    if offer.aim is not scores.outcome:
        # The model does not speak of what the offer is for, so nobody claims that it works.
        probability, spread, doubt, due = baseline, 0, 0, PPM_ONE
    elif scores.unknown:
        due = PPM_ONE
    else:
        due = due_ppm(offer.cost_when, scores.outcome, probability)
    margin = objective.margin(scores.outcome, candidate.scope_margin or 0)
    cost, offering = candidate.cost, offer.cost_of_offering
    expected_charge = -(-due * charge // PPM_ONE)
    lowered = probability - doubt - -(-spread * objective.caution_permille // PERMILLE)
    gain, least = (
        expected_gain(p, baseline, margin, cost, due, offering, PPM_ONE) - expected_charge
        for p in (probability, lowered)
    )
    asked = objective.least_gain(due * cost + PPM_ONE * offering)
    return Valued(
        probability_ppm=probability,
        baseline_ppm=baseline,
        spread_ppm=spread,
        doubt_ppm=doubt,
        due_ppm=due,
        margin=margin,
        cost=cost,
        offering=offering,
        charge=expected_charge,
        gain=gain,
        least_gain=least,
        passes=least > 0 and least >= asked,
    )


def _lanes(ruleset: Ruleset) -> Mapping[str, Lane]:
    return {lane.id: lane for lane in ruleset.lanes}


def _most_valuable(ranked: Ranked) -> tuple[int, str, int]:
    return (-ranked.gain, *_place(ranked.candidate))


def _without_scores(ranked: Ranked, how: WithoutScores) -> tuple[int, int, str, int]:
    candidate = ranked.candidate
    if how is WithoutScores.LARGEST:
        return (1, -candidate.discount, *_place(candidate))
    return (0, candidate.cost, *_place(candidate))


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.offer.id, candidate.offer.ladder.index(candidate.depth)


def _coded(ranked: Iterable[Ranked], stack: Stack, *, held: bool) -> tuple[Ranked, ...]:
    """*ranked* with what became of each now that *stack* is given."""
    chosen = {candidate.id for candidate in stack.candidates}
    return tuple(_with_code(r, chosen, held=held) for r in ranked)


def _with_code(ranked: Ranked, chosen: AbstractSet[str], *, held: bool) -> Ranked:
    if ranked.candidate.id in chosen:
        return replace(ranked, code=ReasonCode.CHOSEN)
    if held and ranked.open:
        return replace(ranked, code=ReasonCode.HELD_OUT)
    return ranked
