"""What SqliteStore adds to the contract about behaviour: migration, indices, one transaction."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.writes import START_US, decision, draw, events, step, told
from sconto.app.log_query import LogQuery
from sconto.app.ports import Committed, Step
from sconto.domain.behaviour import GIVEN
from sconto.errors import StoreUnavailable
from sconto.store.sqlite import SqliteStore

FOREVER_US = 1 << 62


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "log.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An empty store."""
    made = SqliteStore(path)
    yield made
    made.close()


async def test_every_read_about_a_shopper_or_offer_goes_by_an_index(store: SqliteStore) -> None:
    """No read scans or sorts the log or the events, however long they get."""
    asked: list[str] = []
    store._readers.connection.set_trace_callback(asked.append)
    store.decisions(LogQuery(offer_id="dairy10"))
    store.decisions(LogQuery(offer_id="dairy10", before_seq=9, from_us=5))
    store.decisions(LogQuery(offer_id="dairy10", user_ref="u1"))
    store.decisions(LogQuery(user_ref="u1"))
    store.decisions(LogQuery(code_set="gift", offer_id="dairy10"))
    store.decisions(LogQuery(replaced=True, before_seq=9))
    store.decisions(LogQuery(returned=True, before_seq=9, code_set="gift"))
    store.decisions(LogQuery(returned=True, user_ref="u1"))
    store.behaviour("u1", 0, 9)
    store._readers.connection.set_trace_callback(None)

    plans = [
        [row[3] for row in store._readers.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        for sql in asked
    ]
    assert len(plans) == 9
    steps = [line for plan in plans for line in plan]
    # Neither is a table: one row each.
    one_row = {"SCAN newest", "SCAN CONSTANT ROW"}
    assert [s for s in steps if s.startswith("SCAN") and s not in one_row] == []
    sorted_plans = [plan for plan in plans[:8] if any("TEMP B-TREE" in line for line in plan)]
    assert sorted_plans == []
    assert any("events_user (user_ref=? AND at_us>? AND at_us<?)" in line for line in plans[8])


async def test_no_commit_reads_more_of_the_history_than_it_touches(store: SqliteStore) -> None:
    """Keeping events and taking them back goes by indices too."""
    asked: list[str] = []
    store._writer.connection.set_trace_callback(asked.append)
    await store.commit_events(events(told("a")))
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_step(step(1, Step.REDEEM))
    await store.commit_step(step(1, Step.RELEASE))
    store._writer.connection.set_trace_callback(None)

    about = [sql for sql in asked if "events" in sql and not sql.startswith("INSERT")]
    steps = [
        row[3]
        for sql in about
        for row in store._readers.connection.execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    scans = [s for s in steps if s.startswith("SCAN")]
    assert len(about) == 4
    assert [s for s in scans if "VIRTUAL TABLE" not in s and "CONSTANT" not in s] == []


async def test_events_share_the_transaction_of_decisions(store: SqliteStore) -> None:
    """Calls with events and decisions that wait together are committed in few transactions."""
    commits: list[str] = []
    store._writer.connection.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )
    await asyncio.gather(
        *(store.commit_decision(decision(n)) for n in range(1, 101)),
        *(store.commit_events(events(told(f"e{n}"))) for n in range(100)),
    )

    assert len(store.behaviour("u1", 0, FOREVER_US).events) == 200
    assert 1 <= len(commits) <= 20


async def test_nothing_to_forget_is_no_commit(store: SqliteStore) -> None:
    """Asking every second costs no write, not even for the newest event, which stays."""
    await store.commit_events(events(told("a")))
    ran: list[str] = []
    store._writer.connection.set_trace_callback(ran.append)
    assert await store.forget_events(FOREVER_US, 9) == 0
    assert await store.forget_events(START_US, 9) == 0

    assert ran == []


async def test_events_survive_reopening(path: Path) -> None:
    """After closing and opening again an event sent again is known."""
    first = SqliteStore(path)
    await first.commit_events(events(told("a"), told("b")))
    first.close()
    second = SqliteStore(path)

    assert await second.commit_events(events(told("a"), told("c"))) == 1
    assert second.behaviour("u1", 0, FOREVER_US).last_seq == 3
    second.close()


async def test_an_event_that_can_not_be_stored_takes_its_call_with_it(store: SqliteStore) -> None:
    """Nothing of the call is kept, and what waited beside it is."""
    bad = events(told("a"), told("b", amount=1 << 70))
    outcomes = await asyncio.gather(
        store.commit_events(events(told("x"))),
        store.commit_events(bad),
        store.commit_decision(decision(1)),
        return_exceptions=True,
    )

    assert [type(o) for o in outcomes] == [int, StoreUnavailable, Committed]
    kept = store.behaviour("u1", 0, FOREVER_US).events
    assert [e.kind for e in kept] == ["basket_abandoned", GIVEN]


async def test_a_behaviour_that_can_not_be_read_is_an_error(path: Path) -> None:
    """A history that can't be read is never taken for an empty one."""
    store = SqliteStore(path)
    store.close()

    with pytest.raises(StoreUnavailable, match="can't be read"):
        store.behaviour("u1", 0, FOREVER_US)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (
            "UPDATE events SET undone_us = NULL",
            "the reservation of `d1` stands as released, but its events say otherwise",
        ),
        (
            "UPDATE events SET undone_us = 1 WHERE decision_id = 'd2' AND kind = 'discount_given'",
            "the reservation of `d2` stands as redeemed, but its events say otherwise",
        ),
        (
            "DELETE FROM events WHERE decision_id = 'd2' AND kind = 'discount_redeemed'",
            "the reservation of `d2` stands as redeemed, but its events say otherwise",
        ),
    ],
)
async def test_events_that_contradict_a_reservation_are_named(
    path: Path, store: SqliteStore, damage: str, line: str
) -> None:
    """Own events changed behind the store's back are found by what became of their discount."""
    for n in (1, 2):
        await store.commit_decision(decision(n, draw("a/all/total"), draw("a/all/total", 2)))
    await store.commit_step(step(1, Step.RELEASE))
    await store.commit_step(step(2, Step.REDEEM))
    assert store.discrepancies() == ()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)

    assert store.discrepancies() == (line,)
