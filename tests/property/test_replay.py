"""A record replays to its own bytes, on every rung, and a changed one does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import event, given, settings

from sconto.domain.canonical import canonical, parse
from sconto.domain.condition import Comparison, Op
from sconto.domain.decision import Decision, decide_nothing
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.ruleset import Disclosure
from sconto.errors import CorruptRecord
from support import builders, judges
from support.worlds import World, worlds

MADE = Provenance("d1", "r1", 7, {"sconto": "1", "rules": "reference"}, {"runtime": "onnx 1"})


def _stored(decision: Decision) -> bytes:
    return stored(decision, MADE)


def _again(raw: bytes, world: World) -> bytes:
    return replay(read_record(raw), world.ruleset, judges.reference(world.ruleset))


@settings(deadline=None, max_examples=500)
@given(worlds)
def test_a_record_replays_to_its_own_bytes(world: World) -> None:
    """With a model and without, from the stored bytes alone."""
    decision = world.decide()
    event(decision.rung.name)
    raw = _stored(decision)

    assert raw == _again(raw, world)


@settings(deadline=None, max_examples=200)
@given(worlds)
def test_a_decision_of_the_last_rung_replays(world: World) -> None:
    """No discount for want of budget is an answer like any other."""
    listed = world.decide().shortlist
    cause = RungCause.BUDGET_CONTENDED
    raw = _stored(decide_nothing(world.context, world.ruleset, listed, world.view, cause))

    assert raw == _again(raw, world)
    assert "NO_DISCOUNT" == parse(raw)["outcome"]["rung"]


def _plain_world() -> World:
    tier = Comparison("shopper.tier", Op.EQ, "none")
    disclosure = Disclosure("why", "Chosen by a computer.", frozenset(), builders.ALWAYS)
    ruleset = builders.ruleset(
        builders.offer("cheese", 500, 1000, budgets=("campaign",)),
        eligibility=[builders.eligibility("no-strangers", tier, offer_ids=["cheese"])],
        budgets=[builders.budget()],
        disclosures=(disclosure,),
    )
    context = builders.context(builders.line(), shopper={"shopper.tier": "gold"})
    return World(ruleset, context, {"campaign/all/total": 5}, ((900_000, 500_000), (800_000, 1)))


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        inside: Any = record
        for step in path[:-1]:
            inside = inside[step]
        assert to != inside[path[-1]]
        inside[path[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("ruleset", to="sha256:other"),
        _set("context", "as_of_us", to=1),
        _set("context", "lines", "list_price", 0, to=900),
        _set("context", "lines", "unit_cost", 0, to=None),
        _set("context", "shopper", "shopper.tier", to="none"),
        _set("scores", "probability_ppm", 0, to=1),
        _set("scores", "spread_ppm", 0, to=1_000),
        _set("values", "probability_ppm", 0, to=1),
        _set("values", "gain", 0, to=1),
        _set("values", "margin", 0, to=1),
        _set("model", "unknown", to=["shopper.tier"]),
        _set("model", "outcome", to="return"),
        _set("candidates", "discount", 0, to=49),
        _set("candidates", "reason", 0, to="NOT_ELIGIBLE"),
        _set("candidates", "parts", 1, to=[99]),
        _set("offers", "lane", 0, to="vouchers"),
        _set("line_sets", 0, to=[1]),
        _set("budgets", to={"campaign/all/total": 9_999}),
        _set("outcome", "discount", to=1),
        _set("outcome", "discounts", to=[]),
        _set("outcome", "discounts", 0, "allocation", to=[[0, 49]]),
        _set("outcome", "group", to="holdout"),
        _set("outcome", "action_propensity_ppm", to=1),
        _set("outcome", "net_totals", to=[0]),
        _set("outcome", "reserved", to=[]),
        _set("outcome", "expires_us", to=None),
        _set("outcome", "reason", to="NOT_WORTH_IT"),
        _set("outcome", "rung", to="RULES_ONLY"),
        _set("outcome", "disclosures", to=[]),
        _set("outcome", "recheck", to=["nothing"]),
    ],
)
def test_a_change_to_a_record_is_noticed(change: Callable[[dict[str, Any]], None]) -> None:
    """Whoever edits what was decided, or what it was decided from, is found out by a replay."""
    world = _plain_world()
    raw = _stored(world.decide())
    record = copy.deepcopy(parse(raw))
    change(record)
    edited = canonical(record)

    assert raw == _again(raw, world)
    assert edited != _again(edited, world)


def test_a_record_of_another_format_is_refused() -> None:
    """It is not read as if it were of this one."""
    columns = parse(_stored(_plain_world().decide()))
    raw = canonical({**columns, "schema": "sconto.decision/2"})

    with pytest.raises(CorruptRecord, match="decision/2"):
        read_record(raw)
