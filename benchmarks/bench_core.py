"""The core beside the core of objects that the tests keep as their oracle, in one run.

Both decide the same requests, in turn, with durable-rules as their judge; the time is that of the
processor, and committing is not in it. Run: `python benchmarks/bench_core.py`.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from measures import load_average, over_rounds, spread
from ruleset_files import GUARDRAILS, LADDERS, write_ruleset
from scenario import bodies, with_new_id
from sconto.api.convert import decision_context
from sconto.bootstrap import Engine, open_engine
from sconto.domain.canonical import canonical
from sconto.domain.context import DecisionContext, Facts
from sconto.domain.decision import decide
from sconto.domain.judging import Judge, Judges, Verdicts, columns_of
from sconto.domain.reasons import RungCause
from sconto.domain.record import Provenance, stored
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.settings import Settings
from sconto.v1.decision_service_pb2 import DecideRequest

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

import oracle.decision  # noqa: E402
import oracle.record  # noqa: E402
import oracle.shortlist  # noqa: E402

STAGES: Final = ("assess", "choose", "record")
MADE: Final = Provenance("d", "r", 1, {}, {})
NOW_US: Final = 1_795_000_000_000_000
Times = tuple[float, ...]


class ByRow:
    """The judge of the core of objects: that of the new core, asked with rows."""

    engine = "the same"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def judge(
        self, request: Facts, candidates: Sequence[Facts], about: Sequence[int]
    ) -> list[Verdicts]:
        """The verdicts on each candidate."""
        return self._judge.judge(request, columns_of(candidates), about)


def timed(steps: Sequence[Callable[[Any], Any]], given: Any) -> Times:
    """Seconds of processor of each of *steps*, each given what the one before it made."""
    took = []
    for step in steps:
        began = time.process_time()
        given = step(given)
        took.append(time.process_time() - began)
    return tuple(took)


def cores(engine: Engine, context: DecisionContext) -> tuple[list[Any], list[Any]]:
    """The steps of the core of objects, and of the core, for one request."""
    ruleset, judges = engine.policy.ruleset, engine.policy.judges
    listed = shortlist(context, ruleset, judges)
    scored = engine.decider.scorer.score(context, listed.allowed, ruleset)
    scores = scored if isinstance(scored, Scores) else None
    cause = RungCause.NONE if scores else RungCause.MODEL_LATE
    by_row = Judges(
        tuple(ByRow(judge) for judge in judges.segments), ByRow(judges.rules), judges.lines
    )
    old = [
        lambda _: oracle.shortlist.shortlist(context, ruleset, by_row),
        lambda found: oracle.decision.decide(context, ruleset, found, scores, cause, {}),
        lambda decision: canonical(oracle.record.record_of(decision, MADE)),
    ]
    new = [
        lambda _: shortlist(context, ruleset, judges),
        lambda found: decide(context, ruleset, found, scores, cause, {}),
        lambda decision: stored(decision, MADE),
    ]
    return old, new


def measured(engine: Engine, requests: int, rounds: int) -> list[tuple[list[Times], list[Times]]]:
    """For each round the times of both, request by request; a first round is thrown away."""
    read = [DecideRequest.FromString(with_new_id(body)) for body in bodies(1, requests)]
    ruleset = engine.policy.ruleset
    pairs = [cores(engine, decision_context(r, ruleset, engine.user_key, NOW_US)) for r in read]
    gc.collect()
    gc.freeze()
    found = []
    for _ in track(range(rounds + 1), "deciding", transient=True):
        both = [(timed(old, None), timed(new, None)) for old, new in pairs]
        found.append(([old for old, _ in both], [new for _, new in both]))
    return found[1:]


def shown(found: list[tuple[list[Times], list[Times]]]) -> Table:
    """A row for each step, and one for all together."""
    table = Table("step", "objects, us", "columns, us", "ratio", "least", "greatest")
    for name, of in (*((n, (lambda t, i=i: t[i])) for i, n in enumerate(STAGES)), ("all", sum)):
        old = [spread([of(t) for t in r]).p50 * 1e6 for r, _ in found]
        new = [spread([of(t) for t in r]).p50 * 1e6 for _, r in found]
        ratio = over_rounds([b / a for a, b in zip(old, new, strict=True)])
        figures = (over_rounds(old).median, over_rounds(new).median)
        texts = [f"{f:,.0f}" for f in figures]
        table.add_row(
            name, *texts, *(f"{x:.2f}" for x in (ratio.median, ratio.least, ratio.greatest))
        )
    return table


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--requests", default=150, show_default=True, help="Requests of one round.")
@click.option("--candidates", type=click.Choice([str(n) for n in LADDERS]), default="30")
@click.option("--rules", type=click.Choice([str(n) for n in GUARDRAILS]), default="100")
def main(rounds: int, requests: int, candidates: str, rules: str) -> None:
    """Measure both cores and print their times and ratio."""
    console = Console()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "rules"
        folder.mkdir()
        write_ruleset(folder, int(candidates), int(rules), 1)
        settings = Settings(folder, Path(made) / "data", ROOT / "models" / "retail", port=0)
        with open_engine(settings) as engine:
            console.print(shown(measured(engine, requests, rounds)))
    console.print(f"{candidates} candidates, {rules} rules; load average {load_average()}")


if __name__ == "__main__":
    main()
