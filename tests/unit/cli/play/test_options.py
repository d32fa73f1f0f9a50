"""What `sconto play` takes by itself, by the industry of the rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sconto.cli.play.run import Options
from sconto.demo.industries import INDUSTRIES

ASKED = Options(
    rules=Path("rules/x"),
    model=None,
    data=None,
    port=0,
    recipe=Path("recipe.yaml"),
    samples=Path("samples"),
)


def test_no_two_businesses_share_a_log() -> None:
    """Budgets of the same name in two currencies never meet."""
    logs = {ASKED.settings(industry).data for industry in INDUSTRIES.values()}

    assert len(INDUSTRIES) == len(logs)
    assert Path("var/sconto") in logs


def test_what_is_asked_for_is_taken() -> None:
    """A model or a log that is named goes before what the industry would take."""
    asked = replace(ASKED, model=Path("m"), data=Path("d"), port=7)
    settings = asked.settings(INDUSTRIES["travel"])

    assert (Path("m"), Path("d"), 7) == (settings.model, settings.data, settings.port)
    assert Path("rules/x") == settings.rules


@pytest.mark.parametrize(
    ("name", "source"),
    [("retail", "recipe.yaml"), ("finance", "samples/finance/letters.csv")],
)
def test_requests_come_from_the_recipe_or_a_sample(name: str, source: str) -> None:
    """Retail baskets are those of the recipe's held-back period, all others are samples."""
    assert Path(source) == ASKED.source(INDUSTRIES[name])
