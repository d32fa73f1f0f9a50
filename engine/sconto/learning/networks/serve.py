"""Write an ensemble as a folder that the server can serve: the model and its manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

import numpy as np

from sconto.errors import ScontoError
from sconto.learning.data.prepare import Prepared
from sconto.learning.data.recipe import DataRecipe
from sconto.learning.examples import Columns, Examples
from sconto.learning.networks.export import SIZES, to_onnx
from sconto.learning.networks.network import Network
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE
from sconto.scoring.tabular_manifest import FORM, MadeFrom, TabularColumns, TabularManifest

LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "onnxscript", "polars", "torch")


class NotServable(ScontoError):
    """A model that can be judged, but can't answer what a server asks."""

    code = "NOT_SERVABLE"
    help = "judge it with its recipe; to serve, learn a probability under at least two arms"


def write_servable(
    folder: Path, members: Sequence[Network], prepared: Prepared, name: str, version: str
) -> Path:
    """Write *members*, fitted on the training rows of *prepared*, into *folder*, and return it.

    Raises what `write_model` raises.
    """
    digests = {period: rows.digest() for period, rows in prepared.examples.items()}
    origin = made_from(prepared.recipe, digests)
    return write_model(folder, members, prepared.examples["train"], origin, name, version)


def write_model(
    folder: Path,
    members: Sequence[Network],
    train: Examples,
    origin: MadeFrom,
    name: str,
    version: str,
) -> Path:
    """Write *members*, fitted on the rows *train*, into *folder*, and return it.

    Afterwards it holds `model.onnx` and `manifest.json`, and `sconto serve --model` takes it.

    Raises:
        NotServable: The rows know one arm, their outcome is no yes or no, or the members look at
            events. Nothing was written.
        ExportUnfaithful: The exported model is not the networks; nothing was written.
    """
    _check(members, train)
    some = np.arange(min(len(train), max(SIZES)))
    exported = to_onnx(members, train[np.resize(some, max(SIZES))])
    columns = _columns(train.columns)
    manifest = TabularManifest(
        kind=FORM,
        name=name,
        version=version,
        model_sha256=hashlib.sha256(exported.model).hexdigest(),
        feature_schema_sha256=columns.digest(),
        made_from=origin,
        columns=columns,
        members=len(members),
        parity=exported.parity,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(exported.model)
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return folder


def made_from(recipe: DataRecipe, examples_sha256: Mapping[str, str]) -> MadeFrom:
    """What a model was made from: *recipe*, rows by the digest of each period, libraries."""
    return MadeFrom(
        recipe=recipe.doc.name,
        recipe_sha256=hashlib.sha256(recipe.path.read_bytes()).hexdigest(),
        examples_sha256={**examples_sha256},
        libraries={library: version_of(library) for library in LIBRARIES},
    )


def _check(members: Sequence[Network], train: Examples) -> None:
    arms, outcome = train.columns.arms, train.outcome
    if len(arms) == 1:
        raise NotServable(f"there is one arm, `{arms[0]}`: it says nothing about discounts")
    if not ((outcome == 0) | (outcome == 1)).all():
        raise NotServable(f"`{train.columns.outcome}` is an amount, and a score is a probability")
    if any(member.events is not None for member in members):
        raise NotServable("it looks at the last events, and a request does not hold them")


def _columns(columns: Columns) -> TabularColumns:
    return TabularColumns(
        numeric=columns.numeric,
        categorical=columns.categorical,
        vocabularies=columns.vocabularies,
        arms=columns.arms,
        depths=columns.depths,
        outcome=columns.outcome,
    )
