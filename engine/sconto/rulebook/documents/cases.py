"""The test documents: fixtures with names, and cases that say what must come out of them.

They stand in the folder `cases/` of a ruleset and are no part of it: no test changes a decision.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag

from sconto.rulebook.documents.base import Model
from sconto.rulebook.documents.case_values import (
    Ago,
    Answer,
    Given,
    Now,
    ReasonName,
    StepName,
)
from sconto.rulebook.documents.values import (
    Amount,
    CivilDate,
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

    like: Id | None = Field(
        default=None, description="A shopper fixture to begin with.", examples=["regular"]
    )
    facts: dict[DeclaredName, Plain] = Field(
        default={},
        description="Their facts; decimals and money quoted.",
        examples=[{"shopper.tenure_days": 20}],
    )
    unknown: Annotated[list[DeclaredName], Field(max_length=100)] = Field(
        default=[], description="Facts that are not sent.", examples=[["shopper.tenure_days"]]
    )
    group: GroupWord | None = Field(
        default=None, description="Where the experiment's draw has put them; `policy` if left out."
    )


class ContextDoc(Model):
    """Where and when: the clock stands still at `day` and `hour`, or at `now`."""

    like: Id | None = Field(
        default=None, description="A context fixture to begin with.", examples=["till"]
    )
    jurisdiction: Jurisdiction | None = Field(
        default=None, description="Place of the sale.", examples=["US-WI"]
    )
    channel: Word | None = Field(default=None, description="Where the shop sells.")
    day: CivilDate | None = Field(
        default=None, description="Civil day at the place of the sale.", examples=["2026-11-24"]
    )
    hour: int | None = Field(
        default=None, ge=0, le=23, description="Hour of that day.", examples=[12]
    )
    now: Now | None = Field(
        default=None,
        description="The instant with its offset; instead of `day` and `hour`.",
        examples=["2026-11-24T12:00:00-06:00"],
    )


class LineDoc(Model):
    """A basket line, or goods that lines name. What is given changes what `goods` says."""

    goods: Id | None = Field(
        default=None, description="A goods fixture to begin with.", examples=["cheese"]
    )
    product: Label | None = Field(
        default=None, description="Product id; the name of the goods if left out."
    )
    category: Label | None = Field(default=None, description="Category.", examples=["CHEESE"])
    department: Label | None = Field(default=None, description="Department.", examples=["DAIRY"])
    brand: Label | None = Field(default=None, description="Brand.", examples=["Private"])
    pieces: int | None = Field(
        default=None, ge=1, le=100_000, description="Pieces; 1 if left out.", examples=[2]
    )
    price: Amount | None = Field(
        default=None, description="Public price per piece.", examples=["10.00"]
    )
    cost: Amount | None = Field(
        default=None, description="What one piece costs the shop.", examples=["5.00"]
    )
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
    amount: Amount | None = Field(
        default=None, description="Amount of each, where the kind has one.", examples=["3.00"]
    )


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
Used = Annotated[dict[Id, Amount | int], Field(max_length=100)]

_EXAMPLE_USED: Final = [{"monthly-campaign": "499.00"}]


class InputsDoc(Model):
    """What a decision is made on; each is the name of a fixture, or written out."""

    shopper: Annotated[Annotated[ShopperDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None, description="Who buys.", examples=["regular"]
    )
    consents: Annotated[Annotated[Consents, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None,
        description="What they consented to: true, false or `unknown`.",
        examples=[{"personalised_offers": True}],
    )
    events: Annotated[Annotated[Events, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None, description="What they did before.", examples=["three-carts-left"]
    )
    context: Annotated[Annotated[ContextDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None, description="Where and when.", examples=["till"]
    )
    basket: Annotated[Annotated[Lines, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None, description="What they buy: goods, or lines.", examples=[["cheese", "eggs"]]
    )
    used: Annotated[Annotated[Used, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None,
        description="What budgets have used in the period of the decision.",
        examples=_EXAMPLE_USED,
    )
    scores: Annotated[Annotated[ScoresDoc, Tag(INLINE_TAG)] | _Named, _BY_FORM] | None = Field(
        default=None,
        description="What the model says; `none` is the rules-only rung.",
        examples=["none"],
    )
    offers: Ids | None = Field(
        default=None, description="Offers to consider; all if left out.", examples=[["cheese"]]
    )


Names = Annotated[list[Id], Field(min_length=1, max_length=50)]


class MatrixDoc(Model):
    """Fixtures by name: every combination of them is decided."""

    shopper: Names | None = Field(default=None, description="Shoppers.")
    consents: Names | None = Field(default=None, description="Consents.")
    events: Names | None = Field(default=None, description="What they did before.")
    context: Names | None = Field(default=None, description="Where and when.")
    basket: Names | None = Field(default=None, description="Baskets.")
    used: Names | None = Field(default=None, description="What budgets have used.")
    scores: Names | None = Field(default=None, description="What the model says.")


class WhenDoc(MatrixDoc):
    """Which combinations of a matrix; what is left out means all."""


class UsualExpectDoc(Model):
    """What is expected unless a case says otherwise."""

    rung: RungWord | None = Field(default=None, description="Who ranked: the model, or rules.")
    group: GroupWord | None = Field(default=None, description="The group of the experiment.")
    reviews: Annotated[list[Id], Field(max_length=50)] | None = Field(
        default=None, description="Exactly the rules that ask a person to look."
    )
    disclosures: Annotated[list[Id], Field(max_length=50)] | None = Field(
        default=None, description="Exactly the sentences owed, by id."
    )


class ExpectDoc(UsualExpectDoc):
    """What must come out."""

    given: dict[Id, Given] = Field(
        description="Exactly what is given, by lane: the step and the amount. `{}` is nothing.",
        examples=[{"shelf": "cheese 10 %, 1.00 off"}],
    )
    pays: Annotated[list[Amount], Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="What each line costs, in the basket's order.",
        examples=[["9.00"]],
    )
    reason: ReasonName | None = Field(
        default=None, description="Reason code of the decision.", examples=["CHOSEN"]
    )
    withheld: dict[StepName, Answer] | None = Field(
        default=None,
        description="Why steps are not given: the reason code, the rules that spoke, and the fact "
        "that each missed.",
        examples=[{"cheese 20 %": "NOT_ELIGIBLE newcomers-start-small"}],
    )
    budgets: dict[Id, Amount | int] | None = Field(
        default=None,
        description="Exactly what is reserved, by budget: money, or discounts counted.",
        examples=[{"monthly-campaign": "1.00"}],
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
    why: Prose | None = Field(default=None, description="What there is to know about it.")
    matrix: MatrixDoc = Field(
        default=MatrixDoc(),
        description="Several fixtures of a kind; each combination is decided.",
        examples=[{"shopper": ["regular", "newcomer"], "basket": ["cheese", "week-shop"]}],
    )
    expect: ExpectDoc | None = Field(
        default=None,
        description="What must come out; with `expect_when`, of all combinations left.",
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
