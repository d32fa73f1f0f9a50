"""A table from a query of a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sconto.learning.data.prepare import prepare
from sconto.learning.data.sources import SourceUnusable
from support.postgres import bare_database
from unit.learning.data.shops import OFFERS, shop


@pytest.fixture
def cluster() -> Iterator[str]:
    """The connection string of a database with a sequence."""
    with bare_database() as address:
        with psycopg.connect(address) as connection:
            connection.execute("CREATE SEQUENCE numbers")
        yield address


def test_a_query_of_postgresql_is_a_table(tmp_path: Path, cluster: str) -> None:
    """The same rows from PostgreSQL, in its own types, must make the same examples as from CSV."""
    with psycopg.connect(cluster) as database, database.cursor() as cursor:
        cursor.execute(
            'CREATE TABLE offers (customer text, "on" date, arm boolean, seen integer,'
            " age integer, visit boolean, spend numeric(9, 2))"
        )
        with cursor.copy("COPY offers FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(OFFERS)
    from_csv = prepare(shop(tmp_path)).examples["train"].digest()

    path = shop(
        tmp_path,
        lambda r: r["tables"]["offers"].update(
            {"from": {"postgresql": cluster, "query": "SELECT * FROM offers"}}
        ),
    )

    assert from_csv == prepare(path).examples["train"].digest()


@pytest.mark.parametrize(
    ("query", "message"),
    [("SELECT * FROM nowhere", "nowhere"), ("SELECT nextval('numbers')", "read-only")],
)
def test_a_query_only_reads(tmp_path: Path, cluster: str, query: str, message: str) -> None:
    """A bad query must be told in PostgreSQL's words, and one that writes must be refused."""
    path = shop(
        tmp_path,
        lambda r: r["tables"]["offers"].update({"from": {"postgresql": cluster, "query": query}}),
    )

    with pytest.raises(SourceUnusable, match=f"table `offers`: .*{message}"):
        prepare(path)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A connection that fails must be one line, not a traceback."""
    source = {"postgresql": f"host={tmp_path} user=shop", "query": "SELECT 1"}
    path = shop(tmp_path, lambda r: r["tables"]["offers"].update({"from": source}))

    with pytest.raises(SourceUnusable, match="table `offers`: connection"):
        prepare(path)
