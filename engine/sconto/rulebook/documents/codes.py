"""Codes that open offers."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from sconto.domain.codes import normalised
from sconto.rulebook.documents.base import Model, Ruled, optional
from sconto.rulebook.documents.shape import exactly_one
from sconto.rulebook.documents.values import Ids, Name, refuse

_LEAST: Final = 4
"""Symbols that a code has at least; fewer are guessed at once."""


def _code_text(text: str) -> str:
    if len(normalised(text)) < _LEAST:
        advice = "write four or more digits and letters from A to Z, like `WELCOME10`"
        raise refuse(f'`"{text[:60]}"` is no code', advice)
    return text


CodeText = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_code_text),
    Field(json_schema_extra={"pattern": "^([ ._-]*[A-Za-z0-9]){4}[A-Za-z0-9 ._-]*$"}),
]
_MOST_USES: Final = 1_000_000_000


def _uses(description: str, example: int) -> int | None:
    uses: int | None = optional(description, example, ge=1, le=_MOST_USES)
    return uses


class CodeLimitsDoc(Model):
    """How often codes may be used; a decision that gives discounts by a code uses it once."""

    in_all: int | None = _uses("Uses by everybody together, as long as it holds.", 10_000)
    per_shopper: int | None = _uses("Uses by each shopper, as long as it holds.", 1)
    per_day: int | None = _uses("Uses by everybody together, each day.", 500)
    per_week: int | None = _uses("Uses by everybody together, each week from Monday.", 2_000)
    per_month: int | None = _uses("Uses by everybody together, each month.", 5_000)


class CodesDoc(Ruled):
    """Codes without which the offers that they open are not given."""

    model_config = ConfigDict(json_schema_extra=exactly_one("code", "single_use"))

    kind: Literal["codes"] = Field(description="What this file is.", examples=["codes"])
    name: Name = Field(description="Its name for people.", examples=["Welcome"])
    code: CodeText | None = optional(
        "The code that everybody shares. Case, spaces and hyphens are forgiven; O is read as 0, I "
        "and L as 1.",
        "WELCOME10",
    )
    single_use: Literal[True] | None = optional(
        "Its codes are for one use each; `sconto codes` makes them, or takes those of others.", True
    )
    offers: Ids = Field(
        description="The offers that it opens; nobody is given them without.",
        examples=[["welcome-ten"]],
    )
    limits: CodeLimitsDoc = Field(
        default=CodeLimitsDoc(),
        description="How often it may be used; without them, as often as budgets allow.",
        examples=[{"per_shopper": 1}],
    )
