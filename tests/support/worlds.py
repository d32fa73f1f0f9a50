"""Generated worlds: a ruleset of domain objects, a context, what budgets have used, and scores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import cycle, islice
from typing import Final

from hypothesis import strategies as st

from sconto.domain.budget import BudgetView, ledger_keys
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import DecisionContext, Line
from sconto.domain.decision import Decision, decide
from sconto.domain.formula import Constant, FactRef, Formula, Operation
from sconto.domain.judging import Judges
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    EligibilityRule,
    Guardrail,
    GuardrailKind,
    Offer,
    OfferKind,
    Period,
    Ruleset,
    Scope,
    Segment,
    Validity,
)
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from support import builders, judges

CATEGORIES: Final = ("CHEESE", "BEEF", "CIGARETTES")
PLACES: Final = ("US-TN", "US-WI")
BUDGETS: Final = ("campaign", "count", "shopper")
_ENDED: Final = Validity(date(2020, 1, 1), builders.DAY)
_FIRST_DAY: Final = Validity(builders.DAY, date(2030, 1, 1))

validities = st.sampled_from((builders.ALWAYS, builders.ALWAYS, _FIRST_DAY, _ENDED))
places = st.sets(st.sampled_from(PLACES), max_size=1)
scopes = st.builds(
    Scope,
    categories=st.frozensets(st.sampled_from(CATEGORIES), max_size=2),
    exclude_categories=st.just(frozenset[str]()) | st.just(frozenset({"CIGARETTES"})),
)
formulas: st.SearchStrategy[Formula] = st.recursive(
    st.builds(
        Constant, st.sampled_from([Decimal(n) for n in ("0", "0.5", "1", "1.06", "0.333", "7.5")])
    )
    | st.builds(
        FactRef,
        st.sampled_from(
            ("line.list_price", "line.unit_cost", "line.quantity", "line.volume_ml", "line.deposit")
        ),
    ),
    lambda part: st.builds(
        Operation, st.sampled_from(("+", "-", "*", "min", "max")), left=part, right=part
    ),
    max_leaves=4,
)


def _compare(fact: str, ops: tuple[Op, ...], *values: bool | int | str) -> st.SearchStrategy[Comparison]:  # fmt: skip
    return st.builds(Comparison, st.just(fact), st.sampled_from(ops), st.sampled_from(values))


_EQUALS: Final = (Op.EQ, Op.NE)
_of_shopper = st.one_of(
    _compare("shopper.tier", _EQUALS, "gold", "none"),
    _compare("shopper.baskets", tuple(Op), 0, 3, 5),
    _compare("consent.mail", _EQUALS, True, False),
    _compare("basket.lines", tuple(Op), 1, 3),
    _compare("context.channel", _EQUALS, "store", "app"),
)
_of_candidate = st.one_of(
    _of_shopper,
    _compare("segment.first", _EQUALS, True, False),
    _compare("segment.second", _EQUALS, True, False),
    _compare("offer.kind", _EQUALS, "percent", "amount"),
    _compare("candidate.depth_bp", tuple(Op), 500, 1000, 2000),
    _compare("candidate.discount", tuple(Op), 100, 400),
)


def _conditions(leaf: st.SearchStrategy[Comparison]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaf,
        lambda part: st.builds(All, st.tuples(part, part)) | st.builds(AnyOf, st.tuples(part, part)),
        max_leaves=4,
    )  # fmt: skip


@st.composite
def _offers(draw: st.DrawFn, number: int) -> Offer:
    percent = draw(st.booleans())
    steps = st.sampled_from((500, 1000, 2500, 10_000)) if percent else st.integers(1, 1500)
    return builders.offer(
        f"offer-{number}",
        *sorted(draw(st.sets(steps, min_size=1, max_size=3))),
        kind=OfferKind.PERCENT if percent else OfferKind.AMOUNT,
        scope=draw(scopes),
        minimum_spend=draw(st.sampled_from((0, 0, 800))),
        supplier_share_bp=draw(st.sampled_from((0, 3333, 10_000))),
        budgets=tuple(sorted(draw(st.sets(st.sampled_from(BUDGETS), max_size=2)))),
        validity=draw(validities),
    )


@st.composite
def _guardrails(draw: st.DrawFn, number: int) -> Guardrail:
    kind = draw(st.sampled_from(GuardrailKind))
    cap = kind is GuardrailKind.DISCOUNT_CAP
    amount = draw(st.none() | st.integers(0, 1500)) if cap else None
    may_lack_share = kind is GuardrailKind.PRICE_FLOOR or amount is not None
    shares = st.sampled_from((0, 500, 1500, 4000))
    return builders.guardrail(
        f"guard-{number}",
        kind,
        scope=draw(scopes),
        jurisdictions=draw(places),
        validity=draw(validities),
        formula=draw(formulas) if kind is GuardrailKind.PRICE_FLOOR else None,
        bp=None if may_lack_share else draw(shares),
        amount=amount,
    )


@st.composite
def _eligibility(draw: st.DrawFn, number: int) -> EligibilityRule:
    return builders.eligibility(
        f"rule-{number}",
        draw(_conditions(_of_candidate)),
        offer_ids=draw(st.sets(st.sampled_from(("offer-0", "offer-1")), max_size=1)),
        scope=draw(st.none() | scopes),
        jurisdictions=draw(places),
        validity=draw(validities),
    )


@st.composite
def _budgets(draw: st.DrawFn) -> list[Budget]:
    period = draw(st.sampled_from(Period))
    limits = st.sampled_from((0, 150, 1000, 100_000))
    return [
        builders.budget("campaign", draw(limits), period=period),
        builders.budget("count", draw(st.integers(0, 3)), measure=BudgetMeasure.COUNT),
        builders.budget("shopper", draw(limits), holder=BudgetHolder.SHOPPER, period=period),
    ]


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """Rulesets with every kind of rule, segments that build on segments, and small budgets."""
    second = _compare("segment.first", _EQUALS, True, False) | _of_shopper
    return builders.ruleset(
        *(draw(_offers(i)) for i in range(draw(st.integers(1, 3)))),
        eligibility=[draw(_eligibility(i)) for i in range(draw(st.integers(0, 2)))],
        guardrails=[draw(_guardrails(i)) for i in range(draw(st.integers(0, 3)))],
        budgets=draw(_budgets()),
        segment_levels=(
            (Segment("first", draw(_conditions(_of_shopper))),),
            (Segment("second", draw(_conditions(second))),),
        ),
    )


@st.composite
def _lines(draw: st.DrawFn, number: int) -> Line:
    price = draw(st.integers(0, 1500))
    cost = draw(st.integers(0, 9))
    return builders.line(
        f"l{number}",
        category=draw(st.sampled_from(CATEGORIES)),
        quantity=draw(st.integers(1, 4)),
        list_price=price,
        unit_cost=None if cost == 9 else price * cost // 7,
        facts=draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "line.volume_ml": st.integers(0, 20_000),
                    "line.deposit": st.integers(0, 100),
                },
            )
        ),
    )


@st.composite
def contexts(draw: st.DrawFn) -> DecisionContext:
    """Baskets of one to four lines; unit costs, facts and consents are missing at random."""
    shopper = st.fixed_dictionaries(
        {},
        optional={
            "shopper.tier": st.sampled_from(("gold", "none")),
            "shopper.baskets": st.integers(0, 6),
        },
    )
    return builders.context(
        *(draw(_lines(i)) for i in range(draw(st.integers(1, 4)))),
        jurisdiction=draw(st.sampled_from(PLACES)),
        shopper=draw(shopper),
        consents=draw(st.dictionaries(st.just("mail"), st.booleans(), max_size=1)),
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


_ppm = st.integers(0, 1_000_000) | st.sampled_from((0, 400_000, 500_000, 1_000_000))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Worlds of every kind; about one in four has no model."""
    ruleset, context = draw(rulesets()), draw(contexts())
    keys = ledger_keys(context, ruleset)
    used = st.sampled_from((0, 0, 1, 140, 900))
    view = {key: n for key in keys if (n := draw(used))}
    odds = draw(st.lists(st.tuples(_ppm, _ppm), min_size=1, max_size=6))
    modelled = draw(st.integers(0, 3)) > 0
    return World(ruleset, context, view, tuple(odds) if modelled else None)
