"""Tables from everywhere a recipe can name; PostgreSQL is in the integration tests."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from sconto.learning.data.prepare import prepare
from sconto.learning.data.recipe import RecipeFaulty, read_data_recipe
from sconto.learning.data.schema import SchemaBroken
from sconto.learning.data.sources import SourceUnusable
from sconto.learning.data.sql import SqlFailed, column, columns, select, true_for
from sconto.learning.data.tables import read_tables
from unit.learning.data.shops import Change, shop


def source(**parts: Any) -> Change:
    """A change of where the offers come from."""
    return lambda recipe: recipe["tables"]["offers"].update({"from": parts})


def rows_of(path: Path, data: Path | None = None) -> list[float]:
    """The first feature of the training rows of the recipe at *path*."""
    return prepare(path, data).examples["train"].numeric[:, 0].tolist()


def test_a_table_may_be_a_file_that_the_user_gives(tmp_path: Path) -> None:
    """`given` must read the file, or the file of the table's name in the folder, of `--data`."""
    path = shop(tmp_path, source(given="offers of the shop"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "offers.csv").rename(elsewhere / "offers.csv")

    with pytest.raises(SourceUnusable, match="`--data` with a file: offers of the shop"):
        prepare(path)
    assert [1, 1, 1, 0] == rows_of(path, elsewhere)


def test_a_file_stands_for_one_table(tmp_path: Path) -> None:
    """A file in `--data` must replace the given table, and be refused where several could be."""
    several, one = shop(tmp_path), tmp_path / "offers.csv"

    with pytest.raises(SourceUnusable, match="a folder with a file for each of `offers`, `purch"):
        prepare(several, one)
    assert [1, 1, 1, 0] == rows_of(shop(tmp_path, source(given="offers of the shop")), one)


def test_parquet_and_csv_give_the_same_rows(tmp_path: Path) -> None:
    """The same table as Parquet, with types of its own, must make the same rows."""
    path = shop(tmp_path)
    from_csv = prepare(path).examples["train"].digest()
    offers = pl.read_csv(tmp_path / "offers.csv", try_parse_dates=True)
    offers.with_columns(pl.col("arm", "visit") == "yes").write_parquet(tmp_path / "offers.parquet")

    assert (
        from_csv
        == prepare(shop(tmp_path, source(file="offers.parquet"))).examples["train"].digest()
    )


def test_a_query_of_a_duckdb_file_is_a_table(tmp_path: Path) -> None:
    """A DuckDB file must be read by its query, and a bad query must be told in its words."""
    path = shop(tmp_path, source(duckdb="shop.duckdb", query="SELECT * FROM offers"))
    with duckdb.connect(tmp_path / "shop.duckdb") as database:
        database.read_csv(str(tmp_path / "offers.csv")).create("offers")
    assert [1, 1, 1, 0] == rows_of(path)

    with pytest.raises(SourceUnusable, match=r"table `offers`: .*nowhere"):
        prepare(shop(tmp_path, source(duckdb="shop.duckdb", query="SELECT * FROM nowhere")))
    with pytest.raises(SourceUnusable, match="there is no"):
        prepare(shop(tmp_path, source(duckdb="other.duckdb", query="SELECT 1")))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"file": "missing.csv"}, "can't read"),
        ({"file": "offers.xls"}, "neither CSV nor Parquet"),
        (
            {"package": "no_such_package", "file": "x.csv"},
            "`no_such_package`, which is not installed",
        ),
    ],
)
def test_a_table_that_is_not_there_is_named(
    tmp_path: Path, parts: dict[str, str], message: str
) -> None:
    """A missing file, an unknown form and a missing package must be told in one line."""
    with pytest.raises(SourceUnusable, match=message):
        prepare(shop(tmp_path, source(**parts)))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"nothing": {"type": "text"}}, "has no column `nothing`"),
        ({"visit": {"type": "whole"}}, "`visit` holds values that are no whole"),
        ({"seen": {"type": "whole"}}, r"`seen` must not be missing \(1 rows\)"),
        ({"age": {"type": "whole", "at_most": "40"}}, r"`age` must be at most 40 \(2 rows\)"),
        ({"age": {"type": "whole", "at_least": "26"}}, r"`age` must be at least 26 \(1 rows\)"),
        ({"customer": {"type": "text", "of": ["ann", "bob"]}}, r"one of ann, bob \(1 rows\)"),
        ({"customer": {"type": "yes_no"}}, "`customer` holds values that are no yes_no"),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused(
    tmp_path: Path, columns: dict[str, Any], message: str
) -> None:
    """A missing column, a wrong type and a broken promise must be named with how often."""
    path = shop(tmp_path, lambda r: r["tables"]["offers"]["columns"].update(columns))

    with pytest.raises(SchemaBroken, match=message):
        prepare(path)


def test_days_and_instants_are_of_their_zone(tmp_path: Path) -> None:
    """A day must begin at midnight in its zone, whatever form it is written in."""
    offers = "customer,on,arm,seen,age,visit,spend\nann,1/20/2026,no,3,30,no,0\n"
    path = shop(
        tmp_path,
        lambda r: r["tables"]["offers"]["columns"].update(
            on={"type": "day", "zone": "America/New_York", "form": "%m/%d/%Y"}
        ),
        offers=offers,
    )

    assert [1_768_885_200] == prepare(path).examples["train"].time.tolist()


def test_what_is_left_out_is_counted_by_its_reason(tmp_path: Path) -> None:
    """Each cleaning step must leave out what it is true of, keep the unknown, and be counted."""
    path = shop(
        tmp_path,
        lambda r: r["tables"]["purchases"].update(
            clean=[{"drop": "paid > 50", "why": "too dear"}, {"drop": "paid < 2", "why": "cheap"}]
        ),
        lambda r: r["rows"].update(clean=[{"drop": "seen = 4", "why": "four"}]),
    )

    prepared = prepare(path)

    cleaned = prepared.tables.cleaned["purchases"]
    assert (7, 5) == (cleaned.read, cleaned.kept)
    assert [("too dear", 1), ("cheap", 1)] == [(d.why, d.rows) for d in cleaned.dropped]
    assert [("four", 1)] == [(d.why, d.rows) for d in prepared.dropped]


FRAME = pl.DataFrame({"a": [1, None, 3], "b": ["x", "y", None]})


def test_sql_gives_a_value_for_every_row() -> None:
    """Expressions must keep the order of rows, and unknown must not be true."""
    assert [2, None, 4] == column("c", "a + 1", FRAME).to_list()
    assert [True, False, False] == true_for("b = 'x'", FRAME).to_list()
    assert pl.DataFrame({}).equals(columns({}, FRAME))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hosts')",
        "COPY (SELECT 1) TO 'here.csv'",
        "ATTACH 'other.duckdb'",
        "SET threads = 9",
        "SELECT * FROM nothing",
        "nonsense",
        "SELECT a, a FROM frame",
    ],
)
def test_sql_of_a_recipe_reaches_nothing_outside(sql: str) -> None:
    """Files, settings and nonsense must be refused in one line."""
    with pytest.raises(SqlFailed) as refused:
        select(sql, {"frame": FRAME})
    assert "\n" not in str(refused.value)


def test_long_queries_draw_nothing_on_standard_output() -> None:
    """DuckDB's progress bar would stand in the middle of a command's JSON."""
    found = select("SELECT current_setting('enable_progress_bar') AS bar", {})

    assert [False] == found["bar"].to_list()


def test_a_local_time_that_clocks_skip_is_named_with_its_column(tmp_path: Path) -> None:
    """It must stop the run, not become a missing value."""
    at = {"type": "instant", "zone": "Europe/Berlin", "missing": True}
    path = shop(
        tmp_path,
        lambda recipe: recipe["tables"]["purchases"]["columns"].update(at=at),
        purchases="customer,at,what,paid\nann,2026-03-29T02:30:00,SOUP,1\n",
    )

    with pytest.raises(RecipeFaulty) as refused:
        read_tables(read_data_recipe(path), None)

    (finding,) = refused.value.findings
    assert (
        "table `purchases`: `at` holds 2026-03-29 02:30:00, which the clocks of Europe/Berlin skip "
        "(1 row)"
    ) == finding.message
    assert "      at:" == path.read_text().splitlines()[finding.line - 2]


def test_a_day_without_midnight_begins_when_clocks_are_put_forward(tmp_path: Path) -> None:
    """The day is there even where its first hour is not."""
    path = shop(
        tmp_path,
        lambda recipe: recipe["tables"]["offers"]["columns"]["on"].update(zone="America/Sao_Paulo"),
        offers="customer,on,arm,seen,age,visit,spend\nann,2018-11-04,no,3,30,no,0\n",
    )

    began = read_tables(read_data_recipe(path), None).frames["offers"]["on"].item()

    assert datetime(2018, 11, 4, 3, tzinfo=UTC).timestamp() == began
