"""What a decision costs the store: SQL statements, and bytes of file."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.writes import decision, draw
from sconto.app.ports import DecisionWrite, StoredAnswer
from sconto.store.packing import packed_reply, unpacked_reply
from sconto.store.sqlite import SqliteStore
from sconto.store.writer import FileWriter

STATEMENTS = {1: 9.0, 16: 9 / 16, 64: 9 / 64}
"""Per decision with a discount, by how many commit together; see lookup.load and posting.save."""
READS = 2
"""Statements with which a decision without signals looks things up before it is made."""
MOST_MORE = 1.1
RECORD_BYTES = 3_000
FILE_BYTES = 5_000


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[FileWriter]:
    """A writer on an empty file."""
    with closing(FileWriter(tmp_path / "log.db")) as made:
        yield made


def wishes(count: int) -> list[DecisionWrite]:
    """Decisions with a discount each, which two budgets pay, for as many shoppers."""
    return [
        decision(n + 1, draw("all/all/total", 1, 9_999), draw(f"cap/u{n}/week"), user=f"u{n}")
        for n in range(count)
    ]


@pytest.mark.parametrize("together", STATEMENTS)
def test_statements_per_decision(writer: FileWriter, together: int) -> None:
    """No commit needs over a tenth more statements than it does today."""
    ran: list[str] = []
    asked = wishes(128)
    writer.connection.set_trace_callback(ran.append)
    for start in range(0, len(asked), together):
        writer.commit(asked[start : start + together])

    assert len(ran) / len(asked) <= STATEMENTS[together] * MOST_MORE


async def test_statements_that_read_for_a_decision(tmp_path: Path) -> None:
    """Its answer and its budgets are looked up, in one statement each."""
    ran: list[str] = []
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        store._readers.connection.set_trace_callback(ran.append)
        store.answer("Decide/1")
        store.usage(["all/all/total", "cap/u1/week", "other/all/day"])

    assert len(ran) == READS


def test_bytes_of_file_per_decision(tmp_path: Path) -> None:
    """Beside a record of 3 kB, all else takes at most 2 kB, a reply of .9 kB included."""
    rng = random.Random(20261124)
    path, count = tmp_path / "log.db", 1_000
    with closing(FileWriter(path)) as made:
        for start in range(0, count, 10):
            made.commit([_real(rng) for _ in range(start, start + 10)])

    assert path.stat().st_size / count <= FILE_BYTES


def _real(rng: random.Random) -> DecisionWrite:
    """A decision as large as real ones, and as hard to compress."""
    user = f"{rng.getrandbits(128):032x}"
    numbers = [rng.getrandbits(20) for _ in range(RECORD_BYTES)]
    record = json.dumps(numbers).encode()[:RECORD_BYTES]
    reply = rng.randbytes(300) + record[:600]
    draws = (draw("monthly-campaign/all/2026-11", 1, 9_999), draw(f"weekly/{user}/2026-W48"))
    made = decision(rng.getrandbits(30), *draws, user=user, offer="frozen-and-snacks")
    return made._replace(
        decision_id=str(uuid.UUID(int=rng.getrandbits(128))),
        request_key=f"Decide/{uuid.UUID(int=rng.getrandbits(128))}",
        record=record,
        answer=StoredAnswer(made.answer.request_hash, reply),
    )


@pytest.mark.parametrize("record", [b"", b"record", bytes(range(256)) * 400])
@pytest.mark.parametrize("reply", [b"", b"r", b"record and more", bytes(range(256)) * 40])
def test_a_reply_comes_back_to_the_byte(reply: bytes, record: bytes) -> None:
    """Whatever its record holds."""
    assert unpacked_reply(packed_reply(reply, record), record) == reply
