"""The choice policy: among what is allowed, affordable and worth it, the largest gain wins.

One candidate wins in each lane, and the lanes apply in their declared order. An exclusive offer
stands against all of them together. Nothing here looks at the order of anything in the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

from sconto.domain.budget import BudgetView, Draw, Draws, after, charge, refusal
from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.context import DecisionContext
from sconto.domain.experiment import Assignment, Group, assign, propensity_ppm
from sconto.domain.findings import Findings
from sconto.domain.lane import Lane, WithoutScores
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import PERMILLE, due_ppm, expected_gain
from sconto.domain.pricing import price_on_top
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import Assessment, Shortlist

POLICY = "largest-expected-gain/2"
"""Named in every record; a change that can alter a choice gets a new number."""


class Valued(NamedTuple):
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


class _Below(NamedTuple):
    """What earlier lanes give."""

    ids: tuple[str, ...] = ()
    discount: int = 0
    """What it takes off, minor units."""
    probability_ppm: int = 0
    """The probability of the outcome with it; 0 without scores, and where it is nothing."""


class Ranked(NamedTuple):
    """A candidate that is allowed alone, with its value and what became of it.

    *row* is its place among these candidates, and that of its scores. *candidate* is as it was
    priced when it was ranked, and *findings* and *reviews* are of it: alone, or on top of what
    earlier lanes gave. *valued* is None on the rules-only rung.
    """

    row: int
    candidate: Candidate
    findings: Findings
    reviews: Findings
    code: ReasonCode
    refused: Draw | None = None
    valued: Valued | None = None
    on_top_of: tuple[str, ...] = ()
    """Ids of the candidates of earlier lanes that it was priced on top of."""

    @property
    def gain(self) -> int:
        """What it is expected to add; 0 below the model rung."""
        return 0 if self.valued is None else self.valued.gain

    @property
    def open(self) -> bool:
        """Whether rules and budgets let it be given."""
        return not self.findings and self.refused is None


# Several times as fast as naming the classes.
_made_valued: Final[Callable[[tuple[Any, ...]], Valued]] = partial(tuple.__new__, Valued)
_made_ranked: Final[Callable[[tuple[Any, ...]], Ranked]] = partial(tuple.__new__, Ranked)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, empty for no discount, and every candidate allowed alone, in order."""

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
        return Choice(preferred, _coded(ranked, preferred, held=False))
    options = [NOTHING_GIVEN, *(Stack((r.candidate,)) for r in ranking.alone if r.open)]
    stack = preferred
    if assignment.group is not Group.POLICY:
        explored = options[assignment.draw % len(options)]
        stack = NOTHING_GIVEN if assignment.group is Group.HOLDOUT else explored
        ranked = ranking.alone
    propensity = propensity_ppm(
        assignment,
        len(options),
        preferred=stack == preferred,
        explorable=stack in options,
        nothing=stack == NOTHING_GIVEN,
    )
    held = assignment.group is Group.HOLDOUT
    coded = _coded(ranked, stack, held=held)
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
        self._assess = listed.assess
        self._scores = scores
        self._context = context
        self._ruleset = ruleset
        self._view = view
        self._draws = Draws(context, ruleset, view)
        self._shadowed = any(b.shadow is not None for b in ruleset.budgets.values())
        kept = [one for one in zip(*listed.assessment, strict=True) if not one[1]]
        allowed = Assessment(*zip(*kept, strict=True)) if kept else Assessment((), (), ())
        self.alone = self._ranked(allowed, range(len(kept)), _Below(), view)
        """Every allowed candidate as if it were given alone."""

    def preferred(self) -> tuple[Stack, Sequence[Ranked]]:
        """What the policy gives, and every candidate as it was ranked last."""
        if self._worth_unknown:
            return NOTHING_GIVEN, self.alone
        stack, ranked = self._by_lanes()
        exclusive = [r for r in self.alone if r.candidate.offer.exclusive and r.open]
        best = self._best(exclusive, _lanes(self._ruleset))
        if best is None or not self._beats(best, stack, ranked):
            return stack, ranked
        return Stack((best.candidate,)), self.alone

    def _by_lanes(self) -> tuple[Stack, Sequence[Ranked]]:
        stack, ranked, reached = NOTHING_GIVEN, list(self.alone), 0
        for lane in self._ruleset.lanes:
            runners = [
                r
                for r in self.alone
                if r.candidate.offer.lane == lane.id and not r.candidate.offer.exclusive
            ]
            if stack.candidates and runners:
                runners = self._on_top(runners, stack, reached, lane)
                for runner in runners:
                    ranked[runner.row] = runner
            best = self._best([r for r in runners if r.open], {lane.id: lane})
            if best is not None:
                stack = stack.with_next(best.candidate)
                reached = best.valued.probability_ppm if best.valued else 0
        return stack, ranked

    def _on_top(
        self, runners: list[Ranked], stack: Stack, reached: int, lane: Lane
    ) -> list[Ranked]:
        """*runners* priced, judged and ranked again on top of what earlier lanes gave.

        With that the probability of the outcome is *reached*, ppm.
        """
        after_earlier = lane.after_earlier
        alone = [r.candidate for r in runners]
        priced = price_on_top(
            alone, stack, self._context, self._ruleset, after_earlier=after_earlier
        )
        view = after(self._view, self._draws.before(stack.candidates))
        below = _Below(tuple([c.id for c in stack.candidates]), stack.discount, reached)
        return self._ranked(self._assess(priced, stack), [r.row for r in runners], below, view)

    def _ranked(
        self, assessment: Assessment, rows: Iterable[int], below: _Below, view: BudgetView
    ) -> list[Ranked]:
        """How candidates rank by their *rows* of the scores, on top of what is given *below* them.

        *view* is what budgets have used, the draws of what is below included.
        """
        ranked: list[Ranked] = []
        for row, candidate, findings, reviews in zip(rows, *assessment, strict=True):
            valued = self._valued(candidate, row, below, view)
            refused = None if findings else self._draws.refused(candidate, view)
            if findings:
                code = findings[0].code
            elif refused is not None:
                code = refusal(refused, view, self._ruleset)
            elif self._worth_unknown:
                code = ReasonCode.WORTH_UNKNOWN
            elif valued is None or valued.passes:
                code = ReasonCode.NOT_BEST
            else:
                code = ReasonCode.BELOW_LEAST_GAIN if valued.gain > 0 else ReasonCode.NOT_WORTH_IT
            ranked.append(
                _made_ranked((row, candidate, findings, reviews, code, refused, valued, below.ids))
            )
        return ranked

    def _valued(
        self, candidate: Candidate, row: int, below: _Below, view: BudgetView
    ) -> Valued | None:
        """What *candidate* is worth by its *row* of the scores; None without any."""
        scores, objective, offer = self._scores, self._ruleset.objective, candidate.offer
        if scores is None:
            return None
        probability, baseline = scores.probability_ppm[row], scores.baseline_ppm[row]
        if below.ids:
            probability, baseline = self._further(candidate, scores, row, below)
        spread, doubt = scores.spread_ppm[row], scores.doubt_ppm[row]
        if offer.aim is not scores.outcome:
            # The model does not speak of what the offer is for, so nobody claims that it works.
            probability, spread, doubt, due = baseline, 0, 0, PPM_ONE
        elif scores.unknown:
            due = PPM_ONE
        else:
            due = due_ppm(offer.cost_when, scores.outcome, probability)
        margin = objective.margin(scores.outcome, candidate.scope_margin or 0)
        cost, offering, charged = candidate.cost, offer.cost_of_offering, 0
        if self._shadowed:
            charged = -(-due * self._charge(candidate, view) // PPM_ONE)
        gain = expected_gain(probability, baseline, margin, cost, due, offering, PPM_ONE) - charged
        lowered_by = doubt - (-spread * objective.caution_permille // PERMILLE)
        least = gain - lowered_by * margin
        passes = least > 0 and least >= objective.least_gain(due * cost + PPM_ONE * offering)
        return _made_valued(
            (
                probability, baseline, spread, doubt, due, margin, cost, offering, charged, gain,
                least, passes,
            )
        )  # fmt: skip

    def _charge(self, candidate: Candidate, view: BudgetView) -> int:
        """What its draws must bring to be worth their budgets, millionths of a minor unit."""
        return charge(self._draws.of(candidate), view, self._context, self._ruleset)

    def _further(
        self, candidate: Candidate, scores: Scores, row: int, below: _Below
    ) -> tuple[int, int]:
        """The probabilities of the outcome, ppm: with all that is given, and with what is below.

        A model was shown one discount at a time. What a further one adds is what the assumed
        response to depth makes of both together, less what it makes of those below. Where the
        response was learnt, nobody knows what it adds to a discount that does more alone.
        """
        baseline, alone = scores.baseline_ppm[row], scores.probability_ppm[row]
        reached = below.probability_ppm
        if not scores.assumed:
            return max(alone, reached), reached
        objective, basket = self._ruleset.objective, self._context.list_total
        offs = (below.discount + candidate.discount, below.discount)
        both, without = (objective.lifted(baseline, off, basket) for off in offs)
        return min(reached + max(both - without, 0), PPM_ONE), reached

    def _best(self, runners: list[Ranked], lanes: Mapping[str, Lane]) -> Ranked | None:
        if self._scores is not None:
            if self._scores.unknown:
                # Which of them adds most hangs on what is not known: the cheapest risks least.
                # If that is not surely worth it, a dearer one is not given in its place.
                runners = sorted(runners, key=_cheapest)[:1]
            worth = [r for r in runners if r.valued is not None and r.valued.passes]
            return min(worth, key=_most_valuable, default=None)
        wanted = [(r, lanes[r.candidate.offer.lane].without_scores) for r in runners]
        given = [(r, how) for r, how in wanted if how is not WithoutScores.NOTHING]
        best = min(given, key=lambda pair: _without_scores(*pair), default=None)
        return best[0] if best else None

    def _beats(self, exclusive: Ranked, stack: Stack, ranked: Sequence[Ranked]) -> bool:
        """Whether an exclusive candidate is preferred to all that the lanes give together."""
        if not stack.candidates:
            return True
        if self._scores is not None:
            given = {candidate.id for candidate in stack.candidates}
            return exclusive.gain > sum(r.gain for r in ranked if r.candidate.id in given)
        lane = _lanes(self._ruleset)[exclusive.candidate.offer.lane]
        if lane.without_scores is WithoutScores.LARGEST:
            return exclusive.candidate.discount > stack.discount
        return exclusive.candidate.cost < stack.cost


def _lanes(ruleset: Ruleset) -> Mapping[str, Lane]:
    return {lane.id: lane for lane in ruleset.lanes}


def _most_valuable(ranked: Ranked) -> tuple[int, str, int]:
    return (-ranked.gain, *_place(ranked.candidate))


def _cheapest(ranked: Ranked) -> tuple[int, int, str, int]:
    candidate = ranked.candidate
    return (candidate.cost, candidate.discount, *_place(candidate))


def _without_scores(ranked: Ranked, how: WithoutScores) -> tuple[int, int, str, int]:
    candidate = ranked.candidate
    if how is WithoutScores.LARGEST:
        return (1, -candidate.discount, *_place(candidate))
    return (0, candidate.cost, *_place(candidate))


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.offer.id, candidate.offer.ladder.index(candidate.depth)


def _coded(ranked: Iterable[Ranked], stack: Stack, *, held: bool) -> tuple[Ranked, ...]:
    """*ranked* with what became of each now that *stack* is given."""
    if not stack.candidates and not held:
        return tuple(ranked)
    chosen = {(given.offer.id, given.depth) for given in stack.candidates}
    coded: list[Ranked] = []
    for one in ranked:
        if (one.candidate.offer.id, one.candidate.depth) in chosen:
            coded.append(one._replace(code=ReasonCode.CHOSEN))
        elif held and one.open:
            coded.append(one._replace(code=ReasonCode.HELD_OUT))
        else:
            coded.append(one)
    return tuple(coded)
