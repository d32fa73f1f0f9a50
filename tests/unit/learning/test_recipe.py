"""Training recipes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sconto.learning.data.recipe import RecipeInvalid
from sconto.learning.recipe import read_recipe

SHIPPED = Path(__file__).parents[3] / "models" / "retail" / "recipe.yaml"


def changed(folder: Path, old: str, new: str) -> Path:
    """The shipped recipe with *old* replaced by *new*."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = folder / "recipe.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_shipped_recipe_is_read_exactly() -> None:
    """Shares must be decimals, not floats, and dates must be midnights of the data's own zone."""
    recipe, _ = read_recipe(SHIPPED)

    assert Decimal("0.72") == recipe.unit_cost_share["GROCERY"]
    # 2017-02-27 begins at 05:00 UTC in New York.
    assert 1_488_171_600 == recipe.instant(recipe.split.train_from)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed: 20170101", 'seed: "20170101"', "seed"),
        ("seed: 20170101", "seed: 20170101\nsede: 1", "sede"),
        ("hidden: 64", "hidden: 0", r"net\.hidden"),
        ("[0, 500, 1000,", "[0, 1000, 500,", "knots must start at 0 and rise"),
        ("[0, 500, 1000,", "[100, 500, 1000,", "knots must start at 0 and rise"),
        ("test_from: 2017-10-15", "test_from: 2017-09-01", "the four dates must be in order"),
        ('GROCERY: "0.72"', 'GROCERY: "1.72"', r"unit_cost_share\.GROCERY"),
        ("name: retail", "name: [", "no valid YAML"),
    ],
)
def test_a_recipe_that_breaks_the_schema_is_refused(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    """Wrong types, unknown keys, impossible figures and broken YAML must raise and say where."""
    with pytest.raises(RecipeInvalid, match=says):
        read_recipe(changed(tmp_path, old, new))


def test_a_missing_recipe_is_refused(tmp_path: Path) -> None:
    """A path that can't be read must raise the recipe's own error."""
    with pytest.raises(RecipeInvalid, match="can't read recipe"):
        read_recipe(tmp_path / "none.yaml")


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    """Even a changed comment must give another digest."""
    _, before = read_recipe(SHIPPED)
    _, after = read_recipe(changed(tmp_path, "# How the", "# how the"))

    assert before != after
