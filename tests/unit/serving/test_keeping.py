"""Tenants that are kept open: a fault of one is told, and tried again, and no other's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from sconto.errors import StoreUnavailable
from sconto.serving import keeping as module
from sconto.serving.keeping import Keeping


class Serving:
    """Fails to open each tenant as often as *faults* says, and to close those *at_end*."""

    def __init__(self, at_end: str = "", **faults: int) -> None:
        self.open: set[str] = set()
        self.opened = {name: asyncio.Event() for name in faults}
        self.tries: Counter[str] = Counter()
        self._faults = faults
        self._at_end = at_end

    async def __call__(
        self, name: str, opened: Callable[[], None], ended: Callable[[], Awaitable[object]]
    ) -> None:
        """See Serve."""
        self.tries[name] += 1
        if self.tries[name] <= self._faults[name]:
            raise StoreUnavailable(f"{name} is away")
        self.open.add(name)
        opened()
        self.opened[name].set()
        await ended()
        self.open.remove(name)
        if name == self._at_end:
            raise StoreUnavailable(f"{name} can record no more")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without a pause."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0)


async def test_what_fails_is_tried_again_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The other one is open from the first try on."""
    serving = Serving(north=3, south=0)
    keeping = Keeping(["north", "south"], serving)
    await keeping.tried()
    assert {"south"} == serving.open
    async with asyncio.timeout(10):
        await serving.opened["north"].wait()
    await keeping.end()

    assert not serving.open
    assert [
        "tenant `north` is not served: north is away",
        "tenant `north` is served again",
    ] == [r.getMessage() for r in caplog.records]


async def test_a_server_that_can_serve_nobody_does_not_start() -> None:
    """With one tenant as with several."""
    for faults in ({"": 1}, {"north": 1, "south": 1}):
        keeping = Keeping(faults, Serving(**faults))
        with pytest.raises(StoreUnavailable, match="is away"):
            await keeping.tried()
        await keeping.cancel()


async def test_what_could_not_be_closed_is_raised_at_the_end() -> None:
    """Nobody is told that all is recorded when it is not."""
    keeping = Keeping(["north", "south"], Serving("north", north=0, south=0))
    await keeping.tried()
    with pytest.raises(StoreUnavailable, match="can record no more"):
        await keeping.end()
