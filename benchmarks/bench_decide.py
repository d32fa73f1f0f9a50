"""Decide beside a bare gRPC echo of the same messages, and where one decision's time goes."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import Progress

from logs import BYTES
from measures import load_average, machine
from options import FOLDER, MODEL
from report import TRANSPORT, show
from ruleset_files import GUARDRAILS, LADDERS
from side_by_side import Configuration, Kept, Measured, Plan, measure

QUICK: Final = {"rounds": 2, "seconds": 0.3, "decisions": 100, "baskets": 512}
WIDTH: Final = 168
"""Of the tables in a file, and where the terminal does not say."""

EXAMPLES: Final = """\b
Examples:
  make bench
  make bench ARGS="--rounds 9 --seconds 2"
  python benchmarks/bench_decide.py --quick
  python benchmarks/bench_decide.py --candidates 30 --rules 100 --callers 64
  python benchmarks/bench_decide.py --candidates 30 --rules 100 --rules 1000
  python benchmarks/bench_decide.py --candidates 30 --rules 100 --logged 10000 --logged 1000000
  python benchmarks/bench_decide.py --format json --out figures.json"""


@click.command(epilog=EXAMPLES)
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=1.0, show_default=True, help="Length of one measurement.")
@click.option("--quick", is_flag=True, help="Seconds instead of minutes, and rough figures.")
@click.option(
    "--candidates",
    "candidate_counts",
    type=click.Choice([str(n) for n in LADDERS]),
    multiple=True,
    help="Only this number of candidates; may be repeated.",
)
@click.option(
    "--rules",
    "rule_counts",
    type=click.Choice([str(n) for n in GUARDRAILS]),
    multiple=True,
    help="Only this number of rules; may be repeated.",
)
@click.option(
    "--logged",
    "logged_counts",
    type=click.IntRange(0),
    multiple=True,
    default=(0,),
    show_default=True,
    help="Decisions in the log beforehand; may be repeated. A million take 5 GB of disk.",
)
@click.option(
    "--callers",
    type=click.IntRange(1, 500),
    multiple=True,
    default=(1, 8, 64),
    show_default=True,
    help="How many call at once; may be repeated.",
)
@click.option(
    "--decisions",
    default=1_000,
    show_default=True,
    type=click.IntRange(1),
    help="Decisions to time stage by stage.",
)
@click.option(
    "--baskets",
    default=8_192,
    show_default=True,
    type=click.IntRange(1),
    help="Different requests to send before the first comes again.",
)
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes that answer, of the server and of the echo, and as many clients.",
)
@click.option("--seed", default=1, show_default=True, help="Rulesets and baskets grow from it.")
@MODEL
@FOLDER
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="What to print.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it to this file too.",
)
def main(
    rounds: int,
    seconds: float,
    candidate_counts: tuple[str, ...],
    rule_counts: tuple[str, ...],
    logged_counts: tuple[int, ...],
    callers: tuple[int, ...],
    decisions: int,
    baskets: int,
    processes: int,
    seed: int,
    model: Path,
    folder: Path,
    form: str,
    out: Path | None,
    *,
    quick: bool,
) -> None:
    """Measure Decide beside a bare gRPC echo, and each stage of a decision, in one run.

    Rounds alternate between all servers, so that a busy moment of the machine hits them all.
    Compare ratios; absolute figures belong to this machine at this moment.
    """
    plan = Plan(model, folder, callers, rounds, seconds, decisions, baskets, seed, processes)
    if quick:
        plan = replace(plan, **QUICK)
    sizes = product(
        candidate_counts or LADDERS, rule_counts or GUARDRAILS, dict.fromkeys(logged_counts)
    )
    configurations = [Configuration(int(c), int(r), logged) for c, r, logged in sizes]
    _check_room(folder, configurations)
    facts = machine(folder)
    measured, kept = _measure(plan, list(dict.fromkeys(configurations)))
    facts["load average at the end"] = load_average()
    tell = _json if form == "json" else _tables
    text = tell(plan, facts, measured, kept)
    click.echo(text, nl=False)
    if out is not None:
        out.write_text(text)


def _check_room(folder: Path, configurations: list[Configuration]) -> None:
    wanted = BYTES * sum(of.logged for of in configurations)
    if shutil.disk_usage(folder).free < wanted:
        raise click.ClickException(f"the logs need {wanted:,} bytes of disk; say less by --logged")


def _measure(plan: Plan, configurations: list[Configuration]) -> tuple[list[Measured], list[Kept]]:
    # On stderr, so that what is printed can go through a pipe.
    with Progress(console=Console(stderr=True), refresh_per_second=2) as progress:
        task = progress.add_task("Measuring", total=len(configurations) * plan.steps)
        return measure(plan, configurations, lambda: progress.advance(task))


def _tables(plan: Plan, facts: dict[str, str], measured: list[Measured], kept: list[Kept]) -> str:
    del plan
    text = StringIO()
    show(Console(file=text, width=WIDTH), facts, measured, kept)
    return text.getvalue()


def _json(plan: Plan, facts: dict[str, str], measured: list[Measured], kept: list[Kept]) -> str:
    told = {
        "transport": TRANSPORT,
        "machine": facts,
        "plan": asdict(plan),
        "measured": [asdict(one) for one in measured],
        "kept": [asdict(one) for one in kept],
    }
    return json.dumps(told, indent=2, default=str) + "\n"


if __name__ == "__main__":
    main()
