"""The rule engine and the reference evaluator make the same decision, to the byte."""

from __future__ import annotations

from hypothesis import event, given, settings

from sconto.domain.canonical import parse
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.rulebook.judge.fallback import judges_for
from support import judges
from support.worlds import World, worlds

MADE = Provenance("d1", "r1", 1, {"rules": "either"}, {})


@settings(deadline=None, max_examples=150)
@given(worlds)
def test_the_engine_decides_as_the_reference_does(world: World) -> None:
    """Lanes, line conditions and reviews included; either replays what the other has decided."""
    engine = judges_for(world.ruleset)
    by_engine = stored(world.decide(engine), MADE)
    by_reference = stored(world.decide(), MADE)
    event(f"{len(parse(by_engine)['outcome']['discounts'])} given")

    assert by_engine == by_reference
    assert by_engine == replay(
        read_record(by_engine), world.ruleset, judges.reference(world.ruleset)
    )
    assert by_engine == replay(read_record(by_reference), world.ruleset, engine)
    assert "reference evaluator" != engine.engine
