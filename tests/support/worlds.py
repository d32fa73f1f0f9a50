"""Generated worlds: a ruleset of domain objects, a context, what budgets have used, and scores.

Each world grows from one number that hypothesis picks and prints. Drawing every part of it through
hypothesis took a hundred times as long, and so saw far fewer worlds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import cycle, islice
from random import Random
from typing import Final, TypeVar

from hypothesis import strategies as st

from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import DecisionContext, FactValue, Line
from sconto.domain.decision import Decision, decide
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.judging import Judges
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    EligibilityRule,
    Guardrail,
    GuardrailKind,
    Period,
    Ruleset,
    Segment,
)
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.domain.validity import Validity
from support import builders, judges

T = TypeVar("T")

CATEGORIES: Final = ("CHEESE", "BEEF", "CIGARETTES")
PLACES: Final = ("US-TN", "US-WI")
BUDGETS: Final = ("campaign", "count", "shopper")
VALIDITIES: Final = (
    *[builders.ALWAYS] * 8,
    Validity(builders.DAY, date(2030, 1, 1)),
    Validity(date(2020, 1, 1), builders.DAY),
)
NUMBERS: Final[tuple[Formula, ...]] = (
    *(Constant(Decimal(n)) for n in ("0", "0.5", "0.85", "1.06", "0.333", "7.5")),
    *(FactRef(n) for n in ("line.list_price", "line.unit_cost", "line.quantity")),
    *(FactRef(n) for n in ("line.volume_ml", "line.deposit")),
)


def _compare(fact: str, ops: tuple[Op, ...], *values: FactValue) -> list[Comparison]:
    return [Comparison(fact, op, value) for op in ops for value in values]


_EQUALS: Final = (Op.EQ, Op.NE)
OF_SHOPPER: Final = (
    *_compare("shopper.tier", _EQUALS, "gold", "none"),
    *_compare("shopper.baskets", tuple(Op), 0, 3, 5),
    *_compare("consent.mail", _EQUALS, True, False),
    *_compare("basket.lines", tuple(Op), 1, 3),
    *_compare("context.channel", _EQUALS, "store", "app"),
)
OF_FIRST: Final = (*OF_SHOPPER, *_compare("segment.first", _EQUALS, True, False))
OF_CANDIDATE: Final = (
    *OF_FIRST,
    *_compare("segment.second", _EQUALS, True, False),
    *_compare("offer.kind", _EQUALS, "percent", "amount"),
    *_compare("candidate.depth_bp", tuple(Op), 500, 1000, 2000),
    *_compare("candidate.discount", tuple(Op), 100, 400),
)


def _some(random: Random, values: Sequence[T], most: int) -> list[T]:
    return random.sample(values, random.randint(0, most))


def _scope(random: Random) -> Scope:
    if random.random() < 0.5:
        return builders.EVERYTHING
    excluded = _some(random, ("CIGARETTES",), 1)
    categories = frozenset(_some(random, CATEGORIES, 2))
    return Scope(categories=categories, exclude_categories=frozenset(excluded))


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


def _offer(random: Random, number: int) -> Offer:
    percent = random.random() < 0.6
    steps = (500, 1000, 2500, 10_000) if percent else (1, 50, 99, 250, 1500)
    return builders.offer(
        f"offer-{number}",
        *sorted(random.sample(steps, random.randint(1, 3))),
        kind=OfferKind.PERCENT if percent else OfferKind.AMOUNT,
        scope=_scope(random),
        minimum_spend=random.choice((0, 0, 0, 800)),
        supplier_share_bp=random.choice((0, 3333, 10_000)),
        budgets=tuple(sorted(_some(random, BUDGETS, 2))),
        validity=random.choice(VALIDITIES),
    )


def _guardrail(random: Random, number: int) -> Guardrail:
    kind = random.choice(list(GuardrailKind))
    cap, floor = kind is GuardrailKind.DISCOUNT_CAP, kind is GuardrailKind.PRICE_FLOOR
    amount = random.choice((None, 0, 99, 250, 1500)) if cap else None
    shared = not floor and (amount is None or random.random() < 0.5)
    return builders.guardrail(
        f"guard-{number}",
        kind,
        scope=_scope(random),
        jurisdictions=_some(random, PLACES, 1),
        validity=random.choice(VALIDITIES),
        formula=_formula(random) if floor else None,
        bp=random.choice((0, 500, 1500, 4000)) if shared else None,
        amount=amount,
    )


def _eligibility(random: Random, number: int) -> EligibilityRule:
    return builders.eligibility(
        f"rule-{number}",
        _condition(random, OF_CANDIDATE),
        offer_ids=_some(random, ("offer-0", "offer-1"), 1),
        scope=_scope(random) if random.random() < 0.5 else Scope(),
        jurisdictions=_some(random, PLACES, 1),
        validity=random.choice(VALIDITIES),
    )


def _budgets(random: Random) -> list[Budget]:
    period, limits = random.choice(list(Period)), (0, 150, 1000, 100_000, 100_000)
    holder = BudgetHolder.SHOPPER
    return [
        builders.budget("campaign", random.choice(limits), period=period),
        builders.budget("count", random.randint(0, 3), measure=BudgetMeasure.COUNT),
        builders.budget("shopper", random.choice(limits), holder=holder, period=period),
    ]


def _ruleset(random: Random) -> Ruleset:
    """Every kind of rule, segments that build on segments, and small budgets."""
    return builders.ruleset(
        *(_offer(random, i) for i in range(random.randint(1, 3))),
        eligibility=[_eligibility(random, i) for i in range(random.randint(0, 2))],
        guardrails=[_guardrail(random, i) for i in range(random.randint(0, 3))],
        budgets=_budgets(random),
        segment_levels=(
            (Segment("first", _condition(random, OF_SHOPPER)),),
            (Segment("second", _condition(random, OF_FIRST)),),
        ),
    )


def _known(random: Random, facts: Mapping[str, FactValue], odds: float) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if random.random() < odds}


def _line(random: Random, number: int) -> Line:
    price = random.choice((0, 1, 999, 1000, *(random.randint(2, 1500) for _ in range(9))))
    facts = {"line.volume_ml": random.randint(0, 200), "line.deposit": random.randint(0, 100)}
    return builders.line(
        f"l{number}",
        category=random.choice(CATEGORIES),
        quantity=random.randint(1, 4),
        list_price=price,
        unit_cost=None if random.random() < 0.07 else int(price * random.uniform(0, 1.1)),
        facts=_known(random, facts, 0.85),
    )


def _context(random: Random) -> DecisionContext:
    shopper: dict[str, FactValue] = {
        "shopper.tier": random.choice(("gold", "none")),
        "shopper.baskets": random.randint(0, 6),
    }
    return builders.context(
        *(_line(random, i) for i in range(random.randint(1, 4))),
        jurisdiction=random.choice(PLACES),
        shopper=_known(random, shopper, 0.8),
        consents=random.choice(({}, {"mail": True}, {"mail": False})),
    )


@dataclass(frozen=True, slots=True)
class World:
    """All that a decision is made from. *odds* are (purchase, baseline) in ppm; None: no model."""

    ruleset: Ruleset
    context: DecisionContext
    view: BudgetView
    odds: tuple[tuple[int, int], ...] | None

    def scores(self, count: int) -> Scores | None:
        """Scores of *count* candidates, or None below the model rung."""
        if self.odds is None:
            return None
        odds = list(islice(cycle(self.odds), count))
        return Scores("sha256:m", tuple(p for p, _ in odds), tuple(b for _, b in odds), b"\x01")

    def decide(self, judged_by: Judges | None = None) -> Decision:
        """The decision; the reference evaluator judges unless told otherwise."""
        listed = shortlist(self.context, self.ruleset, judged_by or judges.reference(self.ruleset))
        scores = self.scores(len(listed.allowed))
        cause = RungCause.MODEL_MISSING if scores is None else RungCause.NONE
        return decide(self.context, self.ruleset, listed, scores, cause, self.view)


def _odds(random: Random) -> tuple[int, int]:
    baseline = random.randint(0, 1_000_000)
    lifted = random.randint(baseline, 1_000_000)
    certain = random.choice((0, 500_000, 1_000_000))
    return random.choice(((lifted, baseline), (lifted, baseline), (certain, 500_000)))


def _world(seed: int) -> World:
    random = Random(seed)
    ruleset, context = _ruleset(random), _context(random)
    used = {key: random.choice((0, 0, 0, 1, 140)) for key in ledger_keys(context, ruleset)}
    view = {key: amount for key, amount in used.items() if amount}
    odds = tuple(_odds(random) for _ in range(random.randint(1, 6)))
    return World(ruleset, context, view, odds if random.random() < 0.75 else None)


worlds = st.integers(0, 2**32 - 1).map(_world)
"""Worlds of every kind: facts and unit costs are missing at random, one in four has no model."""
