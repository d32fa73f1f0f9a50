"""Copies of logs between a file and a database: everything, proved, or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contract.writes import (
    decision,
    draw,
    events,
    publication,
    replacing,
    returning,
    step,
    told,
)  # fmt: skip
from sconto.app.ports import CodesWrite, Committed, PricesWrite, RulesStep, Step, Store
from sconto.domain.prior_price import ListPrice
from sconto.errors import StoreUnavailable
from sconto.store.copying import TABLES, Row, copy_rows
from sconto.store.postgres.copying import database_to_copy
from sconto.store.postgres.store import PostgresStore
from sconto.store.sqlite import SqliteStore
from support.commands import ran
from support.postgres import database

LOG = "decisions.sqlite"


@pytest.fixture
def url() -> Iterator[str]:
    """A database with an empty store."""
    with database() as made:
        yield made


async def fill(store: Store) -> None:
    """A row in every table, and more where rows change."""
    await store.commit_prices(PricesWrite((ListPrice("tea", "DE", "", 1, 250, ""),), 2))
    await store.commit_codes(CodesWrite("welcome", ("0f" * 16, "00" * 16)))
    await store.commit_events(events(told("e1", 5), told("e2", 3)))
    await store.keep_ruleset("sha256:b", b"\x00documents")
    await store.keep_ruleset("sha256:a", b"of later")
    entry = await store.commit_publication(publication(1, RulesStep.PUBLICATION, after_seq=0))
    assert isinstance(entry, Committed)
    code = decision(1, draw("a/all/total", 3), draw("b/all/total"))._replace(
        code_sets=frozenset({"welcome"})
    )
    await store.commit_decision(code)
    await store.commit_step(step(1, Step.REDEEM))
    await store.commit_step(returning(1, 1, draw("a/all/total", 2), discount=40))
    await store.commit_decision(decision(2, draw("a/all/total", 3), offer=("x", "y")))
    await store.commit_decision(replacing(2, decision(3, draw("a/all/total"))))
    await store.commit_decision(decision(4, draw("a/all/total")))
    await store.commit_step(step(4, Step.RELEASE))


@pytest.mark.parametrize("begins", ["in a file", "in a database"])
def test_a_log_goes_there_and_back(begins: str, url: str, tmp_path: Path) -> None:
    """Whatever a store holds, in both directions; it is found to be sound in both places."""
    first, last = tmp_path / "first", tmp_path / "last"
    if begins == "in a file":
        with closing(SqliteStore(first / LOG)) as store:
            asyncio.run(fill(store))
        assert ran("store", "copy", "--from", first, "--to", url).out.startswith("9 entries")
    else:
        with closing(PostgresStore(url)) as shared:
            asyncio.run(fill(shared))
    copied = ran("store", "copy", "--from", url, "--to", last)
    checks = [ran("store", "check", "--store", url), ran("store", "check", "--data", last)]

    assert (copied.code, copied.out) == (0, "9 entries copied and compared\n")
    assert [c.code for c in checks] == [0, 0]
    assert {c.out.partition(": ")[2] for c in checks} == {
        "9 entries, 2 balances: nothing is wrong\n"
    }


def test_what_is_committed_meanwhile_is_not_copied(url: str) -> None:
    """A copy is of one moment."""
    with closing(PostgresStore(url)) as store:
        asyncio.run(store.commit_decision(decision(1)))
        with database_to_copy(url) as source:
            first = next(source.rows("log"))
            asyncio.run(store.commit_decision(decision(2)))
            assert [first] == list(source.rows("log"))


@pytest.mark.parametrize("at", ["the file", "the database"])
def test_a_log_that_contradicts_itself_is_not_copied(at: str, url: str, tmp_path: Path) -> None:
    """Nothing of it is there afterwards."""
    first, last = tmp_path / "first", tmp_path / "last"
    wrong = "UPDATE balance SET used = 7"
    if at == "the file":
        with closing(SqliteStore(first / LOG)) as store:
            asyncio.run(store.commit_decision(decision(1, draw("a/all/total"))))
        with closing(sqlite3.connect(first / LOG)) as connection, connection:
            connection.execute(wrong)
        tried = ran("store", "copy", "--from", first, "--to", url)
    else:
        with closing(PostgresStore(url)) as shared:
            asyncio.run(shared.commit_decision(decision(1, draw("a/all/total"))))
        with psycopg.connect(url, options="-c search_path=sconto") as changing:
            changing.execute(wrong)
        tried = ran("store", "copy", "--from", url, "--to", last)

    assert (tried.code, list(last.glob("*"))) == (3, [])
    assert "the balance of `a/all/total` is 7, its ledger says 1" in tried.err
    with closing(PostgresStore(url)) as store_after:
        assert store_after.newest_seq() == (0 if at == "the file" else 1)


class Lossy:
    """A log that loses the last row of its events."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Row]] = {}

    def rows(self, table: str) -> Iterator[Row]:
        """See Rows."""
        return iter(self._kept[table])

    def fill(self, table: str, rows: Iterable[Row]) -> None:
        """See EmptyLog."""
        self._kept[table] = list(rows)[: -1 if table == "events" else None]


class Even:
    """A log with two rows in every table."""

    def rows(self, table: str) -> Iterator[Row]:
        """See Rows."""
        row: tuple[Any, ...] = tuple(TABLES[table].columns)
        return iter([row, row])


def test_a_copy_that_is_not_equal_is_told() -> None:
    """Every row is read back."""
    with pytest.raises(StoreUnavailable, match="`events` is not equal: 2 rows were sent, 1"):
        copy_rows(Even(), Lossy(), lambda _: None)
