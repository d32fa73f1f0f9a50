"""A backtest beside a plain loop that decides one logged decision after the other.

Both start from the same records and end with the same answers; they take turns, round by round, so
that a busy moment of the machine hits both.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from measures import Range, load_average, machine, over_rounds
from sconto.app.backtest.budget_state import BudgetState, shared_holders
from sconto.app.backtest.comparison import NEW
from sconto.app.backtest.log import Span
from sconto.app.backtest.run import Run, Workers
from sconto.app.backtest.tally import Tally
from sconto.app.backtest.task import Decided, Unreadable
from sconto.bootstrap import GC_ALLOCATIONS
from sconto.cli.main import main as sconto
from sconto.domain.budget import ledger_keys
from sconto.domain.candidate import Candidate
from sconto.domain.decision import decide
from sconto.domain.record_reading import cause_of, context_of, read_record, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.offline.backtest_workers import Setup, Worker, start_workers, worker
from sconto.rulebook.loader import load_folder
from sconto.rulebook.policies import policy_of

ROOT: Final = Path(__file__).resolve().parents[1]
MILLION: Final = 1_000_000
CHANGES: Final = {
    "a budget's limit": ("budgets/monthly-campaign.yaml", 'limit: "500.00"', 'limit: "800.00"'),
    "one offer's ladder": (
        "offers/cheese.yaml",
        'percent_off: ["5 %", "10 %", "15 %", "20 %"]',
        'percent_off: ["5 %", "10 %", "15 %"]',
    ),
    "who is held out (all decided again)": ("experiment.yaml", "-q4", "-q5"),
}
"""What is changed in the retail rules: file, text before, text after."""

Given = list[tuple[tuple[str, int, int], ...]]


@dataclass(frozen=True, slots=True)
class Measured:
    """One change: decisions per second of both ways, over all rounds."""

    change: str
    plain: Range
    backtest: Range
    ratio: Range

    @property
    def minutes_for_a_million(self) -> float:
        """At the median rate, which says nothing of a log that does not fit into memory."""
        return MILLION / self.backtest.median / 60


@click.command()
@click.option("--log", type=click.Path(exists=True, path_type=Path), help="Of the retail rules.")
@click.option("--decisions", default=4_000, show_default=True, help="Of the log that is made.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--workers", default=len(os.sched_getaffinity(0)), show_default="one for each core")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(), help="On which disk.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def main(
    log: Path | None, decisions: int, rounds: int, workers: int, folder: Path, form: str
) -> None:
    """Measure backtests of three changes of the retail rules on one log."""
    gc.set_threshold(GC_ALLOCATIONS)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        data = log or _filled(Path(made) / "log", decisions)
        facts = machine(folder)
        measured = [
            _measure(name, Path(made) / str(i), data, rounds, workers)
            for i, name in enumerate(CHANGES)
        ]
    facts["load average at the end"] = load_average()
    if form == "json":
        print(json.dumps({"machine": facts, "measured": [asdict(m) for m in measured]}, indent=2))
    else:
        _show(facts, measured, workers)


def _filled(data: Path, decisions: int) -> Path:
    words = ["play", "--history", str(decisions), "--days", "30", "--until", "2026-11-20"]
    if sconto([*words, "--rules", str(ROOT / "rules" / "retail"), "--data", str(data)]):
        sys.exit("the log could not be filled")
    return data


def _measure(name: str, made: Path, data: Path, rounds: int, workers: int) -> Measured:
    rules = _changed(made, *CHANGES[name])
    setup = Setup(data / "decisions.sqlite", None, rules.documents, None)
    with _opened(setup) as own, start_workers(setup, own, workers) as many:
        span = own.log.span(None, None)
        _backtest(own, many, rules, span)  # processes start, and their memory fills
        plain, backtest = [], []
        for _ in range(rounds):
            plain_rate, expected = _timed(span, lambda: _plain(own, rules, span))
            rate, told = _timed(span, lambda: _backtest(own, many, rules, span))
            if told != expected:
                sys.exit(f"{name}: the answers differ")
            plain.append(plain_rate)
            backtest.append(rate)
    ratios = [b / p for b, p in zip(backtest, plain, strict=True)]
    return Measured(name, over_rounds(plain), over_rounds(backtest), over_rounds(ratios))


@contextmanager
def _opened(setup: Setup) -> Iterator[Worker]:
    own = worker(setup)
    try:
        yield own
    finally:
        own.log.close()


def _changed(made: Path, file: str, before: str, after: str) -> Ruleset:
    shutil.copytree(ROOT / "rules", made)
    path = made / "retail" / file
    text = path.read_text()
    if before not in text:
        sys.exit(f"`{file}` of the retail rules has changed; mend this benchmark")
    path.write_text(text.replace(before, after))
    return load_folder(made / "retail")


def _timed(span: Span, work: Callable[[], Given]) -> tuple[float, Given]:
    begun = time.perf_counter()
    told = work()
    return span.decisions / (time.perf_counter() - begun), told


class _Noting:
    """Tells the tally, and notes what is given."""

    def __init__(self, tally: Tally) -> None:
        self.given: Given = []
        self._tally = tally

    def decided(self, decided: Decided, states: tuple[BudgetState, BudgetState]) -> None:
        """See Listener."""
        self._tally.decided(decided, states)
        given = decided.answers[NEW].outcome.given
        self.given.append(tuple((g.offer_id, g.depth, g.discount) for g in given))

    def unreadable(self, entry: Unreadable) -> None:
        """See Listener."""
        self._tally.unreadable(entry)


def _backtest(own: Worker, many: Workers, rules: Ruleset, span: Span) -> Given:
    noting = _Noting(Tally(span, rules.currency))
    Run(own.log, own.sides, span, shared_holders(rules.zones)).go(many, noting)
    return noting.given


def _plain(own: Worker, rules: Ruleset, span: Span) -> Given:
    """As `sconto log show --replay` decides, one after the other, with budgets that go on."""
    policy = policy_of(rules)
    given: Given = []
    used: dict[str, int] = {}
    held: dict[str, list[tuple[str, int]]] = {}
    for first in range(span.first, span.last + 1, 400):
        for entry in own.log.entries(first, min(first + 399, span.last)):
            if entry.kind in {"release", "expiry"}:
                for key, amount in held.pop(entry.decision_id, ()):
                    used[key] -= amount
            elif entry.kind == "decision":
                record = read_record(entry.record)
                context = context_of(record)
                listed = shortlist(context, rules, policy.judges)
                scores = _scores(record, listed.allowed)
                view = {key: used.get(key, 0) for key in ledger_keys(context, rules)}
                made = decide(context, rules, listed, scores, cause_of(record), view)
                for draw in made.draws:
                    used[draw.key] = used.get(draw.key, 0) + draw.amount
                held[entry.decision_id] = [(d.key, d.amount) for d in made.draws]
                stack = made.stack.candidates
                given.append(tuple((c.offer.id, c.depth, c.discount) for c in stack))
    return given


def _scores(record: Mapping[str, Any], allowed: tuple[Candidate, ...]) -> Scores | None:
    """The log's scores of *allowed*, which these changes leave all of."""
    if record["model"] is None:
        return None
    known = {(c["offer_id"], c["depth"]): c["value"] for c in record["candidates"] if "value" in c}
    found = [known[c.offer.id, c.depth] for c in allowed]
    logged = scores_of(record)
    columns = ("probability_ppm", "baseline_ppm", "spread_ppm", "doubt_ppm")
    return logged and replace(logged, **{n: tuple(v[n] for v in found) for n in columns})


def _show(facts: dict[str, str], measured: list[Measured], workers: int) -> None:
    console = Console(width=132)
    table = Table(title="The machine")
    table.add_column("what")
    table.add_column("")
    for fact in facts.items():
        table.add_row(*fact)
    console.print(table)
    table = Table(title=f"\nDecisions per second: median (least-most); {workers} processes")
    table.add_column("what changes in the retail rules")
    for heading in ("plain loop", "backtest", "backtest / plain", "minutes for a million"):
        table.add_column(heading, justify="right")
    for one in measured:
        rates = [
            f"{r.median:,.0f} ({r.least:,.0f}-{r.greatest:,.0f})" for r in (one.plain, one.backtest)
        ]
        ratio = f"{one.ratio.median:.2f} ({one.ratio.least:.2f}-{one.ratio.greatest:.2f})"
        table.add_row(one.change, *rates, ratio, f"{one.minutes_for_a_million:.1f}")
    console.print(table)
    console.print("The last column is the median rate carried on to a million, not measured.")


if __name__ == "__main__":
    main()
