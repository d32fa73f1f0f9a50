"""Offers that no basket can get are named, whatever keeps it from them, and no others are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pytest

from golden_meaning import SOUND
from golden_rules import RULED, write
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleFinding
from sconto.rulebook.lint.run import warnings_of
from sconto.rulebook.loader import lint
from sconto.rulebook.read.library import Located

TODAY = date(2026, 11, 25)
GIFT = 'buy_x_get_y:\n  buy: 4\n  get: 1\n  off: ["100 %"]\n  reward: {products: [tee]}\n'
TEES = 'percent_off: ["5 %"]\nscope: {categories: [TEES]}\n'

PAIR = 'bundle_price: {prices: ["10.00"], items: [{scope: {categories: [A]}, pieces: 2}]}\n'


def _warn(ruleset: Ruleset | None, documents: Sequence[Located]) -> Iterable[RuleFinding]:
    return warnings_of(ruleset, documents, TODAY, lambda _: None)


def _codes(folder: Path, offer: str, rule: str) -> set[str]:
    """What is found once `gift` is *offer*, and the rule `small` about it says *rule*."""
    files = {
        "offers/gift.yaml": f"kind: offer\nid: gift\nname: Gift\n{RULED}budgets: [campaign]\n"
        f"lane: shelf\n{offer}"
    }
    if "classes:" in offer:
        files["classes.yaml"] = (
            "kind: classes\nclasses:\n  book: none\n  towel: {categories: [TOWELS]}\n"
        )
    if rule:
        files["eligibility/small.yaml"] = (
            f"kind: eligibility\nid: small\n{RULED}sentence: Said.\noffers: [gift]\n{rule}\n"
        )
    write(folder, SOUND | files)
    return {finding.code for finding in lint([folder], _warn)}


@pytest.mark.parametrize(
    ("offer", "rule"),
    [
        (f"{GIFT}scope: {{departments: [APPAREL]}}\n", ""),
        (f"{GIFT}scope: {{products: [tee]}}\n", ""),
        (
            f"{GIFT}scope: {{products: [tee]}}\n",
            "deny_when: {fact: basket.lines, at_least: 2}",
        ),
        (f"{TEES.replace('5 %', '90 %')}at_most_pieces: 1\n", ""),
        (f'{TEES}at_most_pieces: 1\nminimum_spend: "4000.00"\n', ""),
        (
            TEES,
            (
                "require: {all: [{fact: basket.pieces, multiple_of: 6}, "
                "{fact: basket.pieces, between: [7, 12]}]}"
            ),
        ),
    ],
    ids=[
        "reward_perhaps_in_scope",
        "reward_is_the_scope",
        "all_in_one_line",
        "one_deep_piece",
        "one_piece_of_many",
        "a_multiple",
    ],
)
def test_an_offer_that_some_basket_gets_is_not_named(tmp_path: Path, offer: str, rule: str) -> None:
    """A reward may lie in the scope, and one line may hold what is bought and what is given."""
    assert _codes(tmp_path, offer, rule) == set()


@pytest.mark.parametrize(
    ("offer", "rule", "code"),
    [
        (
            f"{GIFT.replace('[tee]', '[tee], categories: [A], exclude_categories: [A]')}", "",
            "SEM-007",
        ),
        (
            f"{GIFT}scope: {{departments: [APPAREL]}}\n",
            "deny_when: {fact: basket.pieces, at_least: 5}", "SEM-009",
        ),
        (f"{TEES[:-2]}, exclude_categories: [TEES]}}\n", "", "SEM-007"),
        (
            f'{TEES}minimum_spend: "500.00"\n',
            'deny_when: {fact: basket.list_total, at_least: "500.00"}', "SEM-009",
        ),
        (f'{TEES}minimum_spend: "90000000000.00"\n', "", "SEM-007"),
        (PAIR + "at_most_pieces: 1\n", "", "SEM-007"),
        (GIFT.replace("get: 1", "get: 2") + "at_most_pieces: 1\n", "", "SEM-007"),
        (TEES, "deny_when: {fact: context.channel, in: [store, online]}", "SEM-009"),
        (f"{TEES[:-2]}, classes: [book]}}\n", "", "SEM-007"),
        (f"{TEES[:-2]}, classes: [towel]}}\n", "", "SEM-007"),
        (TEES, "deny_when: {fact: context.jurisdiction, in: [US-TN, US-WI]}", "SEM-009"),
        (TEES, "require: {fact: context.day, at_least: 20270301}", "SEM-009"),
        (
            TEES,
            ("require: {all: [{fact: basket.pieces, multiple_of: 6}, "
            "{fact: basket.pieces, between: [7, 11]}]}"),
            "SEM-009",
        ),
        (
            'free_shipping: {off: ["5 %"], shipping: {categories: [D], exclude_categories: [D]}}\n',
            "",
            "SEM-007",
        ),
    ],
    ids=[
        "reward_of_nothing", "buying_and_giving_too_many", "scope_of_nothing",
        "spend_above_a_rule", "spend_above_all_money", "part_of_a_bundle", "part_of_a_gift",
        "no_channel_left", "class_of_nothing", "class_of_others", "no_place_left", "no_day_left",
        "no_multiple_left",
        "shipping_of_nothing",
    ],
)  # fmt: skip
def test_an_offer_that_no_basket_gets_is_named(
    tmp_path: Path, offer: str, rule: str, code: str
) -> None:
    """Whether its own keys exclude each other, or a rule leaves nothing of it."""
    assert _codes(tmp_path, offer, rule) == {code}
