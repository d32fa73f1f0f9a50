"""`sconto play --history`: which log is filled from where, and what is said of it."""

from __future__ import annotations

import gc
import time

import click

from sconto.bootstrap import GC_ALLOCATIONS, now_us
from sconto.cli.history_requests import Source
from sconto.cli.play import Options
from sconto.cli.play_history import Filled, Span, fill, prepare
from sconto.cli.play_industry import INDUSTRIES
from sconto.cli.progress import progress
from sconto.rulebook.loader import load_folder


def play_past(options: Options, count: int, days: int, until_us: int | None, seed: str) -> None:
    """Fill a new log with *count* decisions of past *days*, and print what came of them."""
    industry = INDUSTRIES[load_folder(options.rules).industry]
    settings = options.settings(industry)
    key = prepare(settings, seed)
    source = Source(industry.module, options.source(industry), options.rules, key)
    span = Span(count, days, now_us() if until_us is None else until_us, seed)
    gc.set_threshold(GC_ALLOCATIONS)
    begun = time.perf_counter()
    with progress("Filling the log", count) as advance:
        filled = fill(settings, source, span, advance)
    _tell(filled, time.perf_counter() - begun, options, str(settings.data))


def _tell(filled: Filled, seconds: float, options: Options, data: str) -> None:
    steps = ", ".join(f"{number:,} {step.value}" for step, number in filled.steps.items())
    click.echo(
        f"{filled.decisions:,} decisions, {filled.discounts:,} with a discount ({steps}); "
        f"{filled.decisions / seconds:,.0f} decisions/s"
    )
    click.echo(f"Decision log: {data}")
    click.echo(f"Try next: sconto rules backtest logged {options.rules} --log {data}")
