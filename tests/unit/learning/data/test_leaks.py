"""The check that deletes the future, on recipes with and without a leak."""

from __future__ import annotations

from pathlib import Path

import pytest

from sconto.learning.data.leaks import leaks
from sconto.learning.data.recipe import read_data_recipe
from sconto.learning.data.tables import read_tables
from unit.learning.data.shops import Change, shop


def found(folder: Path, *changes: Change) -> tuple[str, ...] | None:
    """The leaks of the shop's recipe, changed."""
    recipe = read_data_recipe(shop(folder, *changes))
    return leaks(recipe, None, read_tables(recipe, None))


def test_a_recipe_of_windows_has_no_leak(tmp_path: Path) -> None:
    """With the future deleted, every window and sequence of the small shop must be the same."""
    assert () == found(tmp_path)


def test_rows_without_a_clock_can_not_be_checked(tmp_path: Path) -> None:
    """Without moments there is no future to delete, and the check must say so."""
    assert None is found(
        tmp_path,
        lambda r: r["rows"].pop("moment"),
        lambda r: r.update(split={"by": "unit", "test": 30}),
        lambda r: (r.pop("events"), r.pop("sequence")),
        lambda r: r["features"].update(windows=[], numbers={"seen": "seen"}),
    )


LEAKY: dict[str, tuple[str, tuple[str, ...]]] = {
    "a total over all time joined to every row": (
        """SELECT o.*, t.total FROM offers o LEFT JOIN (SELECT customer, sum(paid) AS total
        FROM purchases GROUP BY ALL) t USING (customer) ORDER BY o.on, customer""",
        ("total",),
    ),
    "a count that forgets to look at the clock": (
        """SELECT o.*, (SELECT count(*) FROM purchases p WHERE p.customer = o.customer) AS total
        FROM offers o ORDER BY o.on, customer""",
        ("total",),
    ),
}


@pytest.mark.parametrize("leak", LEAKY)
def test_a_planted_leak_is_caught(tmp_path: Path, leak: str) -> None:
    """A feature joined from a table of all time must be named, and the others must not."""
    sql, names = LEAKY[leak]
    sql = sql.replace("o.on", 'o."on"')

    assert names == found(
        tmp_path,
        lambda r: r["tables"].update(joined={"from": {"sql": sql}}),
        lambda r: r["rows"].update(table="joined"),
        lambda r: r["features"]["numbers"].update(total="total"),
    )


def test_a_leak_through_events_is_caught(tmp_path: Path) -> None:
    """Events dated earlier than they were known must be found in windows and sequences."""
    sql = 'SELECT customer, "at" - 86400 * 60 AS "at", what, paid FROM purchases'

    assert {"baskets", "spend_before", "the last events"} <= set(
        found(
            tmp_path,
            lambda r: r["tables"].update(early={"from": {"sql": sql}}),
            lambda r: r["events"]["bought"].update(table="early"),
        )
        or ()
    )


def test_rows_that_depend_on_the_future_are_caught(tmp_path: Path) -> None:
    """A choice of rows by what happened later must be named as such."""
    sql = "SELECT * FROM offers WHERE customer IN (SELECT customer FROM purchases WHERE paid < 2)"

    assert ("the rows themselves",) == found(
        tmp_path,
        lambda r: r["tables"].update(chosen={"from": {"sql": sql}}),
        lambda r: r["rows"].update(table="chosen"),
    )
