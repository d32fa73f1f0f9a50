"""The solver's model is the core's: what it proves no basket contradicts, and the other way round.

Baskets are drawn at random and assessed by the core; whatever the core finds on them must be
possible for the solver with the very same facts, and impossible otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from golden_meaning import FAULTS, SOUND
from golden_rules import write
from sconto.app.moment import moment_at
from sconto.domain.condition import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Op,
    Truth,
    evaluate,
    facts_needed,
)
from sconto.domain.context import DecisionContext, Facts, FactValue, Line
from sconto.domain.ruleset import EarnsNothing, Ruleset
from sconto.domain.scope import Scope
from sconto.domain.shortlist import Assessed, shortlist
from sconto.domain.validity import Validity
from sconto.rulebook.findings import Report
from sconto.rulebook.judge.fallback import reference_judges
from sconto.rulebook.lint.candidate_model import CandidateModel
from sconto.rulebook.lint.facts import Day, Number, Text, truths
from sconto.rulebook.lint.impossible_offers import barred_offers
from sconto.rulebook.lint.request_model import RequestModel
from sconto.rulebook.lint.solver import Answer, Problem, Term
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.loader import load_documents, load_folder

ZONE = "America/Chicago"
DAY_US = 86_400_000_000
FIRST_US = 1_767_290_400_000_000  # noon of 1 January 2026 in Chicago


TIGHT = {
    **SOUND,
    "guardrails/depth.yaml": SOUND["guardrails/depth.yaml"].replace("30 %", "10 %"),
    "guardrails/largest.yaml": SOUND["guardrails/largest.yaml"].replace("15.00", "2.00"),
    "guardrails/wine.yaml": SOUND["guardrails/floor.yaml"]
    .replace("id: floor", "id: wine")
    .replace("line.unit_cost * 1.15", "max(line.list_price * 0.92, line.unit_cost)"),
    "guardrails/margin.yaml": SOUND["guardrails/depth.yaml"]
    .replace("id: depth", "id: margin")
    .replace('depth_cap: {at_most: "30 %"}', 'margin_floor: {at_least: "25 %"}'),
}
"""Limits that depths of the offers meet exactly."""


STRONG_EARNS_NOTHING = EarnsNothing(
    id="strong",
    sentence="Strong wine earns nothing.",
    scope=Scope(categories=frozenset({"WINE"})),
    jurisdictions=frozenset({"US-TN"}),
    validity=Validity(date(2026, 1, 20), date(2026, 6, 1)),
    line_when=Comparison("line.abv_percent", Op.GE, 100),
)
"""Keeps some lines out of the offers with a minimum spend."""


@cache
def _ruleset() -> Ruleset:
    with TemporaryDirectory() as folder:
        write(Path(folder), TIGHT)
        return replace(load_folder(Path(folder)), earn_nothing=(STRONG_EARNS_NOTHING,))


NUMBERS = ("shopper.baskets_56d", "shopper.spend_56d", "signal.abandoned")
COMPARED = st.one_of(
    st.builds(Comparison, st.sampled_from(NUMBERS), st.sampled_from(Op), st.integers(-1, 9)),
    st.builds(
        Comparison,
        st.just("shopper.tier"),
        st.sampled_from([Op.EQ, Op.NE]),
        st.sampled_from(["gold", "silver"]),
    ),
    st.builds(Comparison, st.just("consent.mail"), st.sampled_from([Op.EQ, Op.NE]), st.booleans()),
    st.builds(
        Comparison, st.just("context.day"), st.sampled_from(Op), st.integers(20251230, 20260402)
    ),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
FACTS = st.fixed_dictionaries(
    {"signal.abandoned": st.integers(0, 10), "context.day": st.integers(0, 95)},
    optional={
        "shopper.baskets_56d": st.integers(-2, 10),
        "shopper.spend_56d": st.integers(-2, 10),
        "shopper.tier": st.sampled_from(["gold", "silver"]),
        "consent.mail": st.booleans(),
    },
)


def _pinned(request: RequestModel, facts: Facts) -> list[Term]:
    """That the request has exactly *facts*."""
    terms: list[Term] = []
    for name, fact in request.facts.items():
        value = facts.get(name)
        if isinstance(fact, Day) and value is not None:
            terms.append(fact.term == _first_ordinal() + int(value))
        elif isinstance(fact, Number | Text) and str(fact.known) != "True":
            terms.append(fact.known == (value is not None))
        if isinstance(fact, Number) and value is not None:
            terms.append(fact.term == int(value))
        if isinstance(fact, Text) and value is not None:
            terms.append(fact.term == fact.texts[str(value)])
    return terms


def _first_ordinal() -> int:
    return moment_at(FIRST_US, ZONE).local_date.toordinal()


@given(condition=CONDITIONS, facts=FACTS)
@settings(max_examples=120, deadline=None)
def test_a_condition_is_for_the_solver_what_it_is_for_the_core(
    condition: Condition, facts: dict[str, FactValue]
) -> None:
    """True, false and unknown agree, whatever is sent and whatever day it is."""
    request = RequestModel(_ruleset())
    told = truths(condition, request.facts)
    problem = Problem([*request.given, *_pinned(request, facts)])
    day = moment_at(FIRST_US + int(facts["context.day"]) * DAY_US, ZONE).local_date
    number = day.year * 10_000 + day.month * 100 + day.day
    truth = evaluate(condition, {**facts, "context.day": number})

    assert (problem.ask(told.true) is Answer.YES) == (truth is Truth.TRUE)
    assert (problem.ask(told.false) is Answer.YES) == (truth is Truth.FALSE)


LINES = st.lists(
    st.builds(
        lambda category, price, cost, pieces, abv: (category, price, cost, pieces, abv),
        st.sampled_from(["CHEESE", "WINE", "BREAD"]),
        st.integers(1, 10).map(lambda n: n * 1_000),
        st.one_of(st.none(), st.integers(0, 20).map(lambda n: n * 250)),
        st.integers(1, 4),
        st.one_of(st.none(), st.integers(0, 200)),
    ),
    min_size=1,
    max_size=2,
)


def _context(
    lines: list[tuple[str, int, int | None, int, int | None]], facts: dict[str, FactValue]
) -> DecisionContext:
    basket = tuple(
        Line(
            f"l{i}", f"p{i}", category, "", "", pieces, price, cost,
            {} if abv is None else {"line.abv_percent": abv},
        )
        for i, (category, price, cost, pieces, abv) in enumerate(lines)
    )  # fmt: skip
    return DecisionContext(
        user_ref="u",
        channel="store",
        jurisdiction="US-TN",
        currency="USD",
        moment=moment_at(FIRST_US + int(facts["context.day"]) * DAY_US, ZONE),
        consents={"mail": bool(facts["consent.mail"])} if "consent.mail" in facts else {},
        shopper={n: v for n, v in facts.items() if n.startswith("shopper.")},
        lines=basket,
        offer_ids=(),
        signals={"signal.abandoned": facts["signal.abandoned"]},
    )


@cache
def _given(offer_id: str, depth: int) -> CandidateModel:
    ruleset = _ruleset()
    offer = next(o for o in ruleset.offers if o.id == offer_id)
    return CandidateModel(RequestModel(ruleset), offer, depth, plain=False)


def _same_basket(given: CandidateModel, context: DecisionContext, assessed: Assessed) -> list[Term]:
    """That the solver's basket is *context*: the line that carries the candidate, and the other."""
    touched = [i for i, _ in assessed.candidate.allocation]
    (carried,) = touched
    terms = [*_line_is(given, 0, context.lines[carried])]
    others = [line for i, line in enumerate(context.lines) if i not in touched]
    if others:
        terms += _line_is(given, -1, others[0])
    else:
        terms.append(given.other.total == 0)
    return terms


def _line_is(given: CandidateModel, number: int, line: Line) -> list[Term]:
    own = given.all_lines[number]
    total = own.total == line.list_total
    terms = [total] if number else [own.price == line.list_price, own.pieces == line.quantity]
    terms += [own.cost_known == (line.unit_cost is not None)]
    if line.unit_cost is not None and number == 0:
        terms.append(own.cost == line.unit_cost)
    category = own.facts["line.category"]
    strength = own.facts["line.abv_percent"]
    assert isinstance(category, Text)
    assert isinstance(strength, Number)
    number_of_category = category.texts.get(line.category, len(category.texts))
    terms += [category.term == number_of_category]
    abv = line.facts.get("line.abv_percent")
    terms.append(strength.known == (abv is not None))
    if abv is not None:
        terms.append(strength.term == int(abv))
    return terms


@given(lines=LINES, facts=FACTS)
@settings(max_examples=60, deadline=None)
def test_rules_withhold_for_the_solver_what_they_withhold_for_the_core(
    lines: list[tuple[str, int, int | None, int, int | None]], facts: dict[str, FactValue]
) -> None:
    """On a basket of whole units, where nothing is rounded, every rule agrees on every depth."""
    ruleset = _ruleset()
    context = _context(lines, facts)
    listed = shortlist(context, ruleset, reference_judges(ruleset))
    for assessed in listed.assessed:
        candidate = assessed.candidate
        whole = sum(context.lines[i].list_total for i, _ in candidate.allocation)
        exact = len(candidate.allocation) == 1 and whole % 1_000 == 0
        if candidate.unpriced is not None or not exact:
            continue
        given_ = _given(candidate.offer.id, candidate.depth)
        pinned = [
            given_.alone,
            *_pinned(given_.request, _without_segments(facts)),
            *_same_basket(given_, context, assessed),
        ]
        assert given_.problem.ask(*pinned) is Answer.YES
        spoke = {f.rule_id for f in (*assessed.findings, *assessed.reviews) if f.rule_id}
        for rule in ruleset.rules:
            withheld = given_.withheld_by(rule)
            wrong = z3.Not(withheld) if rule.id in spoke else withheld
            assert given_.problem.ask(*pinned, wrong) is Answer.NO, (candidate.id, rule.id)


def _without_segments(facts: dict[str, FactValue]) -> dict[str, FactValue]:
    return {**facts, "context.channel": "store", "context.jurisdiction": "US-TN"}


TWO = st.tuples(
    st.recursive(
        COMPARED.filter(lambda c: not (isinstance(c, Comparison) and c.fact == "context.day")),
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, min_size=1, max_size=2).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=1, max_size=2).map(tuple)),
        ),
        max_leaves=2,
    ),
    COMPARED,
)
POOLS: dict[str, list[FactValue | None]] = {
    "shopper.baskets_56d": [None, *range(-3, 12)],
    "shopper.spend_56d": [None, *range(-3, 12)],
    "signal.abandoned": [*range(12)],
    "shopper.tier": [None, "gold", "silver"],
    "consent.mail": [None, False, True],
}


@given(pair=TWO)
@settings(max_examples=80, deadline=None)
def test_one_condition_follows_from_another_exactly_when_no_facts_speak_against_it(
    pair: tuple[Condition, Condition],
) -> None:
    """What is asked for a shadowed rule: whether B withholds whenever A does, tried on all facts.

    The pools hold every value that the constants can tell apart, so that trying is deciding.
    """
    first, second = pair
    names = sorted({*facts_needed(first), *facts_needed(second)})
    if "context.day" in names:
        return
    request = RequestModel(_ruleset())
    a, b = truths(first, request.facts), truths(second, request.facts)
    answer = Problem(request.given).ask(z3.Not(a.false), b.false)
    tried = (
        {n: v for n, v in zip(names, values, strict=True) if v is not None}
        for values in product(*(POOLS[name] for name in names))
    )
    against = any(
        evaluate(first, facts) is not Truth.FALSE and evaluate(second, facts) is Truth.FALSE
        for facts in tried
    )
    assert answer is (Answer.YES if against else Answer.NO)


BARRED = ("SEM-006", "SEM-007", "SEM-008", "SEM-009", "SEM-014")


@cache
def _barred(name: str) -> tuple[Ruleset, frozenset[str]]:
    with TemporaryDirectory() as folder:
        write(Path(folder), {**SOUND, **FAULTS[name].applied()})
        ruleset, documents = load_documents(Path(folder))
        subject = Subject(ruleset, documents, date(2026, 11, 25), Report())
        found = [b for barred in barred_offers(subject) for b in barred]
        by_rules = [b for b in found if not any(n.startswith("budget ") for n in b.by)]
        return ruleset, frozenset(f"{b.offer.id}:{b.depth}" for b in by_rules)


@given(
    name=st.sampled_from([n for n, fault in FAULTS.items() if fault.code in BARRED]),
    lines=st.lists(LINES.map(lambda lines: lines[0]), min_size=1, max_size=4),
    facts=FACTS,
)
@settings(max_examples=150, deadline=None)
def test_no_drawn_basket_gets_what_is_proved_to_be_barred(
    name: str,
    lines: list[tuple[str, int, int | None, int, int | None]],
    facts: dict[str, FactValue],
) -> None:
    """Also baskets of several lines, of which the solver knows one."""
    ruleset, barred = _barred(name)
    context = _context(lines, {"consent.mail": True, **facts})
    listed = shortlist(context, ruleset, reference_judges(ruleset))
    assert {c.id for c in listed.allowed} & barred == set()
