"""What breaks, and when: drawn from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from simulation.database import Database
from simulation.replica import Replica
from simulation.world import World

HOUR_US = 3_600_000_000


async def strike(world: World, database: Database, replicas: Sequence[Replica]) -> None:
    """Let one fault after the other strike, and end again, until cancelled."""
    weather = world.weather
    if not weather.faults:
        return
    while True:
        await asyncio.sleep(world.between(0, 2 * weather.pause_s))
        fault = world.chance.choice(weather.faults)
        replica = world.chance.choice(replicas)
        world.saw(fault)
        world.say(replica.name, fault)
        lasts = world.between(0.01, 8)
        match fault:
            case "replica crash":
                await _crash(replica, lasts)
            case "database crash":
                database.crash()
                await asyncio.sleep(lasts)
                database.restart()
            case "partition":
                await _part(world, replica, lasts)
            case "clock ahead":
                replica.ahead_us = world.chance.choice((1_000_000, 90_000_000, HOUR_US))
            case "clock back":
                replica.ahead_us = -world.chance.choice((1_000_000, 90_000_000, HOUR_US))
            case "connection cut":
                if replica.store is not None:
                    replica.store._committer.cut()


async def _crash(replica: Replica, lasts: float) -> None:
    if replica.process.alive:
        replica.crash()
        await asyncio.sleep(lasts)
        replica.begin()


async def _part(world: World, replica: Replica, lasts: float) -> None:
    """Keep a replica from the database; clients reach it."""
    pair = frozenset((replica.name, Database.name))
    world.cut.add(pair)
    await asyncio.sleep(lasts)
    world.cut.discard(pair)
