"""The documents that there is one of in each ruleset: the shop, its facts and its goods classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from sconto.rulebook.documents.base import Model, ScopeDoc, optional
from sconto.rulebook.documents.shape import only_with
from sconto.rulebook.documents.texts import TextsDoc
from sconto.rulebook.documents.values import (
    ONCE,
    Currency,
    DeclaredName,
    Folder,
    Id,
    Jurisdiction,
    Labels,
    Language,
    Name,
    Prose,
    Word,
    Words,
    described,
)

Industry = Annotated[
    Literal["ecommerce", "retail", "travel", "finance"],
    described(
        ecommerce="Goods sold online and sent to the shopper.",
        retail="Goods sold over the counter.",
        travel="Stays, fares and packages; prices are per night or per traveller.",
        finance="Credit; the price is what the credit costs.",
    ),
]
Returns = Annotated[
    Literal["keep_shares", "reprice"],
    described(
        keep_shares="For each piece what was paid for it.",
        reprice="What was paid, less what the rest costs when the discounts that were given are "
        "worked out for it alone. Never less than nothing.",
    ),
]
Prices = Annotated[
    Literal["with_tax", "without_tax"],
    described(
        with_tax="With the tax that the shopper pays.",
        without_tax="Without it. The checkout sends `line.tax_percent` of lines for which a law "
        "speaks of the price with tax; where it is missing, the discount is withheld.",
    ),
]
ValueType = Annotated[
    Literal["integer", "boolean", "text", "money", "decimal"],
    described(
        integer="A whole number, written without quotes.",
        boolean="`true` or `false`.",
        text="Text; `values` can list all that it may be.",
        money="An amount in the shop's currency, written in quotes.",
        decimal="A number with `places` decimal places, written in quotes.",
    ),
]


class JurisdictionDoc(Model):
    """A place whose law and calendar apply to a sale."""

    time_zone: str = Field(
        description="IANA time zone whose calendar decides what day it is for the rules.",
        examples=["America/Chicago"],
        max_length=60,
    )


class ShopDoc(Model):
    """The shop: what holds for every rule."""

    kind: Literal["shop"] = Field(description="What this file is.", examples=["shop"])
    name: Name = Field(description="The shop's name.", examples=["Corner grocery"])
    industry: Industry = Field(description="What the shop sells.", examples=["retail"])
    currency: Currency = Field(description="Currency of all amounts.", examples=["USD"])
    channels: Annotated[Words, Field(min_length=1)] = Field(
        description="Where the shop sells.", examples=[["store", "online"]]
    )
    jurisdictions: Annotated[dict[Jurisdiction, JurisdictionDoc], Field(min_length=1)] = Field(
        description="Where the shop sells, in law: ISO 3166 codes, with a city as third level.",
        examples=[{"US-TN": {"time_zone": "America/Chicago"}}],
    )
    legal_packs: Folder | None = optional(
        "Folder of legal packs, seen from this file. Every pack of a place where the "
        "shop sells becomes part of the ruleset.",
        "../legal",
    )
    reservation_minutes: int = Field(
        ge=1,
        le=1440,
        description="How long a discount is held until it is redeemed.",
        examples=[30],
    )
    returns: Returns = Field(
        default="keep_shares",
        description="What a shopper gets back for pieces that come back.",
        examples=["reprice"],
    )
    price_history: bool = Field(
        default=False,
        description="Whether `line.lowest_price_30d` is worked out from the list prices that the "
        "shop records; what a checkout sends of it is not used then.",
        examples=[True],
    )
    prices: Prices = Field(
        default="with_tax",
        description="What list prices are, and every amount in the shop's own rules.",
        examples=["without_tax"],
    )
    languages: list[Language] = Field(
        default=[],
        max_length=40,
        description="What shoppers are written in, the first by default: titles of offers, and "
        "sentences about codes and about what one change would bring.",
        examples=[["en", "de"]],
        json_schema_extra=ONCE,
    )
    texts: dict[Language, TextsDoc] = Field(
        default={},
        description="The shop's own texts for shoppers, by language.",
        examples=[{"en": {"more_pieces": "Take {count} more and save {saving}!"}}],
    )
    consents: Words = Field(
        default=[],
        description="Consents that rules may ask for, as `consent.<name>`.",
        examples=[["personalised_offers"]],
    )


class FactDoc(Model):
    """A fact that the checkout may send."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                only_with("type", "decimal", "places", always=True),
                only_with("type", "text", "values", always=False),
            ]
        }
    )

    type: ValueType = Field(description="What kind of value it has.", examples=["integer"])
    places: int | None = optional("Decimal places of a `decimal`.", 2, ge=1, le=6)
    values: Labels | None = optional("All values a `text` may have.", ["gold", "silver"])
    description: Prose = Field(
        description="What it says, in one sentence.", examples=["Baskets in the last 56 days."]
    )
    shopper_can_change: bool = Field(
        default=False,
        description="Whether the shopper can bring about another value. Only then an explanation "
        "says what another value would have brought: nobody is advised to be somebody else.",
        examples=[True],
    )


class EventDoc(Model):
    """A kind of behaviour event."""

    description: Prose = Field(
        description="When it happens.", examples=["A basket was left for an hour."]
    )
    amount: bool = Field(
        default=False, description="Whether it carries an amount of money.", examples=[True]
    )


class FactsDoc(Model):
    """The facts that the checkout may send besides the basket itself."""

    kind: Literal["facts"] = Field(description="What this file is.", examples=["facts"])
    facts: dict[DeclaredName, FactDoc] = Field(
        description="Facts by name: `shopper.*` about the shopper, `line.*` about a basket line.",
        examples=[{"shopper.baskets_56d": {"type": "integer", "description": "Baskets."}}],
    )
    events: dict[Word, EventDoc] = Field(
        default={},
        description="Kinds of behaviour events that the checkout may send, for signals. Sconto "
        "itself records `discount_given`, `discount_redeemed` and `code_unknown`.",
        examples=[{"basket_abandoned": {"description": "A basket was left for an hour."}}],
    )


SCOPE_TAG = "goods of a class"
NONE_TAG = "no goods of a class"


def _tag(value: Any) -> str:
    return NONE_TAG if isinstance(value, str) else SCOPE_TAG


ClassGoods = Annotated[
    Annotated[
        ScopeDoc,
        Tag(SCOPE_TAG),
        Field(json_schema_extra={"not": {"required": ["classes"]}}),
    ]
    | Annotated[Literal["none"], Tag(NONE_TAG)],
    Discriminator(_tag),
]
"""The lines of a class, or `none` for a shop that sells no such goods."""


class ClassesDoc(Model):
    """Which of the shop's goods belong to the classes that laws and rules speak about."""

    kind: Literal["classes"] = Field(description="What this file is.", examples=["classes"])
    classes: dict[Id, ClassGoods] = Field(
        description="Goods by class: a scope, or the word `none` when the shop sells none.",
        examples=[{"alcohol": {"categories": ["BEER", "WINE"]}, "book": "none"}],
    )
