"""What the documents share: strictness, who answers for a rule, scopes, conditions and laws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from sconto.rulebook.documents.shape import CONDITION
from sconto.rulebook.documents.values import (
    Address,
    CivilDate,
    FactName,
    Id,
    Ids,
    Labels,
    Name,
    Plain,
    Plains,
    Prose,
    described,
)


def optional(description: str, *examples: Any, **constraints: Any) -> Any:
    """A key that may be left out, with the description and the examples that editors show."""
    shown = list(examples) or None
    return Field(default=None, description=description, examples=shown, **constraints)


class Model(BaseModel):
    """Base of every document: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


M = TypeVar("M", bound=Model)


_Path = tuple[str | int, ...]


def parts_of(kind: type[M], value: Any, path: _Path) -> Iterator[tuple[_Path, M]]:
    """Every model of *kind* in *value*, which stands at *path*, outside of others of that kind."""
    if isinstance(value, kind):
        yield path, value
        return
    for at, item in _inside(value, path):
        yield from parts_of(kind, item, at)


def models_in(value: Any, path: _Path) -> Iterator[tuple[_Path, Model]]:
    """Every model in *value*, which stands at *path*, and every model inside of these."""
    if isinstance(value, Model):
        yield path, value
    for at, item in _inside(value, path):
        yield from models_in(item, at)


def _inside(value: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    """What *value*, which stands at *path*, holds, where that can hold something itself."""
    if isinstance(value, Model):
        entries: Any = value.__dict__.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    elif isinstance(value, Mapping):
        entries = value.items()
    else:
        return
    for name, item in entries:
        if isinstance(item, Model | list | Mapping):
            yield (*path, name), item


class Owned(Model):
    """What every rule file says about itself."""

    id: Id = Field(
        description="Permanent name of the rule, the same as its file name.",
        examples=["soft-drinks"],
    )
    owner: Name = Field(description="Who answers for the rule.", examples=["Beverages buyer"])
    why: Prose = Field(description="Why the rule is there.", examples=["Agreed with the bottler."])


class Ruled(Owned):
    """A rule file that holds from one civil day to another."""

    valid_from: CivilDate = Field(description="First day it holds.", examples=["2026-01-01"])
    valid_to: CivilDate = Field(
        description="First day it no longer holds; the day before is its last.",
        examples=["2027-01-01"],
    )


class ScopeDoc(Model):
    """Basket lines; a line must fit every key that is given, and an exclusion always wins."""

    departments: Labels | None = optional("Departments covered.", ["PRODUCE"])
    categories: Labels | None = optional("Product categories covered.", ["CHEESE"])
    brands: Labels | None = optional("Brands covered.", ["Private"])
    products: Labels | None = optional("Product ids covered.", ["1029743"])
    classes: Ids | None = optional(
        "Goods classes covered, as `classes.yaml` maps them.", ["alcohol"]
    )
    exclude_departments: Labels | None = optional("Departments never covered.", ["SPIRITS"])
    exclude_categories: Labels | None = optional("Categories never covered.", ["CIGARETTES"])


_ONE: Final = {"fact": "segment.regular", "is": True}
_OTHER: Final = {"fact": "basket.lines", "at_least": 3}


class ConditionDoc(Model):
    """Either one comparison of a fact, or a list of conditions under `all`, `any` or `none`."""

    model_config = ConfigDict(json_schema_extra=CONDITION)

    all: list[ConditionDoc] | None = optional(
        "True when every one of these is true.", [_ONE, _OTHER], min_length=1, max_length=64
    )
    any: list[ConditionDoc] | None = optional(
        "True when at least one of these is true.", [_ONE, _OTHER], min_length=1, max_length=64
    )
    none: list[ConditionDoc] | None = optional(
        "True when not one of these is true.", [_ONE], min_length=1, max_length=64
    )
    fact: FactName | None = optional("The fact to compare.", "shopper.baskets_56d")
    equal: Plain | None = optional("The fact is this value.", True, "CHEESE", alias="is")
    unequal: Plain | None = optional("The fact is another value.", "app", alias="is_not")
    among: Plains | None = optional(
        "The fact is one of these values.", ["online", "app"], alias="in"
    )
    not_among: Plains | None = optional(
        "The fact is none of these values.", ["store"], alias="not_in"
    )
    at_least: Plain | None = optional("The fact is this or more.", 8, "10.00")
    at_most: Plain | None = optional("The fact is this or less.", 3, "10.00")
    more_than: Plain | None = optional("The fact is more than this.", 1000)
    less_than: Plain | None = optional("The fact is less than this.", 28)
    between: Annotated[list[Plain], Field(min_length=2, max_length=2)] | None = optional(
        "The fact is the first value, the second, or between.", [20260101, 20260131]
    )
    multiple_of: int | None = optional(
        "The fact is a multiple of this whole number: every n-th.", 10, ge=2, le=10_000
    )


EXAMPLE_LAW: Final = {
    "cite": "Wis. Stat. 100.30",
    "url": "https://docs.legis.wisconsin.gov/",
    "checked_on": "2026-01-31",
}


class LawDoc(Model):
    """The law behind a rule. Illustrative, not legal advice."""

    cite: Prose = Field(description="Statute and section.", examples=["Wis. Stat. 100.30"])
    url: Address = Field(
        description="Where to read it.", examples=["https://docs.legis.wisconsin.gov/"]
    )
    checked_on: CivilDate = Field(
        description="When somebody last read it.", examples=["2026-01-31"]
    )


Encode = Annotated[
    Literal["hard", "review"],
    described(
        hard="Withholds the discount.",
        review="Lets the discount pass and marks the decision for a person to look at.",
    ),
]
"""What a rule does when it applies."""
