"""The winner among the networks, kept as a folder that a server can serve."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sconto.domain.money import PPM_ONE
from sconto.learning.evaluation.bootstrap import Interval
from sconto.learning.judge.figures import Figures
from sconto.learning.judge.gain import Valued, least_gain
from sconto.learning.judge.jobs import fresh_model, one_thread, result_path
from sconto.learning.judge.repeats import Repeat
from sconto.learning.judge.winner import gives_nobody, winner
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.serve import NotServable, write_servable
from sconto.scoring.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    Tried,
    read_manifest,
)

FOLDER: Final = "model"


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a run to serve: the model and why it, or why there is none.

    *tried* are the least gains that were tried with it, the best first.
    """

    model: str | None
    why: str
    tried: tuple[Tried, ...] = ()


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
    tried = tuple(map(_as_manifest, figures.models[name].tried))
    version = _version(result_path(job, work), first.prepared.recipe.path)
    if _is_there(folder, version, tried):
        return Kept(name, why, tried)
    _remove(folder)
    model = fresh_model(job)
    if not isinstance(model, NetworkModel):
        raise TypeError(f"`{name}` is no network")
    try:
        with one_thread():
            model.fit(job.rows.train, job.rows.validation, job.seed)
            write_servable(folder, model.members, first.prepared, version, tried)
    except NotServable as error:
        return Kept(None, str(error))
    return Kept(name, why, tried)


def _takes_requests(name: str, first: Repeat) -> bool:
    """Whether the model is a network that does not look at events, which no request holds."""
    (job,) = first.fits([name])
    model = fresh_model(job)
    return isinstance(model, NetworkModel) and model.shape.events is None


def _version(fitted: Path, recipe: Path) -> str:
    """What tells models apart: how they were fitted, and the recipe that says how they serve."""
    return hashlib.sha256(fitted.stem.encode() + recipe.read_bytes()).hexdigest()[:12]


def _as_manifest(valued: Valued) -> Tried:
    """*valued* in whole numbers."""
    worth, behind = _whole(valued.worth), _whole(valued.behind)
    return Tried(least=least_gain(valued.least), worth=worth, behind=behind, given=valued.given)


def _whole(interval: Interval) -> tuple[int, int, int]:
    mean, low, high = (round(n * PPM_ONE) for n in (interval.mean, interval.low, interval.high))
    return mean, low, high


def _is_there(folder: Path, version: str, tried: tuple[Tried, ...]) -> bool:
    if not (folder / MANIFEST_FILE).exists():
        return False
    manifest = read_manifest(folder)
    return manifest.version == version and manifest.tried == tried


def _remove(folder: Path) -> None:
    """Take away a model of a run before: it would be taken for this one."""
    for file in (MODEL_FILE, MANIFEST_FILE):
        (folder / file).unlink(missing_ok=True)
