"""Domain objects that are short to write: everything not named in a test has a plain value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from sconto.domain.candidate import Candidate
from sconto.domain.codes import CodeSet
from sconto.domain.condition import Condition
from sconto.domain.context import DecisionContext, Facts, Line, Moment, SentCode
from sconto.domain.experiment import Experiment
from sconto.domain.formula import Formula
from sconto.domain.lane import MAIN, Lane
from sconto.domain.measured import MeasuredQuantity, Unit
from sconto.domain.objective import Objective, Outcome
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    Disclosure,
    EarnsNothing,
    EligibilityRule,
    FactSpec,
    FactType,
    Guardrail,
    GuardrailKind,
    Period,
    Ruleset,
    Segment,
)
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.validity import Validity
from sconto.rulebook.compile.engine_rules import eligibility_as_rule, guardrail_as_rule

DAY: Final = date(2026, 11, 23)
AS_OF_US: Final = 1_795_456_800_000_000
ALWAYS: Final = Validity(date(2020, 1, 1), date(2030, 1, 1))
EVERYTHING: Final = Scope()
PLACES: Final = frozenset({"US-TN", "US-WI"})
"""Where the shop of tests sells."""
FACTS: Final = {
    spec.name: spec
    for spec in (
        FactSpec("shopper.tier", FactType.TEXT, changeable=True),
        FactSpec("shopper.baskets", FactType.INTEGER, changeable=True),
        FactSpec("line.volume_ml", FactType.DECIMAL, places=1),
        FactSpec("line.deposit", FactType.MONEY),
        FactSpec("line.tax_percent", FactType.DECIMAL, places=1),
        FactSpec("consent.mail", FactType.BOOLEAN),
    )
}
"""The facts that rulesets of tests declare."""


def scores(
    odds: Iterable[tuple[int, int]],
    *,
    outcome: Outcome = Outcome.SALE,
    spread: int = 0,
    doubt: int = 0,
    unknown: tuple[str, ...] = (),
    assumed: str = "",
    features: bytes = b"",
) -> Scores:
    """Scores with the (probability, baseline) *odds* in ppm; *spread* and *doubt* for all alike."""
    pairs = tuple(odds)
    return Scores(
        "sha256:m",
        outcome,
        tuple(p for p, _ in pairs),
        tuple(b for _, b in pairs),
        (spread,) * len(pairs),
        (doubt,) * len(pairs),
        unknown,
        assumed,
        features=features,
    )


def line(
    line_id: str = "l1",
    *,
    category: str = "CHEESE",
    quantity: int = 1,
    list_price: int = 1000,
    unit_cost: int | None = 600,
    facts: Facts | None = None,
    measured: MeasuredQuantity | None = None,
) -> Line:
    """A basket line, one piece of cheese at 10.00 that costs 6.00 unless told otherwise."""
    return Line(
        line_id, f"p-{line_id}", category, "DAIRY", "National", quantity, list_price, unit_cost,
        facts or {}, measured,
    )  # fmt: skip


def kilograms(thousandths: int) -> MeasuredQuantity:
    """So many grams."""
    return MeasuredQuantity(thousandths, Unit.KILOGRAM)


def context(
    *lines: Line,
    day: date = DAY,
    jurisdiction: str = "US-WI",
    shopper: Facts | None = None,
    consents: Mapping[str, bool] | None = None,
    offer_ids: tuple[str, ...] = (),
    user_ref: str = "u1",
    codes: Iterable[SentCode] = (),
    currency: str = "USD",
) -> DecisionContext:
    """The context of a basket of *lines*, or of one piece of cheese."""
    return DecisionContext(
        user_ref=user_ref,
        channel="store",
        jurisdiction=jurisdiction,
        currency=currency,
        moment=Moment(AS_OF_US, "America/Chicago", day, day.weekday(), 12, "2026a"),
        consents=consents or {},
        shopper=shopper or {},
        lines=lines or (line(),),
        offer_ids=offer_ids,
        codes=tuple(codes),
    )


def offer(
    offer_id: str = "cheese",
    *ladder: int,
    kind: OfferKind = OfferKind.PERCENT,
    scope: Scope = EVERYTHING,
    minimum_spend: int = 0,
    supplier_share_bp: int = 0,
    budgets: tuple[str, ...] = (),
    validity: Validity = ALWAYS,
) -> Offer:
    """An offer, 10 % off everything unless told otherwise."""
    steps = ladder or (1000,)
    share = supplier_share_bp
    return Offer(
        offer_id, offer_id, kind, steps, scope, minimum_spend, share, budgets, validity
    )  # fmt: skip


def guardrail(
    guardrail_id: str,
    kind: GuardrailKind,
    *,
    scope: Scope = EVERYTHING,
    jurisdictions: Iterable[str] = (),
    validity: Validity = ALWAYS,
    formula: Formula | None = None,
    bp: int | None = None,
    amount: int | None = None,
) -> Guardrail:
    """A guardrail on everything, everywhere and always unless told otherwise."""
    places = frozenset(jurisdictions)
    return Guardrail(guardrail_id, kind, "Limit", scope, places, validity, formula, bp, amount)


def eligibility(
    rule_id: str,
    deny_when: Condition,
    *,
    offer_ids: Iterable[str] = (),
    scope: Scope = EVERYTHING,
    jurisdictions: Iterable[str] = (),
    validity: Validity = ALWAYS,
) -> EligibilityRule:
    """An eligibility rule about every offer, everywhere and always unless told otherwise."""
    offers, places = frozenset(offer_ids), frozenset(jurisdictions)
    return EligibilityRule(rule_id, "No.", deny_when, offers, scope, places, validity)


def budget(
    budget_id: str = "campaign",
    limit: int = 10_000,
    *,
    measure: BudgetMeasure = BudgetMeasure.AMOUNT,
    holder: BudgetHolder = BudgetHolder.CAMPAIGN,
    period: Period = Period.TOTAL,
) -> Budget:
    """A budget of minor units for all and for ever unless told otherwise."""
    return Budget(budget_id, budget_id, measure, holder, period, limit)


def code_set(
    set_id: str = "welcome",
    *offers: str,
    text: str = "",
    validity: Validity = ALWAYS,
    limits: Iterable[str] = (),
) -> CodeSet:
    """Codes that open the offer `cheese` unless told otherwise."""
    opened = tuple(sorted(offers)) or ("cheese",)
    return CodeSet(set_id, text, opened, validity, tuple(limits))


def ruleset(
    *offers: Offer,
    eligibility: Iterable[EligibilityRule] = (),
    guardrails: Iterable[Guardrail] = (),
    budgets: Iterable[Budget] = (),
    segment_levels: tuple[tuple[Segment, ...], ...] = (),
    disclosures: tuple[Disclosure, ...] = (),
    lanes: tuple[Lane, ...] = (MAIN,),
    experiment: Experiment | None = None,
    objective: Objective | None = None,
    code_sets: Iterable[CodeSet] = (),
    earn_nothing: tuple[EarnsNothing, ...] = (),
) -> Ruleset:
    """A ruleset of these parts, ordered and turned into rules as the compiler does."""
    denials = tuple(sorted(eligibility, key=lambda r: r.id))
    limits = tuple(sorted(guardrails, key=lambda g: g.id))
    return Ruleset(
        digest="sha256:test",
        currency="USD",
        zones=dict.fromkeys(sorted(PLACES), "America/Chicago"),
        channels=frozenset({"store", "app"}),
        reservation_seconds=1800,
        facts=FACTS,
        segment_levels=segment_levels,
        offers=tuple(sorted(offers or (offer(),), key=lambda o: o.id)),
        eligibility=denials,
        guardrails=limits,
        budgets={b.id: b for b in budgets},
        disclosures=disclosures,
        rules=(
            *(eligibility_as_rule(rule, PLACES) for rule in denials),
            *(guardrail_as_rule(limit, PLACES) for limit in limits),
        ),
        documents=b"[]",
        line_conditions={
            stated.id: stated.line_when
            for stated in sorted((*denials, *limits), key=lambda r: r.id)
            if stated.line_when is not None
        },
        lanes=lanes,
        experiment=experiment,
        objective=objective or Objective(),
        code_sets={s.id: s for s in code_sets},
        earn_nothing=earn_nothing,
    )


def sharing(candidate: Candidate, *allocation: tuple[int, int]) -> Candidate:
    """*candidate*, but that it takes so much (minor units) off each line (its index)."""
    lines, parts = zip(*allocation, strict=True)
    return candidate._replace(lines=lines, parts=parts)
