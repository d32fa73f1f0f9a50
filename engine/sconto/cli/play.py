"""`sconto play`: a day of real requests of a business at a running server, and what came of it."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import grpc
from rich.console import Console
from rich.progress import track

from sconto.cli.play_alone import Alone
from sconto.cli.play_industry import INDUSTRIES, Industry
from sconto.cli.play_server import running_server
from sconto.cli.play_summary import Summary, show_decision, show_next_steps
from sconto.cli.play_tally import Tally
from sconto.cli.play_till import Till
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.v1 import decision_service_pb2 as messages
from sconto.v1 import decision_service_pb2_grpc as services

POLL_SECONDS: Final = 0.2
BOOKMARK: Final = "played.json"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; what is None is chosen by the industry of the rules."""

    rules: Path
    model: Path | None
    data: Path | None
    port: int
    recipe: Path
    """Of the retail model."""
    samples: Path

    def settings(self, industry: Industry) -> Settings:
        """How the server of *industry* runs."""
        model = self.model or industry.model
        return Settings(self.rules, self.data or industry.log, model, port=self.port)

    def source(self, industry: Industry) -> Path:
        """Where the requests of *industry* come from."""
        return self.recipe if industry.sample is None else self.samples / industry.sample


def play(options: Options, count: int, *, once: bool) -> None:
    """Serve, play *count* requests, print what came of them, and go on serving unless *once*."""
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
            till = Till(service, Tally(industry.group_of), Alone.of(options.rules))
            for request in track(requests, f"Deciding real {industry.many}", console=console):
                till.sell(request)
            played[industry.name] = skip + len(requests)
            (settings.data / BOOKMARK).write_text(json.dumps(played), encoding="utf-8")
            _check(till)
            Summary(console, industry, ruleset, till.tally).show()
            _show_example(till, settings, console)
        if not once:
            _serve_on(address, console)


def _played(data: Path) -> dict[str, int]:
    """How many requests of each industry earlier runs have played."""
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


def _check(till: Till) -> None:
    if not till.example[0]:
        raise click.ClickException(f"nothing was decided: {dict(till.tally.errors)}")


def _show_example(till: Till, settings: Settings, console: Console) -> None:
    decision_id, shopper_id = till.example
    show_decision(console, list(till.found(decision_id).explanation), decision_id)
    show_next_steps(console, settings.data, settings.rules, decision_id, shopper_id)


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
