"""The answer does not depend on the order of documents, facts, budgets or rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.context import DecisionContext
from sconto.domain.record import Provenance, stored
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from strategies import contexts, rulesets
from support.worlds import World

V = TypeVar("V")
MADE = Provenance("d1", "r1", 1, {"rules": "reference"}, {})


def _shuffled(entries: Mapping[str, V], random: Random) -> dict[str, V]:
    return dict(random.sample(sorted(entries.items(), key=lambda e: e[0]), len(entries)))


def _record(world: World) -> bytes:
    return stored(world.decide(), MADE)


def _reordered(world: World, random: Random) -> World:
    documents = json.loads(world.ruleset.documents)
    random.shuffle(documents)
    ruleset = ruleset_from_documents(json.dumps(documents).encode())
    c = world.context
    lines = tuple(replace(line, facts=_shuffled(line.facts, random)) for line in c.lines)
    consents, shopper = _shuffled(c.consents, random), _shuffled(c.shopper, random)
    return World(
        ruleset=replace(
            ruleset,
            budgets=_shuffled(ruleset.budgets, random),
            facts=_shuffled(ruleset.facts, random),
        ),
        context=replace(c, lines=lines, consents=consents, shopper=shopper),
        view=_shuffled(world.view, random),
        odds=world.odds,
    )


Odds = tuple[tuple[int, int], ...]
ppm = st.integers(0, 1_000_000)
odds: st.SearchStrategy[Odds] = st.lists(st.tuples(ppm, ppm), min_size=1, max_size=4).map(tuple)


@settings(deadline=None, max_examples=40)
@given(
    ruleset=rulesets(),
    context=contexts(),
    odds=st.none() | odds,
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_what_is_given_changes_no_byte(
    ruleset: Ruleset, context: DecisionContext, odds: Odds | None, random: Random
) -> None:
    """Documents, facts, consents and budgets in any order make the very same record."""
    world = World(ruleset, context, {"campaign/all/2026-11": 49_000}, odds)

    assert _record(world) == _record(_reordered(world, random))
