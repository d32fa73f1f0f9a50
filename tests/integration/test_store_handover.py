"""Writes of several processes that one commits: together, exactly, and never half."""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from contract.stores import handing_over
from contract.writes import HASH, decision, draw
from sconto.app.log_query import LogQuery
from sconto.app.ports import BudgetRefused, Committed, StoredAnswer
from sconto.errors import StoreUnavailable
from sconto.store import handover
from sconto.store.handover import Handover, Hub
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "log.db"


@pytest.fixture
def hub(path: Path) -> Iterator[Hub]:
    """What commits for all of a test's stores."""
    with closing(Hub(FileWriter(path))) as made:
        yield made


@pytest.fixture
def stores(path: Path, hub: Hub) -> Iterator[list[SqliteStore]]:
    """Three stores as three processes have them."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(handing_over(hub, path))) for _ in range(3)]


async def test_the_budget_is_shared_to_the_last_unit(stores: list[SqliteStore]) -> None:
    """Of 300 reservations from three stores exactly as many pass as the limit covers."""
    writes = [decision(n, draw("a/all/total", 1, 25)) for n in range(300)]
    outcomes = await asyncio.gather(
        *(stores[n % 3].commit_decision(w) for n, w in enumerate(writes))
    )

    assert sum(isinstance(o, Committed) for o in outcomes) == 25
    assert sum(isinstance(o, BudgetRefused) for o in outcomes) == 275
    assert {s.usage(["a/all/total"])["a/all/total"] for s in stores} == {25}
    assert stores[0].discrepancies() == ()


async def test_a_request_at_every_store_is_decided_once(stores: list[SqliteStore]) -> None:
    """The first write of a key counts, and the others get its bytes."""
    writes = [decision(n, request="Decide/same") for n in range(3)]
    outcomes = await asyncio.gather(
        *(store.commit_decision(w) for store, w in zip(stores, writes, strict=True))
    )

    assert sum(isinstance(o, Committed) for o in outcomes) == 1
    assert len({o for o in outcomes if isinstance(o, StoredAnswer)}) == 1
    assert len(stores[0].decisions(LogQuery())) == 1


async def test_a_store_reads_what_its_write_returned(stores: list[SqliteStore]) -> None:
    """Whoever commits, the file shows it to the writer by the time its commit returns."""
    for n in range(200):
        store = stores[n % 3]
        await store.commit_decision(decision(n))
        assert store.answer(f"Decide/{n}") == StoredAnswer(HASH, b"reply %d" % n)


async def test_writes_travel_together(
    stores: list[SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many writes at once need few messages."""
    sizes: list[int] = []
    real = Handover.commit

    def counted(self: Handover, writes: list[object]) -> list[object]:
        sizes.append(len(writes))
        return real(self, writes)  # type: ignore[arg-type]

    monkeypatch.setattr(Handover, "commit", counted)
    await asyncio.gather(*(stores[0].commit_decision(decision(n)) for n in range(200)))

    assert sum(sizes) == 200
    assert len(sizes) <= 20


async def test_a_process_that_goes_harms_no_other(hub: Hub, stores: list[SqliteStore]) -> None:
    """Half a message, or one that nobody waits for any more, stops nobody."""
    half, unheard = hub.join(), hub.join()
    half.sendall(struct.pack("!I", 1_000) + b"x")
    half.close()
    unheard.sendall(handover.framed([decision(7)]))
    unheard.close()

    assert isinstance(await stores[0].commit_decision(decision(1)), Committed)


async def test_a_process_that_stands_still_in_a_message_holds_up_no_other(
    hub: Hub, stores: list[SqliteStore]
) -> None:
    """What came of it waits for the rest, and everybody else commits."""
    message = handover.framed([decision(7)])
    slow = hub.join()
    slow.sendall(message[:50])

    assert isinstance(await stores[0].commit_decision(decision(1)), Committed)
    slow.sendall(message[50:])
    assert read(slow) == [Committed(2)]
    slow.close()


def read(joined: socket.socket) -> list[object]:
    """The outcomes that come on *joined*."""
    with joined.makefile("rb") as file:
        (length,) = struct.unpack("!I", file.read(4))
        outcomes: list[object] = pickle.loads(file.read(length))  # noqa: S301 - our own
    return outcomes


async def test_without_the_hub_nothing_is_committed(path: Path, hub: Hub) -> None:
    """A store whose hub has gone refuses, and goes on reading."""
    with closing(handing_over(hub, path)) as store:
        await store.commit_decision(decision(1))
        hub.close()
        with pytest.raises(StoreUnavailable, match="is gone"):
            await store.commit_decision(decision(2))

        assert store.decision("d1") is not None
        assert store.decision("d2") is None
    assert hub.ended.result() is None


async def test_a_fault_of_the_hub_ends_it_and_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets are closed, so that nobody waits for ever, and `ended` has the fault."""
    hub = Hub(FileWriter(path))

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(hub._writer, "commit", fail)
    store = handing_over(hub, path)
    with pytest.raises(StoreUnavailable, match="is gone"):
        await store.commit_decision(decision(1))
    store.close()
    hub.close()

    assert isinstance(hub.ended.exception(), MemoryError)
