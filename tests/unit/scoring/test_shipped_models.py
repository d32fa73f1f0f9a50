"""The models that ship: small, made by the recipe beside them, and at home in their rulebook."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sconto.cli.play_industry import INDUSTRIES
from sconto.rulebook.loader import load_folder
from sconto.scoring.manifest import MODEL_FILE, read_manifest
from sconto.scoring.reading import reading_of

ROOT = Path(__file__).parents[3]
SHIPPED = {name: ROOT / industry.model for name, industry in INDUSTRIES.items()}
LARGEST_MODEL = 200_000


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_is_small_and_of_the_recipe_beside_it(name: str) -> None:
    """A recipe that was changed without training again must not look as if it made the model."""
    folder = SHIPPED[name]
    made_from = read_manifest(folder).made_from
    recipe = (folder / "recipe.yaml").read_bytes()

    assert hashlib.sha256(recipe).hexdigest() == made_from.recipe_sha256
    assert (folder / MODEL_FILE).stat().st_size < LARGEST_MODEL


@pytest.mark.parametrize("name", SHIPPED)
def test_the_rulebook_declares_every_input_as_a_fact(name: str) -> None:
    """An input that no fact can fill is always unknown to the model."""
    ruleset = load_folder(ROOT / "rules" / name)
    columns = read_manifest(SHIPPED[name]).columns

    assert () == reading_of(columns, ruleset.model_facts, ruleset.currency).unfillable


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_without_a_response_has_one_declared(name: str) -> None:
    """A model of one arm says nothing of discounts; its rulebook then assumes a response."""
    manifest = read_manifest(SHIPPED[name])
    objective = load_folder(ROOT / "rules" / name).objective

    assert (len(manifest.columns.arms) == 1) == bool(objective.response)
    assert manifest.outcome_kind == objective.aim.value
