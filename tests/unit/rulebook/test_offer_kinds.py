"""Worked examples: made of offers that take just the discount, and compared without mercy."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_language import PACK
from golden_rules import write
from sconto.domain.offer import OfferKind
from sconto.domain.pricing import candidates_for
from sconto.rulebook.loader import lint
from sconto.rulebook.offer_kinds import BY_KEY, NoSuchOffer, offer_taking
from support.builders import context, line, ruleset


@given(
    kind=st.sampled_from([k.value for k in OfferKind]),
    price=st.integers(1, 20_000),
    quantity=st.integers(1, 5),
    discount=st.integers(1, 50_000),
)
def test_an_offer_takes_just_the_discount_or_is_refused(
    kind: str, price: int, quantity: int, discount: int
) -> None:
    """Of every kind, the core's own pricing takes the wanted amount off the line."""
    basket = line(list_price=price, quantity=quantity)
    try:
        offer = offer_taking(discount, kind, basket)
    except NoSuchOffer:
        assert discount > basket.list_total or kind not in {"amount", "bundle", "spend_tiers"}
        return
    (candidate,) = candidates_for(context(basket), ruleset(offer))
    assert (None, discount) == (candidate.unpriced, candidate.discount)
    assert kind == candidate.offer.kind.value


@pytest.mark.parametrize(
    ("most", "text"), [(None, ""), (1, ", at most once"), (2, ", at most 2 times")]
)
def test_a_limit_of_sets_is_said(most: int | None, text: str) -> None:
    """Who reads what a new offer does reads how often it does so."""
    keys = {"buy": 2, "get": 1, "off": ["50 %"], "at_most_sets": most}

    found = BY_KEY["buy_x_get_y"].text(keys, "USD")
    assert f"50 % off the cheapest 1 of every 3 pieces{text}" == found


def _codes(folder: Path, *changes: tuple[str, str]) -> list[str]:
    text = PACK
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong)
    write(folder, {"us-tn-alcohol.yaml": text})
    return [finding.code for finding in lint([folder])]


_COST_RULE = (
    "  - id: us-tn-alcohol-cost\n    valid_from: 2026-01-01\n    valid_to: 2100-01-01\n"
    "    sentence: Not below cost.\n    price_floor: {formula: line.unit_cost}\n"
)
SECOND_RULE = ("examples:\n", f"{_COST_RULE}examples:\n")


def test_the_limit_is_that_of_a_rule_that_spoke(tmp_path: Path) -> None:
    """A limit that another rule set explains nothing about a denial."""
    assert _codes(tmp_path, SECOND_RULE) == []
    assert _codes(tmp_path, SECOND_RULE, ('limit: "5.00"', 'limit: "1.00"')) == ["LAW-005"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("given: true, rules: []", "given: false, rules: []"),
        ("given: true, rules: []", "given: true, rules: [us-tn-alcohol-minimum]"),
        ("missing: line.volume_ml", "missing: line.unit_cost"),
        ("given: true, rules: []", "given: true, rules: [], disclosures: [said]"),
        ("given: true, rules: []", 'given: true, rules: [], limit: "4.99"'),
    ],
)
def test_every_expectation_is_compared(tmp_path: Path, right: str, wrong: str) -> None:
    """One that is not met is a finding of its own."""
    assert _codes(tmp_path, (right, wrong)) == ["LAW-005"]


def test_review_lets_the_discount_pass_and_names_the_rule(tmp_path: Path) -> None:
    """A rule that only asks for a look has spoken, and the discount is given."""
    review = ("    classes: [alcohol]\n", "    classes: [alcohol]\n    encode: review\n")
    assert _codes(tmp_path, review, ("given: false", "given: true")) == []


def test_a_pack_is_silent_where_it_is_no_law(tmp_path: Path) -> None:
    """An example may show a place where the discount is nobody's business."""
    elsewhere = ("day: 2026-06-01\n", "day: 2026-06-01\n    jurisdiction: US-NY\n")
    changes = [elsewhere, ("given: false", "given: true")]
    changes += [("rules: [us-tn-alcohol-minimum]", "rules: []"), (', limit: "5.00"', "")]
    assert _codes(tmp_path, *changes, (", missing: line.volume_ml", "")) == []
