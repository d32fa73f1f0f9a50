"""Generated rules: offers of every kind in up to three lanes, limits, denials, budgets, chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Final

from sconto.domain.codes import CodeSet
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, Remainder
from sconto.domain.context import FactValue
from sconto.domain.experiment import Experiment
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.lane import Lane, WithoutScores
from sconto.domain.objective import Objective
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    EarnsNothing,
    EligibilityRule,
    Guardrail,
    GuardrailKind,
    Period,
    Ruleset,
    Segment,
)
from sconto.domain.scope import Scope
from sconto.domain.shadow import ShadowPrice
from sconto.domain.validity import Validity
from support import builders
from support.worlds_offers import CATEGORIES, any_offer, any_scope, some

PLACES: Final = ("US-TN", "US-WI")
TOKYO: Final = "Asia/Tokyo"
VALIDITIES: Final = (
    *[builders.ALWAYS] * 12,
    Validity(builders.DAY, date(2030, 1, 1)),
    Validity(date(2020, 1, 1), builders.DAY),
)
PRICE: Final = FactRef("line.list_price")
CLAIMED: Final = FactRef("candidate.depth_share")
UNCLAIMED: Final = Operation("*", PRICE, Operation("-", Constant(Decimal(1)), CLAIMED))
NUMBERS: Final[tuple[Formula, ...]] = (
    *(Constant(Decimal(n)) for n in ("0", "0.5", "0.85", "1.06", "0.333", "7.5")),
    *(FactRef(n) for n in ("line.unit_cost", "line.quantity", "line.volume_ml", "line.deposit")),
    PRICE,
    CLAIMED,
)
CEILINGS: Final[tuple[Formula, ...]] = (
    PRICE,
    UNCLAIMED,
    Operation("*", PRICE, Constant(Decimal("0.933"))),
    Operation("max", UNCLAIMED, FactRef("line.volume_ml")),
)


def _compare(fact: str, ops: tuple[Op, ...], *values: FactValue) -> list[Comparison]:
    return [Comparison(fact, op, value) for op in ops for value in values]


_EQUALS: Final = (Op.EQ, Op.NE)
OF_SHOPPER: Final = (
    *_compare("shopper.tier", _EQUALS, "gold", "none"),
    *_compare("shopper.baskets", tuple(Op), 0, 3, 5),
    *_compare(Remainder("shopper.baskets", 2).name, _EQUALS, 0),
    *_compare(Remainder("shopper.baskets", 3).name, _EQUALS, 0),
    *_compare("consent.mail", _EQUALS, True, False),
    *_compare("basket.lines", tuple(Op), 1, 3),
    *_compare("context.channel", _EQUALS, "store", "app"),
)
OF_FIRST: Final = (*OF_SHOPPER, *_compare("segment.first", _EQUALS, True, False))
OF_CANDIDATE: Final = (
    *OF_FIRST,
    *_compare("segment.second", _EQUALS, True, False),
    *_compare("offer.kind", _EQUALS, "percent", "amount"),
    *_compare("offer.lane", _EQUALS, "lane-0", "lane-1"),
    *_compare("candidate.depth_bp", tuple(Op), 500, 1000, 2000),
    *_compare("candidate.discount", tuple(Op), 100, 400),
    *_compare("candidate.total_discount", (Op.GT, Op.LE), 100, 400),
)
OF_LINE: Final = (
    *_compare("line.category", _EQUALS, *CATEGORIES),
    *_compare("line.quantity", (Op.GT, Op.LE), 1, 2),
    *_compare("line.list_price", (Op.GT, Op.LE), 500, 999),
    *_compare("line.unit_cost", (Op.GT, Op.LE), 0, 500),
    *_compare("line.volume_ml", (Op.GT, Op.LE), 50, 150),
)


def _formula(random: Random, depth: int = 2) -> Formula:
    if depth == 0 or random.random() < 0.3:
        return random.choice(NUMBERS)
    op = random.choice(("+", "-", "*", "*", "min", "max"))
    return Operation(op, _formula(random, depth - 1), _formula(random, depth - 1))


def _condition(random: Random, leaves: Sequence[Comparison], depth: int = 2) -> Condition:
    if depth == 0 or random.random() < 0.4:
        return random.choice(leaves)
    parts = tuple(_condition(random, leaves, depth - 1) for _ in range(random.randint(1, 3)))
    return All(parts) if random.random() < 0.7 else AnyOf(parts)


def _line_when(random: Random) -> Condition | None:
    return _condition(random, OF_LINE, 1) if random.random() < 0.3 else None


def _limit(random: Random, kind: GuardrailKind) -> tuple[Formula | None, int | None, int | None]:
    """The formula, share and amount that a guardrail of *kind* has."""
    share = random.choice((0, 500, 1500, 4000, 7000))
    match kind:
        case GuardrailKind.PRICE_FLOOR:
            return random.choice((_formula(random), UNCLAIMED)), None, None
        case GuardrailKind.PRICE_CEILING:
            return random.choice(CEILINGS), None, None
        case GuardrailKind.DISCOUNT_CAP:
            amount = random.choice((None, 0, 250, 1500))
            return None, share if amount is None or random.random() < 0.5 else None, amount
        case _:
            return None, share, None


def _guardrail(random: Random, number: int) -> Guardrail:
    kind = random.choice(list(GuardrailKind))
    formula, bp, amount = _limit(random, kind)
    plain = builders.guardrail(
        f"guard-{number}",
        kind,
        scope=any_scope(random),
        jurisdictions=some(random, PLACES, 1),
        validity=random.choice(VALIDITIES),
        formula=formula,
        bp=bp,
        amount=amount,
    )
    per_line = kind not in {GuardrailKind.MARGIN_FLOOR, GuardrailKind.DISCOUNT_CAP}
    return replace(
        plain,
        line_when=_line_when(random) if per_line else None,
        round_up=random.random() < 0.5,
        review=random.random() < 0.1,
        with_tax=formula is not None and random.random() < 0.25,
    )


def _eligibility(random: Random, number: int) -> EligibilityRule:
    plain = builders.eligibility(
        f"rule-{number}",
        _condition(random, OF_CANDIDATE),
        offer_ids=some(random, ("offer-0", "offer-1"), 1),
        scope=any_scope(random) if random.random() < 0.5 else Scope(),
        jurisdictions=some(random, PLACES, 1),
        validity=random.choice(VALIDITIES),
    )
    reasons = (ReasonCode.NOT_ELIGIBLE, ReasonCode.FREQUENCY_CAP_REACHED)
    return replace(
        plain,
        line_when=_line_when(random),
        review=random.random() < 0.1,
        reason=random.choice(reasons),
    )


def _budgets(random: Random) -> list[Budget]:
    period, limits = random.choice(list(Period)), (150, 1000, 100_000, 100_000)
    shopper, region = BudgetHolder.SHOPPER, BudgetHolder.REGION
    plain = [
        builders.budget("campaign", random.choice(limits), period=period),
        builders.budget("count", random.randint(1, 3), measure=BudgetMeasure.COUNT),
        builders.budget("region", random.choice(limits), holder=region, period=Period.DAY),
        builders.budget("shopper", random.choice(limits), holder=shopper, period=period),
    ]
    return [
        replace(
            budget,
            zone=random.choice(("", "", TOKYO)),
            ahead_bp=random.choice((None, None, None, None, 0, 1000)),
            validity=random.choice((None, builders.ALWAYS)),
            shadow=_shadow(random) if budget.measure is BudgetMeasure.AMOUNT else None,
        )
        for budget in plain
    ]


def _shadow(random: Random) -> ShadowPrice | None:
    """None more often than not: a price makes many a discount not worth it."""
    price = ShadowPrice(random.choice((1, 200_000, 1_000_000)), random.randint(1, 4))
    return random.choice((None, None, None, price))


def _lanes(random: Random) -> tuple[Lane, ...]:
    ways = (WithoutScores.SMALLEST, WithoutScores.LARGEST, *WithoutScores)
    return tuple(
        Lane(f"lane-{i}", random.random() < 0.5, random.choice(ways))
        for i in range(random.choice((1, 2, 3, 3)))
    )


def _experiment(random: Random) -> Experiment | None:
    if random.random() < 0.7:
        return None
    holdout, exploration = (random.choice((0, 100_000, 450_000)) for _ in range(2))
    seed = str(random.randint(0, 99))
    return Experiment("split", seed, holdout, exploration, random.choice(VALIDITIES))


def any_ruleset(random: Random) -> Ruleset:
    """Every kind of rule, segments that build on segments, and small budgets."""
    lanes = _lanes(random)
    return builders.ruleset(
        *(any_offer(random, i, lanes, VALIDITIES) for i in range(random.randint(1, 6))),
        eligibility=[_eligibility(random, i) for i in range(random.choice((0, 0, 0, 1, 2)))],
        guardrails=[_guardrail(random, i) for i in range(random.choice((0, 0, 1, 1, 2, 3)))],
        budgets=_budgets(random),
        segment_levels=(
            (Segment("first", _condition(random, OF_SHOPPER)),),
            (Segment("second", _condition(random, OF_FIRST)),),
        ),
        lanes=lanes,
        experiment=_experiment(random),
        objective=_objective(random),
    )


def _objective(random: Random) -> Objective:
    """More often than not one that asks for nothing."""
    if random.random() < 0.6:
        return Objective(worth=300, response=_RESPONSE)
    return Objective(
        worth=random.choice((None, 0, 300)),
        minimum_gain=random.choice((0, 5, 100)),
        minimum_gain_bp=random.choice((0, 1000, 20_000)),
        caution_permille=random.choice((0, 500, 2000)),
        response=_RESPONSE,
    )


_RESPONSE = ((500, 540_001), (3_000, 700_000), (9_000, 710_000))
"""Concave, with steps that divide nothing evenly."""


def any_earning_nothing(random: Random) -> tuple[EarnsNothing, ...]:
    """Up to two laws by which goods earn nothing, some of them elsewhere, over or about facts."""
    return tuple(
        EarnsNothing(
            f"earning-{i}",
            "It does not count.",
            any_scope(random),
            frozenset(some(random, PLACES, 1)),
            random.choice(VALIDITIES),
            line_when=_line_when(random),
        )
        for i in range(random.choice((1, 1, 2)))
    )


_LIMITS = (
    (BudgetHolder.CODE, Period.TOTAL),
    (BudgetHolder.CAMPAIGN, Period.TOTAL),
    (BudgetHolder.SHOPPER, Period.TOTAL),
    (BudgetHolder.CAMPAIGN, Period.DAY),
    (BudgetHolder.CAMPAIGN, Period.WEEK),
    (BudgetHolder.CAMPAIGN, Period.MONTH),
)


def any_code_sets(
    random: Random, offers: Sequence[str]
) -> tuple[tuple[CodeSet, ...], tuple[Budget, ...]]:
    """Up to three sets that open some of *offers*, on some days, and the limits of their codes."""
    sets, limits = [], []
    for name in ("autumn", "gift", "welcome")[: random.randint(1, 3)]:
        own = [
            builders.budget(
                f"{name}-{i}",
                random.randint(1, 2),
                measure=BudgetMeasure.USE,
                holder=holder,
                period=period,
            )
            for i, (holder, period) in enumerate(random.sample(_LIMITS, random.randint(0, 2)))
        ]
        opened = random.sample(offers, random.randint(1, min(3, len(offers))))
        validity = random.choice((*VALIDITIES, builders.ALWAYS, builders.ALWAYS))
        ids = [limit.id for limit in own]
        sets.append(builders.code_set(name, *opened, validity=validity, limits=ids))
        limits += own
    return tuple(sets), tuple(limits)
