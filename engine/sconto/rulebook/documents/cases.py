"""The test documents: fixtures with names, and cases that say what must come out of them.

They stand in the folder `cases/` of a ruleset and are no part of it: no test changes a decision.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from sconto.rulebook.documents.base import Model, optional
from sconto.rulebook.documents.case_values import (
    Ago,
    Answer,
    CodeStatusName,
    Given,
    Measured,
    Now,
    ReasonName,
    StepName,
)
from sconto.rulebook.documents.values import (
    Amount,
    CivilDate,
    Currency,
    DeclaredName,
    Id,
    Ids,
    Jurisdiction,
    Label,
    Name,
    Percentage,
    Plain,
    Prose,
    Word,
    described,
)

NAME_TAG: Final = "the name of a fixture"
INLINE_TAG: Final = "written here"


def _tag(value: Any) -> str:
    return NAME_TAG if isinstance(value, str) else INLINE_TAG


_BY_FORM: Final = Discriminator(_tag)
_Named = Annotated[Id, Tag(NAME_TAG)]

GroupWord = Annotated[
    Literal["policy", "holdout", "exploration"],
    described(
        policy="The discount is chosen as always.",
        holdout="Given nothing, so that effects can be measured.",
        exploration="Given what chance draws.",
    ),
]
RungWord = Annotated[
    Literal["MODEL", "RULES_ONLY"],
    described(
        MODEL="The model's scores ranked what was allowed.",
        RULES_ONLY="Rules alone answered.",
    ),
]
Agreed = bool | Literal["unknown"]


class ShopperDoc(Model):
    """A shopper: what the checkout knows of them."""

    like: Id | None = optional("A shopper fixture to begin with.", "regular")
    facts: dict[DeclaredName, Plain] = Field(
        default={},
        description="Their facts; decimals and money quoted.",
        examples=[{"shopper.tenure_days": 20}],
    )
    unknown: Annotated[list[DeclaredName], Field(max_length=100)] = Field(
        default=[], description="Facts that are not sent.", examples=[["shopper.tenure_days"]]
    )
    group: GroupWord | None = optional(
        "Where the experiment's draw has put them; `policy` if left out."
    )


class ContextDoc(Model):
    """Where and when: the clock stands still at `day` and `hour`, or at `now`."""

    like: Id | None = optional("A context fixture to begin with.", "till")
    jurisdiction: Jurisdiction | None = optional("Place of the sale.", "US-WI")
    channel: Word | None = optional("Where the shop sells.")
    day: CivilDate | None = optional("Civil day at the place of the sale.", "2026-11-24")
    hour: int | None = optional("Hour of that day.", 12, ge=0, le=23)
    now: Now | None = optional(
        "The instant with its offset; instead of `day` and `hour`.", "2026-11-24T12:00:00-06:00"
    )


class LineDoc(Model):
    """A basket line, or goods that lines name. What is given changes what `goods` says."""

    goods: Id | None = optional("A goods fixture to begin with.", "cheese")
    product: Label | None = optional("Product id; the name of the goods if left out.")
    category: Label | None = optional("Category.", "CHEESE")
    department: Label | None = optional("Department.", "DAIRY")
    brand: Label | None = optional("Brand.", "Private")
    pieces: int | None = optional("Pieces; 1 if left out.", 2, ge=1, le=100_000)
    quantity: Measured | None = optional(
        "How much there is of goods by weight, length and the like; instead of `pieces`.",
        "0.482 kg",
    )
    price: Amount | None = optional("Public price per piece or unit.", "10.00")
    cost: Amount | None = optional("What one piece or unit costs the shop.", "5.00")
    facts: dict[DeclaredName, Plain] = Field(
        default={},
        description="Its facts; decimals and money quoted.",
        examples=[{"line.volume_ml": 700}],
    )
    unknown: Annotated[list[DeclaredName], Field(max_length=100)] = Field(
        default=[],
        description="Facts that are not sent; `line.unit_cost` is the cost.",
        examples=[["line.unit_cost"]],
    )


class HappenedDoc(Model):
    """Something the shopper did before; with several times, it happened that often."""

    kind: Word = Field(description="Kind of the event.", examples=["basket_abandoned"])
    ago: Annotated[list[Ago], Field(min_length=1, max_length=100)] = Field(
        description="How long before the decision, each time.", examples=[["20 hours", "3 hours"]]
    )
    amount: Amount | None = optional("Amount of each, where the kind has one.", "3.00")


class ScoresDoc(Model):
    """What the model says: the probability of what offers are for, without and with a discount."""

    without: Percentage = Field(
        description="Without a discount, and with every step not named.", examples=["50 %"]
    )
    with_: dict[StepName, Percentage] = Field(
        alias="with", description="By step.", examples=[{"cheese 10 %": "70 %"}]
    )


Consents = Annotated[dict[Word, Agreed], Field(max_length=50)]
Events = Annotated[list[HappenedDoc], Field(max_length=100)]
Line = Annotated[Annotated[LineDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM]
Lines = Annotated[list[Line], Field(min_length=1, max_length=100)]
Codes = Annotated[list[Label], Field(max_length=10)]
Used = Annotated[dict[Id, Amount | int], Field(max_length=100)]

_EXAMPLE_USED: Final = [{"monthly-campaign": "499.00"}]


class InputsDoc(Model):
    """What a decision is made on; each is the name of a fixture, or written out."""

    shopper: Annotated[Annotated[ShopperDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "Who buys.", "regular"
    )
    consents: Annotated[Annotated[Consents, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "What they consented to: true, false or `unknown`.", {"personalised_offers": True}
    )
    events: Annotated[Annotated[Events, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "What they did before.", "three-carts-left"
    )
    context: Annotated[Annotated[ContextDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "Where and when.", "till"
    )
    basket: Annotated[Annotated[Lines, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "What they buy: goods, or lines.", ["cheese", "eggs"]
    )
    used: Annotated[Annotated[Used, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "What budgets have used in the period of the decision.", *_EXAMPLE_USED
    )
    scores: Annotated[Annotated[ScoresDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = optional(
        "What the model says; `none` is the rules-only rung.", "none"
    )
    offers: Ids | None = optional("Offers to consider; all if left out.", ["cheese"])
    codes: Codes | None = optional("The codes that they send.", ["WELCOME10"])


Names = Annotated[list[Id], Field(min_length=1, max_length=50)]


class MatrixDoc(Model):
    """Fixtures by name: every combination of them is decided."""

    shopper: Names | None = optional("Shoppers.")
    consents: Names | None = optional("Consents.")
    events: Names | None = optional("What they did before.")
    context: Names | None = optional("Where and when.")
    basket: Names | None = optional("Baskets.")
    used: Names | None = optional("What budgets have used.")
    scores: Names | None = optional("What the model says.")


class WhenDoc(MatrixDoc):
    """Which combinations of a matrix; what is left out means all."""


class UsualExpectDoc(Model):
    """What is expected unless a case says otherwise."""

    rung: RungWord | None = optional("Who ranked: the model, or rules.")
    group: GroupWord | None = optional("The group of the experiment.")
    reviews: Annotated[list[Id], Field(max_length=50)] | None = optional(
        "Exactly the rules that ask a person to look."
    )
    disclosures: Annotated[list[Id], Field(max_length=50)] | None = optional(
        "Exactly the sentences owed, by id."
    )


class ExpectDoc(UsualExpectDoc):
    """What must come out."""

    given: dict[Id, Given] = Field(
        description="Exactly what is given, by lane: the step and the amount. `{}` is nothing.",
        examples=[{"shelf": "cheese 10 %, 1.00 off"}],
    )
    pays: Annotated[list[Amount], Field(min_length=1, max_length=100)] | None = optional(
        "What each line costs, in the basket's order.", ["9.00"]
    )
    reason: ReasonName | None = optional("Reason code of the decision.", "CHOSEN")
    withheld: dict[StepName, Answer] | None = optional(
        "Why steps are not given: the reason code, the rules that spoke, and the fact "
        "that each missed.",
        {"cheese 20 %": "NOT_ELIGIBLE newcomers-start-small"},
    )
    budgets: dict[Id, Amount | int] | None = optional(
        "Exactly what is reserved, by budget: money, or discounts counted.",
        {"monthly-campaign": "1.00"},
    )
    codes: Annotated[list[CodeStatusName], Field(max_length=10)] | None = optional(
        "What becomes of each code, in their order.", ["APPLIED"]
    )


class ExpectWhenDoc(ExpectDoc):
    """What must come out of some combinations of a matrix."""

    when: WhenDoc = Field(
        description="The combinations.", examples=[{"shopper": ["regular"], "scores": ["none"]}]
    )


class CommonDoc(InputsDoc):
    """What holds for every case that does not say otherwise."""

    expect: UsualExpectDoc = Field(default=UsualExpectDoc(), description="What is expected.")


class CaseDoc(InputsDoc):
    """A case: what is decided on, and what must come out."""

    name: Name = Field(
        description="What it shows; unique in its file.", examples=["newcomers start small"]
    )
    why: Prose | None = optional("What there is to know about it.")
    matrix: MatrixDoc = Field(
        default=MatrixDoc(),
        description="Several fixtures of a kind; each combination is decided.",
        examples=[{"shopper": ["regular", "newcomer"], "basket": ["cheese", "week-shop"]}],
    )
    expect: ExpectDoc | None = optional(
        "What must come out; with `expect_when`, of all combinations left."
    )
    expect_when: Annotated[list[ExpectWhenDoc], Field(max_length=200)] = Field(
        default=[], description="What must come out of some combinations of the matrix."
    )


class FixturesInDoc(Model):
    """Fixtures by kind and name."""

    goods: dict[Id, LineDoc] = Field(default={}, description="Goods, for lines.")
    shopper: dict[Id, ShopperDoc] = Field(default={}, description="Shoppers.")
    consents: dict[Id, Consents] = Field(default={}, description="Consents.")
    events: dict[Id, Events] = Field(default={}, description="What shoppers did before.")
    context: dict[Id, ContextDoc] = Field(default={}, description="Where and when.")
    basket: dict[Id, Lines] = Field(default={}, description="Baskets.")
    used: dict[Id, Used] = Field(default={}, description="What budgets have used.")
    scores: dict[Id, ScoresDoc] = Field(default={}, description="What the model says.")


class FixturesDoc(Model):
    """Fixtures for every test file of the folder, and what is common to all of its cases."""

    kind: Literal["fixtures"] = Field(description="What this file is.")
    fixtures: FixturesInDoc = Field(default=FixturesInDoc(), description="Fixtures by kind.")
    common: CommonDoc = Field(default=CommonDoc(), description="What cases need not say.")


class CasesDoc(Model):
    """A test file: cases about one theme."""

    kind: Literal["test"] = Field(description="What this file is.")
    about: Prose = Field(
        description="What its cases have in common.", examples=["Who may get the deep steps."]
    )
    currency: Currency | None = optional(
        "Currency in which its shoppers pay, and of all its amounts but those of budgets and "
        "events; without it, the shop's.",
        "GBP",
    )
    fixtures: FixturesInDoc = Field(
        default=FixturesInDoc(), description="Fixtures of this file alone, by kind."
    )
    common: CommonDoc = Field(
        default=CommonDoc(), description="What cases of this file need not say."
    )
    cases: Annotated[list[CaseDoc], Field(min_length=1, max_length=500)] = Field(
        description="The cases."
    )


CASE_MODELS: Final[dict[str, type[FixturesDoc | CasesDoc]]] = {
    "fixtures": FixturesDoc,
    "test": CasesDoc,
}
"""The model of each kind of test document."""

KINDS: Final = ("shopper", "consents", "events", "context", "basket", "used", "scores")
"""What a matrix can have several of, in the order in which combinations are named."""
