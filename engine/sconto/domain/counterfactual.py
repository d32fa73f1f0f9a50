"""The nearest change that would have flipped a decision, found by deciding again.

Changes of one fact are tried first, then of two, from the nearest on, by the measure of
`sconto.domain.changes.measure`. An amount more in the basket is narrowed down to the minor unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from itertools import islice
from typing import Final

from sconto.domain.alternatives import Alternatives, freed
from sconto.domain.budget import Draws
from sconto.domain.changes import (
    BASKET,
    Change,
    Changer,
    Changes,
    Kind,
    Situation,
    measure,
)
from sconto.domain.choice import Ranked
from sconto.domain.condition import Truth, evaluate, facts_needed
from sconto.domain.context import DecisionContext
from sconto.domain.decision import Decision, Score, decide_from_context
from sconto.domain.facts import request_facts
from sconto.domain.findings import Finding
from sconto.domain.judging import Judges
from sconto.domain.offer import Offer
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import CANDIDATE_PREFIXES, Rule, Ruleset
from sconto.domain.shortlist import Assessed, shortlist
from sconto.domain.thresholds import THE_BASKET

MOST_TRIED: Final = 1_000
"""Situations that are tried for one question before its search gives up and says so; four times as
many for the question whether a candidate may be given, which is quicker to answer."""


@dataclass(frozen=True, slots=True)
class World:
    """What decides again: the rules, their judges and the model.

    *score* None can't say what a model would have said, so that nothing is told about what would
    have been chosen.
    """

    ruleset: Ruleset
    judges: Judges
    changer: Changer
    alternatives: Alternatives
    score: Score | None

    def decide(self, situation: Situation) -> Decision:
        """The decision in *situation*; needs a *score*."""
        if self.score is None:
            raise AssertionError("nobody can say what would have been chosen")
        context, view = situation.context, situation.view
        return decide_from_context(context, self.ruleset, self.judges, self.score, view)

    def alone(self, situation: Situation, offer_id: str = "") -> tuple[Assessed, ...]:
        """Candidates of one offer, or of all, each assessed as if it were given alone."""
        context = situation.context
        if offer_id:
            context = replace(context, offer_ids=(offer_id,))
        return shortlist(context, self.ruleset, self.judges).assessed


def may_give_at(
    world: World, situation: Situation, assessed: tuple[Assessed, ...], depth: int
) -> bool:
    """Whether rules and budgets allow the one of *assessed*, all of one offer, at *depth*."""
    for one in assessed:
        if one.candidate.depth == depth:
            draws = Draws(situation.context, world.ruleset, situation.view)
            return one.allowed and draws.refused(one.candidate, situation.view) is None
    return False


class Question(Enum):
    """What a change is asked to bring about."""

    OTHERWISE = "something else is given"
    ALLOWED = "the candidate may be given"
    CHOSEN = "the offer is given"


@dataclass(frozen=True, slots=True)
class Flip:
    """The answer to a question: the nearest changes, or None when none of one or two facts does it.

    *given* holds the candidates that are given then, by id. With *complete* false the search was
    cut short, and there may be a change that was not tried.
    """

    question: Question
    offer_id: str
    depth: int | None
    changes: Changes | None
    given: tuple[str, ...] = ()
    complete: bool = True
    searched: bool = True
    """False where only the model could have told."""

    @property
    def rest(self) -> tuple[Changes | None, bool]:
        """What its sentence says besides the question."""
        return self.changes, self.complete


_Wanted = tuple[frozenset[str], ...]
"""Sets of facts, in the words of `Thresholds.of_rule`; a change must touch one of each."""


class Search:
    """Answers questions about one situation; what was found out for one serves them all."""

    def __init__(self, world: World, situation: Situation) -> None:
        self._world = world
        self._start = situation
        self._there: dict[Changes, Situation] = {(): situation}
        self._decided: dict[Changes, Decision] = {}
        self._alone: dict[tuple[str, Changes], tuple[Assessed, ...]] = {}
        self._denying: dict[str, tuple[Rule, ...]] = {}

    def otherwise(self) -> Flip:
        """What makes the decision another one."""
        return self._answer(
            Question.OTHERWISE,
            "",
            lambda c: self._chosen_ids(c) != self._chosen_ids(()),
            lambda _: [()],
        )

    def chosen(self, offer: Offer) -> Flip:
        """What makes *offer* be given at any depth."""

        def offer_given(changes: Changes) -> bool:
            # What can't be given alone is never chosen.
            return (
                not self._denied(offer.id, changes)
                and any(a.allowed for a in self.alone(offer.id, changes))
                and any(c.partition(":")[0] == offer.id for c in self._chosen_ids(changes))
            )

        def wanted(changes: Changes) -> list[_Wanted]:
            alone = self.alone(offer.id, changes)
            return [w for a in alone if (w := self._wanted(a)) is not None]

        return self._answer(Question.CHOSEN, offer.id, offer_given, wanted)

    def allowed(self, assessed: Assessed) -> Flip:
        """What lets the candidate of *assessed* be given alone."""
        offer, depth = assessed.candidate.offer, assessed.candidate.depth
        if _without_goods(offer, self._start.context):
            return Flip(Question.ALLOWED, offer.id, depth, None)

        def candidate_allowed(changes: Changes) -> bool:
            if self._denied(offer.id, changes):
                return False
            there = self.there(changes)
            return may_give_at(self._world, there, self.alone(offer.id, changes), depth)

        def wanted(changes: Changes) -> list[_Wanted]:
            alone = (a for a in self.alone(offer.id, changes) if a.candidate.depth == depth)
            return [w for a in alone if (w := self._wanted(a)) is not None]

        walk = _Walk(self, self._world, (offer,), candidate_allowed, wanted, depth)
        return Flip(Question.ALLOWED, offer.id, depth, walk.nearest(), (), walk.complete)

    def there(self, changes: Changes) -> Situation:
        """The situation with *changes* made."""
        found = self._there.get(changes)
        if found is None:
            before = self.there(changes[:-1])
            found = self._there[changes] = self._world.changer.apply(changes[-1:], before)
        return found

    def alone(self, offer_id: str, changes: Changes) -> tuple[Assessed, ...]:
        """The candidates of one offer, or of all, with *changes* made."""
        key = (offer_id, changes)
        if key not in self._alone:
            self._alone[key] = self._world.alone(self.there(changes), offer_id)
        return self._alone[key]

    def _denied(self, offer_id: str, changes: Changes) -> bool:
        """Whether a rule that looks at the request alone surely denies the offer still.

        A judgement of one rule in place of a decision: most changes fail at it. Where segments
        have a say nothing is sure.
        """
        rules = self._denying.get(offer_id)
        if rules is None:
            rules = self._denying[offer_id] = tuple(self._deniers(offer_id))
        if not rules:
            return False
        facts = request_facts(self.there(changes).context, self._world.ruleset.remainders)
        return any(evaluate(rule.condition, facts) is Truth.TRUE for rule in rules)

    def _deniers(self, offer_id: str) -> Iterator[Rule]:
        """The rules that deny the offer by facts of the request, whatever lines there are."""
        ruleset = self._world.ruleset
        found = {f.rule_id for a in self.alone(offer_id, ()) for f in a.findings}
        about = ruleset.rules_by_offer[offer_id]
        for line in self._start.context.lines:
            about &= ruleset.rules_by_line.covering(line)
        for rule in ruleset.rules:
            if rule.id in found and about & ruleset.rule_bits[rule.id]:
                needed = facts_needed(rule.condition)
                if not any(fact.startswith(CANDIDATE_PREFIXES) for fact in needed):
                    yield rule

    def _answer(
        self,
        question: Question,
        offer_id: str,
        holds: Callable[[Changes], bool],
        wanted: Callable[[Changes], list[_Wanted]],
    ) -> Flip:
        if self._world.score is None:
            return Flip(question, offer_id, None, None, complete=False, searched=False)
        walk = _Walk(self, self._world, self._world.ruleset.offers, holds, wanted, None)
        found = walk.nearest()
        given = self._chosen_ids(found) if found else ()
        return Flip(question, offer_id, None, found, given, walk.complete)

    def _chosen_ids(self, changes: Changes) -> tuple[str, ...]:
        if changes not in self._decided:
            self._decided[changes] = self._world.decide(self.there(changes))
        return tuple(c.id for c in self._decided[changes].stack.candidates)

    def _wanted(self, assessed: Assessed) -> _Wanted | None:
        """What must change for nothing to withhold *assessed*; None where no change mends it."""
        wanted = tuple([self._hangs_on(f) for f in assessed.findings])
        return wanted if all(wanted) else None

    def _hangs_on(self, finding: Finding) -> frozenset[str]:
        """What must change for *finding* to go away; empty for what no change can mend."""
        if finding.code in _UNMENDABLE:
            return frozenset()
        if finding.code is ReasonCode.NOT_VALID_TODAY:
            return frozenset({"context.day"})
        of_rule = self._world.alternatives.thresholds.of_rule
        return of_rule.get(finding.rule_id, frozenset({THE_BASKET}))


def _without_goods(offer: Offer, context: DecisionContext) -> bool:
    """Whether the basket lacks the shipping that *offer* is about."""
    shipping = offer.shipping
    return shipping is not None and not any(shipping.covers(line) for line in context.lines)


_UNMENDABLE: Final = frozenset(
    {ReasonCode.NO_LINE_IN_SCOPE, ReasonCode.CODE_REQUIRED, ReasonCode.RULE_FAILED}
)


class _Walk:
    """Walks over the changes from the nearest on, until one *holds*.

    *wanted* says of changes what a further one must touch to be enough, in each of the ways there
    are. *depth* None asks about whole decisions, otherwise about one candidate of the only offer
    in *offers*.
    """

    def __init__(
        self,
        search: Search,
        world: World,
        offers: tuple[Offer, ...],
        holds: Callable[[Changes], bool],
        wanted: Callable[[Changes], list[_Wanted]],
        depth: int | None,
    ) -> None:
        self._search = search
        self._world = world
        self._offers = offers
        self._holds = holds
        self._wanted = wanted
        self._depth = depth
        self._tried = 0
        self.complete = True

    def nearest(self) -> Changes | None:
        """The nearest changes of one fact, or of two when no single one is enough."""
        return self._best((), None) or self._of_two()

    def _of_two(self) -> Changes | None:
        """One of two that are enough touches what speaks at the start, and the search begins there.

        What touches nothing of that may only mend what the other one brings about. It comes second,
        unless that is an amount more, which is always narrowed down last.
        """
        best: Changes | None = None
        pieces = self._world.alternatives.of_pieces(self._search.there(()), self._offers)
        firsts = sorted([*self._of_facts(()), *pieces], key=lambda c: c.order)
        for first in firsts:
            if not self.complete or (best and measure((first,))[1] >= measure(best)[1]):
                break
            if self._helps(first):
                found = self._best((first,), best)
            elif first.kind not in BASKET:
                found = min(self._enough((first,)), key=measure, default=None)
            else:
                continue
            if found is not None and (best is None or measure(found) < measure(best)):
                best = found
        return best

    def _best(self, before: Changes, bound: Changes | None) -> Changes | None:
        """The nearest of *before* with one more change, if it is nearer than *bound*."""
        wanted = self._wanted(before)
        if not wanted:
            return None
        most = None if bound is None else measure(bound)[1]
        found = [
            *islice(self._first(before, self._more_facts(before, wanted), most), 1),
            *islice(self._first(before, self._more_pieces(before, wanted), most), 1),
            *self._enough(before),
        ]
        return min(found, key=measure, default=None)

    def _helps(self, change: Change) -> bool:
        """Whether *change* touches anything that must change at the start."""
        touched = _touched(change)
        return any(
            not way or any(not facts.isdisjoint(touched) for facts in way)
            for way in self._wanted(())
        )

    def _first(
        self, before: Changes, more: Iterable[Change], most: Fraction | None
    ) -> Iterator[Changes]:
        for change in more:
            changes = _in_order(before, change)
            if most is not None and measure(changes)[1] > most:
                return
            if self._try(changes):
                yield changes

    def _more_facts(self, before: Changes, wanted: list[_Wanted]) -> list[Change]:
        """Changes of facts to make beside *before*."""
        return self._fitting(before, self._of_facts(before), wanted)

    def _more_pieces(self, before: Changes, wanted: list[_Wanted]) -> list[Change]:
        """Changes of pieces and lines to make beside *before*."""
        found = self._world.alternatives.of_pieces(self._search.there(before), self._offers)
        return self._fitting(before, found, wanted)

    def _fitting(
        self, before: Changes, found: Iterable[Change], wanted: list[_Wanted]
    ) -> list[Change]:
        """Those of *found* that may be enough beside *before*: a pair is tried once."""
        fitting = [c for c in found if _does(c, wanted) and self._fits(c, before)]
        return sorted(fitting, key=lambda c: c.order)

    def _fits(self, change: Change, before: Changes) -> bool:
        """Whether *before* may be enough beside *change*, and no other walk tries the two."""
        for other in before:
            again = self._helps(change) and not _comes_after(change, other)
            if again or change.name == other.name or not self._mends(other, (change,)):
                return False
        return True

    def _mends(self, change: Change, others: tuple[Change, ...]) -> bool:
        """Whether *change* touches all that one of *others* alone leaves or brings about."""
        return any(_does(change, self._wanted((other,))) for other in others)

    def _enough(self, before: Changes) -> Iterator[Changes]:
        """The least amounts more that are enough beside *before*."""
        for spends in self._world.alternatives.spends(self._search.there(before), self._offers):
            if (
                spends
                and all(self._mends(b, spends) for b in before)
                and _does(spends[0], self._wanted(before))
            ):
                yield from self._least(before, spends)

    def _of_facts(self, before: Changes) -> list[Change]:
        there = self._search.there(before)
        facts = self._world.alternatives.of_facts(there, self._offers)
        return [*facts, *self._budgets(before, there)]

    def _budgets(self, before: Changes, there: Situation) -> Iterator[Change]:
        """What must be left for what the budgets refuse."""
        if not any(there.view.values()):
            return
        draws = Draws(there.context, self._world.ruleset, there.view)
        offer_id = "" if self._depth is None else self._offers[0].id
        for assessed in self._search.alone(offer_id, before):
            if self._depth in {None, assessed.candidate.depth}:
                yield from freed(draws.of(assessed.candidate), there)

    def _least(self, before: Changes, spends: tuple[Change, ...]) -> Iterator[Changes]:
        """The least amount that does it: between the first that does and the last that does not."""
        low = 0
        for spend in spends:
            if self._try((*before, spend)):
                yield (*before, self._narrowed(before, low, spend))
                return
            low = int(spend.after)

    def _narrowed(self, before: Changes, low: int, enough: Change) -> Change:
        high = int(enough.after)
        while high - low > 1:
            middle = (low + high) // 2
            if self._holds((*before, replace(enough, after=middle))):
                high = middle
            else:
                low = middle
        return replace(enough, after=high)

    def _try(self, changes: Changes) -> bool:
        if self._tried >= (MOST_TRIED if self._depth is None else 4 * MOST_TRIED):
            self.complete = False
            return False
        self._tried += 1
        return self._holds(changes)


def _in_order(before: Changes, change: Change) -> Changes:
    """*before* and *change*, as they are told: the basket after other facts, small steps first."""
    if before and not _comes_after(change, before[0]):
        return (change, *before)
    return (*before, change)


def _comes_after(change: Change, other: Change) -> bool:
    """Whether *change* is told after *other*."""
    return (change.kind in BASKET, change.order) > (other.kind in BASKET, other.order)


def _does(change: Change, wanted: list[_Wanted]) -> bool:
    """Whether *change* touches a fact of each set, in one of the ways that are *wanted*."""
    touched = _touched(change)
    return any(all(not facts.isdisjoint(touched) for facts in way) for way in wanted)


def _touched(change: Change) -> tuple[str, ...]:
    """The facts that *change* changes, in the words of `Thresholds.of_rule`."""
    if change.kind in BASKET:
        return (THE_BASKET,)
    if change.kind is Kind.DAY:
        return ("context.day", "context.month", "context.weekday")
    return (change.name,)


def flips(
    world: World, situation: Situation, decision: Decision, offer_id: str = ""
) -> Iterator[Flip]:
    """What would have flipped *decision*: as a whole, then candidate by candidate.

    In the order of offers and depths; with *offer_id* only what is about that offer.
    """
    search = Search(world, situation)
    if not offer_id:
        yield search.otherwise()
    given = {c.offer.id for c in decision.stack.candidates}
    ranked = {r.candidate.id: r for r in decision.choice.ranked}
    for offer in world.ruleset.offers:
        assessed = [a for a in decision.shortlist.assessed if a.candidate.offer.id == offer.id]
        if offer_id not in {"", offer.id} or not any(_mendable(a) for a in assessed):
            continue
        withheld = [a for a in assessed if not a.allowed or _refused(a, ranked)]
        answers = [search.allowed(a) for a in withheld if _mendable(a)]
        yield from answers
        # What can't be allowed alone is never chosen.
        if offer.id not in given and (
            len(withheld) < len(assessed) or any(f.changes or not f.complete for f in answers)
        ):
            yield search.chosen(offer)


def _refused(assessed: Assessed, ranked: Mapping[str, Ranked]) -> bool:
    """Whether the budgets refused it."""
    found = ranked.get(assessed.candidate.id)
    return found is not None and found.refused is not None


def _mendable(assessed: Assessed) -> bool:
    """Whether any change could let it be given."""
    return not any(f.code in _UNMENDABLE for f in assessed.findings)
