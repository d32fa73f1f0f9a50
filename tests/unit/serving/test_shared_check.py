"""One check serves all who asked before it began, and nobody who asked later."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sconto.app.reload import Refused
from sconto.serving.initial_rules import Beginning
from sconto.serving.shared_check import SharedCheck
from sconto.settings import Settings


class Check:
    """A check that ends when it is let, with what it is told."""

    def __init__(self, folder: Path) -> None:
        self.begun = 0
        self.go = asyncio.Semaphore(0)
        self.result: bytes | Refused = b"new"
        begun = Beginning(b"old", frozenset())
        self.shared = SharedCheck(Settings(folder, folder), begun, self)

    async def __call__(self) -> bytes | Refused:
        """See CheckRules."""
        self.begun += 1
        await self.go.acquire()
        return self.result


async def asked(check: Check, count: int) -> list[asyncio.Task[bytes | Refused]]:
    """*count* askers who have begun to wait."""
    tasks = [asyncio.create_task(check.shared()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_who_asks_during_a_check_gets_the_next(tmp_path: Path) -> None:
    """Files may have changed since the first began; one more serves all others."""
    check = Check(tmp_path)
    first = await asked(check, 1)
    others = await asked(check, 3)
    for _ in range(2):
        check.go.release()

    assert await asyncio.gather(*first, *others) == [b"new"] * 4
    assert check.begun == 2
    assert check.shared.newest == Beginning(b"new", frozenset())


async def test_a_cancelled_check_answers_nobody(tmp_path: Path) -> None:
    """Who waited behind it has a check of their own."""
    check = Check(tmp_path)
    (first,) = await asked(check, 1)
    others = await asked(check, 2)
    first.cancel()
    await asyncio.sleep(0)
    check.go.release()

    assert await asyncio.gather(*others) == [b"new"] * 2
    assert check.begun == 2


async def test_refused_files_leave_what_was_good(tmp_path: Path) -> None:
    """A process that starts then begins with the last good rules, and looks again by itself."""
    check = Check(tmp_path)
    check.result = Refused("bad")
    check.go.release()

    assert await check.shared() == Refused("bad")
    assert check.shared.newest == Beginning(b"old", frozenset(), look_again=True)
