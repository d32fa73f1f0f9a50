"""What a check of the store says when tables or columns don't agree with the records."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sconto.store.sqlite import SqliteStore
from support.backtest_runs import fill, rules_in


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of real decisions and steps."""
    data = tmp_path_factory.mktemp("log") / "data"
    assert 0 == fill(data, rules_in(tmp_path_factory.mktemp("rules")), 40)
    return data / "decisions.sqlite"


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        ("DELETE FROM rulesets", "was decided by a ruleset that is not kept"),
        ("UPDATE rulesets SET documents = x'5b5d'", "are not those that its name is the digest of"),
        ("DELETE FROM events", "gave a discount, its event is missing"),
        (
            "DELETE FROM events WHERE kind = 'discount_given' AND seq > 3",
            "gave a discount, its event is missing",
        ),
        ("DELETE FROM log_offers", "is listed under other offers"),
        ("INSERT INTO log_codes VALUES ('other', 1)", "entry 1 of the log is listed under other"),
        ("UPDATE log SET at_us = at_us + 1 WHERE seq = 2", "entry 2 of the log has another time"),
        ("UPDATE log SET reasons = 0 WHERE seq = 1", "entry 1 of the log lacks reasons"),
        ("UPDATE log SET user_ref = 'x' WHERE seq = 1", "entry 1 of the log has another shopper"),
        ("UPDATE log SET at_us = 1 WHERE kind = 'redemption'", "has another time"),
        (
            "UPDATE log SET decision_id = 'x' WHERE seq = 1",
            "entry 1 of the log has another decision id",
        ),
        ("DELETE FROM reservations", "has no reservation"),
        (
            "UPDATE log SET kind = 'return' WHERE kind = 'redemption'",
            "is a return, and what came back is missing",
        ),
    ],
)
def test_what_does_not_agree_with_a_record_is_found(
    filled: Path, tmp_path: Path, damage: str, line: str
) -> None:
    """The line names the entry; the same file without the damage is sound."""
    path = tmp_path / "copy.db"
    with closing(sqlite3.connect(filled)) as connection:
        connection.execute(f"VACUUM INTO '{path}'")
    with closing(SqliteStore(path)) as store:
        assert () == store.discrepancies()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(damage)
        connection.commit()

    with closing(SqliteStore(path)) as store:
        assert any(line in found for found in store.discrepancies())
