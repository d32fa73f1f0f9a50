"""A damaged record, or one of another row, is named, and hides no other one."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sconto.app.audit import find_decision
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.errors import CorruptRecord
from sconto.store.packing import packed, unpacked
from sconto.store.sqlite import SqliteStore
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from support.served import RULES
from unit.api.door import SECONDS, door

FIXTURE = RULES.parents[1] / "tests/fixtures/record-3-retail.sqlite"
DECISIONS = 12
SWAPPED = "01a1e165-70e0-7a41-9d84-6d31b5b1affb", "01a1e1c1-f65b-7170-a9ae-27901bbddf33"
"""Of entries 2 and 3."""
FLIPPED = "01a1e5ec-5ff1-7fac-bb8c-fbdfb47d4e65"
"""Of entry 4."""


def change(path: Path, sql: str, *values: object) -> None:
    """Do to the store what somebody may do who can write to its file."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql, values)


def record(path: Path, seq: int) -> bytes:
    """The packed record of an entry."""
    with closing(sqlite3.connect(path)) as database:
        ((found,),) = database.execute("SELECT record FROM log WHERE seq = ?", (seq,))
    return bytes(found)


def put(path: Path, seq: int, kept: bytes) -> None:
    """Write another packed record into an entry."""
    change(path, "UPDATE log SET record = ? WHERE seq = ?", kept, seq)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A log of real decisions."""
    path = Path(shutil.copy(FIXTURE, tmp_path / "decisions.sqlite"))
    SqliteStore(path).close()  # brings it to the format of today
    return path


@pytest.fixture
def damaged(copy: Path) -> Path:
    """A log in which two records were swapped and one byte of a third was changed."""
    second, third, fourth = (record(copy, seq) for seq in (2, 3, 4))
    put(copy, 2, third)
    put(copy, 3, second)
    put(copy, 4, fourth[:700] + bytes([fourth[700] ^ 1]) + fourth[701:])
    return copy


def test_the_list_shows_all_others_and_names_these(
    damaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By entry and decision; the exit code tells programs."""
    code = main(["log", "list", "--data", str(damaged.parent), "--format", "json"])
    out, err = capsys.readouterr()

    listed = {row["decision_id"] for row in json.loads(out)["decisions"]}
    assert (Exit.REFUSED, DECISIONS - 3) == (code, len(listed))
    assert listed.isdisjoint({*SWAPPED, FLIPPED})
    flipped, *swapped = err.splitlines()
    assert flipped.startswith(f"entry 4 of the log (decision {FLIPPED}) can't be read: ")
    assert [
        f"entry 3 of the log (decision {SWAPPED[1]}) has another shopper than its record",
        f"entry 2 of the log (decision {SWAPPED[0]}) has another shopper than its record",
    ] == swapped


@pytest.mark.parametrize("more", [[], ["--replay"]])
def test_showing_one_names_it(
    damaged: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    """Nobody is shown the decision of another row, however well that replays."""
    for decision_id in (*SWAPPED, FLIPPED):
        code = main(["log", "show", decision_id, "--data", str(damaged.parent), *more])
        out, err = capsys.readouterr()
        assert (Exit.UNAVAILABLE, "") == (code, out)
        assert f"of the log (decision {decision_id})" in err


async def test_a_server_lists_all_others_and_names_these(damaged: Path) -> None:
    """What it can't show is in the same reply."""
    with closing(SqliteStore(damaged)) as store:
        async with door(store=store) as d:
            reply = await d.audit.ListDecisions(ListDecisionsRequest(), timeout=SECONDS)

    assert DECISIONS - 3 == len(reply.decisions)
    assert [(4, FLIPPED), (3, SWAPPED[1]), (2, SWAPPED[0])] == [
        (each.entry, each.decision_id) for each in reply.damaged
    ]
    assert "has another shopper than its record" in reply.damaged[-1].error


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (b'"schema":"sconto.decision/', b'"schema":"sconto.release/', "another kind"),
        (b'"decision_id":"01a1', b'"decision_id":"01a2', "another decision id"),
        (b'"as_of_us":1', b'"as_of_us":2', "another time"),
        (b'"user_ref":"', b'"user_ref":"0', "another shopper"),
        (b'"request_id":"', b'"request_id":"0', "another request id"),
    ],
)
def test_every_part_of_a_row_is_compared(copy: Path, old: bytes, new: bytes, wrong: str) -> None:
    """By whoever reads the decision, and by the check of the store."""
    with closing(SqliteStore(copy)) as store:
        assert () == store.discrepancies()
    changed = unpacked(record(copy, 2)).replace(old, new, 1)
    put(copy, 2, packed(changed))

    with closing(SqliteStore(copy)) as store:
        with pytest.raises(CorruptRecord, match=r"entry 2 of the log \(decision 01a1e165"):
            find_decision(store, SWAPPED[0])
        found = store.discrepancies()
    assert any("entry 2 of the log" in line and wrong in line for line in found), found
