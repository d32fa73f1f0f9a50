"""The rule documents, one model per kind: what a rule file may hold.

The JSON Schema that editors use is made from these models, so every key has a description.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.quantities import basis_points, is_decimal


def _refuse(message: str, advice: str) -> PydanticCustomError:
    return PydanticCustomError("rule_value", "{message}", {"message": message, "advice": advice})


def _pattern(pattern: str, what: str, advice: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        """The text itself when it fits; refuses it otherwise."""
        if not compiled.fullmatch(text):
            raise _refuse(f'`"{text[:60]}"` is not {what}', advice)
        return text

    return check


def _amount(text: str) -> str:
    if not is_decimal(text) or text.startswith("-"):
        raise _refuse(f'`"{text[:60]}"` is not an amount of money', 'write it like `"2.50"`')
    return text


def _percentage(text: str) -> str:
    bp = basis_points(text)
    if bp is None or bp > 10_000:  # noqa: PLR2004 (100 % in basis points)
        advice = 'write it like `"15 %"`, from 0 to 100 with at most two decimals'
        raise _refuse(f'`"{text[:60]}"` is not a percentage', advice)
    return text


def _civil_date(text: str) -> str:
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        raise _refuse(f'`"{text[:60]}"` is not a date', "write it like `2026-01-31`") from None
    if text != parsed.isoformat():
        raise _refuse(f'`"{text[:60]}"` is not a date', "write it like `2026-01-31`")
    return text


def _currency(text: str) -> str:
    if text not in MINOR_DIGITS:
        known = ", ".join(f"`{c}`" for c in sorted(MINOR_DIGITS))
        raise _refuse(f'`"{text[:60]}"` is not a currency known here', f"known are {known}")
    return text


_KEBAB: Final = r"[a-z0-9]+(-[a-z0-9]+)*"
_FACT: Final = r"[a-z]+\.[a-z0-9_-]+"

Id = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_pattern(_KEBAB, "an id", "use small letters, digits and single hyphens")),
    Field(json_schema_extra={"pattern": f"^{_KEBAB}$"}),
]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
FactName = Annotated[
    str,
    StringConstraints(max_length=80),
    AfterValidator(_pattern(_FACT, "the name of a fact", "write it like `shopper.baskets_56d`")),
]
DeclaredName = Annotated[
    str,
    StringConstraints(max_length=80),
    AfterValidator(
        _pattern(
            r"(shopper|line)\.[a-z][a-z0-9_]*",
            "a name for a declared fact",
            "start it with `shopper.` or `line.`, then small letters, digits and underscores",
        )
    ),
    Field(json_schema_extra={"pattern": r"^(shopper|line)\.[a-z][a-z0-9_]*$"}),
]
Word = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_pattern(r"[a-z][a-z0-9_]*", "a name", "use small letters and underscores")),
]
Jurisdiction = Annotated[
    str,
    AfterValidator(
        _pattern(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", "a jurisdiction", "write it like `US` or `US-TN`")
    ),
]
Amount = Annotated[
    str, AfterValidator(_amount), Field(json_schema_extra={"pattern": r"^[0-9]+(\.[0-9]{1,6})?$"})
]
Percentage = Annotated[
    str,
    AfterValidator(_percentage),
    Field(json_schema_extra={"pattern": r"^[0-9]{1,3}(\.[0-9]{1,2})? ?%$"}),
]
CivilDate = Annotated[str, AfterValidator(_civil_date), Field(json_schema_extra={"format": "date"})]
Currency = Annotated[
    str, AfterValidator(_currency), Field(json_schema_extra={"enum": sorted(MINOR_DIGITS)})
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Labels = Annotated[list[Label], Field(min_length=1, max_length=1000)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=100)]
Jurisdictions = Annotated[list[Jurisdiction], Field(min_length=1, max_length=100)]
Plain = bool | int | Annotated[str, StringConstraints(max_length=200)]
Plains = Annotated[list[Plain], Field(min_length=1, max_length=64)]


class Model(BaseModel):
    """Base of every document: strict types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class JurisdictionDoc(Model):
    """A place whose law and calendar apply to a sale."""

    time_zone: str = Field(
        description="IANA time zone whose calendar decides what day it is for the rules.",
        examples=["America/Chicago"],
        max_length=60,
    )


class ShopDoc(Model):
    """The shop: what holds for every rule."""

    kind: Literal["shop"] = Field(description="What this file is.")
    name: Name = Field(description="The shop's name.", examples=["Corner grocery"])
    currency: Currency = Field(description="Currency of all amounts.", examples=["USD"])
    channels: Annotated[list[Word], Field(min_length=1)] = Field(
        description="Where the shop sells.", examples=[["store", "online"]]
    )
    jurisdictions: Annotated[dict[Jurisdiction, JurisdictionDoc], Field(min_length=1)] = Field(
        description="Where the shop sells, in law: ISO 3166 codes.",
        examples=[{"US-TN": {"time_zone": "America/Chicago"}}],
    )
    reservation_minutes: int = Field(
        ge=1,
        le=1440,
        description="How long a discount is held until it is redeemed.",
        examples=[30],
    )
    consents: list[Word] = Field(
        default=[],
        description="Consents that rules may ask for, as `consent.<name>`.",
        examples=[["personalised_offers"]],
    )


class FactDoc(Model):
    """A fact that the checkout may send."""

    type: Literal["integer", "boolean", "text", "money", "decimal"] = Field(
        description="What kind of value it has.", examples=["integer"]
    )
    description: Prose = Field(
        description="What it says, in one sentence.", examples=["Baskets in the last 56 days."]
    )
    places: int | None = Field(
        default=None, ge=1, le=6, description="Decimal places of a `decimal`.", examples=[2]
    )
    values: Labels | None = Field(
        default=None, description="All values a `text` may have.", examples=[["gold", "silver"]]
    )


class FactsDoc(Model):
    """The facts that the checkout may send besides the basket itself."""

    kind: Literal["facts"] = Field(description="What this file is.")
    facts: dict[DeclaredName, FactDoc] = Field(
        description="Facts by name: `shopper.*` about the shopper, `line.*` about a basket line.",
        examples=[{"shopper.baskets_56d": {"type": "integer", "description": "Baskets."}}],
    )


class Ruled(Model):
    """What every rule says about itself."""

    id: Id = Field(
        description="Permanent name of the rule, the same as its file name.",
        examples=["soft-drinks"],
    )
    owner: Name = Field(description="Who answers for the rule.", examples=["Beverages buyer"])
    why: Prose = Field(description="Why the rule is there.", examples=["Agreed with the bottler."])
    valid_from: CivilDate = Field(description="First day it holds.", examples=["2026-01-01"])
    valid_to: CivilDate = Field(
        description="First day it no longer holds; the day before is its last.",
        examples=["2027-01-01"],
    )


class ScopeDoc(Model):
    """Basket lines; a line must fit every key that is given, and an exclusion always wins."""

    departments: Labels | None = Field(
        default=None, description="Departments covered.", examples=[["PRODUCE"]]
    )
    categories: Labels | None = Field(
        default=None, description="Product categories covered.", examples=[["CHEESE"]]
    )
    brands: Labels | None = Field(
        default=None, description="Brands covered.", examples=[["Private"]]
    )
    products: Labels | None = Field(
        default=None, description="Product ids covered.", examples=[["1029743"]]
    )
    exclude_departments: Labels | None = Field(
        default=None, description="Departments never covered.", examples=[["SPIRITS"]]
    )
    exclude_categories: Labels | None = Field(
        default=None, description="Categories never covered.", examples=[["CIGARETTES"]]
    )


_EXCLUSIVE: Final[dict[str, Any]] = {
    "oneOf": [{"required": [key]} for key in ("all", "any", "none", "fact")]
}


class ConditionDoc(Model):
    """Either one comparison of a fact, or a list of conditions under `all`, `any` or `none`."""

    model_config = ConfigDict(json_schema_extra=_EXCLUSIVE)

    all: list[ConditionDoc] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="True when every one of these is true.",
    )
    any: list[ConditionDoc] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="True when at least one of these is true.",
    )
    none: list[ConditionDoc] | None = Field(
        default=None, min_length=1, max_length=64, description="True when not one of these is true."
    )
    fact: FactName | None = Field(
        default=None, description="The fact to compare.", examples=["shopper.baskets_56d"]
    )
    equal: Plain | None = Field(default=None, alias="is", description="The fact is this value.")
    unequal: Plain | None = Field(
        default=None, alias="is_not", description="The fact is another value."
    )
    among: Plains | None = Field(
        default=None, alias="in", description="The fact is one of these values."
    )
    not_among: Plains | None = Field(
        default=None, alias="not_in", description="The fact is none of these values."
    )
    at_least: Plain | None = Field(default=None, description="The fact is this or more.")
    at_most: Plain | None = Field(default=None, description="The fact is this or less.")
    more_than: Plain | None = Field(default=None, description="The fact is more than this.")
    less_than: Plain | None = Field(default=None, description="The fact is less than this.")
    between: Annotated[list[Plain], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="The fact is the first value, the second, or between."
    )


class SegmentDoc(Ruled):
    """A group of shoppers or baskets that rules can name as `segment.<id>`."""

    kind: Literal["segment"] = Field(description="What this file is.")
    when: ConditionDoc = Field(description="Who belongs to it.")


class OfferDoc(Ruled):
    """A discount that may be given, at each depth of its ladder."""

    kind: Literal["offer"] = Field(description="What this file is.")
    name: Name = Field(description="Its name for people.", examples=["Soft drinks week"])
    percent_off: Annotated[list[Percentage], Field(min_length=1, max_length=20)] | None = Field(
        default=None,
        description="Depths as shares of the covered lines, ascending.",
        examples=[["5 %", "10 %"]],
    )
    amount_off: Annotated[list[Amount], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="Depths as amounts, ascending.", examples=[["1.00", "2.00"]]
    )
    scope: ScopeDoc = Field(
        default=ScopeDoc(), description="Lines it takes money off; without it, the whole basket."
    )
    minimum_spend: Amount = Field(
        default="0",
        description="What the covered lines must cost before the discount.",
        examples=["25.00"],
    )
    supplier_pays: Percentage = Field(
        default="0 %",
        description="Share of the discount that the supplier pays back.",
        examples=["60 %"],
    )
    budgets: Ids | None = Field(
        default=None, description="Budgets it draws on.", examples=[["monthly-campaign"]]
    )


class EligibilityDoc(Ruled):
    """Who may not be given an offer: `deny_when` is true, or `require` is not."""

    kind: Literal["eligibility"] = Field(description="What this file is.")
    sentence: Prose = Field(
        description="The rule in plain words, for the shopper who asks.",
        examples=["Personal discounts need your consent."],
    )
    deny_when: ConditionDoc | None = Field(default=None, description="Denied when this is true.")
    require: ConditionDoc | None = Field(default=None, description="Denied unless this is true.")
    offers: Ids | None = Field(
        default=None, description="Offers it speaks about; without it, all.", examples=[["meat"]]
    )
    lines: ScopeDoc | None = Field(
        default=None, description="Only discounts that touch these lines; without it, all."
    )
    jurisdictions: Jurisdictions | None = Field(
        default=None, description="Where it holds; without it, everywhere.", examples=[["US-TN"]]
    )


class PriceFloorDoc(Model):
    """The lowest price per piece."""

    formula: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="Price per piece from `line.*` facts with + - * ( ) min max; rounded up.",
        examples=["line.unit_cost * 1.15"],
    )


class MarginFloorDoc(Model):
    """The lowest margin on the discounted lines."""

    at_least: Percentage = Field(
        description="Share of the net price that must remain after cost.", examples=["8 %"]
    )


class DiscountCapDoc(Model):
    """The largest discount; when both are given the smaller one holds."""

    at_most_percent: Percentage | None = Field(
        default=None, description="Share of the basket at list price.", examples=["25 %"]
    )
    at_most_amount: Amount | None = Field(
        default=None, description="Largest amount.", examples=["20.00"]
    )


class LawDoc(Model):
    """The law behind a guardrail."""

    cite: Prose = Field(description="Statute and section.", examples=["Wis. Stat. 100.30"])
    url: Annotated[
        str, AfterValidator(_pattern(r"https://\S{4,300}", "an address", "start it with https://"))
    ] = Field(description="Where to read it.", examples=["https://docs.legis.wisconsin.gov/"])
    checked_on: CivilDate = Field(
        description="When somebody last read it.", examples=["2026-01-31"]
    )


class GuardrailDoc(Ruled):
    """A limit that nothing can pass, whatever a model says."""

    kind: Literal["guardrail"] = Field(description="What this file is.")
    name: Name = Field(description="Its name for people.", examples=["Cigarette minimum price"])
    price_floor: PriceFloorDoc | None = Field(default=None, description="The lowest price.")
    margin_floor: MarginFloorDoc | None = Field(default=None, description="The lowest margin.")
    discount_cap: DiscountCapDoc | None = Field(default=None, description="The largest discount.")
    scope: ScopeDoc = Field(
        default=ScopeDoc(), description="Lines it protects; without it, every line."
    )
    jurisdictions: Jurisdictions | None = Field(
        default=None, description="Where it holds; without it, everywhere.", examples=[["US-WI"]]
    )
    law: LawDoc | None = Field(default=None, description="The law behind it, if any.")
    encode: Literal["hard"] = Field(
        default="hard", description="A hard guardrail withholds the discount."
    )


class BudgetDoc(Ruled):
    """A cap on what offers may give together."""

    kind: Literal["budget"] = Field(description="What this file is.")
    name: Name = Field(description="Its name for people.", examples=["Monthly campaign"])
    limit: Amount | None = Field(default=None, description="Most money.", examples=["500.00"])
    limit_count: int | None = Field(
        default=None, ge=1, le=1_000_000_000, description="Most discounts.", examples=[3]
    )
    held_by: Literal["campaign", "shopper"] = Field(
        description="One budget for all, or one for each shopper."
    )
    period: Literal["total", "day", "week", "month"] = Field(
        description="When it starts afresh, by the calendar of the sale."
    )


class DisclosureDoc(Ruled):
    """A sentence owed to the shopper with every discount."""

    kind: Literal["disclosure"] = Field(description="What this file is.")
    text: Prose = Field(description="The sentence, word for word.")
    jurisdictions: Jurisdictions | None = Field(
        default=None, description="Where it is owed; without it, everywhere.", examples=[["US-WI"]]
    )


Document = (
    ShopDoc | FactsDoc | SegmentDoc | OfferDoc | EligibilityDoc | GuardrailDoc | BudgetDoc
    | DisclosureDoc
)  # fmt: skip

MODELS: Final[dict[str, type[Document]]] = {
    "shop": ShopDoc,
    "facts": FactsDoc,
    "segment": SegmentDoc,
    "offer": OfferDoc,
    "eligibility": EligibilityDoc,
    "guardrail": GuardrailDoc,
    "budget": BudgetDoc,
    "disclosure": DisclosureDoc,
}
"""The model of each kind of document."""

SHELVES: Final[dict[str, str]] = {
    "segments": "segment",
    "offers": "offer",
    "eligibility": "eligibility",
    "guardrails": "guardrail",
    "budgets": "budget",
    "disclosures": "disclosure",
}
"""The folder of each kind of rule; `shop.yaml` and `facts.yaml` stand beside them."""
