"""`sconto play`: real grocery baskets at a running server, and what came of them."""

from __future__ import annotations

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
import uuid_utils
from rich.console import Console
from rich.progress import track

from sconto.cli.play_server import running_server
from sconto.cli.play_summary import BudgetLine, Tally, show_decision, show_next_steps, show_summary
from sconto.domain.budget import ledger_key
from sconto.domain.canonical import parse
from sconto.domain.record import context_of
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Ruleset
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.v1 import decision_service_pb2 as messages
from sconto.v1 import decision_service_pb2_grpc as services

RELEASE_EVERY: Final = 10
"""One discount in so many is handed back, as if the sale had been abandoned."""

CALL_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.2
BOOKMARK: Final = "played.json"


def play(settings: Settings, recipe: Path, count: int, *, once: bool) -> None:
    """Serve, play *count* baskets, print what came of them, and go on serving unless *once*."""
    console = Console()
    ruleset = load_folder(settings.rules)
    bookmark = settings.data / BOOKMARK
    played = json.loads(bookmark.read_text())["baskets"] if bookmark.exists() else 0
    with console.status("Reading Complete Journey and what each shopper had bought before ..."):
        requests = _requests(recipe, played, count)
    with running_server(settings) as port:
        address = f"{settings.host}:{port}"
        console.print(f"Sconto serves on {address}, rules from {settings.rules}")
        with grpc.insecure_channel(address) as channel:
            till = Till(services.DecisionServiceStub(channel), Tally())
            for request in track(requests, "Deciding real baskets", console=console):
                till.sell(request)
            bookmark.write_text(json.dumps({"baskets": played + len(requests)}))
            _report(till, ruleset, settings, console)
        if not once:
            _serve_on(address, console)


def _requests(recipe: Path, skip: int, count: int) -> list[Any]:
    # In a process of its own: polars takes Ctrl-C away from the process that it is loaded in.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        bodies = pool.submit(_read_baskets, recipe, skip, count).result()
    return [messages.DecideRequest.FromString(body) for body in bodies]


def _read_baskets(recipe: Path, skip: int, count: int) -> list[bytes]:
    from sconto.cli.play_baskets import held_back_baskets  # noqa: PLC0415 - see _requests

    return [request.SerializeToString() for request in held_back_baskets(recipe, skip, count)]


@dataclass(slots=True)
class Till:
    """A checkout: asks for a discount, then completes or abandons the sale."""

    service: Any
    tally: Tally
    last_id: str = ""
    example: tuple[str, str] = ("", "")
    """Decision and shopper id of the discount whose reply had most to tell."""
    most: int = -1

    def sell(self, request: Any) -> None:
        """Decide one basket and follow a discount to its end."""
        began = time.perf_counter()
        try:
            decision = self.service.Decide(request, timeout=CALL_SECONDS).decision
        except grpc.RpcError as error:
            self.tally.errors[error.code().name] += 1
            return
        self.tally.add(decision, time.perf_counter() - began)
        self.last_id = decision.decision_id
        told = len(set(decision.not_chosen.reasons)) + 100 * decision.HasField("discount")
        if told > self.most:
            self.most = told
            self.example = (decision.decision_id, request.shopper.shopper_id)
        if decision.HasField("discount"):
            self._finish(decision.decision_id)

    def _finish(self, decision_id: str) -> None:
        asked = {"request_id": str(uuid_utils.uuid4()), "decision_id": decision_id}
        if (self.tally.redeemed + self.tally.released + 1) % RELEASE_EVERY == 0:
            self.service.Release(messages.ReleaseRequest(**asked), timeout=CALL_SECONDS)
            self.tally.released += 1
        else:
            self.service.Redeem(messages.RedeemRequest(**asked), timeout=CALL_SECONDS)
            self.tally.redeemed += 1

    def found(self, decision_id: str) -> Any:
        """The decision *decision_id* in full."""
        asked = messages.GetDecisionRequest(decision_id=decision_id)
        return self.service.GetDecision(asked, timeout=CALL_SECONDS)


def _report(till: Till, ruleset: Ruleset, settings: Settings, console: Console) -> None:
    if not till.last_id:
        raise click.ClickException(f"no basket was decided: {dict(till.tally.errors)}")
    record = parse(till.found(till.last_id).record)
    show_summary(console, till.tally, _campaigns(record, ruleset))
    decision_id, shopper_id = till.example
    show_decision(console, list(till.found(decision_id).explanation), decision_id)
    show_next_steps(console, settings.data, settings.rules, decision_id, shopper_id)


def _campaigns(record: Any, ruleset: Ruleset) -> list[BudgetLine]:
    """Each campaign budget as of the last decision."""
    context = context_of(record)
    reserved = {d["key"]: d["amount"] for d in record["outcome"]["reserved"]}
    rows = []
    for budget in ruleset.budgets.values():
        if budget.holder is BudgetHolder.CAMPAIGN:
            key = ledger_key(budget, context)
            used = record["budgets"].get(key, 0) + reserved.get(key, 0)
            money = budget.measure is BudgetMeasure.AMOUNT
            rows.append(BudgetLine(budget.name, used, budget.limit, money=money))
    return rows


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
