"""Mistakes in a recipe are named with their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sconto.learning.data.documents import TrainingDoc
from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import (
    RecipeFaulty,
    RecipeInvalid,
    protected_name,
    read_data_recipe,
)
from unit.learning.data.shops import Change, shop


def change(*path: str | int, to: Any) -> Change:
    """A change of one value of a recipe."""

    def apply(recipe: Any) -> None:
        for step in path[:-1]:
            recipe = recipe[step]
        recipe[path[-1]] = to

    return apply


def test_a_recipe_without_mistakes_is_read(tmp_path: Path) -> None:
    """The small shop's recipe must be read as a document."""
    assert isinstance(read_data_recipe(shop(tmp_path)).doc, TrainingDoc)


OTHER = {"kind": "search", "table": "purchases", "at": "at", "of": ["what"]}

MISTAKES: dict[str, tuple[Change, str]] = {
    "unknown key": (change("tables", "offers", "colums", to={}), "key `colums` is not known here"),
    "wrong type": (change("seed", to="x"), "`seed` must be a whole number"),
    "unknown table": (change("rows", "table", to="offer"), "`offer` is not known"),
    "unknown events": (change("sequence", "events", to=["bougt"]), "`bougt` is not known"),
    "unknown number": (
        change("features", "windows", 1, "give", "since", to="sum payd"),
        "`payd` is not known",
    ),
    "unknown aggregate": (
        change("features", "windows", 1, "give", "since", to="median paid"),
        "`since` is not allowed here",
    ),
    "two sources": (
        change("tables", "offers", "from", to={"file": "a.csv", "given": "b"}),
        "a table needs exactly one source",
    ),
    "query without database": (
        change("tables", "offers", "from", to={"file": "a.csv", "query": "SELECT 1"}),
        "`query` goes with",
    ),
    "like what is not there": (
        lambda recipe: recipe["tables"]["purchases"].update(like="offer"),
        "`offer` is not known",
    ),
    "password": (
        change("tables", "offers", "from", to={"postgresql": "password=x", "query": "SELECT 1"}),
        "a recipe holds no password",
    ),
    "no columns": (change("tables", "offers", "columns", to={}), "`columns` is missing"),
    "no propensity": (change("treatment", "propensity", to=None), "`propensity` is missing"),
    "no number": (
        change("treatment", "propensity", to={"shares": {"none": "half"}}),
        "is no number",
    ),
    "unknown arm": (
        change("treatment", "propensity", to={"shares": {"nine": "1"}}),
        "`nine` is not known",
    ),
    "a price without depths": (
        lambda recipe: (
            recipe["treatment"].update(list_price="10"),
            recipe["treatment"]["arms"][1].pop("depth"),
        ),
        "`list_price` goes with randomised arms",
    ),
    "days": (change("split", "until", to="2026-02-01"), "the days of the split must rise"),
    "events of others": (
        change("events", "other", to=OTHER),
        "the events of one sequence belong",
    ),
    "no clock": (change("rows", "moment", to=None), "a split by time needs"),
    "no unit to learn from": (
        change("split", to={"by": "unit", "validation": 50, "test": 50}),
        "`validation` and `test` hold back 100 % of the units",
    ),
    "shares below one": (
        change("treatment", "propensity", to={"shares": {"none": "0.5", "tenth": "0.4"}}),
        "the shares add up to 0.9, and every row was given one arm",
    ),
    "no zone": (
        change("tables", "offers", "columns", "on", to={"type": "day", "zone": "Europe/Berln"}),
        "`Europe/Berln` is no time zone",
    ),
    "a margin of later": (
        change("objective", to={"outcome": "return", "margin": "seen + Spend"}),
        "`Spend` is known only after the decision (`after: true`), and a choice is made by",
    ),
    "a cost of what was given": (
        change("treatment", "arms", 1, "cost", to="CASE WHEN arm THEN 1 ELSE 0 END"),
        "`arm` tells what was given, and a choice is made by this amount",
    ),
    "protected": (
        change("features", "numbers", to={"years": "age"}),
        "`age` is a protected attribute",
    ),
    "protected name": (
        change("features", "categories", to={"maritalStatus": "seen"}),
        "is not a name",
    ),
    "protected in rule": (
        change("hand_rule", "arm", to="CASE WHEN Gender = 1 THEN 'none' ELSE 'tenth' END"),
        "`gender` is a protected attribute",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, mistake: str) -> None:
    """Each mistake must be refused with file, line and column and what is wrong."""
    applied, message = MISTAKES[mistake]
    both = change("sequence", "events", to=["bought", "other"])
    changes = (applied, both) if mistake == "events of others" else (applied,)

    with pytest.raises(RecipeFaulty) as refused:
        read_data_recipe(shop(tmp_path, *changes))

    said = [f.message for f in refused.value.findings]
    assert any(message in m for m in said), said
    assert all(f.line >= 1 and f.file.endswith("recipe.yaml") for f in refused.value.findings)


RUN: dict[str, tuple[Change, str]] = {
    "no price": (
        change("treatment", "list_price", to="seen - 3"),
        "a list price is missing or not above 0",
    ),
    "unknown column": (change("rows", "unit", to="client"), "there is no column `client`"),
    "no column for events": (
        change("events", "bought", "of", to=["client"]),
        "there is no column `client`",
    ),
    "bad step": (
        change("rows", "clean", to=[{"drop": "foo > 1", "why": "odd"}]),
        'Referenced column "foo" not found',
    ),
    "bad number": (change("features", "numbers", "seen", to="sen"), "feature `seen`"),
    "bad event": (change("events", "bought", "numbers", "paid", to="payd"), "payd"),
    "no arm": (
        change("treatment", "arms", 1, "when", to="arm AND spend > 8"),
        "2 rows were given none, or more than one, of the arms",
    ),
    "chance": (
        change("treatment", "propensity", to={"shares": {"none": "1"}}),
        "no probability",
    ),
    "rule of no feature": (change("hand_rule", "rank", to="paid"), 'column "paid" not found'),
    "rule of no arm": (change("hand_rule", "arm", to="'half'"), "`half` is no arm"),
    "missing outcome": (
        change("outcomes", "visit", to="nullif(spend, 7)"),
        "it is missing for 1 rows",
    ),
    "bad table": (
        change("tables", "more", to={"from": {"sql": "SELECT x FROM offers"}}),
        'Referenced column "x" not found',
    ),
    "twice": (
        change("features", "windows", 1, "give", to={"baskets": "count"}),
        "there are two `baskets`",
    ),
}


@pytest.mark.parametrize("mistake", RUN)
def test_a_mistake_found_on_the_data_has_its_place_too(tmp_path: Path, mistake: str) -> None:
    """What only shows when tables are there must be refused with its place in the recipe."""
    applied, message = RUN[mistake]

    with pytest.raises(RecipeFaulty) as refused:
        prepare(shop(tmp_path, applied))

    (finding,) = refused.value.findings
    assert message in finding.message
    assert finding.line > 1


def test_a_recipe_that_is_not_there_can_not_be_read(tmp_path: Path) -> None:
    """A missing file must be said, without a traceback."""
    with pytest.raises(RecipeInvalid, match="can't read recipe"):
        read_data_recipe(tmp_path / "recipe.yaml")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("maritalStatus", "marital"),
        ("AGE", "age"),
        ("customer_birth_year", "birth"),
        ("isFemale", "sex"),
        ("widowed", "marital"),
        ("message", None),
        ("stage", None),
    ],
)
def test_protected_words_are_found_in_any_spelling(name: str, word: str | None) -> None:
    """A protected word must be found whatever its letters and joints, and not inside others."""
    assert word == protected_name(name)
