"""From rule documents to the ruleset: what each kind becomes, and what the digest is of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden_rules import GOOD, write
from sconto.domain.candidate import Candidate, Stack
from sconto.domain.canonical import canonical, parse
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, Truth, evaluate
from sconto.domain.context import DecisionContext, Line, Moment
from sconto.domain.final_check import violations_of
from sconto.domain.formula import compute
from sconto.domain.limits import line_limit
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import (
    BudgetHolder,
    BudgetMeasure,
    FactType,
    GuardrailKind,
    Period,
    Ruleset,
)
from sconto.domain.scope import Scope
from sconto.errors import InvalidRules
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.rulebook.loader import load_folder
from support.served import RULES


def _load(folder: Path, **files: str) -> Ruleset:
    write(folder, {**GOOD, **{k.replace("__", "/") + ".yaml": v for k, v in files.items()}})
    return load_folder(folder)


def _denies(folder: Path, condition: str) -> Condition:
    text = GOOD["eligibility/adults.yaml"].partition("require:")[0]
    rules = _load(folder, eligibility__adults=text + condition)
    return rules.eligibility[0].deny_when


def test_the_digest_is_of_the_content_and_not_of_its_writing(tmp_path: Path) -> None:
    """Comments, the order of keys and the style of quotes change nothing."""
    plain = _load(tmp_path / "a")
    lines = GOOD["budgets/campaign.yaml"].splitlines()
    rewritten = "# a note\n" + "\n".join(reversed(lines)).replace('"500.00"', "'500.00'") + "\n"
    assert plain == _load(tmp_path / "b", budgets__campaign=rewritten)


def test_any_changed_value_changes_the_digest(tmp_path: Path) -> None:
    """A rule can't be changed under an old digest, not even its owner."""
    plain = _load(tmp_path / "a")
    text = GOOD["budgets/campaign.yaml"].replace("owner: Tests", "owner: Somebody")
    assert plain.digest != _load(tmp_path / "b", budgets__campaign=text).digest


def test_stored_documents_compile_back_to_the_same_ruleset(tmp_path: Path) -> None:
    """What the store keeps is enough to replay."""
    ruleset = _load(tmp_path)
    assert ruleset == ruleset_from_documents(ruleset.documents)


def test_stored_documents_in_another_order_give_the_same_ruleset(tmp_path: Path) -> None:
    """The order of files is nobody's business."""
    ruleset = _load(tmp_path)
    backwards = json.dumps(list(reversed(json.loads(ruleset.documents))))
    assert ruleset == ruleset_from_documents(backwards.encode())


def test_stored_documents_that_no_longer_compile_are_refused() -> None:
    """They raise InvalidRules like any rule files, with every finding."""
    with pytest.raises(InvalidRules) as refused:
        ruleset_from_documents(b'[{"kind":"shop"},{"kind":"moon"},5]')
    assert "SCH-001" in {f.code for f in refused.value.findings}


def test_quantities_become_integers(tmp_path: Path) -> None:
    """Money becomes minor units and percentages basis points, exactly."""
    text = (
        GOOD["offers/cheese.yaml"].replace('["5 %", "10 %"]', '["2.5 %", "12.25%"]')
        + 'minimum_spend: "10.50"\nsupplier_pays: "60 %"\n'
    )
    offer = _load(tmp_path, offers__cheese=text).offers[0]
    assert (OfferKind.PERCENT, (250, 1225)) == (offer.kind, offer.ladder)
    assert (1050, 6000) == (offer.minimum_spend, offer.supplier_share_bp)


def test_budgets_count_money_or_discounts(tmp_path: Path) -> None:
    """`limit` is money in minor units, `limit_count` is discounts."""
    amount = _load(tmp_path / "a").budgets["campaign"]
    assert (BudgetMeasure.AMOUNT, 50_000) == (amount.measure, amount.limit)
    text = GOOD["budgets/campaign.yaml"].replace('limit: "500.00"', "limit_count: 3")
    text = text.replace("campaign\nperiod: month", "shopper\nperiod: week")
    counted = _load(tmp_path / "b", budgets__campaign=text).budgets["campaign"]
    assert (BudgetMeasure.COUNT, 3) == (counted.measure, counted.limit)
    assert (BudgetHolder.SHOPPER, Period.WEEK) == (counted.holder, counted.period)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("is: 3", Comparison("shopper.baskets_56d", Op.EQ, 3)),
        ("is_not: 3", Comparison("shopper.baskets_56d", Op.NE, 3)),
        ("at_least: 3", Comparison("shopper.baskets_56d", Op.GE, 3)),
        ("at_most: 3", Comparison("shopper.baskets_56d", Op.LE, 3)),
        ("more_than: 3", Comparison("shopper.baskets_56d", Op.GT, 3)),
        ("less_than: 3", Comparison("shopper.baskets_56d", Op.LT, 3)),
        (
            "between: [3, 5]",
            All(
                (
                    Comparison("shopper.baskets_56d", Op.GE, 3),
                    Comparison("shopper.baskets_56d", Op.LE, 5),
                )
            ),
        ),
        (
            "in: [3, 5]",
            AnyOf(
                (
                    Comparison("shopper.baskets_56d", Op.EQ, 3),
                    Comparison("shopper.baskets_56d", Op.EQ, 5),
                )
            ),
        ),
        (
            "not_in: [3, 5]",
            All(
                (
                    Comparison("shopper.baskets_56d", Op.NE, 3),
                    Comparison("shopper.baskets_56d", Op.NE, 5),
                )
            ),
        ),
    ],
)
def test_each_comparison_means_what_it_says(
    tmp_path: Path, written: str, expected: Condition
) -> None:
    """The words of rule files map to the domain's comparisons."""
    written = f"deny_when:\n  fact: shopper.baskets_56d\n  {written}\n"
    assert expected == _denies(tmp_path, written)


def test_money_and_decimal_facts_are_compared_in_scaled_integers(tmp_path: Path) -> None:
    """A money constant has the currency's minor digits."""
    written = 'deny_when: {fact: shopper.spend_56d, at_least: "40.5"}\n'
    assert Comparison("shopper.spend_56d", Op.GE, 4050) == _denies(tmp_path, written)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"shopper.baskets_56d": 9, "shopper.tier": "gold"}, Truth.FALSE),
        ({"shopper.baskets_56d": 9, "shopper.tier": "none"}, Truth.TRUE),
        ({"shopper.baskets_56d": 1}, Truth.TRUE),
        ({"shopper.baskets_56d": 9}, Truth.UNKNOWN),
        ({}, Truth.UNKNOWN),
    ],
)
def test_require_denies_unless_it_is_true(
    tmp_path: Path, facts: dict[str, Any], expected: Truth
) -> None:
    """What is not known is neither fulfilled nor denied: the candidate is withheld as unknown."""
    deny = _denies(
        tmp_path,
        "require:\n  all:\n    - {fact: shopper.baskets_56d, at_least: 8}\n"
        "    - none:\n        - {fact: shopper.tier, is_not: gold}\n",
    )
    assert expected is evaluate(deny, facts)


def test_an_eligibility_rule_speaks_only_where_it_says(tmp_path: Path) -> None:
    """Dates, jurisdictions, offers and lines all stand before the rule's own condition."""
    text = GOOD["eligibility/adults.yaml"] + (
        "offers: [cheese]\njurisdictions: [US-TN]\nlines:\n  categories: [CHEESE]\n"
    )
    ruleset = _load(tmp_path, eligibility__adults=text)
    speaks = {
        "context.day": 20260101, "context.jurisdiction": "US-TN", "segment.regular": False,
    }  # fmt: skip
    rule = next(rule for rule in ruleset.rules if rule.id == "adults")
    assert Truth.TRUE is evaluate(rule.condition, speaks)
    for other in (
        {"context.day": 20251231},
        {"context.day": 20270101},
        {"context.jurisdiction": "US-WI"},
        {"segment.regular": True},
    ):
        assert Truth.FALSE is evaluate(rule.condition, {**speaks, **other})
    assert {"cheese"} == rule.offer_ids
    assert {"CHEESE"} == rule.scope.categories


def test_a_guardrail_becomes_a_rule_about_its_headroom(tmp_path: Path) -> None:
    """Below zero denies; a headroom that is not known is unknown, and withholds."""
    ruleset = _load(tmp_path)
    rule = next(rule for rule in ruleset.rules if rule.id == "floor")
    today = {"context.day": 20260101}
    assert Truth.TRUE is evaluate(rule.condition, {**today, "headroom.floor": -1})
    assert Truth.FALSE is evaluate(rule.condition, {**today, "headroom.floor": 0})
    assert Truth.UNKNOWN is evaluate(rule.condition, today)
    assert ruleset.guardrails[0].scope == rule.scope


def test_a_floor_a_hair_above_a_cent_costs_the_next_cent(tmp_path: Path) -> None:
    """No digit of a formula is lost, in the floor itself and in the last check alike."""
    hair = "0.01 + 0.000000000001 * 0.000000000001 * 0.000000000001"
    text = GOOD["guardrails/floor.yaml"].replace("line.unit_cost * 1.15", hair)
    ruleset = _load(tmp_path, guardrails__floor=text)
    line = Line("l1", "p1", "CHEESE", "DAIRY", "National", 1, 2, 1, {})
    formula = ruleset.guardrails[0].formula
    assert formula is not None
    assert line_limit(formula, line, 0, ruleset.facts, "USD", up=True) == 2
    moment = Moment(0, "America/Chicago", date(2026, 6, 1), 0, 12, "2026a")
    context = DecisionContext("u", "store", "US-TN", "USD", moment, {}, {}, (line,), ())
    one_cent_off = Candidate(ruleset.offers[0], 5000, 2, 1, 1, (0,), (1,))
    assert violations_of(Stack((one_cent_off,)), context, ruleset) != ()


def test_segments_are_ordered_by_what_they_need(tmp_path: Path) -> None:
    """A segment that builds on another is judged after it."""
    when = "when: {fact: segment.regular, is: true}\n"
    text = GOOD["segments/regular.yaml"].partition("when:")[0].replace("regular", "a-first") + when
    ruleset = _load(tmp_path, **{"segments__a-first": text})
    levels = [[segment.id for segment in level] for level in ruleset.segment_levels]
    assert [["regular"], ["a-first"]] == levels


def test_a_segment_is_false_outside_its_dates(tmp_path: Path) -> None:
    """Before `valid_from` and from `valid_to` on nobody belongs to it."""
    segment = _load(tmp_path).segment_levels[0][0]
    days = (20251231, 20260101, 20261231, 20270101)
    facts = [{"shopper.baskets_56d": 9, "context.day": day} for day in days]
    expected = [Truth.FALSE, Truth.TRUE, Truth.TRUE, Truth.FALSE]
    assert expected == [evaluate(segment.condition, f) for f in facts]


def test_the_retail_rules_are_a_ruleset_with_law_budgets_and_ladders() -> None:
    """The rules that ship are complete: candidates, both budgets, and cited legal floors."""
    ruleset = load_folder(Path(__file__).parents[4] / "rules/retail")
    floors = {g.id: g for g in ruleset.guardrails if g.kind is GuardrailKind.PRICE_FLOOR}
    assert {"us-tn-cigarettes-minimum", "us-wi-tobacco-alcohol-minimum"} < set(floors)
    assert all(g.law is not None and g.law.checked_on > date(2026, 1, 1) for g in floors.values())
    tennessee = floors["us-tn-cigarettes-minimum"]
    assert tennessee.formula is not None
    cost = {"line.unit_cost": Decimal("10.00")}
    assert Decimal("11.5") == compute(tennessee.formula, cost)
    assert (Scope(categories=frozenset({"CIGARETTES"})),) == tennessee.scope.classes
    assert set(BudgetHolder) - {BudgetHolder.CODE} == {b.holder for b in ruleset.budgets.values()}
    assert 20 <= sum(len(offer.ladder) for offer in ruleset.offers) <= 40
    assert FactType.BOOLEAN is ruleset.facts["consent.personalised_offers"].type
    assert ruleset.eligibility
    assert ruleset.disclosures


def _without_one_key(value: Any) -> Iterator[Any]:
    """*value* with each of its keys left out in turn, however deep."""
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
        for key, below in value.items():
            yield from ({**value, key: changed} for changed in _without_one_key(below))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            for changed in _without_one_key(below):
                yield [*value[:place], changed, *value[place + 1 :]]


@pytest.mark.parametrize("name", ["pizza-night", "yoghurt-three-for-two", "home-delivery",
                                  "week-shop-tiers", "basket", "cheese"])  # fmt: skip
def test_an_offer_without_one_of_its_keys_is_a_ruleset_or_refused(name: str) -> None:
    """Of each kind: what is left out is reported, or may be left out; nothing else fails."""
    documents = parse(load_folder(RULES).documents)
    (place,) = (i for i, d in enumerate(documents) if d.get("id") == name)
    refused = 0
    for changed in _without_one_key(documents[place]):
        try:
            ruleset_from_documents(
                canonical([*documents[:place], changed, *documents[place + 1 :]])
            )
        except InvalidRules:
            refused += 1

    assert refused
