"""The limits that guardrails set, one model per kind."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, StringConstraints

from sconto.rulebook.documents.base import Model, optional
from sconto.rulebook.documents.shape import at_least_one
from sconto.rulebook.documents.values import Amount, Id, Percentage, described

FormulaText = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
WITH_TAX: Final = Field(
    default=False,
    description="Whether the formula says a price with tax. Where `shop.yaml` says that prices are "
    "without tax, it is compared with the price and its `line.tax_percent`.",
    examples=[True],
)
FloorRounding = Annotated[
    Literal["up", "down"],
    described(up="To the next higher price.", down="To the next lower price."),
]


class PriceFloorDoc(Model):
    """The lowest price per piece."""

    formula: FormulaText = Field(
        description="Price per piece from `line.*` facts with + - * ( ) min max.",
        examples=["line.unit_cost * 1.15"],
    )
    rounding: FloorRounding = Field(
        default="up", description="Which way a part of the smallest unit goes.", examples=["up"]
    )
    with_tax: bool = WITH_TAX


class PriceCeilingDoc(Model):
    """The highest price per piece, after the discount."""

    formula: FormulaText = Field(
        description="Price per piece from `line.*` facts with + - * ( ) min max.",
        examples=["line.new_business_price"],
    )
    rounding: FloorRounding = Field(
        default="down", description="Which way a part of the smallest unit goes.", examples=["up"]
    )
    with_tax: bool = WITH_TAX


class DepthCapDoc(Model):
    """The largest share of each line's list price, all discounts together."""

    at_most: Percentage = Field(description="Share of the line's list price.", examples=["30 %"])


class FrequencyCapDoc(Model):
    """The most discounts in a signal's window."""

    signal: Id = Field(description="A signal that counts.", examples=["discounts-7d"])
    at_most: int = Field(
        ge=1,
        le=1_000_000,
        description="As many as this in the window, and the next one is withheld.",
        examples=[3],
    )


class MarginFloorDoc(Model):
    """The lowest margin on the discounted lines."""

    at_least: Percentage = Field(
        description="Share of the net price that must remain after cost.", examples=["8 %"]
    )


class DiscountCapDoc(Model):
    """The largest discount; when both are given the smaller one holds."""

    model_config = ConfigDict(json_schema_extra=at_least_one("at_most_percent", "at_most_amount"))

    at_most_percent: Percentage | None = optional("Share of the basket at list price.", "25 %")
    at_most_amount: Amount | None = optional("Largest amount.", "20.00")
