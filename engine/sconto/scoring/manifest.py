"""The manifest that travels with a model: what it is, what it was made from, how well it did.

The server reads it before it reads the model, and refuses a model that does not match.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sconto.errors import ModelUnusable
from sconto.scoring.features import schema_digest

MODEL_FILE: Final = "model.onnx"
MANIFEST_FILE: Final = "manifest.json"
INPUTS: Final = ("numeric", "ids", "depth")
OUTPUT: Final = "purchase_probability"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A part of the manifest: exact types, no unknown keys, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


P = TypeVar("P", bound=Part)


class DroppedRows(Part):
    """Rows that a step of the preparation left out, and why."""

    why: str
    rows: int


class CalibrationBin(Part):
    """A tenth of the test units by predicted probability: what was said and what happened."""

    units: int
    predicted: float
    bought: float


class Metrics(Part):
    """How one model did on the test period; `threshold` was picked on the validation period."""

    auc: float
    average_precision: float
    log_loss: float
    brier: float
    calibration_error: float
    threshold: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    calibration: tuple[CalibrationBin, ...] = Field(strict=False)


class Gain(Part):
    """How much log loss one model saves over another on the test period, with a 95 % interval."""

    mean: float
    low: float
    high: float


class ResponsePoint(Part):
    """The mean purchase probability of the test units if every one of them had this depth."""

    depth_bp: int
    probability: float
    ratio_to_none: float


class Parity(Part):
    """Largest difference between torch and onnxruntime, at batch sizes that were not traced."""

    batch_sizes: tuple[int, ...] = Field(strict=False)
    largest_difference: float
    tolerance: float


class CreatedFrom(Part):
    """What the artefact was made from."""

    recipe_sha256: Sha256
    source: str
    data_sha256: dict[str, Sha256]
    libraries: dict[str, str]


class Described(Part):
    """What the manifest of every kind of model says."""

    name: str
    version: str
    model_sha256: Sha256
    feature_schema_sha256: Sha256


class Manifest(Described):
    """Everything that serving and reviewing a retail model needs to know about it."""

    created_from: CreatedFrom
    vocabularies: dict[str, dict[str, int]]
    knots_bp: tuple[int, ...] = Field(strict=False)
    best_epoch: int
    rows: dict[str, int]
    dropped_lines: tuple[DroppedRows, ...] = Field(strict=False)
    dropped_units: tuple[DroppedRows, ...] = Field(strict=False)
    metrics: dict[str, Metrics]
    gain_over_logistic: Gain
    response: tuple[ResponsePoint, ...] = Field(strict=False)
    parity: Parity


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the retail model in *folder*.

    Raises:
        ModelUnusable: There is none, it breaks the schema, or it was made for other features.
    """
    manifest = read_as(Manifest, folder)
    if manifest.feature_schema_sha256 != schema_digest():
        raise ModelUnusable(f"model `{folder.name}` was trained with other feature definitions")
    return manifest


def read_as(form: type[P], folder: Path) -> P:
    """The manifest of the model in *folder*, as *form* has it.

    Raises:
        ModelUnusable: There is none, or it breaks the schema.
    """
    try:
        return form.model_validate_json((folder / MANIFEST_FILE).read_bytes())
    except OSError as error:
        raise ModelUnusable(f"can't read the manifest of model `{folder.name}`") from error
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"]))
        raise ModelUnusable(f"manifest of model `{folder.name}` is wrong at `{field}`") from error


def read_model(folder: Path, manifest: Described) -> bytes:
    """The bytes of the model in *folder*, which are those that *manifest* names.

    Raises:
        ModelUnusable: There is no model, or its SHA-256 is another.
    """
    try:
        model = (folder / MODEL_FILE).read_bytes()
    except OSError as error:
        raise ModelUnusable(f"can't read model `{folder.name}`") from error
    if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
        raise ModelUnusable(f"model `{folder.name}` is not the one its manifest names")
    return model
