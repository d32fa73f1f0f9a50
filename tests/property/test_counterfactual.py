"""What would have flipped a decision: promises that hold in every generated world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from unittest.mock import patch

from hypothesis import given, settings

from sconto.domain import counterfactual
from sconto.domain.changes import Change, Kind, Situation, measure
from sconto.domain.counterfactual import Flip, Question, World, flips
from support.flipping import generated
from support.worlds import World as Generated
from support.worlds import worlds

FEW = patch.object(counterfactual, "MOST_TRIED", 60)
ASKED = 8
"""Questions asked in each world, and situations tried for each: enough for most single facts."""


def _answers(world: World, situation: Situation) -> list[Flip]:
    with FEW:
        return list(islice(flips(world, situation, world.decide(situation)), ASKED))


def _kept(flip: Flip, changes: tuple[Change, ...], world: World, situation: Situation) -> bool:
    """Whether *changes* do what *flip* asks."""
    there = world.changer.apply(changes, situation)
    if flip.question is Question.ALLOWED:
        alone = world.alone(there, flip.offer_id)
        return counterfactual.may_give_at(world, there, alone, flip.depth or 0)
    given = [c.id for c in world.decide(there).stack.candidates]
    if flip.question is Question.CHOSEN:
        return any(c.rpartition(":")[0] == flip.offer_id for c in given)
    return given != [c.id for c in world.decide(situation).stack.candidates]


def _singles(world: World, situation: Situation) -> Iterator[Change]:
    """Changes of one fact on a grid of our own."""
    context = situation.context
    baskets = context.shopper.get("shopper.baskets")
    for n in range(9):
        if n != baskets:
            yield Change(Kind.SHOPPER, "shopper.baskets", baskets, n)
    mail = context.consents.get("mail")
    for yes in (True, False):
        if yes is not mail:
            yield Change(Kind.CONSENT, "consent.mail", mail, yes)
    for line in context.lines:
        for pieces in range(1, line.quantity + 12) if line.measured is None else ():
            if pieces != line.quantity:
                yield Change(Kind.PIECES, line.line_id, line.quantity, pieces)


@settings(max_examples=25, deadline=None)
@given(world=worlds)
def test_a_reported_change_does_what_was_promised(world: Generated) -> None:
    """Deciding again with the changes made gives what was said, down to the candidates given."""
    made, situation = generated(world)
    for flip in _answers(made, situation):
        if flip.changes is None:
            continue
        assert _kept(flip, flip.changes, made, situation)
        if flip.question is not Question.ALLOWED:
            there = made.changer.apply(flip.changes, situation)
            assert tuple(c.id for c in made.decide(there).stack.candidates) == flip.given


@settings(max_examples=15, deadline=None)
@given(world=worlds)
def test_nothing_nearer_flips_it(world: Generated) -> None:
    """No smaller change of a single fact does the same: the grid is not that of the search."""
    made, situation = generated(world)
    for flip in _answers(made, situation):
        if not flip.complete or (flip.changes is None and not flip.searched):
            continue
        for change in _singles(made, situation):
            nearer = flip.changes is None or measure((change,))[:2] < measure(flip.changes)[:2]
            assert not (nearer and _kept(flip, (change,), made, situation)), change


@settings(max_examples=15, deadline=None)
@given(world=worlds)
def test_an_amount_more_is_told_to_the_cent(world: Generated) -> None:
    """One minor unit less in the basket is not enough."""
    made, situation = generated(world)
    for flip in _answers(made, situation):
        if flip.changes and flip.changes[-1].kind is Kind.SPEND and int(flip.changes[-1].after) > 1:
            less = replace(flip.changes[-1], after=int(flip.changes[-1].after) - 1)
            assert not _kept(flip, (*flip.changes[:-1], less), made, situation)


@settings(max_examples=8, deadline=None)
@given(world=worlds)
def test_the_same_question_has_the_same_answer(world: Generated) -> None:
    """The search is deterministic, and it changes nothing that it is given."""
    made, situation = generated(world)

    assert _answers(made, situation) == _answers(made, situation)
