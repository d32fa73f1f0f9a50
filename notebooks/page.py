"""What the pages have in common: how they are asked, samples of raw tables, and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from matplotlib.figure import Figure

from sconto.learning.data.prepare import Prepared
from sconto.learning.data.report import DataReport
from sconto.learning.data.sources import SUFFIXES
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.evaluation.offpolicy import Logged, policy_value, value_difference
from sconto.learning.evaluation.probabilities import calibration_table, evaluate
from sconto.learning.examples import Examples
from sconto.learning.judge.measures import FIRST, chances, curve, recall_of_first
from sconto.learning.models import Model, Prediction
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.suite import networks
from sconto.scoring.manifest import read_manifest

ROOT = Path(__file__).resolve().parent.parent
SEED = 1

Said = Mapping[str, Prediction]

_PLACE = TemporaryDirectory(prefix="sconto-page-")


@dataclass(frozen=True)
class Asked:
    """What the command line of a page says.

    Attributes:
        rows: How many rows, or shoppers, to draw from the raw data; None for all.
        epochs: Passes of a network over its training rows; None for as many as in the report.
        members: Networks of an ensemble.
        data: The user's own file.
    """

    rows: int | None
    epochs: int | None
    members: int
    data: Path | None

    def network(self, train: Examples, name: str = "dnn") -> NetworkModel:
        """The report's unfitted ensemble of that name for *train*, with as many of each as asked."""
        made = next(network for network in networks(train) if network.name == name)
        epochs = made.how.epochs if self.epochs is None else self.epochs
        return replace(made, how=replace(made.how, epochs=epochs, members=self.members))


def asked(words: Mapping[str, Any]) -> Asked:
    """What *words*, the page's arguments by name, ask for."""
    return Asked(
        rows=int(words["rows"]) if "rows" in words else None,
        epochs=int(words["epochs"]) if "epochs" in words else None,
        members=int(words.get("members", 4)),
        data=Path(words["data"]) if "data" in words else None,
    )


def sample(rows: pl.DataFrame, many: int | None) -> pl.DataFrame:
    """*many* of *rows*, drawn by a fixed seed, in their order; all of them without *many*."""
    if many is None or many >= rows.height:
        return rows
    kept = np.sort(np.random.default_rng(SEED).choice(rows.height, many, replace=False))
    return rows[kept]


def folder() -> Path:
    """A new folder that is gone when the page is."""
    return Path(mkdtemp(dir=_PLACE.name))


def as_data(tables: Mapping[str, pl.DataFrame]) -> Path:
    """A new folder with *tables*, as `--data` takes it."""
    place = folder()
    for name, table in tables.items():
        table.write_parquet(place / f"{name}.parquet")
    return place


def fitted(models: Iterable[Model], train: Examples, test: Examples) -> dict[str, Prediction]:
    """Each model learns from *train*, in turn; what it says of *test*, by its name."""
    said = {}
    for model in models:
        model.fit(train, None, SEED)
        said[model.name] = model.predict(test)
    return said


def first_rows(prepared: Prepared, rows: int = 5) -> pl.DataFrame:
    """The first training rows as a model sees them."""
    train = prepared.examples["train"][:rows]
    numbers = {n: train.numeric[:, i] for i, n in enumerate(train.columns.numeric)}
    texts = {
        n: [("", *train.columns.vocabularies[i])[j] for j in train.categorical[:, i]]
        for i, n in enumerate(train.columns.categorical)
    }
    return pl.DataFrame({**numbers, **texts, train.columns.outcome: train.outcome})


def figures(test: Examples, said: Said) -> pl.DataFrame:
    """How well each model's chances fit what happened under the arm that was given."""
    shown = ("auc", "average_precision", "log_loss", "calibration_error")
    rate, outcome = float(test.outcome.mean()), test.outcome.astype(np.float64)
    rows = []
    for name, prediction in said.items():
        likely = chances(prediction, test)
        found = evaluate(test.outcome, likely, rate)
        rows.append(
            {
                "model": name,
                **{figure: round(getattr(found, figure), 4) for figure in shown},
                "recall_20": round(recall_of_first(likely, outcome, FIRST), 4),
            }
        )
    return pl.DataFrame(rows)


def calibration(test: Examples, said: Said) -> Figure:
    """Share of rows with the outcome by tenths of the chance that was told."""
    drawn, axes = _blank("mean chance told", f"share with {test.columns.outcome}")
    for name, prediction in said.items():
        bins = calibration_table(test.outcome, chances(prediction, test))
        axes.plot([b.predicted for b in bins], [b.bought for b in bins], marker="o", label=name)
    top = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([0, top], [0, top], color="grey", linestyle=":", label="perfect")
    axes.legend()
    return drawn


def responses(test: Examples, said: Said) -> Figure:
    """The mean chance under every arm, beside what the arms really had."""
    drawn, axes = _blank("arm", f"mean chance of {test.columns.outcome}")
    arms = test.columns.arms
    for name, prediction in said.items():
        axes.plot(range(len(arms)), prediction.response.mean(axis=0), marker="o", label=name)
    seen = [float(test.outcome[test.arm == i].mean()) for i in range(len(arms))]
    axes.plot(range(len(arms)), seen, "k^", label="observed in the test rows")
    axes.set_xticks(range(len(arms)), arms)
    axes.set_ylim(bottom=0)
    axes.legend()
    return drawn


def qini(test: Examples, said: Said, arm: int) -> Figure:
    """Extra outcomes of *arm* over the first one, as more and more shoppers are given it."""
    drawn, axes = _blank("shoppers given it, the most promising first", "extra outcomes")
    for name, prediction in said.items():
        gained = curve(prediction, test, arm)
        axes.plot(gained.shoppers, gained.gain, label=name)
    axes.plot([0, gained.shoppers[-1]], [0, gained.gain[-1]], "k:", label="in any order")
    axes.legend()
    return drawn


def values(
    test: Examples,
    outcome: npt.NDArray[np.float32],
    choices: Mapping[str, npt.NDArray[np.int64]],
) -> pl.DataFrame:
    """What each policy would have brought per row, and how much more than the first one (SNIPS)."""
    if test.propensity is None:
        raise ValueError("policies can be valued where arms were drawn by chance")
    logged = Logged(
        test.arm, test.propensity.astype(np.float64), outcome.astype(np.float64), test.unit
    )
    than = next(iter(choices.values()))
    rows = []
    for name, choice in choices.items():
        found = policy_value(logged, choice, None, SEED)
        more = value_difference(logged, choice, than, SEED)
        rows.append(
            {
                "policy": name,
                "value per row": round(found.snips.mean, 4),
                "95 % interval": _shown(found.snips),
                "rows that count": round(found.effective),
                "more than the first": _shown(more) if choice is not than else "",
                "so it brings": verdict(more) if choice is not than else "",
            }
        )
    return pl.DataFrame(rows)


def verdict(more: Interval) -> str:
    """What an interval of a difference lets anybody say."""
    if more.low > 0:
        return "more"
    return "less" if more.high < 0 else "can't be told apart"


def _shown(interval: Interval) -> str:
    return f"{interval.low:.4f} to {interval.high:.4f}"


def _blank(across: str, up: str) -> tuple[Figure, Any]:
    drawn = Figure(figsize=(6.5, 4.0), layout="tight")
    axes = drawn.subplots()
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(visible=True, alpha=0.3)
    return drawn, axes


def dropped(report: DataReport) -> str:
    """What was left out and why, as a list."""
    steps = [
        *((name, step) for name, table in report.tables.items() for step in table.dropped),
        *(("rows", step) for step in report.dropped),
    ]
    lines = [f"- {name}: {step.rows:,} left out, {step.why}" for name, step in steps]
    kept = ", ".join(f"{p.rows:,} rows of {name}" for name, p in report.periods.items())
    return "\n".join([*lines, f"- kept: {kept}"])


def leaks(report: DataReport) -> str:
    """Whether a feature sees the future."""
    if report.leaks is None:
        return "leaks: the rows have no clock, so no future can be deleted to look for one"
    if report.leaks:
        return f"**leaks**: {', '.join(report.leaks)} change when the future is deleted"
    return "leaks: none; with the future deleted, every feature is the same"


def balance(report: DataReport) -> str:
    """Whether the arms look drawn by chance."""
    found = report.balance
    if found is None:
        return "chance: nothing was drawn; what goes with an arm is not its effect"
    return (
        f"chance: {found.far} of {found.comparisons} comparisons of arms are beyond 3 standard "
        f"errors, {found.expected_far} are expected; the largest difference is "
        f"{found.largest:+.4f} standard deviations ({found.feature}, {found.arm})"
    )


def parity(model: Path) -> str:
    """What the manifest in *model* says of the check of torch against onnxruntime."""
    manifest = read_manifest(model)
    return (
        f"`{manifest.name!s}/{manifest.version!s}`: torch and onnxruntime differ by at most "
        f"{manifest.parity.largest_difference:.1e} at batches of "
        f"{', '.join(map(str, manifest.parity.batch_sizes))} rows"
    )


def read(path: Path) -> pl.DataFrame:
    """The user's own table, as `--data` of the commands reads it."""
    return SUFFIXES[path.suffix.lower()](path)


def made_up_campaign(rows: int) -> pl.DataFrame:
    """A file with Hillstrom's columns and customers who were never born, drawn by a fixed seed.

    Whoever bought something for women is moved by the e-mail about it, and nobody by the other.
    """
    chance = np.random.default_rng(SEED)
    womens = chance.random(rows) < 0.55
    history = chance.lognormal(5, 0.8, rows).round(2)
    segment = chance.choice(["No E-Mail", "Mens E-Mail", "Womens E-Mail"], rows)
    moved = 0.08 * ((segment == "Womens E-Mail") & womens)
    visit = chance.random(rows) < 0.1 + moved + 0.03 * (history > 150)
    conversion = visit & (chance.random(rows) < 0.1)
    return pl.DataFrame(
        {
            "recency": chance.integers(1, 13, rows),
            "history": history,
            "mens": (~womens).astype(int),
            "womens": womens.astype(int),
            "zip_code": chance.choice(["Urban", "Surburban", "Rural"], rows),
            "newbie": chance.integers(0, 2, rows),
            "channel": chance.choice(["Phone", "Web", "Multichannel"], rows),
            "segment": segment,
            "visit": visit.astype(int),
            "conversion": conversion.astype(int),
            "spend": np.where(conversion, chance.lognormal(4, 0.7, rows), 0).round(2),
        }
    )


def learnt(name: str, train: Examples, test: Examples, said: Said) -> None:
    """Say on standard output that the page ran, and how its models rank; scripts read it."""
    found = figures(test, said)
    ranks = ", ".join(f"{m} {a:.3f}" for m, a in zip(found["model"], found["auc"], strict=True))
    print(f"{name}: {len(train):,} rows learnt from, {len(test):,} judged; AUC {ranks}")


def done(name: str, train: Examples, test: Examples, said: Said, answers: pl.DataFrame) -> None:
    """The same, and how far what was served is from what the page says."""
    learnt(name, train, test, said)
    apart = (answers["chance served"] - answers["chance here"]).abs().max()
    print(f"{name}: {answers.height} chances served, at most {apart:.1e} from the page's own")
