"""Changed rule files are noticed, however they change, and nothing else is."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sconto.rulebook.read import watch as module
from sconto.rulebook.read.watch import files_of, folders_of, watch
from support.rule_files import copied_rules

SECONDS = 30


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the retail rules."""
    return copied_rules(tmp_path)


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[asyncio.Event]:
    """An event that is set when a change in *folder* is noticed."""
    noticed = asyncio.Event()
    watching = asyncio.create_task(watch(folder, files_of(folder), noticed.set))
    yield noticed
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


def edit(folder: Path) -> None:
    """Write into a file, as an editor that keeps it does."""
    path = folder / "offers" / "cheese.yaml"
    path.write_text(path.read_text() + "# changed\n")


def rename_over(folder: Path) -> None:
    """Put another file in the place of one, as an editor that writes anew does."""
    path = folder / "offers" / "cheese.yaml"
    new = folder / "offers" / "new.yaml"
    new.write_bytes(path.read_bytes())
    new.replace(path)


def add(folder: Path) -> None:
    """Add a file."""
    (folder / "offers" / "another.yaml").write_text("kind: offer\n")


def remove(folder: Path) -> None:
    """Remove a file."""
    (folder / "offers" / "cheese.yaml").unlink()


def replace_folder(folder: Path) -> None:
    """Put another folder in the place of the whole one, as a deployment does."""
    other = folder.with_name("next")
    shutil.copytree(folder, other)
    edit(other)
    folder.rename(folder.with_name("previous"))
    other.rename(folder)


@pytest.mark.parametrize("change", [edit, rename_over, add, remove, replace_folder])
async def test_a_change_is_noticed(folder: Path, change: Callable[[Path], None]) -> None:
    """Whatever way the files change, a reload is asked for."""
    async with watched(folder) as noticed:
        await asyncio.to_thread(change, folder)
        await asyncio.wait_for(noticed.wait(), SECONDS)


async def test_a_change_before_the_watch_began_is_noticed(folder: Path) -> None:
    """What was served first may be older than the files, if they changed while it was checked."""
    seen = files_of(folder)
    edit(folder)
    noticed = asyncio.Event()
    watching = asyncio.create_task(watch(folder, seen, noticed.set))
    await asyncio.wait_for(noticed.wait(), SECONDS)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_changes_are_noticed_where_the_system_tells_of_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without file events the files are looked at every few seconds, and the log says so once."""

    def refused(*_: object, **__: object) -> object:
        edit(folder)
        raise OSError("no inotify instances left")

    monkeypatch.setattr(module, "awatch", refused)
    monkeypatch.setattr(module, "RESCAN_MS", 1)
    async with watched(folder) as noticed:
        for _ in range(3):
            await asyncio.wait_for(noticed.wait(), SECONDS)
            noticed.clear()

    assert [
        "rule files are looked at every few seconds only: no inotify instances left"
    ] == caplog.messages


def test_the_packs_that_a_shop_names_are_watched_too(folder: Path) -> None:
    """A changed law is a changed ruleset."""
    before = files_of(folder)
    packs = folder.with_name("legal")
    os.utime(packs / "de-books.yaml", ns=(1, 1))

    assert [folder, packs] == [place.resolve() for place in folders_of(folder)]
    assert before != files_of(folder)


def test_a_folder_that_is_gone_has_no_files(tmp_path: Path) -> None:
    """A folder that is replaced is away for a moment, which is a change like any other."""
    assert frozenset() == files_of(tmp_path / "absent")


def test_a_file_touched_is_a_change_and_a_look_is_none(folder: Path) -> None:
    """Looking twice finds the same; another time of change does not."""
    before = files_of(folder)
    assert before == files_of(folder)
    os.utime(folder / "shop.yaml", ns=(1, 1))
    assert before != files_of(folder)
