"""Generators of rules and contexts for property tests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import DecisionContext, Facts, FactValue, Line, Moment
from sconto.domain.ruleset import FactType, Ruleset
from sconto.rulebook.compile.ruleset import ruleset_from_documents

EDGE = 2**53 - 1
TEXTS = ("", "a", "b", "Käse", "0", "1", "true")

ALWAYS_OF_REQUEST = {
    "context.channel": FactType.TEXT,
    "context.day": FactType.INTEGER,
    "basket.list_total": FactType.MONEY,
}
SOMETIMES_OF_REQUEST = {
    "shopper.tier": FactType.TEXT,
    "shopper.baskets": FactType.INTEGER,
    "consent.mail": FactType.BOOLEAN,
    "segment.regular": FactType.BOOLEAN,
}
ALWAYS_OF_CANDIDATE = {
    "offer.id": FactType.TEXT,
    "candidate.depth_bp": FactType.INTEGER,
}
SOMETIMES_OF_CANDIDATE = {"headroom.floor": FactType.INTEGER, "headroom.cap": FactType.INTEGER}
TYPES = {
    **ALWAYS_OF_REQUEST,
    **SOMETIMES_OF_REQUEST,
    **ALWAYS_OF_CANDIDATE,
    **SOMETIMES_OF_CANDIDATE,
}


def values(kind: FactType) -> st.SearchStrategy[FactValue]:
    """Values of a fact of *kind*: few, so that rules and facts meet, and the largest."""
    if kind is FactType.BOOLEAN:
        return st.booleans()
    if kind is FactType.TEXT:
        return st.sampled_from(TEXTS)
    return st.integers(-3, 3) | st.sampled_from((-EDGE, EDGE))


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Any comparison that the compiler can make."""
    fact = draw(st.sampled_from(sorted(TYPES)))
    ordered = TYPES[fact] in {FactType.INTEGER, FactType.MONEY}
    op = draw(st.sampled_from(list(Op) if ordered else [Op.EQ, Op.NE]))
    return Comparison(fact, op, draw(values(TYPES[fact])))


def conditions() -> st.SearchStrategy[Condition]:
    """Conditions of any shape, empty groups included."""
    return st.recursive(
        comparisons(),
        lambda part: st.builds(
            lambda parts, both: All(tuple(parts)) if both else AnyOf(tuple(parts)),
            st.lists(part, max_size=3),
            st.booleans(),
        ),
        max_leaves=8,
    )


def _facts(always: dict[str, FactType], sometimes: dict[str, FactType]) -> st.SearchStrategy[Facts]:
    return st.fixed_dictionaries(
        {name: values(kind) for name, kind in always.items()},
        optional={name: values(kind) for name, kind in sometimes.items()},
    )


def requests() -> st.SearchStrategy[Facts]:
    """Facts of a request; those that need not be known are missing at random."""
    return _facts(ALWAYS_OF_REQUEST, SOMETIMES_OF_REQUEST)


def candidates() -> st.SearchStrategy[Facts]:
    """Facts of a candidate; those that need not be known are missing at random."""
    return _facts(ALWAYS_OF_CANDIDATE, SOMETIMES_OF_CANDIDATE)


_RULED = {
    "owner": "Tests",
    "why": "Generated.",
    "valid_from": "2020-01-01",
    "valid_to": "2030-01-01",
}
_DEPARTMENTS = ("DAIRY", "MEAT")
_CATEGORIES = ("CHEESE", "BEEF", "CIGARETTES")


def _money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


@st.composite
def _scopes(draw: st.DrawFn) -> dict[str, Any]:
    choices: dict[str, tuple[str, ...]] = {"departments": _DEPARTMENTS, "categories": _CATEGORIES}
    keys = draw(st.lists(st.sampled_from(sorted(choices)), unique=True, max_size=2))
    return {k: [draw(st.sampled_from(choices[k]))] for k in keys}


@st.composite
def _offers(draw: st.DrawFn, number: int) -> dict[str, Any]:
    offer = {"kind": "offer", "id": f"offer-{number}", "name": "Offer", **_RULED}
    if draw(st.booleans()):
        steps = draw(st.sets(st.integers(1, 100), min_size=1, max_size=3))
        offer["percent_off"] = [f"{p} %" for p in sorted(steps)]
    else:
        steps = draw(st.sets(st.integers(1, 3000), min_size=1, max_size=3))
        offer["amount_off"] = [_money(a) for a in sorted(steps)]
    offer["scope"] = draw(_scopes())
    offer["minimum_spend"] = _money(draw(st.sampled_from((0, 500))))
    offer["supplier_pays"] = f"{draw(st.integers(0, 100))} %"
    offer["budgets"] = draw(st.sampled_from((["campaign"], ["shopper"], ["campaign", "shopper"])))
    return offer


@st.composite
def _guardrails(draw: st.DrawFn, number: int) -> dict[str, Any]:
    rule = {"kind": "guardrail", "id": f"guard-{number}", "name": "Limit", **_RULED}
    rule["scope"] = draw(_scopes())
    if draw(st.booleans()):
        rule["jurisdictions"] = [draw(st.sampled_from(("US-TN", "US-WI")))]
    match draw(st.integers(0, 2)):
        case 0:
            factor = draw(st.sampled_from(("1", "1.06", "1.15", "0.333")))
            formula = f"max(line.unit_cost * {factor}, line.list_price * 0.5)"
            rule["price_floor"] = {"formula": formula}
        case 1:
            rule["margin_floor"] = {"at_least": f"{draw(st.integers(0, 40))} %"}
        case _:
            amount = _money(draw(st.integers(0, 2000)))
            rule["discount_cap"] = {"at_most_percent": "25 %", "at_most_amount": amount}
    return rule


@st.composite
def _eligibility(draw: st.DrawFn, number: int) -> dict[str, Any]:
    compare: dict[str, Any] = draw(
        st.sampled_from(
            (
                {"fact": "shopper.baskets", "at_least": 3},
                {"fact": "consent.mail", "is": True},
                {"fact": "segment.regular", "is": True},
                {"fact": "candidate.depth_bp", "at_most": 2000},
                {"none": [{"fact": "shopper.tier", "in": ["gold", "silver"]}]},
            )
        )
    )
    rule = {"kind": "eligibility", "id": f"rule-{number}", "sentence": "Generated.", **_RULED}
    rule[draw(st.sampled_from(("deny_when", "require")))] = compare
    if draw(st.booleans()):
        rule["lines"] = draw(_scopes())
    return rule


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    """Small rulesets of every kind of rule, compiled from documents like any other."""
    fixed: list[dict[str, Any]] = [
        {
            "kind": "shop", "industry": "retail", "name": "Shop", "currency": "USD",
            "channels": ["store", "app"],
            "jurisdictions": {p: {"time_zone": "America/Chicago"} for p in ("US-TN", "US-WI")},
            "reservation_minutes": 30, "consents": ["mail"],
        },
        {
            "kind": "facts",
            "facts": {
                "shopper.baskets": {"type": "integer", "description": "Baskets."},
                "shopper.tier": {"type": "text", "description": "Tier."},
            },
        },
        {
            "kind": "segment", "id": "regular", **_RULED,
            "when": {"fact": "shopper.baskets", "at_least": 5},
        },
        {
            "kind": "budget", "id": "campaign", "name": "All", "limit": "500.00",
            "held_by": "campaign", "period": "month", **_RULED,
        },
        {
            "kind": "budget", "id": "shopper", "name": "One", "limit_count": 3,
            "held_by": "shopper", "period": "week", **_RULED,
        },
    ]  # fmt: skip
    offers = [draw(_offers(i)) for i in range(draw(st.integers(1, 3)))]
    guards = [draw(_guardrails(i)) for i in range(draw(st.integers(0, 3)))]
    rules = [draw(_eligibility(i)) for i in range(draw(st.integers(0, 3)))]
    return ruleset_from_documents(json.dumps([*fixed, *offers, *guards, *rules]).encode())


def _lines() -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        line_id=st.just(""),
        product_id=st.sampled_from(("p1", "p2", "p3")),
        category=st.sampled_from(_CATEGORIES),
        department=st.sampled_from(_DEPARTMENTS),
        brand=st.sampled_from(("National", "Private")),
        quantity=st.integers(1, 5),
        list_price=st.integers(0, 3000),
        unit_cost=st.none() | st.integers(0, 3000),
        facts=st.just({}),
    )


@st.composite
def contexts(draw: st.DrawFn) -> DecisionContext:
    """Contexts for `rulesets()`: unit costs, shopper facts and consents are missing at random."""
    lines = draw(st.lists(_lines(), min_size=1, max_size=5))
    day = draw(st.sampled_from((date(2019, 12, 31), date(2026, 11, 23), date(2029, 12, 31))))
    shopper: Facts = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "shopper.baskets": st.integers(0, 9),
                "shopper.tier": st.sampled_from(("gold", "none")),
            },
        )
    )
    return DecisionContext(
        user_ref="u1",
        channel=draw(st.sampled_from(("store", "app"))),
        jurisdiction=draw(st.sampled_from(("US-TN", "US-WI"))),
        currency="USD",
        moment=Moment(1_795_000_000_000_000, "America/Chicago", day, day.weekday(), 12, "2026a"),
        consents=draw(st.dictionaries(st.just("mail"), st.booleans(), max_size=1)),
        shopper=shopper,
        lines=tuple(replace(line, line_id=f"l{i}") for i, line in enumerate(lines)),
        offer_ids=(),
    )
