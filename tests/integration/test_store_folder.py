"""The data folder: a key belongs to its log, and one server has both."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from contract.writes import decision
from sconto.errors import Unavailable
from sconto.store.folder import HOLDER, KEY_BYTES, held, key_and_log
from sconto.store.sqlite import SqliteStore

HOUR_US = 3_600_000_000
OLD = b"k" * KEY_BYTES


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Where the key goes."""
    return tmp_path / "data" / "user_ref.key"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "data" / "decisions.sqlite"


def kept(key: Path, content: bytes = OLD, mode: int = 0o600) -> None:
    """Put *content* into the file *key*."""
    key.parent.mkdir(exist_ok=True)
    key.write_bytes(content)
    key.chmod(mode)


def filled(log: Path) -> None:
    """A log with a decision."""
    with closing(SqliteStore(log)) as store:
        asyncio.run(store.commit_decision(decision(1)))


def test_a_first_start_makes_both(key: Path, log: Path) -> None:
    """The key is for its owner alone, and stays the same."""
    made = key_and_log(key, log)

    assert KEY_BYTES == len(made)
    assert 0o600 == key.stat().st_mode & 0o777
    assert made == key_and_log(key, log)
    assert [log.name, key.name] == sorted(f.name for f in key.parent.iterdir())


@pytest.mark.parametrize("cut_off", [False, True])
def test_an_old_log_gets_no_new_key_unasked(cut_off: bool, key: Path, log: Path) -> None:
    """Neither for a key that is missing, nor for one that is empty."""
    filled(log)
    if cut_off:
        kept(key, b"")
    with pytest.raises(Unavailable, match=r"is (empty|missing), and `decisions") as refused:
        key_and_log(key, log)
    assert "--begin-anew" in refused.value.help
    assert cut_off == key.exists()

    assert KEY_BYTES == len(key_and_log(key, log, begin_anew=True))


@pytest.mark.parametrize("cut_off", [False, True])
def test_a_start_that_was_cut_off_is_finished(cut_off: bool, key: Path, log: Path) -> None:
    """A log without an entry needs no old key."""
    SqliteStore(log).close()
    if cut_off:
        kept(key, b"")

    assert KEY_BYTES == len(key_and_log(key, log))


def test_an_old_key_gets_no_new_log_unasked(key: Path, log: Path) -> None:
    """Budgets would be full again without a word."""
    kept(key)
    with pytest.raises(Unavailable, match=r"its log `decisions\.sqlite` is not") as refused:
        key_and_log(key, log)
    assert "--begin-anew" in refused.value.help
    assert not log.exists()

    assert OLD == key_and_log(key, log, begin_anew=True)
    assert log.exists()


def test_an_empty_file_is_no_log_of_a_key(key: Path, log: Path) -> None:
    """A log that was cut off to nothing is refused like one that is missing."""
    kept(key)
    log.touch()
    with pytest.raises(Unavailable, match=r"its log `decisions\.sqlite` is empty"):
        key_and_log(key, log)
    assert not log.stat().st_size

    assert OLD == key_and_log(key, log, begin_anew=True)


def test_another_key_is_refused(key: Path, log: Path) -> None:
    """Shoppers would be strangers without a word; the log holds nothing that shows the key."""
    filled(log)
    kept(key)
    assert OLD == key_and_log(key, log)
    assert OLD not in log.read_bytes()
    other = b"o" * KEY_BYTES
    kept(key, other)

    with pytest.raises(Unavailable, match=r"holds another key, and `decisions") as refused:
        key_and_log(key, log)
    assert "--begin-anew" in refused.value.help
    assert other == key_and_log(key, log, begin_anew=True) == key_and_log(key, log)


def test_a_key_that_everybody_can_use_is_refused(key: Path, log: Path) -> None:
    """The message says which command mends it; a group may have it, as mounted secrets do."""
    key_and_log(key, log)
    key.chmod(0o644)
    with pytest.raises(Unavailable, match=r"mode 0644") as refused:
        key_and_log(key, log)
    assert f"run `chmod 600 {key}`" == refused.value.help
    key.chmod(0o640)

    assert key_and_log(key, log)


def test_half_a_key_is_refused(key: Path, log: Path) -> None:
    """A key of another length is none."""
    key_and_log(key, log)
    kept(key, OLD[:9])
    with pytest.raises(Unavailable, match="does not hold a key of 32 bytes"):
        key_and_log(key, log)


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    """The second one is told who has it, and gets it when the first has gone."""
    with (
        held(tmp_path, HOUR_US),
        pytest.raises(Unavailable, match=r"process \d+ since 1970-01-01 01:00:00 UTC"),
        held(tmp_path, 2 * HOUR_US),
    ):
        pass
    with held(tmp_path, HOUR_US):
        pass


def test_a_folder_has_one_server_without_the_file_that_names_it(tmp_path: Path) -> None:
    """A lock on a file would go with the file."""
    with held(tmp_path, HOUR_US):
        (tmp_path / HOLDER).unlink()
        with pytest.raises(Unavailable, match="is served already"), held(tmp_path, HOUR_US):
            pass
