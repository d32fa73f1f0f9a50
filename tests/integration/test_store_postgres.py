"""What PostgresStore adds to the contract: the database, its format, its key and its failures."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from contract.writes import HASH, decision, draw, events, told
from sconto.app.ports import BudgetRefused, Committed, StoredAnswer
from sconto.errors import StoreUnavailable, Unavailable
from sconto.store.postgres import connecting
from sconto.store.postgres.connecting import connect, shown
from sconto.store.postgres.key import key_and_database, key_fits_database
from sconto.store.postgres.schema import LOCK, VERSION
from sconto.store.postgres.store import PostgresStore
from sconto.store.postgres.upkeep import migrate_database
from sconto.store.postgres.writer import PostgresWriter
from sconto.store.readers import THREADS
from support.postgres import bare_database, database, shared

KEY = "user_ref.key"


@pytest.fixture
def url() -> Iterator[str]:
    """A database with an empty store."""
    with database() as made:
        yield made


@pytest.fixture
def replicas(url: str) -> Iterator[list[PostgresStore]]:
    """Three stores as three replicas have them."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(PostgresStore(url))) for _ in range(3)]


async def test_the_budget_is_shared_to_the_last_unit(replicas: list[PostgresStore]) -> None:
    """Of 300 reservations from three replicas exactly as many pass as the limit covers."""
    writes = [decision(n, draw("a/all/total", 1, 25)) for n in range(300)]
    outcomes = await asyncio.gather(
        *(replicas[n % 3].commit_decision(w) for n, w in enumerate(writes))
    )

    committed = sorted(o.seq for o in outcomes if isinstance(o, Committed))
    assert committed == list(range(1, 26))
    assert sum(isinstance(o, BudgetRefused) for o in outcomes) == 275
    assert {r.usage(["a/all/total"])["a/all/total"] for r in replicas} == {25}


async def test_a_request_at_every_replica_is_decided_once(replicas: list[PostgresStore]) -> None:
    """The first write of a key counts, and the others get its bytes."""
    writes = [decision(n, request="Decide/same") for n in range(3)]
    outcomes = await asyncio.gather(
        *(replica.commit_decision(w) for replica, w in zip(replicas, writes, strict=True))
    )

    (first,) = [n for n, o in enumerate(outcomes) if isinstance(o, Committed)]
    answers = {o for o in outcomes if isinstance(o, StoredAnswer)}
    assert answers == {StoredAnswer(HASH, b"reply %d" % first)}


async def test_what_a_batch_can_not_store_spares_its_neighbours(url: str) -> None:
    """PostgreSQL takes no NUL in a text."""
    with closing(PostgresStore(url)) as store:
        outcomes = await asyncio.gather(
            store.commit_decision(decision(1)),
            store.commit_decision(decision(2, user="a\0b")),
            store.commit_events(events(told("e1"))),
            return_exceptions=True,
        )
    assert [type(o) for o in outcomes] == [Committed, StoreUnavailable, int]


def test_a_database_is_migrated_once() -> None:
    """Without it nothing is opened; a second time nothing happens; a later format is refused."""
    with bare_database() as url:
        with pytest.raises(StoreUnavailable, match="holds no store") as refused:
            connect(url, to_write=True)
        assert "sconto store migrate" in refused.value.help
        assert (0, VERSION) == migrate_database(url)
        assert (VERSION, VERSION) == migrate_database(url)
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE sconto.format SET version = version + 1")
        for use in (migrate_database, lambda u: connect(u, to_write=False)):
            with pytest.raises(StoreUnavailable, match=f"has format {VERSION + 1}") as refused:
                use(url)
            assert "a later one" in refused.value.help


def test_a_schema_of_another_program_is_left_alone() -> None:
    """Its name is taken: the message says so."""
    with bare_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE SCHEMA sconto")
        with pytest.raises(StoreUnavailable, match="is of another program"):
            migrate_database(url)


def test_replicas_have_the_same_key(url: str, tmp_path: Path) -> None:
    """The first makes it; one without it, or with another one, is told whose it needs."""
    first, second = tmp_path / "first" / KEY, tmp_path / "second" / KEY
    key = key_and_database(first, url)
    with pytest.raises(Unavailable, match="is missing") as refused:
        key_and_database(second, url)
    assert "from another replica" in refused.value.help
    assert not second.exists()
    second.write_bytes(bytes(32))
    second.chmod(0o600)
    with pytest.raises(Unavailable, match="holds another key"):
        key_and_database(second, url)
    with pytest.raises(Unavailable, match="holds another key"):
        key_fits_database(second, url)
    second.write_bytes(key)

    assert key_fits_database(second, url)
    assert key == key_and_database(second, url) == key_and_database(first, url)


def test_no_message_shows_a_password() -> None:
    """Wherever it stands."""
    url = "postgresql://me:secret@127.0.0.1:1/shop?password=secret"
    with pytest.raises(StoreUnavailable) as refused:
        connect(url, to_write=True)

    assert "secret" not in str(refused.value)
    assert shown(url) == "postgresql://127.0.0.1:1/shop"


async def test_a_replica_that_stands_still_holds_nobody_up_for_long(url: str) -> None:
    """Stopped in the middle of a commit, it loses the lock; what it sends later changes nothing."""
    with closing(PostgresStore(url)) as store, closing(connect(url, to_write=True)) as stopped:
        stopped.execute("BEGIN")
        stopped.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        stopped.execute("UPDATE meta SET value = 'late'")

        assert await store.commit_decision(decision(1)) == Committed(1)
        with pytest.raises(psycopg.Error, match="idle-in-transaction timeout"):
            stopped.execute("COMMIT")


async def test_a_commit_that_can_not_have_its_turn_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction of somebody else, who does not stand still, may hold the lock for longer."""
    monkeypatch.setattr(connecting, "LOCK_MS", 100)
    with closing(PostgresStore(url)) as store, psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        other.commit()
        with pytest.raises(StoreUnavailable, match="lock timeout"):
            await store.commit_decision(decision(1))
        other.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))

        assert await store.commit_decision(decision(1)) == Committed(1)


async def test_closed_connections_are_made_anew(url: str) -> None:
    """Nobody is refused because the server restarted before they came."""
    with closing(PostgresStore(url)) as store:
        await store.commit_decision(decision(1))
        await asyncio.gather(*(store.read(lambda: time.sleep(0.05)) for _ in range(THREADS)))
        with psycopg.connect(url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        def newest() -> int:
            time.sleep(0.05)
            return store.newest_seq()

        assert [1] * THREADS == await asyncio.gather(*(store.read(newest) for _ in range(THREADS)))
        assert await store.commit_decision(decision(2)) == Committed(2)


async def test_a_server_that_says_nothing_is_given_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one behind a cut cable: the next commit goes over a connection of its own."""
    monkeypatch.setattr(connecting, "ANSWER_SECONDS", 0.2)
    writer = PostgresWriter(url)
    with closing(PostgresStore(url, writer)) as store:
        assert writer.connection is not None
        silent = writer.connection.info.backend_pid
        os.kill(silent, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable):
                await store.commit_decision(decision(1))
            assert await store.commit_decision(decision(1)) == Committed(1)
        finally:
            os.kill(silent, signal.SIGCONT)


async def test_a_server_that_restarts_is_waited_for_by_nobody(url: str) -> None:
    """While it is away callers and health are told, within seconds; then all is well again."""
    with closing(PostgresStore(url)) as store:
        answered: list[int] = []
        ended, enough = asyncio.Event(), asyncio.Event()

        async def call(first: int) -> None:
            for n in count(first, 4):
                if ended.is_set():
                    return
                try:
                    await store.commit_decision(decision(n, draw("a/all/total", 1, 999_999)))
                except StoreUnavailable:
                    await asyncio.sleep(0.02)
                    continue
                answered.append(n)
                if len(answered) % 20 == 0:
                    enough.set()

        calling = [asyncio.create_task(call(first)) for first in range(4)]
        await enough.wait()
        await asyncio.to_thread(shared().stop)
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.check()
        assert time.monotonic() - begun < 10
        await asyncio.to_thread(shared().start)
        await store.check()
        enough.clear()
        await enough.wait()
        ended.set()
        await asyncio.gather(*calling)
        used = await store.read(lambda: store.usage(["a/all/total"]))
        kept = await store.read(lambda: {n for n in answered if store.decision(f"d{n}")})

    assert kept == set(answered)
    assert len(answered) <= used["a/all/total"]
