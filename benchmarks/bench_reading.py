"""What reading one request costs: the usual basket, and the deepest request the contract allows.

Each stage is a function of the engine on its own, best of several repeats. Run:
`python benchmarks/bench_reading.py`.
"""

from __future__ import annotations

import hmac
import tempfile
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from deepest import deepest, write_deep_ruleset
from ruleset_files import write_ruleset
from scenario import bodies, with_new_id
from sconto.api.convert import checked_context, decision_context
from sconto.api.replies import request_hash
from sconto.api.validation import MAX_LINES, contract_violations
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.loader import load_folder
from sconto.v1.decision_service_pb2 import DecideRequest

KEY: Final = b"k" * 32
NOW_US: Final = 1_780_000_000_000_000
USUAL_LINES: Final = 8
SEED: Final = 1


def usual() -> DecideRequest:
    """A generated request of eight lines with three facts each."""
    read = (DecideRequest.FromString(with_new_id(body)) for body in bodies(SEED, 256))
    return next(r for r in read if len(r.basket.lines) == USUAL_LINES)


def stages(request: DecideRequest, ruleset: Ruleset) -> dict[str, Callable[[], object]]:
    """What is done to a request before it is decided, by name."""
    raw = request.SerializeToString()
    return {
        "parse": lambda: DecideRequest.FromString(raw),
        "hash of the request": lambda: request_hash(request, KEY),
        "of that, HMAC": lambda: hmac.digest(KEY, raw, "sha256"),
        "read": lambda: decision_context(request, ruleset, KEY, NOW_US),
        "read with every check": lambda: checked_context(request, ruleset, KEY, NOW_US),
        "of that, protovalidate": lambda: contract_violations(request),
    }


def best_us(work: Callable[[], object], repeats: int, number: int) -> float:
    """The quickest of *repeats* means over *number* calls, in microseconds."""
    return min(timeit.repeat(work, number=number, repeat=repeats)) / number * 1e6


@click.command()
@click.option("--repeats", default=200, show_default=True, help="Repeats to take the best of.")
def main(repeats: int) -> None:
    """Measure the stages of reading and print them."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as most:
        write_ruleset(Path(few), 30, 100, SEED)
        write_deep_ruleset(Path(most), 100, SEED)
        ruleset, wide = load_folder(Path(few)), load_folder(Path(most))
    deep = DecideRequest.FromString(with_new_id(deepest(wide).SerializeToString()))
    small, large = stages(usual(), ruleset), stages(deep, wide)
    shown = Table(title="Reading one request, microseconds")
    heads = ("stage", f"{USUAL_LINES} lines", f"{MAX_LINES} lines, {deep.ByteSize():,} bytes")
    for heading in heads:
        shown.add_column(heading, justify="left" if heading == "stage" else "right")
    for name, work in small.items():
        # A few calls at a time, so that some are undisturbed on a busy machine too.
        often = best_us(work, repeats, 10)
        rarely = best_us(large[name], max(repeats // 20, 1), 1)
        shown.add_row(name, f"{often:,.1f}", f"{rarely:,.0f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
