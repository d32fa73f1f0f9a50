"""What SqliteStore adds to the contract: the file, the group commit and its failures."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contract.writes import HASH, START_US, decision, draw, step
from sconto.app.lifecycle import expire_due
from sconto.app.log_query import LogQuery
from sconto.app.ports import BudgetRefused, Committed, Step, StoredAnswer
from sconto.domain.budget import Draw
from sconto.domain.canonical import digest
from sconto.errors import StoreUnavailable
from sconto.store import checkpointer, schema
from sconto.store.checkpointer import Checkpointer
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter
from sconto.store.writes import Write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "var" / "log.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """An empty store."""
    made = SqliteStore(path)
    yield made
    made.close()


async def test_everything_survives_reopening(path: Path) -> None:
    """After closing and opening again a repeated request gets its stored bytes."""
    first = SqliteStore(path)
    await first.keep_ruleset(digest(b"offers"), b"offers")
    await first.commit_decision(decision(1, draw("a/all/total", 3)))
    first.close()
    second = SqliteStore(path)
    again = await second.commit_decision(decision(2, draw("a/all/total"), request="Decide/1"))
    after = await second.commit_decision(decision(2, draw("a/all/total")))

    assert again == StoredAnswer(HASH, b"reply 1")
    assert after == Committed(2)
    assert second.usage(["a/all/total"]) == {"a/all/total": 4}
    assert second.ruleset_documents(digest(b"offers")) == b"offers"
    assert second.discrepancies() == ()
    second.close()


def test_only_the_owner_can_read_the_files(path: Path, store: SqliteStore) -> None:
    """The folder is 0700 and every file in it 0600."""
    modes = {stat.S_IMODE(f.stat().st_mode) for f in path.parent.iterdir()}

    assert store.answer("none") is None
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert modes == {0o600}


def test_commits_wait_for_the_disk(store: SqliteStore) -> None:
    """The writing connection syncs every commit and never checkpoints inside one."""
    settings = {
        name: store._writer.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys")
    }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 0,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("PRAGMA application_id = 1", "is a database of another program"),
        ("PRAGMA user_version = 3", "has format 3, this version of sconto reads 4 to"),
        (f"PRAGMA user_version = {schema.USER_VERSION + 1}", "this version of sconto reads 4 to"),
    ],
)
def test_a_file_of_another_program_or_format_is_refused(
    path: Path, change: str, message: str
) -> None:
    """A file that this version can't vouch for is neither read nor written."""
    SqliteStore(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
    before = path.read_bytes()

    with pytest.raises(StoreUnavailable, match=message) as refused:
        SqliteStore(path)
    assert "request_id" not in refused.value.help
    assert path.read_bytes() == before


def test_a_database_without_a_mark_is_refused(tmp_path: Path) -> None:
    """Another program's unmarked database is left as it is."""
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")

    with pytest.raises(StoreUnavailable, match="another program"):
        SqliteStore(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A text file is refused with one line that names it."""
    path = tmp_path / "notes.txt"
    path.write_text("no database " * 200)

    with pytest.raises(StoreUnavailable, match=r"notes\.txt"):
        SqliteStore(path)


def test_a_folder_that_can_not_be_made_is_refused(tmp_path: Path) -> None:
    """A path below a file is refused as StoreUnavailable."""
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnavailable, match="can't open the store"):
        SqliteStore(tmp_path / "file" / "log.db")


async def test_waiting_writes_share_a_transaction(store: SqliteStore) -> None:
    """Writes submitted together are committed in far fewer transactions than there are writes."""
    commits: list[str] = []
    store._writer.connection.set_trace_callback(
        lambda sql: commits.append(sql) if sql == "COMMIT" else None
    )
    await asyncio.gather(*(store.commit_decision(decision(n)) for n in range(1, 201)))

    assert len(store.decisions(LogQuery(limit=500))) == 200
    assert 1 <= len(commits) <= 20


async def test_a_batch_sees_what_it_has_already_taken(store: SqliteStore) -> None:
    """Writes in one transaction share the budget: exactly as many pass as it covers."""
    writes = [decision(n, draw("a/all/total", 1, 7)) for n in range(1, 51)]
    outcomes = await asyncio.gather(*(store.commit_decision(w) for w in writes))

    assert sum(isinstance(o, Committed) for o in outcomes) == 7
    assert sum(isinstance(o, BudgetRefused) for o in outcomes) == 43
    assert store.usage(["a/all/total"]) == {"a/all/total": 7}
    assert store.discrepancies() == ()


async def test_more_writes_than_one_statement_holds(store: SqliteStore) -> None:
    """A flood of writes with many draws each is stored whole and in order."""
    keys = [f"b{i}/all/total" for i in range(40)]
    writes = [decision(n, *(draw(k, 1, 900) for k in keys)) for n in range(1, 601)]
    outcomes = await asyncio.gather(*(store.commit_decision(w) for w in writes))

    assert outcomes == [Committed(n) for n in range(1, 601)]
    assert store.usage(keys) == dict.fromkeys(keys, 600)
    assert store.discrepancies() == ()


async def test_a_write_whose_caller_has_gone_still_commits(store: SqliteStore) -> None:
    """Cancelling the caller does not take the write back."""
    task = asyncio.create_task(store.commit_decision(decision(1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await store.commit_decision(decision(2)) == Committed(2)
    assert store.decision("d1") is not None


async def test_two_stores_on_one_file_share_the_budget(path: Path, store: SqliteStore) -> None:
    """Limits hold across processes: a second store sees and respects what the first has drawn."""
    other = SqliteStore(path)
    writes = [decision(n, draw("a/all/total", 1, 25)) for n in range(1, 101)]
    outcomes = await asyncio.gather(
        *((store, other)[n % 2].commit_decision(w) for n, w in enumerate(writes))
    )

    assert sum(isinstance(o, Committed) for o in outcomes) == 25
    assert other.usage(["a/all/total"]) == store.usage(["a/all/total"]) == {"a/all/total": 25}
    assert store.discrepancies() == ()
    other.close()


def test_a_store_serves_one_event_loop_after_another(store: SqliteStore) -> None:
    """A store can be used from several event loops, one after the other."""
    outcomes = [asyncio.run(store.commit_decision(decision(n))) for n in (1, 2)]

    assert outcomes == [Committed(1), Committed(2)]


async def test_a_full_disk_refuses_and_leaves_nothing(store: SqliteStore) -> None:
    """Without space nothing of a write remains, and the next one commits once there is space."""
    pages = store._writer.connection.execute("PRAGMA page_count").fetchone()[0]
    store._writer.connection.execute(f"PRAGMA max_page_count = {pages}")
    full = decision(1, draw("a/all/total"), record=Random(1).randbytes(100_000))
    with pytest.raises(StoreUnavailable, match="full"):
        await store.commit_decision(full)

    assert store.decision("d1") is None
    assert store.answer("Decide/1") is None
    assert store.usage(["a/all/total"]) == {}
    store._writer.connection.execute("PRAGMA max_page_count = 1000000")
    assert await store.commit_decision(full) == Committed(1)
    assert store.discrepancies() == ()


async def test_every_caller_of_a_failed_batch_is_told(store: SqliteStore) -> None:
    """All writes of a transaction that fails get StoreUnavailable, and the thread lives on."""
    store._writer.connection.execute("PRAGMA query_only = ON")
    tried: list[str] = []
    store._writer.connection.set_trace_callback(
        lambda sql: tried.append(sql) if "BEGIN" in sql else None
    )
    outcomes = await asyncio.gather(
        *(store.commit_decision(decision(n)) for n in range(1, 31)), return_exceptions=True
    )
    store._writer.connection.execute("PRAGMA query_only = OFF")

    assert {type(o) for o in outcomes} == {StoreUnavailable}
    assert len(tried) < 10
    assert store.decisions(LogQuery()) == ()
    assert await store.commit_decision(decision(1)) == Committed(1)


async def test_a_failing_sync_refuses_and_leaves_nothing(store: SqliteStore) -> None:
    """When COMMIT itself fails nothing of the batch can be seen, and later writes work."""
    real = store._writer.connection
    store._writer.connection = _FailingCommit(real)  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable, match="disk I/O error"):
        await store.commit_decision(decision(1, draw("a/all/total")))
    store._writer.connection = real

    assert store.decision("d1") is None
    assert store.usage(["a/all/total"]) == {}
    assert await store.commit_decision(decision(2)) == Committed(1)


class _FailingCommit:
    """A connection whose COMMIT fails before it reaches the disk."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self._real = real

    def execute(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """Run *sql*, unless it commits."""
        if sql == "COMMIT":
            raise sqlite3.OperationalError("disk I/O error")
        return self._real.execute(sql, values)

    def rollback(self) -> None:
        """Roll the real transaction back."""
        self._real.rollback()


async def test_a_locked_file_refuses(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another process does not let go of is StoreUnavailable, not a hang."""
    monkeypatch.setattr(schema, "BUSY_MS", 20)
    store = SqliteStore(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.commit_decision(decision(1))
        other.execute("ROLLBACK")

    assert await store.commit_decision(decision(1)) == Committed(1)
    store.close()


async def test_a_write_that_can_not_be_stored_spares_its_neighbours(store: SqliteStore) -> None:
    """One write with a number that SQLite can't hold fails alone; its batch commits."""
    bad = decision(2, Draw("a", "a/all/total", 1 << 70, 1 << 71))
    writes = [decision(1), bad, decision(3)]
    outcomes = await asyncio.gather(
        *(store.commit_decision(w) for w in writes), return_exceptions=True
    )

    assert [type(o) for o in outcomes] == [Committed, StoreUnavailable, Committed]
    assert store.discrepancies() == ()


async def test_closing_commits_what_is_queued(path: Path) -> None:
    """Writes that wait when the store is closed are committed first."""
    store = SqliteStore(path)
    waiting = [asyncio.create_task(store.commit_decision(decision(n))) for n in range(1, 31)]
    await asyncio.sleep(0)
    store.close()

    assert await asyncio.gather(*waiting) == [Committed(n) for n in range(1, 31)]


async def test_a_closed_store_refuses(path: Path) -> None:
    """After closing, twice even, every use is StoreUnavailable and no log is left."""
    store = SqliteStore(path)
    await store.commit_decision(decision(1))
    store.close()
    store.close()

    with pytest.raises(StoreUnavailable, match="closed"):
        await store.commit_decision(decision(2))
    with pytest.raises(StoreUnavailable, match="closed"):
        store.decision("d1")
    assert [f.name for f in path.parent.iterdir()] == ["log.db"]


def in_database_file(path: Path, tmp_path: Path) -> int:
    """How many log entries the database file holds without its write-ahead log."""
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        # A copy made while pages were moved may not be a database; the next one will be.
        with contextlib.suppress(sqlite3.DatabaseError):
            ((entries,),) = connection.execute("SELECT count(*) FROM log").fetchall()
            return int(entries)
        return 0


async def test_a_pause_moves_commits_into_the_database_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once commits pause, the database file holds all of them without its write-ahead log."""
    monkeypatch.setattr(checkpointer, "PAUSE_S", 0.01)
    store = SqliteStore(path)
    for n in range(1, 21):
        await store.commit_decision(decision(n))
    for _ in range(1_000):
        if in_database_file(path, tmp_path) == 20:
            break
        await asyncio.sleep(0.01)

    assert in_database_file(path, tmp_path) == 20
    store.close()


async def test_the_write_ahead_log_starts_anew_under_load(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While commits come without a pause, the log is written over again and again."""
    monkeypatch.setattr(checkpointer, "PAUSE_S", 0.001)
    monkeypatch.setattr(checkpointer, "GROWN_BYTES", 0)
    monkeypatch.setattr(checkpointer, "MOST_FRAMES", 64)
    store = SqliteStore(path)
    log = path.with_name("log.db-wal")
    enough = asyncio.Event()

    async def caller(first: int) -> None:
        for n in count(first):
            if enough.is_set():
                return
            await store.commit_decision(decision(n, record=Random(n).randbytes(20_000)))

    callers = [asyncio.create_task(caller(n * 1_000_000)) for n in range(8)]
    rounds: set[bytes] = set()
    while len(rounds) < 5:
        await asyncio.sleep(0.005)
        rounds.add(log.read_bytes()[16:24])  # the salts, which change whenever the log starts anew
    enough.set()
    await asyncio.gather(*callers)

    assert len(rounds) == 5
    assert store.discrepancies() == ()
    store.close()


async def test_commits_give_way_while_the_log_is_started_anew(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the log is too long no new transaction begins until it has been started anew."""
    monkeypatch.setattr(checkpointer, "PAUSE_S", 0.001)
    monkeypatch.setattr(checkpointer, "GROWN_BYTES", 0)
    store = SqliteStore(path)
    moved: list[int] = []

    def checkpoint(_: Checkpointer, mode: str) -> int:
        if mode == "RESTART" and len(moved) < 3:
            time.sleep(0.05)  # long enough for the transaction that was under way
            before = len(store.decisions(LogQuery(limit=10_000)))
            time.sleep(0.05)
            moved.append(len(store.decisions(LogQuery(limit=10_000))) - before)
        return checkpointer.MOST_FRAMES + 1

    monkeypatch.setattr(Checkpointer, "_checkpoint", checkpoint)
    n = 0
    while len(moved) < 3:
        n += 1
        await store.commit_decision(decision(n))

    assert moved[:3] == [0, 0, 0]
    store.close()


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        ("DELETE FROM log WHERE seq = 2", "entry 2 of the log is missing"),
        (
            "UPDATE balance SET used = 1",
            "the balance of `a/all/total` is 1, its ledger says 6",
        ),
        (
            "UPDATE reservations SET draws = json_set(draws, '$[0][3]', 5) WHERE seq = 2",
            "the reservation of `d2` draws on `a/all/total` what its entries do not say",
        ),
        (
            "UPDATE leaves SET entry = json_set(entry, '$.draws[0][3]', 5) WHERE seq = 2",
            "entry 2 took `a/all/total` to 6, past its limit 5",
        ),
        (
            "UPDATE reservations SET state = 'held'",
            ("the reservation of `d1` stands as held, but its last entry in the log is its "
             "redemption"),
        ),
    ],
)  # fmt: skip
async def test_damage_is_named(path: Path, store: SqliteStore, damage: str, line: str) -> None:
    """Rows changed behind the store's back are found by comparing them with each other."""
    await store.commit_decision(decision(1, draw("a/all/total", 3)))
    await store.commit_decision(decision(2, draw("a/all/total", 3)))
    await store.commit_step(step(1, Step.REDEEM))
    assert store.discrepancies() == ()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)

    assert line in store.discrepancies()


async def test_every_kind_of_damage_is_named_at_once(path: Path, store: SqliteStore) -> None:
    """A missing entry does not hide a wrong balance, nor another gap."""
    for number in range(1, 8):
        await store.commit_decision(decision(number, draw("a/all/total", 1)))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM log WHERE seq IN (2, 4, 5)")
        connection.execute("UPDATE balance SET used = 1")

    found = store.discrepancies()
    assert "entry 2 of the log is missing" in found
    assert "entries 4 to 5 of the log are missing" in found
    assert any(line.startswith("the balance of `a/all/total` is 1") for line in found)


async def test_what_lapses_together_is_committed_together(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of reservations that are due at once take no commit each."""
    lapsing = 600
    await asyncio.gather(
        *(store.commit_decision(decision(n, draw("a/all/total", 1, 10**6))) for n in range(lapsing))
    )
    commits, commit = [], FileWriter.commit

    def counted(self: FileWriter, writes: Sequence[Write]) -> list[Any]:
        commits.append(len(writes))
        return commit(self, writes)

    monkeypatch.setattr(FileWriter, "commit", counted)
    while await expire_due(store, lambda: START_US + 10**12):
        pass

    assert lapsing == sum(commits)
    assert len(commits) < lapsing / 50
    assert {} == store.usage(["a/all/total"])
