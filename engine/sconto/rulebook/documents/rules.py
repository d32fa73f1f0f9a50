"""The rules about offers: segments, signals, eligibility, guardrails, budgets, disclosures."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from sconto.rulebook.documents.base import (
    EXAMPLE_LAW,
    ConditionDoc,
    Encode,
    LawDoc,
    Model,
    Ruled,
    ScopeDoc,
    optional,
)
from sconto.rulebook.documents.limits import (
    DepthCapDoc,
    DiscountCapDoc,
    FrequencyCapDoc,
    MarginFloorDoc,
    PriceCeilingDoc,
    PriceFloorDoc,
)
from sconto.rulebook.documents.shape import exactly_one, never_both
from sconto.rulebook.documents.values import (
    Amount,
    Ids,
    Jurisdictions,
    Name,
    Percentage,
    Prose,
    Window,
    Words,
    described,
)

Holder = Annotated[
    Literal["campaign", "shopper", "region"],
    described(
        campaign="One budget for all.",
        shopper="One budget for each shopper.",
        region="One budget for each jurisdiction.",
    ),
]
PeriodWord = Annotated[
    Literal["total", "day", "week", "month"],
    described(
        total="Never: it holds from `valid_from` to `valid_to`.",
        day="Every day.",
        week="Every Monday.",
        month="On the first of every month.",
    ),
]
MeasureWord = Annotated[
    Literal["count", "sum"],
    described(
        count="How many events there were: a whole number.",
        sum="What their amounts add up to: money.",
    ),
]


GUARDRAIL_KEYS: Final = (
    "price_floor", "price_ceiling", "depth_cap", "margin_floor", "discount_cap", "frequency_cap",
)  # fmt: skip
"""The keys of a guardrail of which it has exactly one."""


class SegmentDoc(Ruled):
    """A group of shoppers or baskets that rules can name as `segment.<id>`."""

    kind: Literal["segment"] = Field(description="What this file is.", examples=["segment"])
    when: ConditionDoc = Field(
        description="Who belongs to it.", examples=[{"fact": "shopper.baskets_56d", "at_least": 8}]
    )


class SignalDoc(Ruled):
    """A count or sum over a shopper's recent events, which rules can name as `signal.<id>`."""

    kind: Literal["signal"] = Field(description="What this file is.", examples=["signal"])
    events: Annotated[Words, Field(min_length=1, max_length=20)] = Field(
        description="Event kinds: declared in `facts.yaml`, or `discount_given`, "
        "`discount_redeemed`, `code_unknown`.",
        examples=[["basket_abandoned"]],
    )
    measure: MeasureWord = Field(description="What it takes from the events.", examples=["count"])
    window: Window = Field(
        description="How far back it looks from the decision's instant.", examples=["48 hours"]
    )


class EligibilityDoc(Ruled):
    """Who may not be given an offer: `deny_when` is true, or `require` is not."""

    model_config = ConfigDict(json_schema_extra=exactly_one("deny_when", "require"))

    kind: Literal["eligibility"] = Field(description="What this file is.", examples=["eligibility"])
    sentence: Prose = Field(
        description="The rule in plain words, for the shopper who asks.",
        examples=["Personal discounts need your consent."],
    )
    offers: Ids | None = optional("Offers it speaks about; without it, all.", ["meat"])
    lines: ScopeDoc | None = optional(
        "Only discounts that touch these lines; without it, all.", {"categories": ["CIGARETTES"]}
    )
    line_when: ConditionDoc | None = optional(
        "Only discounts on lines for which this is true; not known withholds.",
        {"fact": "line.brand", "is": "National"},
    )
    jurisdictions: Jurisdictions | None = optional(
        "Where it holds, with every place inside; without it, everywhere.", ["US-TN"]
    )
    deny_when: ConditionDoc | None = optional(
        "Denied when this is true.", {"fact": "offer.kind", "is": "percent"}
    )
    require: ConditionDoc | None = optional(
        "Denied unless this is true.", {"fact": "consent.personalised_offers", "is": True}
    )
    law: LawDoc | None = optional("The law behind it, if any.", EXAMPLE_LAW)
    encode: Encode = Field(
        default="hard", description="What it does when it denies.", examples=["review"]
    )


class GuardrailDoc(Ruled):
    """A limit that nothing can pass, whatever a model says."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one(*GUARDRAIL_KEYS),
            **never_both("line_when", "margin_floor", "discount_cap"),
            "dependentRequired": {"offers": ["frequency_cap"]},
        }
    )

    kind: Literal["guardrail"] = Field(description="What this file is.", examples=["guardrail"])
    name: Name = Field(description="Its name for people.", examples=["Cigarette minimum price"])
    price_floor: PriceFloorDoc | None = optional(
        "The lowest price.", {"formula": "line.unit_cost * 1.15"}
    )
    price_ceiling: PriceCeilingDoc | None = optional(
        "The highest price.", {"formula": "line.new_business_price"}
    )
    depth_cap: DepthCapDoc | None = optional(
        "The largest share of each line's list price.", {"at_most": "30 %"}
    )
    margin_floor: MarginFloorDoc | None = optional("The lowest margin.", {"at_least": "8 %"})
    discount_cap: DiscountCapDoc | None = optional(
        "The largest discount.", {"at_most_percent": "20 %", "at_most_amount": "15.00"}
    )
    frequency_cap: FrequencyCapDoc | None = optional(
        "The most discounts in a signal's window.", {"signal": "discounts-7d", "at_most": 3}
    )
    offers: Ids | None = optional(
        "Offers that a `frequency_cap` withholds; without it, all.", ["welcome"]
    )
    scope: ScopeDoc = Field(
        default=ScopeDoc(),
        description="Lines it protects; without it, every line.",
        examples=[{"categories": ["CIGARETTES"]}],
    )
    line_when: ConditionDoc | None = optional(
        "Only lines in scope for which this is true; not known withholds.",
        {"fact": "line.quantity", "at_least": 2},
    )
    jurisdictions: Jurisdictions | None = optional(
        "Where it holds, with every place inside; without it, everywhere.", ["US-WI"]
    )
    law: LawDoc | None = optional("The law behind it, if any.", EXAMPLE_LAW)
    encode: Encode = Field(
        default="hard", description="What it does when it is passed.", examples=["review"]
    )


class PacingDoc(Model):
    """How evenly a budget is used."""

    ahead_at_most: Percentage = Field(
        description="How far use may run ahead of an even pace, as a share of the limit.",
        examples=["10 %"],
    )


class ShadowPriceDoc(Model):
    """What a discount must bring for the budget it takes, so that it goes where it brings most."""

    at_pace: Amount = Field(
        description="Margin that each 1.00 of the budget must bring while use keeps an even pace; "
        "`sconto learn shadow-price` works it out from the log.",
        examples=["0.35"],
    )
    sharpness: int = Field(
        default=2,
        ge=1,
        le=12,
        description="How strongly the price rises when less is left than an even pace would "
        "leave, and falls when more is.",
        examples=[2],
    )


class BudgetDoc(Ruled):
    """A cap on what offers may give together."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one("limit", "limit_count"),
            "dependentRequired": {"shadow_price": ["limit"]},
        }
    )

    kind: Literal["budget"] = Field(description="What this file is.", examples=["budget"])
    name: Name = Field(description="Its name for people.", examples=["Monthly campaign"])
    limit: Amount | None = optional("Most money.", "500.00")
    limit_count: int | None = optional("Most discounts.", 3, ge=1, le=1_000_000_000)
    held_by: Holder = Field(description="Whose budget it is.", examples=["campaign"])
    period: PeriodWord = Field(description="When it starts afresh.", examples=["month"])
    time_zone: str | None = optional(
        "IANA time zone whose calendar begins its periods; without it, that of the sale.",
        "Europe/Berlin",
        max_length=60,
    )
    pacing: PacingDoc | None = optional(
        "Keeps the use even over the period.", {"ahead_at_most": "10 %"}
    )
    shadow_price: ShadowPriceDoc | None = optional(
        "What each unit of the budget must bring; with `limit` only.", {"at_pace": "0.35"}
    )


class DisclosureDoc(Ruled):
    """A sentence owed to the shopper with a discount."""

    kind: Literal["disclosure"] = Field(description="What this file is.", examples=["disclosure"])
    text: Prose = Field(
        description="The sentence, word for word.",
        examples=["This price was made for you by a program."],
    )
    jurisdictions: Jurisdictions | None = optional(
        "Where it is owed; without it, everywhere.", ["US-WI"]
    )
    scope: ScopeDoc = Field(
        default=ScopeDoc(),
        description="Owed only when a line in scope is discounted; without it, always.",
        examples=[{"classes": ["alcohol"]}],
    )
    law: LawDoc | None = optional("The law behind it, if any.", EXAMPLE_LAW)
