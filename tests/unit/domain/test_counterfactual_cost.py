"""How many decisions an explanation makes: counts, which hold on every machine."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock, patch

import pytest

from sconto.domain import counterfactual
from sconto.domain.changes import Situation
from sconto.domain.counterfactual import flips
from sconto.domain.shortlist import shortlist
from sconto.rulebook.cases.run import planned_cases
from sconto.rulebook.edition import edition_in
from support.flipping import world_of

RETAIL = Path(__file__).parents[3] / "rules/retail"


@pytest.mark.parametrize(
    ("case", "most"),
    [
        ("below the minimum spend", 85),
        ("weekly cap reached", 100),
        ("home delivery from the till", 160),
        ("two yoghurts", 475),
    ],
)
def test_what_flips_is_found_within_few_decisions(case: str, most: int) -> None:
    """Depths share what was decided, and pairs that can't be enough are not tried."""
    ruleset = edition_in(RETAIL).ruleset
    planned = next(p for p in planned_cases(RETAIL, ruleset) if p.combination.case == case)
    situation = Situation(planned.decidable.context, planned.decidable.view)
    world = world_of(ruleset, situation.context)
    decision = world.decide(situation)
    counted = Mock(wraps=shortlist)
    with (
        patch.object(counterfactual, "shortlist", counted),
        patch("sconto.domain.decision.shortlist", counted),
    ):
        told = list(flips(world, situation, decision))

    assert all(flip.complete for flip in told)
    assert counted.call_count <= most
