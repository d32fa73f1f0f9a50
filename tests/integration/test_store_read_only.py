"""Commands that read a log need no right to write to it, and change nothing in its folder."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.writes import decision
from sconto.app.log_query import LogQuery
from sconto.errors import StoreUnavailable
from sconto.store.log_reader import SqliteLog
from sconto.store.read_only import ReadOnly
from sconto.store.sqlite import SqliteStore
from support.served import SCONTO

FIXTURE = Path(__file__).parents[1] / "fixtures" / "record-3-retail.sqlite"
LOG = "decisions.sqlite"
NO_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""The superuser writes wherever it likes, unless it gives up its capabilities."""

pytestmark = pytest.mark.skipif(
    bool(NO_RIGHTS and not shutil.which(NO_RIGHTS[0])), reason="setpriv is not installed"
)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a log of the current format, and nothing beside it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(FIXTURE, folder / LOG)
    SqliteStore(folder / LOG).close()
    assert [LOG] == [file.name for file in folder.iterdir()]
    yield folder
    folder.chmod(0o700)


def sconto(*arguments: str, code: int = 0) -> str:
    """What the command prints, without the right to pass over permissions."""
    command = [*NO_RIGHTS, SCONTO, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert code == done.returncode, done.stderr
    return done.stdout + done.stderr


def reads(data: Path) -> None:
    """Every command that reads a log reads that of *data*, and changes nothing in it."""
    before = {file.name: file.read_bytes() for file in data.iterdir()}
    listed = sconto("log", "list", "--data", str(data), "--format", "json")
    decision_id = listed.split('"decision_id": "')[1].partition('"')[0]
    assert decision_id in sconto("log", "show", decision_id, "--replay", "--data", str(data))
    assert sconto("store", "check", "--data", str(data)).endswith(": nothing is wrong\n")
    assert before == {file.name: file.read_bytes() for file in data.iterdir()}


def test_a_folder_that_nobody_may_write_in(data: Path) -> None:
    """A copy on which `chmod -w` was run is read without a lock."""
    (data / LOG).chmod(0o400)
    data.chmod(0o500)
    reads(data)


def test_a_copy_of_the_log_alone(data: Path) -> None:
    """Without the key only shoppers can't be looked up."""
    (data / LOG).chmod(0o400)
    said = sconto("log", "list", "--shopper", "card-1", "--data", str(data), code=3)

    assert "so no shopper can be looked up" in said
    assert sconto("store", "check", "--data", str(data)).endswith(": nothing is wrong\n")


def test_entries_of_a_write_ahead_log_are_not_passed_over(data: Path) -> None:
    """Where they can't be read, the command says so, instead of showing a log without them."""
    with closing(SqliteStore(data / LOG)) as store:
        asyncio.run(store.commit_decision(decision(1)))
        copy = data.with_name("copy")
        shutil.copytree(data, copy)
    (copy / f"{LOG}-shm").unlink()
    copy.chmod(0o500)
    said = sconto("store", "check", "--data", str(copy), code=3)
    copy.chmod(0o700)

    assert f"`{copy / LOG}` can't be read where it is" in said
    assert "copy the file, and those beside it" in said
    with closing(SqliteStore(copy / LOG, ReadOnly(copy / LOG))) as read:
        assert read.decision("d1") is not None


def test_a_file_of_an_earlier_format_that_can_not_be_written(tmp_path: Path) -> None:
    """It can't be brought to this format, and what is wrong is said."""
    shutil.copy(FIXTURE, tmp_path / LOG)
    (tmp_path / LOG).chmod(0o400)
    tmp_path.chmod(0o500)
    said = sconto("log", "list", "--data", str(tmp_path), code=3)
    tmp_path.chmod(0o700)

    assert "has an earlier format" in said


def test_a_store_that_was_opened_to_be_read_commits_nothing(data: Path) -> None:
    """Every write is refused, and the log stays as it was."""
    with closing(SqliteStore(data / LOG, ReadOnly(data / LOG))) as store:
        before = store.decisions(LogQuery())
        with pytest.raises(StoreUnavailable, match="opened to be read"):
            asyncio.run(store.commit_decision(decision(1)))
        assert before == store.decisions(LogQuery())


def test_a_log_beside_its_server_is_read(data: Path) -> None:
    """What was committed a moment ago is there, while the server goes on."""
    with closing(SqliteStore(data / LOG)) as server, closing(SqliteLog(data / LOG)) as log:
        before = log.entries(1, 99)
        asyncio.run(server.commit_decision(decision(1)))
        assert len(before) + 1 == len(log.entries(1, 99))
        sconto("store", "check", "--data", str(data))
        asyncio.run(server.commit_decision(decision(2)))
