"""The core decides in every world what the core of objects decided, record by record."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle.decision
import oracle.record
import oracle.shortlist
from oracle.judges import judges_of
from sconto.compiled import CORE
from sconto.domain.canonical import canonical
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, reasons_in, stored
from sconto.domain.record_reading import read_record
from sconto.rulebook.judge.fallback import judges_for
from support.worlds import World, with_codes, worlds
from support.worlds_rules import any_earning_nothing

PROVENANCE = Provenance("d", "r", 1, {"rules": "any"}, {})


def _by_objects(world: World) -> Any:
    listed = oracle.shortlist.shortlist(world.context, world.ruleset, judges_of(world.ruleset))
    scores = world.scores(listed.allowed)
    cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
    return oracle.decision.decide(world.context, world.ruleset, listed, scores, cause, world.view)


@pytest.mark.skipif(CORE is not None, reason="a compiled core takes no objects of the oracle")
@settings(deadline=None, max_examples=300)
@given(world=worlds)
def test_every_world_has_the_record_that_objects_give_it(world: World) -> None:
    """Byte by byte, whoever judges; and it is found by the same reasons."""
    expected = _by_objects(world)
    reasons = oracle.record.reasons_in(expected)
    record = oracle.record.record_of(expected, PROVENANCE)

    found = world.decide()
    read = dict(read_record(stored(found, PROVENANCE)))
    del read["scores"]
    assert canonical(record) == canonical(read)
    assert reasons == reasons_in(found)
    judged = world.decide(judges_for(world.ruleset))
    assert stored(found, PROVENANCE) == stored(judged, PROVENANCE)


@pytest.mark.skipif(CORE is not None, reason="a compiled core takes no objects of the oracle")
@settings(deadline=None, max_examples=200)
@given(world=worlds, seed=st.integers(0, 2**32 - 1))
def test_so_it_is_where_goods_earn_nothing(world: World, seed: int) -> None:
    """Byte by byte too, and the last check, which works it out again, has nothing to say."""
    rules = any_earning_nothing(Random(seed))
    legal = replace(world, ruleset=replace(world.ruleset, earn_nothing=rules))
    record = oracle.record.record_of(_by_objects(legal), PROVENANCE)

    found = legal.decide()
    read = dict(read_record(stored(found, PROVENANCE)))
    del read["scores"]
    assert canonical(record) == canonical(read)
    assert not found.broken


@pytest.mark.skipif(CORE is not None, reason="a compiled core takes no objects of the oracle")
@settings(deadline=None, max_examples=300)
@given(world=worlds, seed=st.integers(0, 2**32 - 1))
def test_so_it_is_where_codes_open_offers(world: World, seed: int) -> None:
    """Which code is used, what its limits leave, and what is said of every one."""
    coded = with_codes(world, seed)
    record = oracle.record.record_of(_by_objects(coded), PROVENANCE)

    found = coded.decide()
    read = dict(read_record(stored(found, PROVENANCE)))
    del read["scores"]
    assert canonical(record) == canonical(read)
    assert not found.broken
