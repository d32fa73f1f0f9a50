"""Write an ensemble as a folder that the server can serve: the model and its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

import numpy as np

from sconto.errors import ScontoError
from sconto.learning.data.prepare import Prepared
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.examples import Columns, Examples
from sconto.learning.networks.export import SIZES, to_onnx
from sconto.learning.networks.knowledge import knowledge_of
from sconto.learning.networks.network import Network
from sconto.scoring.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    MadeFrom,
    Manifest,
    ModelColumns,
    OutcomeKind,
    Tried,
)

LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "onnxscript", "polars", "torch")


class NotServable(ScontoError):
    """A model that can be judged, but can't answer what a server asks."""

    code = "NOT_SERVABLE"
    help = "judge it with its recipe; to serve, learn the probability of the objective's outcome"


@dataclass(frozen=True, slots=True)
class Artefact:
    """What a model is called, made from, and made for.

    Attributes:
        name: The recipe's.
        version: Tells models of one recipe apart.
        made_from: Recipe, rows and libraries.
        outcome_kind: What the outcome means for an offer.
        most_unknown: The share of unknown inputs from beyond which rules alone answer.
        tried: Least gains that were tried with such a model, the best first.
    """

    name: str
    version: str
    made_from: MadeFrom
    outcome_kind: OutcomeKind
    most_unknown: float
    tried: tuple[Tried, ...] = ()


def artefact_of(
    recipe: DataRecipe, examples_sha256: Mapping[str, str], version: str, outcome: str
) -> Artefact:
    """What a model of *recipe* is that learnt *outcome* from rows with these digests, by period.

    Raises:
        NotServable: The recipe does not say what that outcome means for an offer.
    """
    doc = recipe.doc
    if doc.objective is None:
        raise NotServable("the recipe has no `objective`, which says what its outcome means")
    first = next(iter(doc.outcomes))
    if outcome != first:
        raise NotServable(f"the recipe's `objective` is about `{first}`, not `{outcome}`")
    origin = MadeFrom(
        recipe=doc.name,
        recipe_sha256=hashlib.sha256(recipe.path.read_bytes()).hexdigest(),
        examples_sha256={**examples_sha256},
        libraries={library: version_of(library) for library in LIBRARIES},
    )
    most = float(doc.serving.most_unknown)
    return Artefact(doc.name, version, origin, doc.objective.outcome, most)


def write_servable(
    folder: Path,
    members: Sequence[Network],
    prepared: Prepared,
    version: str,
    tried: tuple[Tried, ...] = (),
) -> Path:
    """Write *members*, fitted on the training rows of *prepared*, into *folder*, and return it.

    Raises what `artefact_of` and `write_model` raise.
    """
    digests = {period: rows.digest() for period, rows in prepared.examples.items()}
    train = prepared.examples["train"]
    artefact = artefact_of(prepared.recipe, digests, version, train.columns.outcome)
    return write_model(folder, members, train, replace(artefact, tried=tried))


def write_model(
    folder: Path, members: Sequence[Network], train: Examples, artefact: Artefact
) -> Path:
    """Write *members*, fitted on the rows *train*, into *folder*, and return it.

    Afterwards it holds `model.onnx` and `manifest.json`, and `sconto serve --model` takes it.

    Raises:
        NotServable: The outcome of the rows is no yes or no, or the members look at events.
            Nothing was written.
        ExportUnfaithful: The exported model is not the networks; nothing was written.
    """
    _check(members, train)
    some = np.arange(min(len(train), max(SIZES)))
    exported = to_onnx(members, train[np.resize(some, max(SIZES))])
    columns = _columns(train.columns)
    manifest = Manifest(
        name=artefact.name,
        version=artefact.version,
        model_sha256=hashlib.sha256(exported.model).hexdigest(),
        feature_schema_sha256=columns.digest(),
        made_from=artefact.made_from,
        columns=columns,
        outcome_kind=artefact.outcome_kind,
        members=len(members),
        knowledge=knowledge_of(members, train, artefact.most_unknown),
        parity=exported.parity,
        tried=artefact.tried,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(exported.model)
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return folder


def _check(members: Sequence[Network], train: Examples) -> None:
    outcome = train.outcome
    if not ((outcome == 0) | (outcome == 1)).all():
        raise NotServable(f"`{train.columns.outcome}` is an amount, and a score is a probability")
    if any(member.events is not None for member in members):
        raise NotServable("it looks at the last events, and a request does not hold them")


def _columns(columns: Columns) -> ModelColumns:
    return ModelColumns(
        numeric=columns.numeric,
        categorical=columns.categorical,
        vocabularies=columns.vocabularies,
        arms=columns.arms,
        depths=columns.depths,
        outcome=columns.outcome,
    )
