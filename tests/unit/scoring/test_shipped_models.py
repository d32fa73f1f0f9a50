"""The models that ship: small, made by the recipe beside them, and at home in their rulebook."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sconto.demo.industries import INDUSTRIES
from sconto.offline.model_fit import model_fit
from sconto.scoring.manifest import MODEL_FILE, read_manifest

ROOT = Path(__file__).parents[3]
SHIPPED = {name: ROOT / industry.model for name, industry in INDUSTRIES.items()}
LARGEST_MODEL = 250_000


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_is_small_and_of_the_recipe_beside_it(name: str) -> None:
    """A recipe that was changed without training again must not look as if it made the model."""
    folder = SHIPPED[name]
    made_from = read_manifest(folder).made_from
    recipe = (folder / "recipe.yaml").read_bytes()

    assert hashlib.sha256(recipe).hexdigest() == made_from.recipe_sha256
    assert (folder / MODEL_FILE).stat().st_size < LARGEST_MODEL


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_and_its_rulebook_fit_each_other(name: str) -> None:
    """Every input is a fact, offers are for what was learnt, a response is learnt or assumed."""
    assert () == model_fit(ROOT / "rules" / name, SHIPPED[name]).problems
