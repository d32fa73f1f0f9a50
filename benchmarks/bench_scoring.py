"""What scoring a request of 30 candidates costs beside the bare matrix products of its network.

python benchmarks/bench_scoring.py
python benchmarks/bench_scoring.py --rounds 60

Beside `Scorer.score` (facts to arrays, the run, scores in ppm, bytes for the record) and the run of
the session alone stand the products of the very weights that the exported graph multiplies by, in
numpy on one thread, with nothing between them: once with the rows that the graph is given (one, or
for the retail model one for each candidate and category), and once with a row for each candidate.
All are timed in turns within a round, by the processor time of the thread, so that other work on
the machine counts less; ratios are taken within rounds. Weights of the recipes' models are drawn,
not learnt: they don't change the time.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import numpy_helper
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from measures import Range, load_average, over_rounds
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Line, Moment
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.ruleset import FactSpec, FactType
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.validity import Validity
from sconto.learning.data.prepare import Prepared, prepare
from sconto.learning.examples import Examples
from sconto.learning.networks.fit import new_network
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.serve import write_servable
from sconto.scoring.forms import form_of
from sconto.scoring.manifest import MODEL_FILE, read_model
from sconto.scoring.scorer import OnnxScorer
from sconto.scoring.session import open_session

MODELS: Final = Path(__file__).resolve().parents[1] / "models"
CANDIDATES: Final = 30
CATEGORIES: Final = ("CHEESE", "BEEF", "SOUP", "YOGURT", "SALAD MIX", "CHIPS&SNACKS")
CALLS: Final = 200
"""Calls of each kind in a round."""
MOST: Final = 5
"""How many times the products a request may cost."""
SCORE: Final = "score, from facts to scores"
RUN: Final = "run of the session alone"
OWN: Final = "products of its rows"
EACH: Final = "products of 30 rows"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Subject:
    """One model and a request to it."""

    name: str
    folder: Path
    context: DecisionContext
    candidates: tuple[Candidate, ...]
    declared: Mapping[str, FactSpec]

    def tasks(self, scorer: OnnxScorer) -> tuple[int, dict[str, Callable[[], object]]]:
        """How many rows the graph is given, and what is timed, by name."""
        asked = (self.context, self.candidates, self.declared)
        if not isinstance(scorer.score(*asked), Scores):
            raise TypeError(f"{self.name} does not score")
        form = form_of(self.folder)
        session = open_session(read_model(self.folder, form.manifest), form.inputs, form.output)
        feeds, weights = form.ask(*asked).feeds(), weights_of(self.folder)
        rows = len(next(iter(feeds.values())))
        return rows, {
            SCORE: lambda: scorer.score(*asked),
            RUN: lambda: session.run([form.output], feeds),
            OWN: products(weights, rows),
            EACH: products(weights, CANDIDATES),
        }


def products(weights: Sequence[Floats], rows: int) -> Callable[[], object]:
    """A function that multiplies *rows* rows by each of *weights*, as the graph does."""
    draw = np.random.default_rng(1)
    shapes = [(*weight.shape[:-2], rows, weight.shape[-2]) for weight in weights]
    pairs = [
        (draw.random(shape, dtype=np.float32), weight)
        for shape, weight in zip(shapes, weights, strict=True)
    ]

    def multiply() -> None:
        for given, weight in pairs:
            given @ weight

    return multiply


def weights_of(folder: Path) -> tuple[Floats, ...]:
    """The constant matrices that the model in *folder* multiplies by, [..., in, out]."""
    graph = onnx.load_model_from_string((folder / MODEL_FILE).read_bytes()).graph
    known = {constant.name: constant for constant in graph.initializer}
    found = []
    for node in graph.node:
        if node.op_type in {"MatMul", "Gemm"}:
            weight = numpy_helper.to_array(known[node.input[1]])
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            found.append(np.ascontiguousarray(weight.T if turned else weight, dtype=np.float32))
    return tuple(found)


def subjects(folder: Path) -> Iterator[Subject]:
    """The models: loan offers as shipped, a wide one, and the retail model."""
    finance = prepare(MODELS / "finance" / "recipe.yaml")
    yield recipe_subject("finance", finance, folder / "finance")
    wide = {"train": widened(finance.examples["train"][:2_000])}
    yield recipe_subject("wide", replace(finance, examples=wide), folder / "wide")
    context = request({"shopper.baskets_56d": 9})
    yield Subject("retail v1", MODELS / "retail" / "v1", context, by_category(context), {})


def widened(train: Examples) -> Examples:
    """*train* with eight times the numbers and three times the categories."""
    columns = train.columns
    return replace(
        train,
        columns=replace(
            columns,
            numeric=tuple(f"{n}_{i}" for i in range(8) for n in columns.numeric),
            categorical=tuple(f"{n}_{i}" for i in range(3) for n in columns.categorical),
            vocabularies=columns.vocabularies * 3,
        ),
        numeric=np.tile(train.numeric, 8),
        categorical=np.tile(train.categorical, 3),
    )


def recipe_subject(name: str, prepared: Prepared, folder: Path) -> Subject:
    """An ensemble of the usual shape and size for *prepared*, and a request with all its facts."""
    train = prepared.examples["train"]
    members = [new_network(train, Shape(), seed) for seed in range(Fitting().members)]
    write_servable(folder, members, prepared, "bench", "v1")
    numbers = {f"shopper.{n}": FactSpec(n, FactType.DECIMAL, 2) for n in train.columns.numeric}
    texts = {f"shopper.{n}": FactSpec(n, FactType.TEXT) for n in train.columns.categorical}
    values = np.nan_to_num(train.numeric[0]) * 100
    facts: dict[str, int | str] = dict(zip(numbers, values.astype(int).tolist(), strict=True))
    facts |= {n: v[0] for n, v in zip(texts, train.columns.vocabularies, strict=True)}
    context = request(facts)
    ladder = candidates_of(context, "rate", [200 * (i + 1) for i in range(CANDIDATES)], range(6))
    told = f"{name}: {len(numbers)} numbers, {len(texts)} categories, {len(members)} members"
    return Subject(told, folder, context, ladder, numbers | texts)


def request(facts: Mapping[str, int | str]) -> DecisionContext:
    """A basket with a line in each category, of a shopper with *facts*."""
    moment = Moment(1_511_000_000_000_000, "America/Chicago", date(2017, 11, 18), 5, 4, "t")
    lines = tuple(
        Line(f"{i}", "p", name, "GROCERY", "", 1, 1_000, 500, {"line.category_baskets_56d": 3})
        for i, name in enumerate(CATEGORIES)
    )
    return DecisionContext("u", "store", "US-TN", "USD", moment, {}, facts, lines, ())


def by_category(context: DecisionContext) -> tuple[Candidate, ...]:
    """Five depths on each category."""
    return tuple(
        candidate
        for i, name in enumerate(CATEGORIES)
        for candidate in candidates_of(context, name, [500, 1_000, 1_500, 2_000, 3_000], [i])
    )


def candidates_of(
    context: DecisionContext, name: str, ladder: Sequence[int], lines: Sequence[int]
) -> tuple[Candidate, ...]:
    """One candidate for each step of *ladder* (basis points), on *lines* of the basket."""
    always = Validity(date(2000, 1, 1), date(2100, 1, 1))
    offer = Offer(name, name, OfferKind.PERCENT, (*ladder,), Scope(), 0, 0, (), always)
    total = sum(context.lines[i].list_total for i in lines)
    return tuple(
        Candidate(
            *(offer, bp, total, total // 2, total * bp // 10_000),
            allocation=tuple((i, context.lines[i].list_total * bp // 10_000) for i in lines),
        )
        for bp in ladder
    )


def measured(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Microseconds of a call of each task, by name, one figure for each round."""
    found: dict[str, list[float]] = {name: [] for name in tasks}
    for this in range(rounds + 1):
        for name, task in tasks.items():
            begun = time.thread_time()
            for _ in range(CALLS):
                task()
            if this:  # the first round warms up
                found[name].append((time.thread_time() - begun) / CALLS * 1e6)
    return found


def ratio(found: Mapping[str, Sequence[float]], name: str, floor: str) -> Range:
    """How many times as long *name* took as *floor*, within rounds."""
    return over_rounds([a / b for a, b in zip(found[name], found[floor], strict=True)])


def shown(found: Range) -> str:
    """A range with one decimal."""
    return f"{found.median:.1f} ({found.least:.1f}-{found.greatest:.1f})"


def table_of(name: str, rows: int, found: Mapping[str, Sequence[float]]) -> Table:
    """All figures of one model."""
    table = Table(title=f"{name}; the run has {rows} row{'s' * (rows > 1)}", title_justify="left")
    for heading in ("30 candidates", "us", f"times {OWN}", f"times {EACH}"):
        table.add_column(heading, justify="left" if table.columns == [] else "right")
    for task, taken in found.items():
        ratios = [shown(ratio(found, task, floor)) for floor in (OWN, EACH)]
        table.add_row(task, shown(over_rounds(taken)), *(ratios if task in {SCORE, RUN} else ()))
    return table


def gates(name: str, found: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Whether what we promise holds, a sentence each."""
    for task, floor in ((RUN, OWN), (SCORE, EACH)):
        times = ratio(found, task, floor).median
        passed = "pass" if times < MOST else "FAIL"
        yield f"{passed}  {name}: {task}: {times:.1f} times the {floor}, under {MOST} wanted"


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30, help="rounds over which is measured")
    rounds = parser.parse_args().rounds
    console, told = Console(width=120), []
    with tempfile.TemporaryDirectory() as made, threadpool_limits(1):
        for subject in subjects(Path(made)):
            with closing(OnnxScorer(subject.folder, 1.0)) as scorer:
                rows, tasks = subject.tasks(scorer)
                found = measured(tasks, rounds)
            console.print(table_of(subject.name, rows, found))
            told += gates(subject.name, found)
    versions = f"onnxruntime {onnxruntime.__version__}, numpy {np.__version__}"
    print(*told, f"{rounds} rounds of {CALLS} calls; {versions}", sep="\n")
    print(f"load average {load_average()}")


if __name__ == "__main__":
    main()
