"""Legal packs: one law each, with its source, its dated rules and worked examples."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from sconto.rulebook.documents.base import (
    EXAMPLE_LAW,
    ConditionDoc,
    Encode,
    LawDoc,
    Model,
    Owned,
    optional,
)
from sconto.rulebook.documents.limits import PriceCeilingDoc, PriceFloorDoc
from sconto.rulebook.documents.offers import OfferKindWord
from sconto.rulebook.documents.shape import exactly_one, never_both
from sconto.rulebook.documents.shop import FactDoc
from sconto.rulebook.documents.values import (
    Amount,
    CivilDate,
    Currency,
    DeclaredName,
    Id,
    Ids,
    Jurisdiction,
    Jurisdictions,
    Name,
    Plain,
    Prose,
    described,
)

PACK_RULE_KEYS: Final = (
    "price_floor", "price_ceiling", "ban", "no_discount", "earns_nothing", "disclosure",
)  # fmt: skip
"""The keys of a pack rule of which it has exactly one."""

Confidence = Annotated[
    Literal["statute", "official", "press"],
    described(
        statute="The text of the law was read.",
        official="A page of an authority was read.",
        press="Only text of a trade body, law firm or newspaper was read.",
    ),
]


class PackLawDoc(LawDoc):
    """The law that a pack encodes, and how well its text is known."""

    confidence: Confidence = Field(description="What was read.", examples=["statute"])


class PackRuleDoc(Model):
    """One rule of a law: exactly one limit, ban or sentence, from one day to another."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one(*PACK_RULE_KEYS),
            **never_both("disclosure", "line_when"),
            "anyOf": [{"required": ["disclosure"]}, {"required": ["sentence"]}],
        }
    )

    id: Id = Field(
        description="Permanent name of the rule.", examples=["gb-sct-alcohol-minimum-2024"]
    )
    valid_from: CivilDate = Field(description="First day it holds.", examples=["2024-09-30"])
    valid_to: CivilDate = Field(
        description="First day it no longer holds; 2100-01-01 for standing law.",
        examples=["2100-01-01"],
    )
    sentence: Prose | None = optional(
        "The rule in plain words, for whoever asks; a disclosure needs none.",
        "In Scotland alcohol is not sold below 65 p a unit.",
    )
    classes: Ids | None = optional(
        "Goods classes it speaks about; without it, every line.", ["alcohol"]
    )
    line_when: ConditionDoc | None = optional(
        "Only lines for which this is true; not known withholds.",
        {"fact": "line.days_since_publication", "less_than": 550},
    )
    price_floor: PriceFloorDoc | None = optional(
        "The lowest price.", {"formula": "line.publisher_price"}
    )
    price_ceiling: PriceCeilingDoc | None = optional(
        "The highest price.", {"formula": "line.lowest_price_30d"}
    )
    ban: ConditionDoc | None = optional(
        "The discount is denied when this is true.", {"fact": "offer.kind", "is": "buy_x_get_y"}
    )
    no_discount: Literal[True] | None = optional("Nothing may come off such a line.", True)
    earns_nothing: Literal[True] | None = optional(
        "Such a line takes no part in an offer that must be earned, by a minimum spend, a tier or "
        "pieces, or is free shipping: it does not count, and nothing comes off it.",
        True,
    )
    disclosure: Prose | None = optional(
        "A sentence owed with every discount, word for word.",
        "This price was made for you by a program.",
    )
    encode: Encode = Field(
        default="hard", description="What it does when it speaks.", examples=["review"]
    )


class ExampleLineDoc(Model):
    """The one basket line of a worked example."""

    class_: Id | None = optional(
        "Its goods class; without it, goods that the pack does not name.", "alcohol", alias="class"
    )
    price: Amount = Field(description="Public price per piece.", examples=["20.00"])
    cost: Amount | None = optional("What one piece costs the shop.", "10.00")
    quantity: int = Field(default=1, ge=1, le=1000, description="Pieces.", examples=[2])
    facts: dict[DeclaredName, Plain] = Field(
        default={},
        description="Its facts; decimals and money quoted.",
        examples=[{"line.volume_ml": 700}],
    )


class ExpectDoc(Model):
    """What must come out of a worked example."""

    given: bool = Field(description="Whether the discount may be given.", examples=[False])
    rules: Annotated[list[Id], Field(max_length=50)] = Field(
        description="Ids of exactly the rules of the pack that denied, withheld or asked for "
        "review.",
        examples=[["gb-sct-alcohol-minimum-2024"]],
    )
    limit: Amount | None = optional("Floor or ceiling of the whole line that applied.", "18.20")
    missing: DeclaredName | None = optional(
        "The fact whose absence withheld it.", "line.abv_percent"
    )
    disclosures: Annotated[list[Id], Field(max_length=50)] | None = optional(
        "Ids of exactly the disclosures owed, when it is given.", ["us-ny-personal-price-said"]
    )


class ExampleDoc(Model):
    """A worked example: one line, one discount, and what the law says to it. Runs as a test."""

    name: Name = Field(
        description="What it shows.", examples=["Whisky, 70 cl at 40 %, costs at least 18.20"]
    )
    day: CivilDate = Field(description="Civil day of the sale.", examples=["2026-11-23"])
    jurisdiction: Jurisdiction | None = optional(
        "Place of the sale; without it, the only one of the pack.", "GB-SCT"
    )
    currency: Currency | None = optional("Without it, the currency of the pack.", "GBP")
    line: ExampleLineDoc = Field(
        description="The basket line.", examples=[{"class": "alcohol", "price": "20.00"}]
    )
    shopper: dict[DeclaredName, Plain] = Field(
        default={},
        description="Facts of the shopper; decimals and money quoted.",
        examples=[{"shopper.covered_borrower": True}],
    )
    discount: Amount = Field(description="Amount taken off the line.", examples=["1.80"])
    kind: OfferKindWord = Field(
        default="amount", description="Kind of the offer.", examples=["percent"]
    )
    expect: ExpectDoc = Field(
        description="What must come out.", examples=[{"given": True, "rules": []}]
    )


_WORKED: Final = {
    "name": "Nothing comes off",
    "day": "2026-11-23",
    "line": {"price": "10.00"},
    "discount": "1.00",
    "expect": {"given": False, "rules": ["de-prescription-no-discount"]},
}


class LegalPackDoc(Owned):
    """A law as rules that bind every ruleset of its place. Illustrative, not legal advice."""

    kind: Literal["legal_pack"] = Field(description="What this file is.", examples=["legal_pack"])
    name: Name = Field(description="Its name for people.", examples=["Scotland: alcohol"])
    jurisdictions: Jurisdictions = Field(
        description="Where it is law, with every place inside; `EU` means its member states.",
        examples=[["GB-SCT"]],
    )
    currency: Currency | None = optional(
        "Currency of the amounts in its rules; without it they hold none.", "GBP"
    )
    law: PackLawDoc = Field(
        description="Where the law can be read.",
        examples=[{**EXAMPLE_LAW, "confidence": "statute"}],
    )
    facts: dict[DeclaredName, FactDoc] = Field(
        default={},
        description="Facts that its rules need; the checkout must send them.",
        examples=[{"line.volume_ml": {"type": "integer", "description": "Contents of a piece."}}],
    )
    rules: Annotated[list[PackRuleDoc], Field(min_length=1, max_length=50)] = Field(
        description="What the law asks.",
        examples=[
            [
                {
                    "id": "de-prescription-no-discount",
                    "valid_from": "2000-01-01",
                    "valid_to": "2100-01-01",
                    "sentence": "Nothing comes off prescription medicine.",
                    "classes": ["prescription-medicine"],
                    "no_discount": True,
                }
            ]
        ],
    )
    examples: Annotated[list[ExampleDoc], Field(max_length=200)] = Field(
        default=[],
        description="At least three worked examples, which run as tests.",
        json_schema_extra={"minItems": 3},
        examples=[[_WORKED, _WORKED, _WORKED]],
    )
