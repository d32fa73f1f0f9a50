"""The Store contract about publications, held by every store; and what SqliteStore adds."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.stores import STORES, opened
from contract.writes import HASH, START_US, decision, draw, publication, step
from sconto.app.log_query import LogQuery
from sconto.app.ports import Committed, LogEntry, Overtaken, RulesStep, Step, Store, StoredAnswer
from sconto.store.sqlite import SqliteStore

PUBLISHED, BACK, ACTIVE = RulesStep.PUBLICATION, RulesStep.ROLLBACK, RulesStep.ACTIVATION


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


def kinds(store: Store, after_seq: int = 0) -> list[tuple[int, str, str]]:
    """Number, kind and publication of the entries after *after_seq*."""
    return [(e.seq, e.kind, e.decision_id) for e in store.publications(after_seq)]


async def test_a_publication_is_found_with_all_it_wrote(store: Store) -> None:
    """Its entries stand in the one log, in their order, beside those of decisions."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    first = await store.commit_publication(publication(1, PUBLISHED, ACTIVE, after_seq=0))
    await store.commit_step(step(1, Step.REDEEM))
    second = await store.commit_publication(publication(2, BACK, after_seq=3))

    assert (Committed(2), Committed(5)) == (first, second)
    assert kinds(store) == [
        (2, "publication", "p1"),
        (3, "activation", "p1"),
        (5, "rollback", "p2"),
    ]
    assert kinds(store, 2) == [(3, "activation", "p1"), (5, "rollback", "p2")]
    assert kinds(store, 5) == []
    record = b'{"digest":"sha256:1"}'
    assert store.publications(0)[0] == LogEntry(
        2, "publication", "p1", START_US + 1_000_000, record, request_key="PublishRules/1"
    )
    assert store.history("p1") == store.publications(0)[:2]
    assert store.answer("PublishRules/1") == StoredAnswer(HASH, b"published 1")
    assert [e.seq for e in store.decisions(LogQuery())] == [1]


async def test_a_second_publication_with_the_same_key_gets_the_first_answer(store: Store) -> None:
    """The same request_key gives the stored bytes back, however much came since."""
    await store.commit_publication(publication(1, PUBLISHED, after_seq=0))
    again = publication(2, PUBLISHED, after_seq=1, request="PublishRules/1")

    assert await store.commit_publication(again) == StoredAnswer(HASH, b"published 1")
    assert kinds(store) == [(1, "publication", "p1")]


async def test_who_does_not_know_the_last_publication_writes_nothing(store: Store) -> None:
    """Of two that build on the same state one is in the log, and the other is told which."""
    await store.commit_publication(publication(1, PUBLISHED, ACTIVE, after_seq=0))
    late = await store.commit_publication(publication(2, PUBLISHED, ACTIVE, after_seq=1))

    assert late == Overtaken(2)
    assert kinds(store) == [(1, "publication", "p1"), (2, "activation", "p1")]
    assert store.answer("PublishRules/2") is None
    known = await store.commit_publication(publication(2, PUBLISHED, after_seq=2))
    assert known == Committed(3)


async def test_decisions_do_not_overtake_a_publication(store: Store) -> None:
    """Only entries about the rules count, so a busy till never keeps a publication out."""
    await store.commit_publication(publication(1, PUBLISHED, after_seq=0))
    await store.commit_decision(decision(1))

    outcome = await store.commit_publication(publication(2, PUBLISHED, after_seq=1))
    assert outcome == Committed(3)


async def test_of_publications_at_once_one_wins(store: Store) -> None:
    """However many are written together on the same state, exactly one is."""
    writes = [publication(n, PUBLISHED, ACTIVE, after_seq=0) for n in range(1, 21)]
    outcomes = await asyncio.gather(*(store.commit_publication(w) for w in writes))

    assert [o for o in outcomes if isinstance(o, Committed)] == [Committed(1)]
    assert outcomes.count(Overtaken(2)) == 19
    assert len(kinds(store)) == 2


async def test_two_stores_on_one_file_agree_on_who_came_first(tmp_path: Path) -> None:
    """The last publication is looked up inside the transaction, whoever wrote it."""
    first, second = SqliteStore(tmp_path / "log.db"), SqliteStore(tmp_path / "log.db")
    await first.commit_publication(publication(1, PUBLISHED, after_seq=0))

    late = await second.commit_publication(publication(2, PUBLISHED, after_seq=0))
    assert late == Overtaken(1)
    assert kinds(second) == [(1, "publication", "p1")]
    first.close()
    second.close()


async def test_publications_are_read_by_their_own_index(tmp_path: Path) -> None:
    """Looking for new ones every second costs nothing, however long the log is."""
    store = SqliteStore(tmp_path / "log.db")
    asked: list[str] = []
    for connection in (store._readers.connection, store._writer.connection):
        connection.set_trace_callback(asked.append)
    store.publications(7)
    await store.commit_publication(publication(1, PUBLISHED, ACTIVE, after_seq=0))
    about = [sql for sql in asked if "FROM log" in sql and "rollback" in sql]
    plans = [
        str(row[3])
        for sql in about
        for row in store._readers.connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    ]
    store.close()

    assert len(about) == 2
    assert all("log_rules" in plan for plan in plans), plans


async def test_activations_of_nothing_are_named(tmp_path: Path) -> None:
    """An activation needs its publication before it, and a ruleset that is kept."""
    path = tmp_path / "log.db"
    store = SqliteStore(path)
    await store.keep_ruleset("sha256:1", b"[]")
    await store.commit_publication(publication(1, PUBLISHED, ACTIVE, after_seq=0))
    assert store.discrepancies() == ()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE log SET decision_id = 'p9' WHERE kind = 'activation'")
        connection.execute("DELETE FROM rulesets")

    assert store.discrepancies() == (
        "entry 2 of the log activates what nobody published before",
        "entry 2 of the log activates a ruleset that is not kept",
    )
    store.close()


def made(path: Path) -> tuple[int, set[tuple[str, str]]]:
    """Format, and the text of every table and index, of the file at *path*."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return version, {(name, " ".join(sql.split())) for name, sql in rows}
