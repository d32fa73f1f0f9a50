"""The model card."""

from __future__ import annotations

from pathlib import Path

import pytest

from sconto.learning import card
from sconto.learning.recipe import read_recipe
from sconto.scoring.manifest import Gain, read_manifest

RETAIL = Path(__file__).parents[3] / "models" / "retail"


@pytest.mark.parametrize(
    ("gain", "says"),
    [
        (Gain(mean=0.002, low=0.001, high=0.003), "The network is better"),
        (Gain(mean=0.001, low=-0.001, high=0.003), "The two tie"),
        (Gain(mean=-0.002, low=-0.003, high=-0.001), "The logistic regression is better"),
    ],
)
def test_the_verdict_follows_the_interval(gain: Gain, says: str) -> None:
    """The card must say tie or loss when the interval does, whatever the averages look like."""
    recipe, _ = read_recipe(RETAIL / "recipe.yaml")
    manifest = read_manifest(RETAIL / "v1").model_copy(update={"gain_over_logistic": gain})

    text = card.text(manifest, recipe)

    assert [says] == [
        verdict
        for verdict in ("The network is better", "The two tie", "The logistic regression is better")
        if verdict in text
    ]


def test_every_declared_unit_cost_is_in_the_open() -> None:
    """Each assumed cost share, of departments and of exceptions, must stand in the card."""
    recipe, _ = read_recipe(RETAIL / "recipe.yaml")
    text = card.text(read_manifest(RETAIL / "v1"), recipe)

    declared = recipe.unit_cost_share | recipe.unit_cost_share_exceptions

    assert all(f"| {name} | {share} |" in text for name, share in declared.items())
