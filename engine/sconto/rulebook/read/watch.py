"""Notices changed rule files, whatever way they were changed."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from watchfiles import awatch

from sconto.rulebook.read.folder import read_file
from sconto.rulebook.read.strict_yaml import parse_yaml

DEBOUNCE_MS: Final = 300
"""Files of one change come one after the other; a tool that copies a folder needs a moment."""

RESCAN_MS: Final = 2_000
"""How often to look without a notification: network folders and replaced folders send none."""

_LOG: Final = logging.getLogger(__name__)

Seen = frozenset[tuple[str, int, int, int]]
"""Path, inode, size and time of change of every file."""


async def watch(folder: Path, seen: Seen, changed: Callable[[], None]) -> None:
    """Call *changed* after every change in *folder*, or in the packs that its shop names.

    Changes since `files_of` gave *seen* count. Runs for ever. A change is noticed within a second
    where the system notifies of changes, and within a few seconds where it does not.
    """
    notified = True
    while True:
        now = await asyncio.to_thread(files_of, folder)
        if now != seen:
            seen = now
            changed()
        notified = await _until_something_happened(folder, notified=notified)


def files_of(folder: Path) -> Seen:
    """Every file in the folders that a ruleset in *folder* is read from."""
    return frozenset(entry for place in folders_of(folder) for entry in _entries(place))


def folders_of(folder: Path) -> tuple[Path, ...]:
    """*folder*, and the folder of legal packs that its `shop.yaml` names, where they exist."""
    places = [folder]
    raw, _ = read_file(folder / "shop.yaml")
    shop = None if raw is None else parse_yaml(raw, "shop.yaml").value
    packs = shop.get("legal_packs") if isinstance(shop, dict) else None
    if isinstance(packs, str):
        places.append(folder / packs)
    return tuple(place for place in places if place.is_dir())


def _entries(place: Path) -> Iterator[tuple[str, int, int, int]]:
    for root, _, names in os.walk(place):
        for name in names:
            path = os.path.join(root, name)  # noqa: PTH118 - thousands of files, every few seconds
            try:
                found = os.stat(path)  # noqa: PTH116 - likewise
            except OSError:
                continue
            yield path, found.st_ino, found.st_size, found.st_mtime_ns


async def _until_something_happened(folder: Path, *, notified: bool) -> bool:
    """Return when files changed or it is time to look anyway; False without a notification."""
    places = folders_of(folder)
    try:
        events = awatch(
            *places,
            debounce=DEBOUNCE_MS,
            rust_timeout=RESCAN_MS,
            yield_on_timeout=True,
            watch_filter=None,
        )
        async with aclosing(events):
            await anext(events)
    except (OSError, RuntimeError) as error:
        if notified:
            _LOG.warning("rule files are looked at every few seconds only: %s", error)
        await asyncio.sleep(RESCAN_MS / 1_000)
        return False
    return True
