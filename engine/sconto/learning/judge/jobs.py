"""One model fitted once: kept in a file under its digest, so that a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits

from sconto.learning.baselines.linear import is_chance
from sconto.learning.baselines.suite import baselines
from sconto.learning.data.documents import HandRuleDoc, TrainingDoc
from sconto.learning.examples import Columns, Examples
from sconto.learning.judge.code_digest import code_digest
from sconto.learning.models import Model, Prediction, Probabilities
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.suite import networks

FORMAT: Final = 2

Progress = Callable[["Job", bool], None]
"""Progress callback: called in this process when a job starts (False) and when it ends (True)."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a model learns from, what it may stop by, and what it is asked about.

    *digest* identifies all of it.
    """

    train: Examples
    validation: Examples | None
    test: Examples
    digest: str


def material(train: Examples, validation: Examples | None, test: Examples) -> Material:
    """Those rows with their digest."""
    parts = [part.digest() for part in (train, validation, test) if part is not None]
    return Material(train, validation, test, _sha256(json.dumps(parts).encode()))


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Fit the model called *model* with *seed*; *repeat* counts from 0."""

    model: str
    rule: HandRuleDoc | None
    rows: Material
    seed: int
    repeat: int


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """What one fitted model predicts for the test rows.

    Attributes:
        prediction: Of every test row.
        disagreement: float64 [n, a] or None; how far the members of an ensemble are apart.
        spread: float64 [n, a] or None; the deviation over the members of what an arm adds.
        losses: float64 [members, epochs] or None; the mean training loss of each epoch.
        seconds: Processor time that fitting took.
    """

    prediction: Prediction
    disagreement: Probabilities | None
    spread: Probabilities | None
    losses: Probabilities | None
    seconds: float


def suite(train: Examples, rule: HandRuleDoc | None) -> tuple[Model, ...]:
    """Every model in the order of the report; networks answer with chances, so not for amounts."""
    learners = baselines(rule, len(train.columns.arms))
    return (*learners, *(networks(train) if is_chance(train.outcome) else ()))


def known_models(doc: TrainingDoc) -> tuple[str, ...]:
    """The names of all models that rows of *doc* can have, known before there are rows.

    Of an outcome that turns out to be an amount, networks are not among them in the end.
    """
    lined = [doc.events[name] for name in doc.sequence.events] if doc.sequence else []
    categories = tuple(sorted({category for events in lined for category in events.categories}))
    arms = doc.treatment.arms
    columns = Columns(
        *((), (), ()),
        arms=tuple(arm.name for arm in arms),
        depths=(None,) * len(arms),
        outcome=next(iter(doc.outcomes)),
        event_categorical=categories,
        event_vocabularies=((),) * len(categories),
    )
    floats, ints = np.empty(0, dtype=np.float32), np.empty(0, dtype=np.int64)
    brings = doc.value is not None or (doc.objective is not None and doc.objective.margin)
    nobody = Examples(
        columns, np.empty((0, 0), dtype=np.float32), np.empty((0, 0), dtype=np.int64),
        *(ints, floats, floats, ints, ints),
        value=floats if brings else None,
    )  # fmt: skip
    return tuple(model.name for model in suite(nobody, doc.hand_rule))


def perform(jobs: Iterable[Job], folder: Path, workers: int, progress: Progress) -> None:
    """Do those of *jobs* whose result is not yet in *folder*, in *workers* processes.

    Each uses one thread. A result is written whole or not at all, so any of it may be stopped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing: dict[Path, Job] = {}
    for job in jobs:
        path = result_path(job, folder)
        if path.exists() or path in missing:
            progress(job, True)
        else:
            missing[path] = job
    if workers == 1 or len(missing) < 2:  # noqa: PLR2004 - nothing to share
        for job in missing.values():
            progress(job, False)
            progress(_perform_alone(job, folder), True)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        try:
            for job in pool.map(_perform_alone, missing.values(), [folder] * len(missing)):
                progress(job, True)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def result(job: Job, folder: Path) -> Done:
    """What `perform` left in *folder* for *job*."""
    with np.load(result_path(job, folder), allow_pickle=False) as kept:
        prediction = Prediction(job.model, kept["response"], kept["rank"], kept["choice"])
        return Done(
            prediction,
            _none_if_empty(kept["disagreement"]),
            _none_if_empty(kept["spread"]),
            _none_if_empty(kept["losses"]),
            float(kept["seconds"]),
        )


def result_path(job: Job, folder: Path) -> Path:
    """Where the result is kept: by rows, model, settings, code and seed."""
    known = [FORMAT, job.rows.digest, job.model, settings(fresh_model(job)), job.seed]
    return folder / f"{_sha256(json.dumps(known, sort_keys=True).encode())[:40]}.npz"


def settings(model: Model) -> dict[str, Any]:
    """All that shapes *model* but its rows and seed: its settings, code, and libraries."""
    shaped = {name: _plain(value) for name, value in vars(model).items()}
    return {"settings": shaped, "code": code_digest(type(model).__module__)}


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread, so that sums are taken in the same order every time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


def _perform_alone(job: Job, folder: Path) -> Job:
    """Fit, ask, and write the result; in a process of its own or in this one."""
    with one_thread():
        done = _done(job)
    path = result_path(job, folder)
    fresh = path.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(
        fresh,
        response=done.prediction.response,
        rank=done.prediction.rank,
        choice=done.prediction.choice,
        disagreement=_empty_if_none(done.disagreement),
        spread=_empty_if_none(done.spread),
        losses=_empty_if_none(done.losses),
        seconds=np.float64(done.seconds),
    )
    fresh.replace(path)
    return job


def _done(job: Job) -> Done:
    model, rows = fresh_model(job), job.rows
    began = process_time()
    model.fit(rows.train, rows.validation, job.seed)
    seconds = process_time() - began
    prediction = model.predict(rows.test)
    if not isinstance(model, NetworkModel):
        return Done(prediction, None, None, None, seconds)
    each = model.responses(rows.test)
    apart, losses = (each - each[:, :, :1]).std(axis=0), np.array(model.losses)
    return Done(prediction, each.std(axis=0), apart, losses, seconds)


def fresh_model(job: Job) -> Model:
    """The model that *job* asks for, unfitted."""
    train = job.rows.train
    models = suite(train, job.rule)
    return next(model for model in models if model.name == job.model)


def _plain(value: Any) -> Any:
    """Settings as JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value.model_dump() if isinstance(value, HandRuleDoc) else value


def _empty_if_none(values: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    return np.empty(0) if values is None else values


def _none_if_empty(values: Probabilities) -> Probabilities | None:
    return values if values.size else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
