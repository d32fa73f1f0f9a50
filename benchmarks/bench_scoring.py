"""What scoring a request of 30 candidates costs beside the bare matrix products of its network.

python benchmarks/bench_scoring.py
python benchmarks/bench_scoring.py --rounds 60

Beside `Scorer.score` (facts to arrays, the run, scores in ppm, bytes for the record) and the run of
the session alone stand the products of the very weights that the exported graph multiplies by, and
the rows of the tables that it looks up for categories, in numpy on one thread, with nothing between
them: once with the one row that the graph is given, and once with a row for each candidate. All are
timed in turns within a round, by the processor time of the thread, so that other work on the
machine counts less; ratios are taken within rounds. Models are those that are shipped, and a wide
one whose weights are drawn: that doesn't change the time.
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
from sconto.domain.objective import Objective
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.validity import Validity
from sconto.learning.data.prepare import prepare
from sconto.learning.examples import Examples
from sconto.learning.networks.fit import new_network
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.serve import Artefact, write_model
from sconto.scoring.manifest import (
    INPUTS,
    MANIFEST_FILE,
    MODEL_FILE,
    OUTPUT,
    MadeFrom,
    read_manifest,
    read_model,
)
from sconto.scoring.reading import reading_of
from sconto.scoring.scorer import OnnxScorer
from sconto.scoring.session import open_session

MODELS: Final = Path(__file__).resolve().parents[1] / "models"
CANDIDATES: Final = 30
CALLS: Final = 200
"""Calls of each kind in a round."""
MOST: Final = 5
"""How many times the products a request may cost."""
SCORE: Final = "score, from facts to scores"
RUN: Final = "run of the session alone"
OWN: Final = "products of its row"
EACH: Final = "products of 30 rows"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Subject:
    """One model and a request to it."""

    name: str
    folder: Path
    ruleset: Ruleset
    context: DecisionContext
    candidates: tuple[Candidate, ...]

    def tasks(self, scorer: OnnxScorer) -> dict[str, Callable[[], object]]:
        """What is timed, by name."""
        request = (self.context, self.candidates, self.ruleset)
        if not isinstance(found := scorer.score(*request), Scores) or found.unknown:
            raise TypeError(f"{self.name} does not score")
        session = open_session(read_model(self.folder, scorer.manifest), frozenset(INPUTS), OUTPUT)
        columns, constants = scorer.manifest.columns, constants_of(self.folder)
        reading = reading_of(columns, self.ruleset.model_facts, self.ruleset.currency)
        feeds = dict(zip(INPUTS, reading.row(self.context.shopper), strict=True))
        return {
            SCORE: lambda: scorer.score(*request),
            RUN: lambda: session.run([OUTPUT], feeds),
            OWN: products(constants, 1),
            EACH: products(constants, CANDIDATES),
        }


@dataclass(frozen=True, slots=True)
class Constants:
    """What a model multiplies by, [..., in, out] each, and the tables that it looks up rows of."""

    weights: tuple[Floats, ...]
    tables: tuple[Floats, ...]


def products(of: Constants, rows: int) -> Callable[[], object]:
    """A function that multiplies *rows* rows by each weight and looks them up in each table."""
    draw = np.random.default_rng(1)
    shapes = [(*weight.shape[:-2], rows, weight.shape[-2]) for weight in of.weights]
    pairs = [
        (draw.random(shape, dtype=np.float32), weight)
        for shape, weight in zip(shapes, of.weights, strict=True)
    ]
    wanted = [(draw.integers(0, len(table), rows), table) for table in of.tables]

    def multiply() -> None:
        for given, weight in pairs:
            given @ weight
        for ids, table in wanted:
            table.take(ids, axis=0)

    return multiply


def constants_of(folder: Path) -> Constants:
    """The constants of the model in *folder*."""
    graph = onnx.load_model_from_string((folder / MODEL_FILE).read_bytes()).graph
    known = {constant.name: constant for constant in graph.initializer}
    weights, tables = [], []
    for node in graph.node:
        if node.op_type in {"MatMul", "Gemm"}:
            weight = numpy_helper.to_array(known[node.input[1]])
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            weights.append(np.ascontiguousarray(weight.T if turned else weight, dtype=np.float32))
        elif node.op_type == "Gather" and node.input[0] in known:
            tables.append(numpy_helper.to_array(known[node.input[0]]))
    return Constants(tuple(weights), tuple(tables))


def subjects(folder: Path) -> Iterator[Subject]:
    """Every model that is shipped, and a wide one whose weights are drawn."""
    for manifest in sorted(MODELS.glob(f"*/{MANIFEST_FILE}")):
        yield subject(manifest.parent.name, manifest.parent)
    finance = prepare(MODELS / "finance" / "recipe.yaml")
    train = widened(finance.examples["train"][:256])
    members = [new_network(train, Shape(), seed) for seed in range(Fitting().members)]
    origin = MadeFrom(recipe="wide", recipe_sha256="0" * 64, examples_sha256={}, libraries={})
    artefact = Artefact("wide", "bench", origin, "sale", 0.3)
    yield subject("wide", write_model(folder / "wide", members, train, artefact))


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


def subject(name: str, folder: Path) -> Subject:
    """A request with all facts to the model in *folder*."""
    manifest = read_manifest(folder)
    columns, facts = manifest.columns, dict[str, FactSpec]()
    values: dict[str, int | str] = {}
    for number, found in zip(columns.numeric, manifest.knowledge.ranges, strict=True):
        fact = f"shopper.{number}"
        facts[fact] = FactSpec(fact, FactType.DECIMAL, 6)
        values[fact] = 0 if found is None else round((found[0] + found[1]) / 2 * 1e6)
    for category, listed in zip(columns.categorical, columns.vocabularies, strict=True):
        fact = f"shopper.{category}"
        facts[fact] = FactSpec(fact, FactType.TEXT)
        values[fact] = listed[0]
    moment = Moment(1_511_000_000_000_000, "America/Chicago", date(2017, 11, 18), 5, 4, "t")
    line = Line("1", "p", "c", "d", "", 1, 10_000, 5_000, {})
    context = DecisionContext("u", "store", "US-TN", "USD", moment, {}, values, (line,), ())
    ruleset = rules_of(facts)
    told = (
        f"{name}: {len(columns.numeric)} numbers, {len(columns.categorical)} categories, "
        f"{manifest.members} members, {len(columns.arms)} arms"
    )
    return Subject(told, folder, ruleset, context, candidates_for(context, ruleset))


def rules_of(facts: Mapping[str, FactSpec]) -> Ruleset:
    """A ruleset with *facts*, one offer of 30 depths, and an assumed response."""
    always = Validity(date(2000, 1, 1), date(2100, 1, 1))
    ladder = tuple(200 * (i + 1) for i in range(CANDIDATES))
    offer = Offer("rate", "rate", OfferKind.PERCENT, ladder, Scope(), 0, 0, (), always)
    return Ruleset(
        *("d", "USD", {"US-TN": "America/Chicago"}, frozenset({"store"}), 1, facts, (), (offer,)),
        *((), (), {}, (), (), b""),
        objective=Objective(response=((1_000, 520_000), (6_000, 590_000)), response_source="bench"),
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


def table_of(name: str, found: Mapping[str, Sequence[float]]) -> Table:
    """All figures of one model."""
    table = Table(title=name, title_justify="left")
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
    console = Console(width=120)
    told: list[str] = []
    with tempfile.TemporaryDirectory() as made, threadpool_limits(1):
        for one in subjects(Path(made)):
            with closing(OnnxScorer(one.folder, 1.0)) as scorer:
                found = measured(one.tasks(scorer), rounds)
            console.print(table_of(one.name, found))
            told += gates(one.name, found)
    versions = f"onnxruntime {onnxruntime.__version__}, numpy {np.__version__}"
    print(*told, f"{rounds} rounds of {CALLS} calls; {versions}", sep="\n")
    print(f"load average {load_average()}")


if __name__ == "__main__":
    main()
