"""The document of the other currencies that a shop sells in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sconto.rulebook.documents.base import Model, optional
from sconto.rulebook.documents.offers import RoundingWord
from sconto.rulebook.documents.values import Amount, CivilDate, Currency, Prose, Rate


class CurrencyDoc(Model):
    """One other currency, and how amounts of rule files become amounts of it."""

    rate: Rate = Field(
        description="What one unit of the shop's currency is in it.", examples=["0.86"]
    )
    step: Amount | None = optional(
        "Discounts and the amounts of rules are a multiple of it; without it, of the currency's "
        "smallest unit.",
        "0.05",
        json_schema_extra={"not": {"pattern": r"^0(\.0+)?$"}},
    )
    rounding: RoundingWord = Field(
        default="half_up",
        description="Where an amount goes that is not a whole number of steps.",
        examples=["down"],
    )


class ExchangeRatesDoc(Model):
    """The other currencies in which the shop sells; all rule files stay in its own."""

    kind: Literal["exchange_rates"] = Field(
        description="What this file is.", examples=["exchange_rates"]
    )
    date: CivilDate = Field(description="Day of the rates.", examples=["2026-12-01"])
    source: Prose = Field(description="Where they come from.", examples=["ECB reference rates"])
    currencies: Annotated[dict[Currency, CurrencyDoc], Field(min_length=1)] = Field(
        description="Each other currency, by its ISO 4217 code.",
        examples=[{"GBP": {"rate": "0.86", "step": "0.05"}}],
    )
