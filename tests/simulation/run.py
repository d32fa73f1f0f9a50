"""One run: a database, replicas, clients and faults, from one seed; then healed, and checked."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock

from sconto.app import expiry, store_health
from sconto.app.ports import Policy
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.store.checks import discrepancies
from simulation import rules
from simulation.clients import PATIENCE_S, Desk, Shopper
from simulation.database import Database
from simulation.faults import strike
from simulation.oracle import Oracle
from simulation.replica import Replica
from simulation.world import Group, Violation, World

EXPIRY_SECONDS = 20
CHECK_SECONDS = 30
"""Longer than a server pauses: what happens in between is the same."""
STRUCK_S = 45
"""How long faults strike."""
EXAMINED = 10
"""One run of so many is examined by the product's own checks too, which take as long as a run."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run."""

    seed: int
    failure: str
    """Empty for none."""
    steps: int
    seen: Counter[str]
    trace: tuple[str, ...]


def run(seed: int) -> Result:
    """Run the simulation of *seed*; whatever goes wrong is in the result."""
    world = World(seed)
    failure = ""
    with _paced():
        simulation = _Simulation(world)
        try:
            world.loop.run_until_complete(simulation.whole(examined=seed % EXAMINED == 0))
        except Exception as error:  # noqa: BLE001 - any end but the planned one is a finding
            failure = f"{type(error).__name__}: {error}"
        simulation.database.connection.close()
    return Result(seed, failure, world.loop.steps, world.seen, tuple(world.trace))


@contextmanager
def _paced() -> Iterator[None]:
    """Background tasks that pause for longer, and nothing on the terminal."""
    logging.disable(logging.CRITICAL)
    with (
        mock.patch.object(expiry, "EXPIRY_SECONDS", EXPIRY_SECONDS),
        mock.patch.object(store_health, "PAUSE_SECONDS", CHECK_SECONDS),
    ):
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


class _Simulation:
    def __init__(self, world: World) -> None:
        self.world = world
        self.database = Database(world, self._committed)
        self.oracle = Oracle(self.database.connection, world.seen)
        self.replicas: list[Replica] = []

    async def whole(self, *, examined: bool) -> None:
        """Let clients shop while faults strike; then heal, and see that all is well."""
        world = self.world
        names = [f"server-{n}" for n in range(1, world.chance.choice((2, 3)) + 1)]
        first = world.chance.choice(rules.versions()[:2])
        self.replicas = [Replica(world, self.database, first, name) for name in names]
        faults = Group(world)
        faults.start(strike(world, self.database, self.replicas))
        clients = [asyncio.ensure_future(c) for c in self._clients()]
        await self._wait(clients, STRUCK_S)
        faults.end()
        self._heal()
        await self._wait(clients, PATIENCE_S)
        if not all(client.done() for client in clients):
            raise Violation(f"a client had no answer {PATIENCE_S} s after all was healed")
        await self._let_expire()
        self.oracle.follow()
        self.oracle.nothing_held()
        self._same_rules()
        if examined:
            self._examine()

    def _clients(self) -> list[object]:
        world, known = self.world, (self.world, self.replicas, self.oracle)
        shoppers = [f"anna-{n}" for n in range(world.chance.choice((1, 1, 2)))]
        # More than one client for each shopper: two devices.
        devices = [Shopper(*known, name) for name in shoppers for _ in range(2)]
        running: list[object] = [device.shop(world.chance.choice((1, 2))) for device in devices]
        if world.happens(0.4):
            running.append(Desk(*known, "desk").publish())
        return running

    async def _wait(self, clients: list[asyncio.Future[None]], seconds: float) -> None:
        """Until all are done, or the time is up; raise what one of them raised."""
        await asyncio.wait(clients, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for client in clients:
            if client.done():
                client.result()

    def _heal(self) -> None:
        self.world.say("", "all is healed")
        self.world.heal()
        self.database.restart()
        for replica in self.replicas:
            replica.ahead_us = 0
            if not replica.process.alive:
                replica.begin()

    async def _let_expire(self) -> None:
        """See every reservation expire, by a clock that is two hours ahead."""
        self.replicas[0].ahead_us = 7_200_000_000
        await asyncio.sleep(CHECK_SECONDS + EXPIRY_SECONDS + 10)

    def _same_rules(self) -> None:
        """Every replica decides by what was activated last."""
        expected = self.oracle.active
        for replica in self.replicas:
            digest = replica.holder().ruleset.digest if replica.holder else ""
            if expected and digest != expected:
                raise Violation(f"{replica.name} decides by {digest}, not by {expected}")

    def _examine(self) -> None:
        """By the product's own eyes: `store check`, and a replay of every decision."""
        if wrong := discrepancies(self.database.connection):
            raise Violation(f"store check: {wrong[0]}")
        rows = self.database.connection.execute(
            "SELECT unpacked(record) FROM log WHERE kind = 'decision'"
        ).fetchall()
        for (raw,) in rows:
            record = read_record(raw)
            policy: Policy = rules.policies()[record["ruleset"]]
            if replay(record, policy.ruleset, policy.judges) != raw:
                raise Violation(f"decision {record['decision_id']} replays otherwise")

    def _committed(self) -> None:
        try:
            self.oracle.follow()
        except Violation as violation:
            # Whoever reads meanwhile would take it for an error of the database.
            self.world.loop.failures.append(str(violation))
            raise
