"""The data folder is removed or replaced under a running server: nothing is given any more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fault.test_disk import (
    LOG,
    NOT_SERVING,
    all_unavailable,
    is_sound,
    recovers,
    serving,
    wait_until,
)
from support.served import served

pytestmark = pytest.mark.slow

LOST = ("", LOG, f"{LOG}-wal", f"{LOG}-shm")
"""The folder, the database, its write-ahead log, and the memory that processes share."""


def test_something_is_removed_and_comes_back(tmp_path: Path) -> None:
    """Without it every call is UNAVAILABLE; the very same file lets the server go on."""
    data, away = tmp_path / "data", tmp_path / "away"
    with serving(data) as (server, client):
        for name in LOST:
            lost = data / name
            lost.rename(away)
            all_unavailable(client)
            wait_until(lambda: client.health() == NOT_SERVING)
            all_unavailable(client)
            away.rename(lost)
            recovers(client)
        assert 0 == server.stop()
    is_sound(data)


def test_another_store_takes_its_place(tmp_path: Path) -> None:
    """A copy is not the same file; the server ends without harm to what took the place."""
    data, away, copy = (tmp_path / name for name in ("data", "away", "copy"))
    with serving(data) as (server, client), serving(copy):
        data.rename(away)
        shutil.copytree(copy, data)
        kept = {file.name: file.read_bytes() for file in data.iterdir()}
        all_unavailable(client)
        wait_until(lambda: client.health() == NOT_SERVING)
        assert 0 != server.stop()
        assert {file.name: file.read_bytes() for file in data.iterdir()} == kept
    is_sound(data)


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """Two servers with other limits would each spend the same budgets."""
    with (
        serving(tmp_path) as (_, client),
        pytest.raises(AssertionError, match="did not say where it listens"),
        served(tmp_path, processes=2),
    ):
        pass
    with serving(tmp_path) as (server, client):
        assert client.decide()
        assert 0 == server.stop()
