"""The nearest change, where an offer counts pieces: pieces at their price, not a cent's worth."""

from __future__ import annotations

from sconto.domain.changes import Change, Kind, Situation
from sconto.domain.counterfactual import flips
from support import builders
from support.flipping import world_of
from support.offers import buy_get, of


def test_a_set_is_reached_by_whole_pieces_only() -> None:
    """Of a third tee one cent's worth would have been told."""
    ruleset = builders.ruleset(buy_get(2, 1, scope=of("TEES")))
    tees = builders.line("tee", category="TEES", quantity=2, list_price=2000, unit_cost=500)
    situation = Situation(builders.context(builders.line(), tees), {})
    world = world_of(ruleset, situation.context)

    told = list(flips(world, situation, world.decide(situation)))

    assert told
    assert {(Change(Kind.PIECES, "tee", 2, 3),)} == {flip.changes for flip in told}
