"""The manifest of a model that a data recipe made: its columns are named in the manifest itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sconto.errors import ModelUnusable
from sconto.scoring.manifest import Described, Parity, Part, Sha256, read_as
from sconto.scoring.tabular import ascending

FORM: Final = "tabular"
INPUTS: Final = ("numbers", "ids")
OUTPUT: Final = "logits"

Names = tuple[Annotated[str, Field(min_length=1, max_length=200)], ...]
Depth = Annotated[float, Field(ge=0, le=1)]


class TabularColumns(Part):
    """What stands in the model's inputs and outputs, in their order; see `learning.examples`."""

    numeric: Names
    categorical: Names
    vocabularies: tuple[tuple[str, ...], ...]
    arms: Annotated[Names, Field(min_length=2)]
    depths: tuple[Depth | None, ...]
    outcome: str

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        names = (*self.numeric, *self.categorical)
        if (
            len(self.vocabularies) != len(self.categorical)
            or len(self.depths) != len(self.arms)
            or len({*names}) != len(names)
            or len({*self.arms}) != len(self.arms)
        ):
            raise ValueError("names must differ, and have a vocabulary or a depth each")
        return self

    @property
    def curve(self) -> tuple[float, ...] | None:
        """The depths of the arms where all are known and ascend; else arms are known by name."""
        return ascending(self.depths)

    def digest(self) -> str:
        """SHA-256 (hex) of these names, and of the form of their arrays."""
        canonical = json.dumps([FORM, 1, self.model_dump()], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


class MadeFrom(Part):
    """What the model was made from: its recipe, the rows of each period, and what with."""

    recipe: str
    recipe_sha256: Sha256
    examples_sha256: dict[str, Sha256]
    libraries: dict[str, str]


class TabularManifest(Described):
    """Everything that serving needs to know about a model of a data recipe."""

    kind: Literal["tabular"]
    made_from: MadeFrom
    columns: TabularColumns
    members: Annotated[int, Field(ge=1)]
    parity: Parity


class _Kind(Part):
    """The one key that tells manifests apart; those of retail models have none."""

    model_config = ConfigDict(extra="ignore")
    kind: Literal["tabular"] | None = None


def is_tabular(folder: Path) -> bool:
    """Whether a data recipe made the model in *folder*.

    Raises:
        ModelUnusable: There is no manifest, or it is of a kind that this version doesn't know.
    """
    return read_as(_Kind, folder).kind is not None


def read_tabular_manifest(folder: Path) -> TabularManifest:
    """The manifest of the model in *folder*.

    Raises:
        ModelUnusable: There is none, it breaks the schema, or its columns were changed.
    """
    manifest = read_as(TabularManifest, folder)
    if manifest.feature_schema_sha256 != manifest.columns.digest():
        raise ModelUnusable(f"the columns of model `{folder.name}` are not those it learnt with")
    return manifest
