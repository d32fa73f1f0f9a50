"""`sconto verify` on copies of logs: whatever was changed is found, and the entry named."""

# ruff: noqa: S608 - the tables are ours

from __future__ import annotations

import asyncio
import random
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sconto.app.transparency.checkpoint import Checkpoint, parsed
from sconto.store.sqlite import SqliteStore
from sconto.verify.ledger import Ledger
from sconto.verify.note import WITNESS, NotVerified, Verifier
from support.signed_logs import add_entries, key_of, note_of, signed_log, verified

COVERED = ("log", "leaves", "log_offers", "log_codes", "reservations", "returns", "balance",
           "rulesets")  # fmt: skip
"""The tables of which every value is proved."""
FLIPS = 150
"""Bytes of a file that a test flips; `python -m support.flip_log` flips all."""


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 14 entries of every kind, signed."""
    return asyncio.run(signed_log(tmp_path_factory.mktemp("log")))


@pytest.fixture
def copied(signed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return Path(shutil.copytree(signed.parent, tmp_path / "copy")) / signed.name


def run(path: Path, *statements: str) -> None:
    """Change the log at *path*, as somebody would who knows SQL."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)


def test_a_log_that_nobody_changed_is_proved(copied: Path) -> None:
    """With all kinds of entries, and the head that the writer signed."""
    report = verified(copied)

    assert report.wrong == ()
    assert report.head is not None
    assert report.head.size == report.entries == 14
    assert report.head.origin == "shop.example/log"


def test_every_value_that_is_changed_is_found(copied: Path) -> None:
    """Each column of each row, changed alone: it is found, and its entry, or its row, is named."""
    changed = 0
    with closing(sqlite3.connect(copied, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for table in COVERED:
            columns = [c[1] for c in connection.execute(f"PRAGMA table_info({table})")]
            keys = ", ".join(columns[:2]) if table.startswith("log_") else columns[0]
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {keys}")
            for row in rows.fetchall():
                where = " AND ".join(f"{c} = ?" for c in keys.split(", "))
                identity = row[: len(keys.split(", "))]
                for column, value in zip(columns, row, strict=True):
                    new = _other(column, value)
                    update = f"UPDATE {table} SET {column} = ? WHERE {where}"
                    connection.execute("BEGIN")
                    connection.execute(update, (new, *identity))
                    connection.execute("COMMIT")
                    report = verified(copied)
                    assert report.wrong, (table, column, row)
                    changed += 1
                    now = [new if c == column else v for c, v in zip(columns, row, strict=True)]
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? WHERE {where}",
                        (value, *now[: len(identity)]),
                    )
    assert verified(copied).wrong == ()
    assert changed > 200


def _other(column: str, value: object) -> object:
    match value:
        case int():
            return value + 1_000
        case bytes():
            return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
        case None:
            return "x" if column == "request_key" else 1
    return f"{value}x" if column != "draws" else '[["b", "k", 1, 2]]'


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("DELETE FROM log WHERE seq = 7", "entry 7 is missing, its leaf is there"),
        ("DELETE FROM leaves WHERE seq = 7", "entry 8 follows entry 6: those between are missing"),
        ("INSERT INTO log_offers VALUES ('x', 99)", "`log_offers` is of entry 99, which is not"),
        ("INSERT INTO log VALUES (15, 'expiry', 'd1', 1, '', 0, NULL, x'', x'', x'')",
         "entry 15 has no leaf"),
        ("UPDATE returns SET reservation = 6 WHERE seq = 9", "entry 9 .* another `reservation`"),
        ("INSERT INTO returns VALUES (1, 999, 0)", "entry 1 .* another .*`reservation`"),
        ("UPDATE reservations SET draws = replace(draws, '[\"all\"', '[\"zzz\"') WHERE seq = 5",
         "reservation of entry 5 draws what the entries do not say"),
        ("UPDATE leaves SET entry = replace(hex(zeroblob(100000)), '0', '[') WHERE seq = 3",
         "entry 3 has a leaf that is none"),
        ("UPDATE reservations SET draws = replace(hex(zeroblob(100000)), '0', '[') WHERE seq = 3",
         "reservation of entry 3 draws what"),
        ("ALTER TABLE balance RENAME COLUMN used TO spent", "table `balance` is not as a store"),
        ("CREATE VIEW other AS SELECT 1", "has a view `other` that no store makes"),
        ("CREATE TRIGGER t AFTER INSERT ON log BEGIN SELECT 1; END", "has a trigger `t` that no"),
        ("DELETE FROM log_offers WHERE seq = 2", "entry 2 .* its leaf has another `offers`"),
        ("UPDATE balance SET used = 0 WHERE key = 'all/all/total'", "balance of `all/all/total`"),
        ("UPDATE reservations SET state = 'held' WHERE seq = 1", "reservation of entry 1 stands"),
        ("DELETE FROM reservations WHERE seq = 1", "reservation of entry 1 is missing"),
        ("UPDATE rulesets SET documents = x'5b31'", "ruleset `sha256:.* has other documents"),
        ("UPDATE log SET record = x'00' WHERE kind = 'publication'", "entry 13 .* `record`"),
        ("UPDATE log SET reply = (SELECT reply FROM log WHERE seq = 1) WHERE seq = 2",
         "entry 2 .* another `answer`"),
    ],
)  # fmt: skip
def test_what_was_changed_is_named(copied: Path, change: str, line: str) -> None:
    """In words that say where to look."""
    run(copied, change)
    assert any(re.search(line, found) for found in verified(copied).wrong), verified(copied).wrong


def test_entries_that_were_cut_off_are_missed(copied: Path) -> None:
    """With all that hung on them, so that nothing in the file contradicts it."""
    run(copied, *(f"DELETE FROM {t} WHERE seq > 12" for t in COVERED[:6]),
        "UPDATE balance SET used = 0")  # fmt: skip
    assert "14 entries were signed, and the log ends with entry 12" in verified(copied).wrong


def test_a_leaf_changed_with_its_row_is_found_by_the_head(copied: Path) -> None:
    """Whoever changes both has no key to sign the new head."""
    run(copied, "UPDATE leaves SET entry = json_set(entry, '$.at_us', 7) WHERE seq = 4",
        "UPDATE log SET at_us = 7 WHERE seq = 4")  # fmt: skip
    (found,) = verified(copied).wrong
    assert found == ("the first 14 entries are not those that were signed: look at entries 1 to 14")


async def test_the_group_of_a_changed_entry_is_named(tmp_path: Path) -> None:
    """In a long log, by the hashes that are kept of each 256."""
    path = await signed_log(tmp_path, 700, parts=2)
    assert verified(path).wrong == ()
    run(path, "UPDATE leaves SET entry = json_set(entry, '$.at_us', 7) WHERE seq = 300",
        "UPDATE log SET at_us = 7 WHERE seq = 300")  # fmt: skip
    (found,) = verified(path).wrong
    assert found.endswith("are not those that were signed: look at entries 257 to 512")


@pytest.mark.parametrize("change", ["DELETE FROM subtrees", "UPDATE subtrees SET hash = x'{}'"])
async def test_hashes_of_groups_are_those_of_their_entries(tmp_path: Path, change: str) -> None:
    """From them the server makes heads and proofs."""
    path = await signed_log(tmp_path, 300)
    run(path, change.format("00" * 32))
    assert verified(path).wrong == ("the kept hash of 256 entries from 1 is not theirs",)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"kind": "publication", "draws": [["b", "k", 1, 9]]}, "is a publication, and moves"),
        ({"kind": "nonsense", "draws": [["b", "k", 1, 9]]}, "is a nonsense, and moves a budget"),
        ({"kind": "decision", "draws": [["b", "k", -1, 9]]}, "draws -1 of `k`"),
        ({"kind": "return", "about": "d1", "draws": [["b", "k", 4, 9]], "state": "returned"},
         "gives back more than its decision drew"),
        ({"kind": "return", "about": "d1", "state": "held"}, "leaves its reservation as `held`"),
        ({"kind": "expiry", "about": "d1"}, "is a expiry of a reservation that was redeemed"),
    ],
)  # fmt: skip
def test_what_no_server_writes_is_found(entry: dict[str, object], line: str) -> None:
    """Also when somebody with the key has signed it."""
    ledger = Ledger()
    for draws, about in ([["b", "k", 3, 9]], "d1"), ([["b", "k", 3, 9]], "d2"):
        made = {"kind": "decision", "seq": int(about[1]), "about": about, "expires_us": 9}
        assert not [*ledger.add({**made, "draws": draws})]
    assert not [*ledger.add({"kind": "redemption", "seq": 3, "about": "d1"})]

    assert any(line in found for found in ledger.add({"seq": 4, "about": "x", **entry}))


async def test_a_log_that_was_rolled_back_is_found_by_an_earlier_checkpoint(
    tmp_path: Path,
) -> None:
    """Yesterday's file is sound by itself; whoever kept a checkpoint of today knows better."""
    path = await signed_log(tmp_path / "now", 14)
    yesterday = Path(shutil.copytree(path.parent, tmp_path / "yesterday")) / path.name
    with closing(SqliteStore(path)) as store:
        await add_entries(store, 500, 14)
    kept = note_of(path, Checkpoint("shop.example/log", 28, b"h" * 32))

    assert verified(yesterday).wrong == ()
    cut_off = "28 entries were signed, and the log ends with entry 14"
    assert cut_off in verified(yesterday, kept).wrong
    assert "the first 28 entries are not those that were signed: look at entries 1 to 28" in (
        verified(path, kept).wrong
    )


def test_only_trusted_keys_count(copied: Path, tmp_path: Path) -> None:
    """A log that was signed with another key proves nothing, nor does a witness that is not one."""
    other = key_of(copied)._key.made("shop.example/log")
    note = key_of(copied).newest()
    run(copied, f"UPDATE meta SET value = '{other.signed(parsed(note).text)}'"
        " WHERE name = 'checkpoint'")  # fmt: skip
    with pytest.raises(NotVerified, match="not signed by `shop"):
        verified(copied)
    run(copied, f"UPDATE meta SET value = '{note}' WHERE name = 'checkpoint'")
    with pytest.raises(NotVerified, match="no checkpoint is signed by the witness"):
        verified(copied, note, witnesses=(Verifier.of(other.verifier),))
    with pytest.raises(NotVerified, match="is not the key of a witness"):
        Verifier.of(other.verifier, WITNESS)


def test_flipped_bytes_are_found(copied: Path) -> None:
    """A byte of the file, anywhere: it is found, unless every value that is proved is as it was."""
    with closing(sqlite3.connect(copied)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, before = copied.read_bytes(), _values(copied)
    rng = random.Random(20261201)
    found = 0
    for at in rng.sample(range(len(whole)), FLIPS):
        copied.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        )
        try:
            wrong = bool(verified(copied).wrong)
        except NotVerified:
            wrong = True
        found += wrong
        assert wrong or _values(copied) == before, at
    assert found > FLIPS // 20


def _values(path: Path) -> object:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [
            sorted(map(repr, connection.execute(f"SELECT * FROM {table}"))) for table in COVERED
        ]
