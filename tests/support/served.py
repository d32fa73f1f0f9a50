"""A real server in a process of its own, and a request it decides with a discount."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import uuid_utils
from google.protobuf import json_format

from sconto.bootstrap import OFFLINE_KEY
from sconto.v1 import decision_service_pb2 as wire

ROOT = Path(__file__).parents[2]
RULES = ROOT / "rules" / "retail"
MODEL = ROOT / "models" / "retail"

SCONTO = str(Path(sys.executable).parent / "sconto")
LISTENING = re.compile(r"listening on (\S+)")
HTTP = re.compile(r"HTTP on 127\.0\.0\.1:([0-9]+)")


class Served:
    """The process, the address it answers on, and its port for HTTP."""

    def __init__(self, process: subprocess.Popen[str], address: str, http_port: int) -> None:
        self.process = process
        self.address = address
        self.http_port = http_port

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask the process to end, and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=30)


def keyed(data: Path) -> None:
    """Give the data folder *data* a key, if it has none: chance then draws the same every time."""
    data.mkdir(parents=True, exist_ok=True)
    key = data / "user_ref.key"
    if not key.exists():
        key.write_bytes(OFFLINE_KEY)
        key.chmod(0o600)


@contextmanager
def served(
    data: Path,
    *,
    rules: Path = RULES,
    model: Path | None = MODEL,
    people: Path | None = None,
    store: str | None = None,
    processes: int = 1,
    port: int = 0,
    http: bool = False,
    options: Sequence[str] = (),
    log: IO[str] | None = None,
    program: Sequence[str] = (SCONTO,),
    drain_seconds: float = 0.05,
) -> Iterator[Served]:
    """A running `sconto serve` over the folder *data*."""
    keyed(data)
    command = [*program, "serve", "--port", str(port)]
    command += ["--data", str(data), "--rules", str(rules)]
    command += ["--processes", str(processes), "--drain-seconds", str(drain_seconds)]
    anew = store is None and not (data / "decisions.sqlite").exists()
    command += ["--begin-anew"] if anew else []
    command += ["--store", store] if store else []
    command += ["--model", str(model)] if model else []
    command += ["--people", str(people)] if people else []
    command += ["--http", "127.0.0.1:0"] if http else []
    process = subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        found = LISTENING.search(process.stdout.readline())
        assert found is not None, "the server did not say where it listens"
        on_http = HTTP.search(process.stdout.readline()) if http else None
        yield Served(process, found[1], int(on_http[1]) if on_http else 0)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def fresh_id() -> str:
    """A request_id nobody used before."""
    return str(uuid_utils.uuid4())


def grocery_request(
    request_id: str, shopper_id: str = "card-1", **changes: object
) -> wire.DecideRequest:
    """Frozen pizza of a shopper we have missed: the retail rules and model give a discount."""
    usd = {"currency_code": "USD"}
    body: dict[str, object] = {
        "request_id": request_id,
        "shopper": {
            "shopper_id": shopper_id,
            "attributes": [
                {"name": "shopper.baskets_14d", "integer": 0},
                {"name": "shopper.baskets_56d", "integer": 1},
                {"name": "shopper.spend_56d", "money": {**usd, "units": 41}},
                {"name": "shopper.days_since_last_basket", "integer": 40},
                {"name": "shopper.tenure_days", "integer": 56},
                {"name": "shopper.discount_share_56d", "integer": 2100},
                {
                    "name": "shopper.basket_total",
                    "money": {**usd, "units": 4, "nanos": 480_000_000},
                },
                {"name": "shopper.basket_lines", "integer": 2},
            ],
            "consents": [{"name": "personalised_offers", "given": True}],
        },
        "channel": "store",
        "jurisdiction": "US-TN",
        "currency_code": "USD",
        "basket": {"lines": [pizza("a", 2, 490_000_000), pizza("b", 1, 990_000_000)]},
        **changes,
    }
    return json_format.ParseDict(body, wire.DecideRequest())


def pizza(line_id: str, units: int, nanos: int) -> dict[str, object]:
    """One line of frozen pizza at *units* dollars and *nanos*."""
    return {
        "line_id": line_id,
        "product_id": f"pizza-{line_id}",
        "category": "FROZEN PIZZA",
        "department": "GROCERY",
        "brand": "National",
        "quantity": 1,
        "list_price": {"currency_code": "USD", "units": units, "nanos": nanos},
        "unit_cost": {"currency_code": "USD", "units": units - 1, "nanos": nanos},
    }
