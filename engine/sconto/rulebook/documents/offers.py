"""Offers, and the lanes and the experiment that they compete in."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field

from sconto.rulebook.documents.base import Model, Ruled, ScopeDoc, optional
from sconto.rulebook.documents.shape import at_least_one, exactly_one, never_both
from sconto.rulebook.documents.values import (
    Amount,
    Caution,
    Id,
    Ids,
    Language,
    Name,
    Percentage,
    Prose,
    described,
)

OFFER_KEYS: Final = (
    "percent_off", "amount_off", "buy_x_get_y", "bundle_price", "free_shipping", "spend_tiers",
)  # fmt: skip
"""The keys of an offer of which it has exactly one."""

OfferKindWord = Annotated[
    Literal["percent", "amount", "buy_x_get_y", "bundle", "free_shipping", "spend_tiers"],
    described(
        percent="A percentage off.",
        amount="An amount off.",
        buy_x_get_y="Buy some pieces, get others cheaper or free.",
        bundle="Several pieces for one price.",
        free_shipping="Shipping cheaper or free.",
        spend_tiers="What each spend brings.",
    ),
]
Percentages = Annotated[list[Percentage], Field(min_length=1, max_length=20)]
Amounts = Annotated[list[Amount], Field(min_length=1, max_length=20)]
RoundingWord = Annotated[
    Literal["down", "half_up", "up"],
    described(
        down="To the next smaller amount.",
        half_up="To the nearest amount; the middle goes up.",
        up="To the next larger amount.",
    ),
]
Sees = Annotated[
    Literal["list_price", "price_after_earlier_lanes"],
    described(
        list_price="Its offers are worked out on public prices.",
        price_after_earlier_lanes="Its offers are worked out on what earlier lanes have left.",
    ),
]
Aim = Annotated[
    Literal["sale", "growth", "return"],
    described(
        sale="That this sale is made.",
        growth="That this basket grows.",
        **{"return": "That the shopper comes back."},
    ),
]
CostWord = Annotated[
    Literal["given", "sold", "redeemed"],
    described(
        given="At once, whatever comes of it.",
        sold="If the goods in the basket are sold.",
        redeemed="If the shopper makes use of it.",
    ),
]
Fallback = Annotated[
    Literal["smallest", "largest", "nothing"],
    described(
        smallest="The allowed discount that costs the shop least.",
        largest="The allowed discount that takes the most off.",
        nothing="No discount of this lane.",
    ),
]


class BuyGetDoc(Model):
    """Buy some pieces, get others cheaper or free; the cheapest pieces are the ones given."""

    buy: int = Field(ge=1, le=100, description="Pieces to pay in full.", examples=[2])
    get: int = Field(ge=1, le=100, description="Pieces given for them.", examples=[1])
    off: Percentages = Field(
        description="Depths as shares of the pieces given, ascending.",
        examples=[["50 %", "100 %"]],
    )
    reward: ScopeDoc | None = optional(
        "Lines the given pieces come from; without it, those of the offer's `scope`.",
        {"categories": ["CRISPS"]},
    )
    at_most_sets: int | None = optional(
        "Most times that pieces are given in one basket.", 2, ge=1, le=10_000
    )


class BundleItemDoc(Model):
    """One part of a bundle."""

    scope: ScopeDoc = Field(
        description="Lines the pieces come from.", examples=[{"categories": ["SANDWICHES"]}]
    )
    pieces: int = Field(ge=1, le=100, description="How many pieces.", examples=[1])


class BundleDoc(Model):
    """Several pieces together for one price."""

    prices: Amounts = Field(
        description="Depths as prices of one bundle, descending.", examples=[["12.00", "10.00"]]
    )
    items: Annotated[list[BundleItemDoc], Field(min_length=1, max_length=10)] = Field(
        description="What one bundle holds.",
        examples=[[{"scope": {"categories": ["SANDWICHES"]}, "pieces": 1}]],
    )


class FreeShippingDoc(Model):
    """Shipping cheaper or free for those who buy the goods in the offer's `scope`."""

    off: Percentages = Field(
        description="Depths as shares of the shipping lines, ascending.",
        examples=[["50 %", "100 %"]],
    )
    shipping: ScopeDoc = Field(
        description="The shipping lines.", examples=[{"categories": ["SHIPPING"]}]
    )


class TierDoc(Model):
    """What a spend brings."""

    model_config = ConfigDict(json_schema_extra=exactly_one("percent_off", "amount_off"))

    spend: Amount = Field(
        description="What the covered lines must cost before the discount.", examples=["50.00"]
    )
    percent_off: Percentage | None = optional("Share of the covered lines.", "5 %")
    amount_off: Amount | None = optional("Amount off the covered lines together.", "12.00")


class RoundingDoc(Model):
    """Where a discount goes that is not a whole number of steps."""

    mode: RoundingWord = Field(default="half_up", description="Which way.", examples=["down"])
    to: Amount | None = optional(
        "The step; without it, the currency's smallest unit.",
        "0.05",
        json_schema_extra={"not": {"pattern": r"^0(\.0+)?$"}},
    )


class OfferDoc(Ruled):
    """A discount that may be given, at each depth of its ladder."""

    model_config = ConfigDict(
        json_schema_extra={**exactly_one(*OFFER_KEYS), **never_both("bundle_price", "scope")}
    )

    kind: Literal["offer"] = Field(description="What this file is.", examples=["offer"])
    name: Name = Field(description="Its name for people.", examples=["Soft drinks week"])
    title: dict[Language, Name] | None = optional(
        "What shoppers know it by, in each of the shop's `languages`.",
        {"en": "Soft drinks week", "de": "Woche der Limonaden"},
        min_length=1,
    )
    lane: Id | None = optional(
        "The lane it competes in; needed when `stacking.yaml` has several.", "shelf"
    )
    exclusive: bool = Field(
        default=False, description="Whether it is given alone or not at all.", examples=[True]
    )
    percent_off: Percentages | None = optional(
        "Depths as shares of the covered lines, ascending.", ["5 %", "10 %"]
    )
    amount_off: Amounts | None = optional("Depths as amounts, ascending.", ["1.00", "2.00"])
    buy_x_get_y: BuyGetDoc | None = optional(
        "Buy some pieces, get others cheaper or free.", {"buy": 2, "get": 1, "off": ["100 %"]}
    )
    bundle_price: BundleDoc | None = optional(
        "Several pieces together for one price; instead of `scope`.",
        {"prices": ["12.00"], "items": [{"scope": {"categories": ["SANDWICHES"]}, "pieces": 1}]},
    )
    free_shipping: FreeShippingDoc | None = optional(
        "Shipping cheaper or free.", {"off": ["100 %"], "shipping": {"categories": ["SHIPPING"]}}
    )
    spend_tiers: Annotated[list[TierDoc], Field(min_length=1, max_length=20)] | None = optional(
        "What each spend brings, ascending; only the highest tier reached counts.",
        [{"spend": "50.00", "percent_off": "5 %"}],
    )
    scope: ScopeDoc | None = optional(
        "Lines it is about, and takes money off; without it, the whole basket.",
        {"categories": ["CHEESE"]},
    )
    minimum_spend: Amount = Field(
        default="0",
        description="What the covered lines must cost before the discount.",
        examples=["25.00"],
    )
    at_most_pieces: int | None = optional(
        "Most pieces that get cheaper in one basket: the dearest, or whole sets of `buy_x_get_y` "
        "and `bundle_price`.",
        5,
        ge=1,
        le=10_000,
    )
    supplier_pays: Percentage = Field(
        default="0 %",
        description="Share of the discount that the supplier pays back.",
        examples=["60 %"],
    )
    rounding: RoundingDoc = Field(
        default=RoundingDoc(),
        description="How a discount becomes a payable amount.",
        examples=[{"mode": "down", "to": "0.05"}],
    )
    budgets: Ids | None = optional("Budgets it draws on.", ["monthly-campaign"])
    aim: Aim | None = optional(
        "What it is for; without it, the `aim` of `objective.yaml`.", "return"
    )
    cost_when: CostWord = Field(
        default="sold",
        description="When what it takes off is lost to the shop.",
        examples=["redeemed"],
    )
    cost_of_offering: Amount = Field(
        default="0",
        description="What offering it costs whatever comes of it, e.g. for sending it.",
        examples=["0.15"],
    )


class ResponseStepDoc(Model):
    """What is assumed to come of one depth."""

    depth: Percentage = Field(
        description="Share of the whole basket that is taken off.", examples=["10 %"]
    )
    from_half: Percentage = Field(
        description="What an even chance (50 %) of the sale or return then becomes; the odds of "
        "everybody rise by the same factor.",
        examples=["53 %"],
    )


class ResponseDoc(Model):
    """How shoppers are assumed to respond to depth, where no model has learnt it."""

    source: Prose = Field(
        description="Who assumes it, and why. Records and explanations quote it.",
        examples=["Assumed by the pricing team; not measured."],
    )
    steps: Annotated[list[ResponseStepDoc], Field(min_length=1, max_length=20)] = Field(
        description="Ascending in both; linear between steps, flat beyond the last.",
        examples=[[{"depth": "10 %", "from_half": "53 %"}]],
    )


class ObjectiveDoc(Model):
    """What offers are for, and what a discount must bring to be given."""

    kind: Literal["objective"] = Field(description="What this file is.", examples=["objective"])
    aim: Aim = Field(
        default="sale", description="What offers are for unless they say so.", examples=["return"]
    )
    worth: Amount | None = optional(
        "Margin that one growth or return brings; a sale brings its own.", "8.50"
    )
    minimum_gain: Amount = Field(
        default="0",
        description="Least margin that a discount must surely add.",
        examples=["0.05"],
    )
    minimum_gain_of_cost: Percentage = Field(
        default="0 %",
        description="The same as a share of what it is expected to cost.",
        examples=["10 %"],
    )
    caution: Caution = Field(
        default="1",
        description="Standard deviations over the model's ensemble by which an uplift is lowered "
        "before it is held against the least gain.",
        examples=["1.5"],
    )
    assumed_response: ResponseDoc | None = optional(
        "For models that learnt no response to depth: an assumption in its place.",
        {"source": "Assumed.", "steps": [{"depth": "10 %", "from_half": "53 %"}]},
    )


class LaneDoc(Model):
    """A lane of discounts, of which at most one is given."""

    id: Id = Field(description="Its name, which offers use.", examples=["shelf"])
    sees: Sees = Field(
        description="The prices that its offers are worked out on.", examples=["list_price"]
    )
    without_scores: Fallback = Field(
        default="smallest",
        description="What is given while no model scores the candidates.",
        examples=["largest"],
    )


class StackingDoc(Model):
    """What may be combined: one discount of each lane."""

    kind: Literal["stacking"] = Field(description="What this file is.", examples=["stacking"])
    lanes: Annotated[list[LaneDoc], Field(min_length=1, max_length=8)] = Field(
        description="The lanes, in the order in which they apply.",
        examples=[[{"id": "shelf", "sees": "list_price"}]],
    )


class ExperimentDoc(Ruled):
    """Shoppers set aside by chance, so that what a discount causes can be measured."""

    model_config = ConfigDict(json_schema_extra=at_least_one("holdout", "exploration"))

    kind: Literal["experiment"] = Field(description="What this file is.", examples=["experiment"])
    seed: Name = Field(
        description="Any text; another one draws new groups.", examples=["autumn-2026"]
    )
    holdout: Percentage | None = optional("Share of shoppers who are given nothing.", "5 %")
    exploration: Percentage | None = optional(
        "Share of shoppers, drawn anew each day, who are given an allowed discount "
        "or nothing by an even draw.",
        "2 %",
    )
