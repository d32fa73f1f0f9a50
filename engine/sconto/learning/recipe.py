"""The recipe: everything that decides what a training run makes, in one file a person can read."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sconto.learning.data.recipe import RecipeInvalid

Share = Annotated[Decimal, Field(strict=False, gt=0, lt=1)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]
Positive = Annotated[int, Field(gt=0)]


class Part(BaseModel):
    """A part of the recipe: exact types, no unknown keys, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Data(Part):
    """Which lines and households of the source are used."""

    timezone: str
    excluded_departments: tuple[str, ...] = Field(strict=False)
    excluded_categories: tuple[str, ...] = Field(strict=False)
    household_share_bp: BasisPoints
    unit_share_bp: BasisPoints
    depth_min_lines: Positive
    min_category_units: Positive


class Split(Part):
    """Civil dates, half-open: each period ends where the next begins."""

    train_from: date
    validation_from: date
    test_from: date
    test_until: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """Refuse periods that overlap or run backwards."""
        days = (self.train_from, self.validation_from, self.test_from, self.test_until)
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("the four dates must be in order")
        return self


class Net(Part):
    """Size and response shape of the network; knots in basis points of depth."""

    hidden: Positive
    category_width: Positive
    department_width: Positive
    knots_bp: tuple[BasisPoints, ...] = Field(strict=False, min_length=2)

    @model_validator(mode="after")
    def _knots_rise(self) -> Self:
        """Refuse knots that do not start at 0 and rise."""
        rising = all(b > a for a, b in pairwise(self.knots_bp))
        if self.knots_bp[0] != 0 or not rising:
            raise ValueError("knots must start at 0 and rise")
        return self


class Training(Part):
    """How the network is fitted; it stops early on the validation log loss."""

    batch_size: Positive
    max_epochs: Positive
    patience: Positive
    learning_rate: Annotated[float, Field(gt=0)]
    weight_decay: Annotated[float, Field(ge=0)]


class Recipe(Part):
    """One model: its data, its split by time, its network and the assumptions that go with it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    version: Annotated[str, Field(pattern=r"^v[0-9]+$")]
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    data: Data
    split: Split
    net: Net
    training: Training
    unit_cost_share: dict[str, Share]
    """By department."""
    unit_cost_share_exceptions: dict[str, Share]
    """By category, for those that earn far less than the rest of their department."""

    def cost_share(self, department: str, category: str) -> Decimal:
        """The assumed unit cost of a category as a share of its shelf price."""
        exception = self.unit_cost_share_exceptions.get(category)
        return self.unit_cost_share[department] if exception is None else exception

    def instant(self, day: date) -> int:
        """Unix seconds of the midnight in the data's own timezone with which *day* begins."""
        local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.data.timezone))
        return int(local.astimezone(UTC).timestamp())


def read_recipe(path: Path) -> tuple[Recipe, str]:
    """The recipe at *path*, and the SHA-256 (hex) of its bytes.

    Raises:
        RecipeInvalid: It can't be read, is no YAML mapping, or breaks the schema.
    """
    try:
        raw = path.read_bytes()
        recipe = Recipe.model_validate(yaml.safe_load(raw))
    except OSError as error:
        raise RecipeInvalid(f"can't read recipe `{path}`") from error
    except yaml.YAMLError as error:
        raise RecipeInvalid(f"recipe `{path}` is no valid YAML") from error
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise RecipeInvalid("; ".join(faults)) from error
    return recipe, hashlib.sha256(raw).hexdigest()
