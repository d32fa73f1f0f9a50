"""The manifest that travels with a model: what it is, what it was made from, what it knows.

The server reads it before it reads the model, and refuses a model that does not match.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sconto.errors import ModelUnusable
from sconto.scoring.arrays import ascending

MODEL_FILE: Final = "model.onnx"
MANIFEST_FILE: Final = "manifest.json"
INPUTS: Final = ("numbers", "ids")
OUTPUT: Final = "logits"
FORM: Final = 1
"""Of the arrays that stand for the columns; part of every feature schema."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Names = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
Share = Annotated[float, Field(ge=0, le=1)]
Doubt = Annotated[float, Field(ge=0, le=3)]
NonNegative = Annotated[int, Field(ge=0)]
OutcomeKind = Literal["sale", "growth", "return"]


class Part(BaseModel):
    """A part of the manifest: exact types, no unknown keys, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class ModelColumns(Part):
    """What stands in the model's inputs and outputs, in their order; see `learning.examples`."""

    numeric: Names
    categorical: Names
    vocabularies: tuple[tuple[str, ...], ...]
    arms: Annotated[Names, Field(min_length=1)]
    depths: tuple[Share | None, ...]
    outcome: str

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (
            len(self.vocabularies) != len(self.categorical)
            or len(self.depths) != len(self.arms)
            or len({*self.inputs}) != len(self.inputs)
            or len({*self.arms}) != len(self.arms)
        ):
            raise ValueError("names must differ, and have a vocabulary or a depth each")
        return self

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of all inputs: the numbers, then the categories."""
        return (*self.numeric, *self.categorical)

    @property
    def curve(self) -> tuple[float, ...] | None:
        """The depths of the arms where all are known and ascend; else arms are known by name."""
        return ascending(self.depths)

    def digest(self) -> str:
        """SHA-256 (hex) of these names, and of the form of their arrays."""
        canonical = json.dumps([FORM, self.model_dump()], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class Knowledge(Part):
    """What training knew of each input, and what not knowing it may hide.

    Attributes:
        ranges: Of each number, the least and the greatest in training; None where it was never
            there.
        unknown_share: Of each input, the share of training rows where it was missing or not listed.
        doubt: Of each input and arm, how much hiding the input raised the model's uplift of the arm
            at most (a probability). With one arm, how much it lowered the probability at most.
        most_unknown: The share of unknown inputs from beyond which rules alone answer.
    """

    ranges: tuple[tuple[float, float] | None, ...]
    unknown_share: tuple[Share, ...]
    doubt: tuple[tuple[Doubt, ...], ...]
    most_unknown: Share


class LeastGain(Part):
    """What rules ask of an expected gain, under the names of `objective.yaml`.

    Attributes:
        minimum_gain: Millionths of a major unit of money.
        minimum_gain_of_cost: Basis points.
        caution: Thousandths of a standard deviation.
    """

    minimum_gain: NonNegative
    minimum_gain_of_cost: NonNegative
    caution: NonNegative

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of `objective.yaml` that ask for it."""
        return (
            f'minimum_gain: "{_decimal(self.minimum_gain, 6)}"',
            f'minimum_gain_of_cost: "{_decimal(self.minimum_gain_of_cost, 2)} %"',
            f'caution: "{_decimal(self.caution, 3)}"',
        )


class Tried(Part):
    """A least gain that was tried on rows held out of training, and what it was worth.

    Amounts are a mean for each row and its 95 % interval, millionths of a major unit of money.

    Attributes:
        least: What was asked of a gain.
        worth: What the choice by it brought more than giving nobody anything.
        behind: What it brought less than the choice that brought most.
        given: The share of rows that it gave something to.
    """

    least: LeastGain
    worth: tuple[int, int, int]
    behind: tuple[int, int, int]
    given: Share


class MadeFrom(Part):
    """What the model was made from: its recipe, the rows of each period, and what with."""

    recipe: str
    recipe_sha256: Sha256
    examples_sha256: dict[str, Sha256]
    libraries: dict[str, str]


class Parity(Part):
    """Largest difference between torch and onnxruntime, at batch sizes that were not traced."""

    batch_sizes: tuple[int, ...]
    largest_difference: float
    tolerance: float


class Manifest(Part):
    """Everything that serving needs to know about a model."""

    name: str
    version: str
    model_sha256: Sha256
    feature_schema_sha256: Sha256
    made_from: MadeFrom
    columns: ModelColumns
    outcome_kind: OutcomeKind
    members: Annotated[int, Field(ge=1)]
    knowledge: Knowledge
    parity: Parity
    tried: tuple[Tried, ...] = ()
    """Least gains that were tried, the best first; empty where none were."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        columns, known = self.columns, self.knowledge
        if (
            len(known.ranges) != len(columns.numeric)
            or len(known.unknown_share) != len(columns.inputs)
            or len(known.doubt) != len(columns.inputs)
            or any(len(doubt) != len(columns.arms) for doubt in known.doubt)
        ):
            raise ValueError("every input needs a share and a doubt under every arm")
        if any(found is not None and found[0] > found[1] for found in known.ranges):
            raise ValueError("a range goes from the least to the greatest")
        return self


def _decimal(whole: int, places: int) -> str:
    return f"{Decimal(whole).scaleb(-places).normalize():f}"


def _content(file: Path) -> bytes:
    """The bytes of *file*; raises OSError for what is no file, of which one might read for ever."""
    if not file.is_file():
        raise FileNotFoundError(f"`{file}` is not a regular file")
    return file.read_bytes()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the model in *folder*.

    Raises:
        ModelUnusable: There is none, it breaks the schema, or its columns were changed.
    """
    try:
        manifest = Manifest.model_validate_json(_content(folder / MANIFEST_FILE))
    except OSError as error:
        raise ModelUnusable(f"can't read the manifest of model `{folder.name}`") from error
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "its top"
        raise ModelUnusable(f"manifest of model `{folder.name}` is wrong at `{field}`") from error
    if manifest.feature_schema_sha256 != manifest.columns.digest():
        raise ModelUnusable(f"the columns of model `{folder.name}` are not those it learnt with")
    return manifest


def read_model(folder: Path, manifest: Manifest) -> bytes:
    """The bytes of the model in *folder*, which are those that *manifest* names.

    Raises:
        ModelUnusable: There is no model, or its SHA-256 is another.
    """
    try:
        model = _content(folder / MODEL_FILE)
    except OSError as error:
        raise ModelUnusable(f"can't read model `{folder.name}`") from error
    if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
        raise ModelUnusable(f"model `{folder.name}` is not the one its manifest names")
    return model
