"""The winner among the networks, kept as a folder that a server can serve."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.learning.data.figures import VALUE, VALUE_BY_GAIN
from sconto.learning.judge.figures import Figures, ModelFigures, by_gain_of
from sconto.learning.judge.jobs import fresh_model, one_thread, result_path
from sconto.learning.judge.repeats import Repeat
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.serve import NotServable, write_servable
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE

FOLDER: Final = "model"
_LOG_LOSS: Final = "log_loss"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a run to serve: the model and why it, or why there is none."""

    model: str | None
    why: str


def winner(models: Mapping[str, ModelFigures]) -> tuple[str, str] | None:
    """The best network and by what: what its choice by gain brings, or else its log loss.

    One that chooses by a value of its own is no candidate where others choose by gain, as a server
    does. The first of several that are alike; None where no network was judged.
    """
    networks = {name: model.figures for name, model in models.items() if model.network}
    by_gain = [name for name in networks if models[name].least]
    if not networks:
        return None
    if by_gain:
        best = max(by_gain, key=lambda name: networks[name][VALUE_BY_GAIN].mean)
        return best, "its choice by gain brings most"
    return min(networks, key=lambda name: networks[name][_LOG_LOSS].mean), "its log loss is lowest"


def gives_nobody(figures: Figures, name: str) -> bool:
    """Whether the choice of *name* by gain brings exactly what giving nobody anything brings."""
    own = figures.policies.get(VALUE)
    value = None if own is None else own.values.get(by_gain_of(name))
    if own is None or value is None:
        return False
    gain = value.gains[own.none]
    return gain.low == gain.mean == gain.high == 0


def keep_winner(figures: Figures, first: Repeat, out: Path, work: Path) -> Kept:
    """Fit the winner of *figures* as in the *first* repeat and write it into *out*.

    One that is there already, fitted from the same rows in the same way, is left as it is. Where
    none can be served, none is left there, and the answer says why.
    """
    folder = out / FOLDER
    models = figures.models.items()
    found = winner({name: model for name, model in models if _takes_requests(name, first)})
    if found is None:
        _remove(folder)
        return Kept(None, "no network was judged that a server can ask")
    name, why = found
    if gives_nobody(figures, name):
        why += ", and that is to give nobody anything"
    (job,) = first.fits([name])
    version = _version(result_path(job, work), first.prepared.recipe.path)
    if _is_there(folder, version):
        return Kept(name, why)
    _remove(folder)
    model = fresh_model(job)
    if not isinstance(model, NetworkModel):
        raise TypeError(f"`{name}` is no network")
    try:
        with one_thread():
            model.fit(job.rows.train, job.rows.validation, job.seed)
            write_servable(folder, model.members, first.prepared, version)
    except NotServable as error:
        return Kept(None, str(error))
    return Kept(name, why)


def _takes_requests(name: str, first: Repeat) -> bool:
    """Whether the model is a network that does not look at events, which no request holds."""
    (job,) = first.fits([name])
    model = fresh_model(job)
    return isinstance(model, NetworkModel) and model.shape.events is None


def _version(fitted: Path, recipe: Path) -> str:
    """What tells models apart: how they were fitted, and the recipe that says how they serve."""
    return hashlib.sha256(fitted.stem.encode() + recipe.read_bytes()).hexdigest()[:12]


def _is_there(folder: Path, version: str) -> bool:
    manifest = folder / MANIFEST_FILE
    if not manifest.exists():
        return False
    return bool(json.loads(manifest.read_text(encoding="utf-8"))["version"] == version)


def _remove(folder: Path) -> None:
    """Take away a model of a run before: it would be taken for this one."""
    for file in (MODEL_FILE, MANIFEST_FILE):
        (folder / file).unlink(missing_ok=True)
