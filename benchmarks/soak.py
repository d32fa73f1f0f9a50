"""Soak: a server under most of what it can do, for as long as one likes, with or without faults.

Prints, window by window, calls, times, memory and file handles of the server, and at the end what
share of calls had no discount, by cause. Ends with exit code 1 when memory, handles or times grew,
or when a record was lost.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import sqlite3
import statistics
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple

import click
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from ruleset_files import write_ruleset
from scenario import bodies
from sconto.client import AsyncClient, CallFailed, Retries
from sconto.serving.background import running_server
from sconto.settings import Address, Settings
from sconto.v1.decision_pb2 import ReasonCode
from sconto.v1.decision_service_pb2 import DecideRequest

SEED: Final = 1
CANDIDATES, RULES = 10, 30
CALLERS: Final = 16
MEASURE_SECONDS: Final = 5.0
FAULT_SECONDS: Final = 2.0
"""For how long nothing can be recorded in every third window."""
MOST_MEMORY, MOST_TIME, MORE_HANDLES = 1.1, 2.0, 8
"""By how much the last third of the windows may be above the first."""


@dataclass(slots=True)
class Window:
    """One span of the soak."""

    faulty: bool
    seconds: list[float] = field(default_factory=list)
    became: Counter[str] = field(default_factory=Counter)
    memory: float = 0.0
    """MiB that the server has in memory at the end."""
    handles: int = 0

    def row(self, number: int, span: float) -> str:
        """The window on one line."""
        middle, late = self.percentile(50), self.percentile(99)
        return (
            f"{number:>6}  {len(self.seconds) / span:>7.0f}  {middle:>6.1f}  {late:>6.1f}  "
            f"{self.memory:>7.1f}  {self.handles:>7}  {'store locked' if self.faulty else ''}"
        )

    def look_at(self, pid: int) -> None:
        """Note what the process *pid* has in memory, and open."""
        status = Path(f"/proc/{pid}/status").read_text()
        self.memory = int(status.partition("VmRSS:")[2].split()[0]) / 1_024
        self.handles = len([*Path(f"/proc/{pid}/fd").iterdir()])

    def percentile(self, which: int) -> float:
        """Milliseconds within which *which* percent of the calls ended."""
        if len(self.seconds) < 2:
            return 0.0
        return statistics.quantiles(self.seconds, n=100)[which - 1] * 1_000


class Plan(NamedTuple):
    """How a soak goes."""

    windows: int
    span: float
    """Seconds of each."""
    share: float
    faults: bool


class Shop:
    """Sends requests by *client*."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._bodies: Iterator[bytes] = cycle(bodies(SEED, 4_000))

    async def decide(self, window: Window) -> None:
        """One decision, counted in *window*."""
        request, began = DecideRequest.FromString(next(self._bodies)), time.perf_counter()
        try:
            decision = (await self._client.decide(request)).decision
            reason = ReasonCode.Name(decision.reason).removeprefix("REASON_CODE_")
            window.became["discount" if decision.discounts else reason] += 1
        except CallFailed as failed:
            window.became[f"call failed: {failed.reason or failed.code.name}"] += 1
        window.seconds.append(time.perf_counter() - began)

    async def capacity(self) -> float:
        """Calls a second that CALLERS get who wait for each answer."""
        window, end = Window(faulty=False), time.perf_counter() + MEASURE_SECONDS

        async def caller() -> None:
            while time.perf_counter() < end:
                await self.decide(window)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        return len(window.seconds) / MEASURE_SECONDS

    async def load(self, window: Window, rate: float, span: float) -> None:
        """Calls at *rate* for *span* seconds, whether or not those before were answered."""
        began = time.perf_counter()
        running: set[asyncio.Task[None]] = set()
        for number in range(int(rate * span)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            task = asyncio.create_task(self.decide(window))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)


async def soak(settings: Settings, port: int, pid: int, plan: Plan) -> list[Window]:
    """The windows of a soak of the server *pid* at *port*, each told when it is over."""
    done: list[Window] = []
    client = AsyncClient(f"127.0.0.1:{port}", retries=Retries(attempts=1))
    async with client:
        shop = Shop(client)
        rate = await shop.capacity() * plan.share
        click.echo(f"{rate:.0f} calls/s, {plan.share:.0%} of what {CALLERS} callers got")
        click.echo("window  calls/s  p50 ms  p99 ms  MiB RAM  handles")
        for number in range(plan.windows):
            window = Window(faulty=plan.faults and number % 3 == 1)
            fault = asyncio.to_thread(_lock, settings.log_file) if window.faulty else _nothing()
            await asyncio.gather(shop.load(window, rate, plan.span), fault)
            window.look_at(pid)
            click.echo(window.row(number + 1, plan.span))
            done.append(window)
    return done


async def _nothing() -> None:
    """No fault."""


def _lock(log_file: Path) -> None:
    """Keep everybody from recording for a while."""
    with closing(sqlite3.connect(log_file, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(FAULT_SECONDS)


def grown(windows: list[Window]) -> list[str]:
    """What is not as flat as it must be, of windows without faults."""
    calm = [w for w in windows if not w.faulty]
    third = max(1, len(calm) // 3)
    first, last = calm[:third], calm[-third:]

    def change(name: str, of: Callable[[Window], float], most: float, more: float = 0) -> str:
        before, after = (statistics.median(map(of, some)) for some in (first, last))
        return f"{name}: {before:.1f}, then {after:.1f}" if after > before * most + more else ""

    found = (
        change("memory, MiB", lambda w: w.memory, MOST_MEMORY),
        change("handles", lambda w: w.handles, 1, MORE_HANDLES),
        change("p50, ms", lambda w: w.percentile(50), MOST_TIME, 1),
    )
    return [*filter(None, found)]


def _records_lost(metrics: Address) -> float:
    with urllib.request.urlopen(f"http://{metrics.host}:{metrics.port}/metrics") as reply:
        text = reply.read().decode()
    families = text_string_to_metric_families(text)
    (lost,) = (s for f in families for s in f.samples if s.name == "sconto_records_lost_total")
    return float(lost.value)


@click.command()
@click.option("--seconds", default=60.0, help="How long.")
@click.option("--windows", type=click.IntRange(3), default=12, help="Parts of it, each a row.")
@click.option("--share", default=0.8, help="Of what the server can do.")
@click.option("--faults", is_flag=True, help="Lock the store for two seconds in every third part.")
@click.pass_context
def main(ctx: click.Context, /, seconds: float, windows: int, share: float, faults: bool) -> None:
    """Run a soak, and say whether memory, handles and times stayed flat."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics = Address(*free.getsockname())
    with tempfile.TemporaryDirectory() as folder:
        rules = Path(folder, "rules")
        rules.mkdir()
        write_ruleset(rules, CANDIDATES, RULES, SEED)
        settings = Settings(rules, Path(folder, "data"), port=0, metrics=metrics)
        with running_server(settings) as port:
            (process,) = multiprocessing.active_children()
            plan = Plan(windows, seconds / windows, share, faults)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                done = runner.run(soak(settings, port, process.pid or 0, plan))
            lost = _records_lost(metrics)
    became = sum((window.became for window in done), Counter[str]())
    for cause, count in became.most_common():
        click.echo(f"{count / became.total():8.3%}  {cause}")
    wrong = [*grown(done), *([f"records lost: {lost:.0f}"] if lost else [])]
    click.echo("\n".join(wrong) or "Memory, handles and times are flat; no record was lost.")
    ctx.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
