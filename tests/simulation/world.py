"""What all parts of one run share: time, chance, the network, and what was seen."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from simulation.loop import SimulatedLoop
from support import builders

BEGIN_US = builders.AS_OF_US
"""The true instant at which every run begins, microseconds UTC."""


class Violation(AssertionError):
    """Something happened that must never happen."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad one run is; each run draws its own, so that faults come alone and together."""

    lost: float
    """Share of messages that are lost."""
    doubled: float
    """Share of requests that arrive twice."""
    slow: float
    """Share of messages and commits that take seconds."""
    faults: tuple[str, ...]
    """The kinds of faults that strike."""
    pause_s: float
    """Between one fault and the next, on average."""


class World:
    """The clock, the chances and the network of one run, and its trace."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.loop = SimulatedLoop(self.chance)
        self.trace: list[str] = []
        self.seen: Counter[str] = Counter()
        """Faults and outcomes, by kind."""
        self.weather = _weather(self.chance)
        self.cut: set[frozenset[str]] = set()
        """Pairs of which neither reaches the other."""
        self._calls = 0

    def say(self, who: str, what: str) -> None:
        """Add a line to the trace."""
        self.trace.append(f"{self.loop.time():11.6f} {who:8} {what}")

    def saw(self, kind: str) -> None:
        """Count something of *kind*."""
        self.seen[kind] += 1

    def happens(self, share: float) -> bool:
        """Whether something happens that does in *share* of all cases."""
        return share > 0 and self.chance.random() < share

    def between(self, least: float, most: float) -> float:
        """A number between the two."""
        return least + (most - least) * self.chance.random()

    def new_id(self) -> str:
        """A UUID that nobody has; random, because clocks that jump give no other order either."""
        digits = f"{self.chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    def send(
        self, source: str, target: str, arrive: Callable[[], None], *, once: bool = False
    ) -> None:
        """Have *arrive* called at *target* after a while, unless the message is lost.

        It may be called twice, unless a message arrives at most *once*, as over one connection.
        """
        weather = self.weather
        if self.happens(weather.lost):
            self.saw("message lost")
            self.say(source, f"lost a message to {target}")
            return
        if not once and self.happens(weather.doubled):
            self.saw("message doubled")
            self._deliver(source, target, arrive)
        self._deliver(source, target, arrive)

    def _deliver(self, source: str, target: str, arrive: Callable[[], None]) -> None:
        pair = frozenset((source, target))
        late = self.happens(self.weather.slow)
        self.seen["message late"] += late
        delay = self.between(0.5, 6.0) if late else self.between(0.0005, 0.01)

        def arrived() -> None:
            if pair in self.cut:
                self.saw("message cut off")
            else:
                arrive()

        self.loop.call_later(delay, arrived)

    def heal(self) -> None:
        """No fault strikes from now on."""
        self.weather = Weather(0, 0, 0, (), 1)
        self.cut.clear()


class Group:
    """Tasks that end together, as a process does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self.alive = True

    def start(self, running: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run *running* until it ends or all do."""
        task = self._world.loop.create_task(running)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def end(self) -> None:
        """End all at once: what they still do reaches nobody."""
        self.alive = False
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and self.alive and (error := task.exception()) is not None:
            raise error


FAULTS = (
    "replica crash",
    "database crash",
    "partition",
    "clock ahead",
    "clock back",
    "connection cut",
)


def _weather(chance: random.Random) -> Weather:
    kinds = tuple(kind for kind in FAULTS if chance.random() < 0.5)
    return Weather(
        lost=chance.choice((0, 0, 0.02, 0.06)),
        doubled=chance.choice((0, 0.1, 0.3)),
        slow=chance.choice((0, 0.03, 0.1)),
        faults=kinds,
        pause_s=chance.choice((4, 8, 15)),
    )
