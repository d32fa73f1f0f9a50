"""Waiting for the store: never on the event loop, and never without an end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from contract.writes import decision
from sconto.app.ports import Committed
from sconto.errors import StoreUnavailable
from sconto.store import committer, readers
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter
from sconto.store.writes import Write
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from sconto.v1.rules_service_pb2 import GetRulesetRequest, ListPublicationsRequest
from support import builders
from unit.api.door import SECONDS, Door, decided, door, get
from unit.api.requests import bring_back, redeem, release, request


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty store."""
    made = SqliteStore(tmp_path / "log.db")
    yield made
    made.close()


async def call_all(d: Door) -> None:
    """Call every method that reads the store."""
    first = await decided(d)
    await decided(d)
    await d.decisions.Redeem(redeem(first), timeout=SECONDS)
    await d.decisions.Return(bring_back(first), timeout=SECONDS)
    second = await decided(d, request_id=OTHER)
    await d.decisions.Release(release(second), timeout=SECONDS)
    await d.decisions.Decide(request(request_id=THIRD, validate_only=True), timeout=SECONDS)
    await get(d, first)
    await d.audit.ListDecisions(ListDecisionsRequest(), timeout=SECONDS)
    await d.rules.ListPublications(ListPublicationsRequest(), timeout=SECONDS)
    await d.rules.GetRuleset(GetRulesetRequest(), timeout=SECONDS)


OTHER, THIRD = (f"0198c0de-1111-7000-8000-00000000000{n}" for n in (1, 2))


async def test_no_method_reads_on_the_event_loop(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a disk does, calls that don't need it, and health, are answered."""
    read, threads = SqliteStore._read, set[str]()

    def watched(self: SqliteStore, question: Callable[[Any], Any]) -> Any:
        threads.add(threading.current_thread().name)
        return read(self, question)

    monkeypatch.setattr(SqliteStore, "_read", watched)
    async with door(builders.ruleset(), store) as d:
        await call_all(d)
        await store.forget_events(1, 1)
        await store.check()

    assert {"sconto-reader"} == threads


async def test_a_read_ends_though_the_disk_does_not(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who ask are refused in time; the next ones are answered as soon as it is over."""
    monkeypatch.setattr(readers, "READ_SECONDS", 0.2)
    disk = threading.Event()
    asked = [store.read(disk.wait) for _ in range(3 * readers.THREADS)]
    begun = time.monotonic()
    failed = await asyncio.gather(*asked, return_exceptions=True)
    waited = time.monotonic() - begun
    disk.set()
    after = await store.read(lambda: store.usage(["all/all/total"]))

    assert {StoreUnavailable} == {type(failure) for failure in failed}
    assert waited < SECONDS
    assert {} == after


async def test_a_commit_ends_though_the_disk_does_not(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits behind it is taken back: nothing of it is written when the disk goes on."""
    monkeypatch.setattr(committer, "COMMIT_SECONDS", 0.2)
    disk, begun, commit = threading.Event(), threading.Event(), FileWriter.commit

    def slow(self: FileWriter, writes: Sequence[Write]) -> list[Any]:
        begun.set()
        disk.wait()
        return commit(self, writes)

    monkeypatch.setattr(FileWriter, "commit", slow)
    first = asyncio.ensure_future(store.commit_decision(decision(1)))
    await asyncio.to_thread(begun.wait)
    second = asyncio.ensure_future(store.commit_decision(decision(2)))
    failed = await asyncio.gather(first, second, return_exceptions=True)
    disk.set()
    monkeypatch.setattr(committer, "COMMIT_SECONDS", SECONDS)

    assert [StoreUnavailable] * 2 == [type(failure) for failure in failed]
    assert Committed(2) == await store.commit_decision(decision(3))
    assert store.decision("d2") is None
