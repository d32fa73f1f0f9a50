"""Play real requests against a server, or into a log of past days."""

from __future__ import annotations

import gc
import importlib
import json
import multiprocessing
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import grpc
from rich.console import Console
from rich.progress import track

from sconto.bootstrap import GC_ALLOCATIONS, now_us
from sconto.cli.play.summary import Summary, print_decision, print_next_steps
from sconto.cli.progress import progress
from sconto.demo.checkout import Checkout, LoneCandidates
from sconto.demo.history import Filled, Span, fill, prepare
from sconto.demo.history_requests import Source
from sconto.demo.industries import INDUSTRIES, Industry
from sconto.demo.tally import Tally
from sconto.rulebook.loader import load_folder
from sconto.serving.background import running_server
from sconto.settings import Settings
from sconto.v1 import decision_service_pb2 as messages
from sconto.v1 import decision_service_pb2_grpc as services

POLL_SECONDS: Final = 0.2
BOOKMARK: Final = "played.json"


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command; None takes the default of the rules' industry."""

    rules: Path
    model: Path | None
    data: Path | None
    port: int
    recipe: Path
    """Of the retail model."""
    samples: Path

    def settings(self, industry: Industry) -> Settings:
        """The settings of the server for *industry*."""
        model = self.model or industry.model
        return Settings(self.rules, self.data or industry.log, model, port=self.port)

    def source(self, industry: Industry) -> Path:
        """The file with the requests of *industry*."""
        return self.recipe if industry.sample is None else self.samples / industry.sample


def play_day(options: Options, count: int, *, once: bool) -> None:
    """Serve, send *count* requests, print a summary, and go on serving unless *once*."""
    console = Console()
    ruleset = load_folder(options.rules)
    industry = INDUSTRIES[ruleset.industry]
    settings = options.settings(industry)
    played = _played(settings.data)
    skip = played.get(industry.name, 0)
    with console.status(f"Reading {industry.data} ..."):
        requests = _requests(industry, options.source(industry), skip, count)
    with running_server(settings) as port:
        address = f"{settings.host}:{port}"
        console.print(f"Sconto serves on {address}, rules from {settings.rules}")
        with grpc.insecure_channel(address) as channel:
            service = services.DecisionServiceStub(channel)
            checkout = Checkout(service, Tally(industry.group_of), LoneCandidates.of(options.rules))
            for request in track(requests, f"Deciding real {industry.many}", console=console):
                checkout.run(request)
            played[industry.name] = skip + len(requests)
            (settings.data / BOOKMARK).write_text(json.dumps(played), encoding="utf-8")
            _check(checkout)
            Summary(console, industry, ruleset, checkout.tally).print()
            _print_example(checkout, settings, console)
        if not once:
            _serve_on(address, console)


def play_history(options: Options, count: int, days: int, until_us: int | None, seed: str) -> None:
    """Fill a new log with *count* decisions of past *days*, and print a summary."""
    industry = INDUSTRIES[load_folder(options.rules).industry]
    settings = options.settings(industry)
    key = prepare(settings, seed)
    source = Source(industry.module, options.source(industry), options.rules, key)
    span = Span(count, days, now_us() if until_us is None else until_us, seed)
    gc.set_threshold(GC_ALLOCATIONS)
    begun = time.perf_counter()
    with progress("Filling the log", count) as advance:
        filled = fill(settings, source, span, advance)
    _print_filled(filled, time.perf_counter() - begun, options, str(settings.data))


def _print_filled(filled: Filled, seconds: float, options: Options, data: str) -> None:
    steps = ", ".join(f"{number:,} {step.value}" for step, number in filled.steps.items())
    click.echo(
        f"{filled.decisions:,} decisions, {filled.discounts:,} with a discount ({steps}); "
        f"{filled.decisions / seconds:,.0f} decisions/s"
    )
    click.echo(f"Decision log: {data}")
    click.echo(f"Try next: sconto rules backtest logged {options.rules} --log {data}")


def _played(data: Path) -> dict[str, int]:
    """The number of requests that earlier runs have played, by industry."""
    bookmark = data / BOOKMARK
    return dict(json.loads(bookmark.read_text(encoding="utf-8"))) if bookmark.exists() else {}


def _requests(industry: Industry, source: Path, skip: int, count: int) -> list[Any]:
    # In a process of its own: polars takes Ctrl-C away from the process that it is loaded in.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        bodies = pool.submit(_read_baskets, industry.module, source, skip, count).result()
    return [messages.DecideRequest.FromString(body) for body in bodies]


def _read_baskets(module: str, source: Path, skip: int, count: int) -> list[bytes]:
    baskets = importlib.import_module(module).baskets
    return [request.SerializeToString() for request in baskets(source, skip, count)]


def _check(checkout: Checkout) -> None:
    if not checkout.example[0]:
        raise click.ClickException(f"nothing was decided: {dict(checkout.tally.errors)}")


def _print_example(checkout: Checkout, settings: Settings, console: Console) -> None:
    decision_id, shopper_id = checkout.example
    print_decision(console, list(checkout.get_decision(decision_id).explanation), decision_id)
    print_next_steps(console, settings.data, settings.rules, decision_id, shopper_id)


def _serve_on(address: str, console: Console) -> None:
    """Wait for Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    console.print(f"\nServing on {address} until Ctrl-C.")
    # A wait without an end is not always woken by the signal when libraries run threads of theirs.
    while not stop.wait(POLL_SECONDS):
        pass
    console.print("\nStopped; the log stays where it is.")
