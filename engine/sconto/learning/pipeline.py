"""A training run from recipe to artefact: model, manifest, card and plots in one folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from onnxruntime import InferenceSession
from rich.progress import Progress

from sconto.learning import card, journey, plots
from sconto.learning.baselines.checkout import Logistic, constant
from sconto.learning.dropped import Dropped
from sconto.learning.evaluate import best_threshold, evaluate, log_loss_gain
from sconto.learning.export import parity, parts, run, session_of, to_onnx
from sconto.learning.facts import Past
from sconto.learning.recipe import Recipe, read_recipe
from sconto.learning.train import Examples, Fitted, fit, new_net
from sconto.learning.units import PERIODS, build_units, vocabularies
from sconto.scoring.features import FACTS, Encoded, Vocabularies, encode, schema_digest
from sconto.scoring.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    CreatedFrom,
    DroppedRows,
    Gain,
    Manifest,
    Metrics,
    ResponsePoint,
)

LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "onnxscript", "polars", "scikit-learn", "torch")
RESPONSE_DEPTHS_BP: Final = (0, 500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000)

CHUNK: Final = 262_144
"""Rows that are encoded, or asked the exported model, together."""

Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything a run learns from and is judged on."""

    dropped_lines: tuple[Dropped, ...]
    dropped_units: tuple[Dropped, ...]
    vocabularies: dict[str, dict[str, int]]
    examples: dict[str, Examples]
    tested: npt.NDArray[np.int64]
    """The household of each test unit."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the test period says of the exported network and its baselines."""

    metrics: dict[str, Metrics]
    gain: Gain
    response: tuple[ResponsePoint, ...]


def train_recipe(recipe_path: Path, out_dir: Path, progress: Progress) -> Path:
    """Train what *recipe_path* asks for into *out_dir*, and return that folder.

    Afterwards it holds the model, its manifest, its card and the card's plots; *progress* has
    shown every long step. The same recipe and data give the same model, byte for byte.

    Raises:
        RecipeInvalid: The recipe can't be followed.
        ExportUnfaithful: The exported model is not the network; nothing was written.
    """
    recipe, recipe_digest = read_recipe(recipe_path)
    prepared = prepare(recipe, progress)
    fitted = _fit(recipe, prepared, progress)
    task = progress.add_task("judge and export", total=3)
    sample = prepared.examples["test"].inputs
    model = to_onnx(fitted.net, sample)
    same = parity(fitted.net, model, sample)
    progress.advance(task)
    judged = _judge(model, prepared, recipe.seed)
    progress.advance(task)
    manifest = Manifest(
        name=recipe.name,
        version=recipe.version,
        model_sha256=hashlib.sha256(model).hexdigest(),
        feature_schema_sha256=schema_digest(),
        created_from=_created_from(recipe_digest),
        vocabularies=prepared.vocabularies,
        knots_bp=recipe.net.knots_bp,
        best_epoch=fitted.best_epoch,
        rows={period: len(prepared.examples[period].bought) for period in PERIODS},
        dropped_lines=_dropped(prepared.dropped_lines),
        dropped_units=_dropped(prepared.dropped_units),
        metrics=judged.metrics,
        gain_over_logistic=judged.gain,
        response=judged.response,
        parity=same,
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / MODEL_FILE).write_bytes(model)
    (out_dir / MANIFEST_FILE).write_text(
        manifest.model_dump_json(indent=1) + "\n", encoding="utf-8"
    )
    (out_dir / card.CARD_FILE).write_text(card.text(manifest, recipe), encoding="utf-8")
    plots.draw(manifest, out_dir)
    progress.advance(task)
    return out_dir


def prepare(recipe: Recipe, progress: Progress) -> Prepared:
    """Load, clean, sample and encode the units of the three periods."""
    task = progress.add_task("prepare the data", total=4)
    cleaned = journey.clean(journey.load(), recipe.data)
    lines = journey.keep_share(cleaned.lines, recipe.data.household_share_bp, recipe.seed)
    progress.advance(task)
    past = Past(lines)
    progress.advance(task)
    units = build_units(past, recipe)
    progress.advance(task)
    names = vocabularies(units.of("train"), recipe.data.min_category_units)
    examples = {period: _examples(units.of(period), names) for period in PERIODS}
    progress.advance(task)
    tested = units.of("test")["household_id"].to_numpy()
    return Prepared(cleaned.dropped, units.dropped, names, examples, tested)


def _examples(table: pl.DataFrame, names: Vocabularies) -> Examples:
    """The units of *table* as the model is shown them, with their outcomes."""
    done = [_encoded(part, names) for part in table.iter_slices(CHUNK)] or [_encoded(table, names)]
    inputs = Encoded(
        np.concatenate([part.numeric for part in done]),
        np.concatenate([part.ids for part in done]),
        np.concatenate([part.depth for part in done]),
    )
    return Examples(inputs, table["bought"].to_numpy().astype(np.float32))


def _encoded(table: pl.DataFrame, names: Vocabularies) -> Encoded:
    return encode({fact: table[fact].to_numpy() for fact in FACTS}, names)


def _fit(recipe: Recipe, prepared: Prepared, progress: Progress) -> Fitted:
    """The network fitted, each epoch shown with its validation log loss."""
    task = progress.add_task("train", total=recipe.training.max_epochs)

    def show(epoch: int, loss: float) -> None:
        progress.update(task, completed=epoch, description=f"train, log loss {loss:.5f}")

    net = new_net(recipe, prepared.vocabularies)
    fitted = fit(net, prepared.examples["train"], prepared.examples["validation"], recipe, show)
    progress.update(task, total=fitted.epochs)
    return fitted


def _judge(model: bytes, prepared: Prepared, seed: int) -> Judged:
    """The exported network and both baselines on the test period."""
    train, held, test = (prepared.examples[period] for period in PERIODS)
    session = session_of(model)
    logistic = Logistic(train.inputs, train.bought)
    predictions = {
        "network": tuple(
            _answers(session, e.inputs)[:, 0].astype(np.float64) for e in (held, test)
        ),
        "logistic": tuple(logistic.predict(e.inputs) for e in (held, test)),
        "constant": tuple(constant(train.bought, len(e.bought)) for e in (held, test)),
    }
    metrics = {
        name: evaluate(test.bought, on_test, best_threshold(held.bought, on_held))
        for name, (on_held, on_test) in predictions.items()
    }
    network, other = predictions["network"][1], predictions["logistic"][1]
    gain = log_loss_gain(test.bought, network, other, prepared.tested, seed)
    return Judged(metrics, gain, _response(session, test.inputs))


def _answers(session: InferenceSession, inputs: Encoded) -> npt.NDArray[np.float32]:
    """Purchase probabilities [n, 1] of *session*, a part of very many rows at a time."""
    return np.concatenate([run(session, part) for part in parts(inputs, CHUNK)])


def _response(session: InferenceSession, inputs: Encoded) -> tuple[ResponsePoint, ...]:
    """The mean probability over *inputs* with every unit at the same depth, depth by depth."""
    means = [
        float(_answers(session, _at_depth(inputs, depth)).mean()) for depth in RESPONSE_DEPTHS_BP
    ]
    return tuple(
        ResponsePoint(depth_bp=depth, probability=round(p, 6), ratio_to_none=round(p / means[0], 4))
        for depth, p in zip(RESPONSE_DEPTHS_BP, means, strict=True)
    )


def _at_depth(inputs: Encoded, depth_bp: int) -> Encoded:
    """*inputs* with every row at the same depth."""
    return Encoded(inputs.numeric, inputs.ids, np.full_like(inputs.depth, depth_bp / 10_000))


def _created_from(recipe_digest: str) -> CreatedFrom:
    """Digests of the recipe and the source, and the versions of what was used."""
    return CreatedFrom(
        recipe_sha256=recipe_digest,
        source=journey.SOURCE,
        data_sha256=journey.source_digests(),
        libraries={name: version(name) for name in LIBRARIES},
    )


def _dropped(steps: Sequence[Dropped]) -> tuple[DroppedRows, ...]:
    """Drop counts as the manifest keeps them."""
    return tuple(DroppedRows(why=step.why, rows=step.rows) for step in steps)
