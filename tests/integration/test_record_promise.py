"""Logs that an earlier version wrote are read and replayed: the promise of record format 3.

`sconto play --history 12 --days 5 --until 2026-11-20T00:00:00Z --rules rules/...` made them on
29 November 2026. They are never made again: a later version that can't replay them is wrong.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sconto.app.audit import find_decision, replays
from sconto.app.log_query import LogQuery
from sconto.bootstrap import compile_documents
from sconto.domain.explain import explain
from sconto.domain.record_reading import read_record
from sconto.store.sqlite import SqliteStore

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("record-3-*.sqlite"))
DECISIONS = 12


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteStore]:
    """A copy of a committed log."""
    shutil.copy(request.param, tmp_path / "decisions.sqlite")
    with closing(SqliteStore(tmp_path / "decisions.sqlite")) as opened:
        yield opened


def test_there_are_logs() -> None:
    """Else nothing below is tested."""
    assert len(FIXTURES) > 1


def test_every_decision_is_read_explained_and_replayed(store: SqliteStore) -> None:
    """To the same bytes, by the rules that the log keeps."""
    ids = [read_record(entry.record)["decision_id"] for entry in store.decisions(LogQuery())]

    assert len(ids) == DECISIONS
    for decision_id in ids:
        found = find_decision(store, decision_id)
        assert explain(found.record, None)
        assert replays(store, found, compile_documents)
    assert store.discrepancies() == ()
