"""Every mistake seeded in the whole language gives exactly the message in its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_language import LANGUAGE
from golden_rules import write
from sconto.rulebook.findings import CODES, as_text
from sconto.rulebook.loader import lint

HERE = Path(__file__).parent
PACK = "../legal/us-tn-alcohol.yaml"

EDITS = {
    "shadow_price_of_a_count": (
        "budgets/regional.yaml",
        "period: day",
        'period: day\nshadow_price: {at_pace: "0.35"}',
    ),
    "unknown_industry": ("shop.yaml", "industry: retail", "industry: farming"),
    "packs_folder_missing": ("shop.yaml", "../legal", "../laws"),
    "unknown_signal": ("eligibility/mild.yaml", "signal.spend", "signal.spent"),
    "unknown_signal_of_cap": ("guardrails/often.yaml", "abandoned", "abandonned"),
    "cap_over_a_sum": ("guardrails/often.yaml", "abandoned", "spend"),
    "unknown_event": ("signals/abandoned.yaml", "[basket_abandoned]", "[basket_abandonned]"),
    "sum_without_amounts": ("signals/spend.yaml", "[order_placed", "[basket_abandoned"),
    "window_too_long": ("signals/spend.yaml", "90 days", "401 days"),
    "own_event_declared": ("facts.yaml", "basket_abandoned:", "discount_given:"),
    "unknown_class": ("offers/three-for-two.yaml", "[alcohol]", "[alchohol]"),
    "class_of_classes": ("classes.yaml", "categories: [BEER]", "classes: [book]"),
    "unknown_key_of_class": ("classes.yaml", "categories: [BEER]", "categorys: [BEER]"),
    "class_neither_goods_nor_none": ("classes.yaml", "none", "nothing"),
    "unknown_lane": ("offers/meal.yaml", "lane: basket", "lane: baskets"),
    "no_lane": ("offers/meal.yaml", "lane: basket\n", ""),
    "lane_twice": ("stacking.yaml", "id: basket", "id: shelf"),
    "too_many_shares": ("experiment.yaml", '"5 %"', '"98 %"'),
    "no_shares": ("experiment.yaml", 'holdout: "5 %"\nexploration: "2 %"\n', ""),
    "bundle_prices_ascending": ("offers/meal.yaml", '["12.00", "10.00"]', '["10.00", "12.00"]'),
    "bundle_for_nothing": ("offers/meal.yaml", '"10.00"]', '"0.00"]'),
    "bundle_with_scope": ("offers/meal.yaml", "lane:", "scope: {brands: [A]}\nlane:"),
    "tiers_descending": ("offers/tiers.yaml", '"100.00"', '"40.00"'),
    "tier_of_two": ("offers/tiers.yaml", '"5 %"', '"5 %", amount_off: "1.00"'),
    "rounding_to_nothing": ("offers/tiers.yaml", '"0.05"', '"0.00"'),
    "reward_out_of_order": ("offers/three-for-two.yaml", '["50 %", "100 %"]', '["100 %", "50 %"]'),
    "shipping_from_zero": ("offers/shipping.yaml", '"50 %"', '"0 %"'),
    "offers_of_a_floor": ("guardrails/depth.yaml", "name:", "offers: [cheese]\nname:"),
    "lines_of_a_margin": (
        "guardrails/ceiling.yaml",
        'price_ceiling:\n  formula: "line.list_price * (1 - candidate.depth_share)"',
        'margin_floor: {at_least: "5 %"}',
    ),
    "shopper_in_line_when": ("guardrails/ceiling.yaml", "line.abv_percent", "shopper.tier"),
    "unknown_line_fact": ("guardrails/ceiling.yaml", "line.abv_percent", "line.abv_percents"),
    "budget_zone_unknown": ("budgets/regional.yaml", "America/New_York", "America/New_Yorck"),
    "protected_segment": ("segments/regular.yaml", "id: regular", "id: gender-x"),
    "protected_signal": ("signals/abandoned.yaml", "id: abandoned", "id: pregnant-lately"),
    "protected_event": ("facts.yaml", "basket_abandoned:", "citizenship_given:"),
    "protected_consent": ("shop.yaml", "[mail]", "[health_data]"),
    "protected_in_condition": ("segments/regular.yaml", "shopper.baskets_56d", "shopper.residence"),
    "protected_in_formula": ("guardrails/floor.yaml", "line.unit_cost", "line.age"),
    "class_not_mapped": ("classes.yaml", "alcohol: {categories: [BEER]}", "wine: none"),
    "pack_in_another_currency": (PACK, "currency: USD", "currency: EUR"),
    "clashing_facts": (PACK, "line.volume_ml: {type: integer", "line.abv_percent: {type: integer"),
    "example_differs": (PACK, "0.01 *", "0.02 *"),
    "example_of_one_piece": (PACK, '"4.01"', '"4.01"\n    kind: buy_x_get_y'),
    "example_without_its_place": (PACK, "[US-TN]", "[US-TN, US-WI]"),
    "example_of_the_wrong_type": (PACK, "line.volume_ml: 500", "line.volume_ml: '500'"),
    "example_with_an_unknown_fact": (PACK, "line.volume_ml: 500", "line.volume: 500"),
    "pack_rule_of_two": (PACK, "    price_floor", "    no_discount: true\n    price_floor"),
    "pack_rule_without_sentence": (PACK, "    sentence: Not below a cent a millilitre.\n", ""),
    "pack_without_law": (PACK, "law: {cite: An act,", "lawn: {cite: An act,"),
}  # fmt: skip
"""Name of the mistake -> file, what stands there, and what is written instead."""

NEW_CODES = {
    code
    for code in CODES
    if code[:3] in {"LAN", "EXP", "SIG", "EVT", "LAW"} or code in {"OFR-002", "OFR-003"}
} | {f"REF-0{n:02}" for n in range(9, 13)}


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), LANGUAGE)


def test_the_whole_language_has_no_finding() -> None:
    """The base that mistakes are seeded into is a good ruleset, and so is its legal pack."""
    assert as_text(lint([Path("rules"), Path("legal")])) == ""


@pytest.mark.parametrize("name", EDITS)
def test_a_mistake_in_the_language_is_explained(name: str) -> None:
    """The finding names the place, what was found, what is allowed and the next step."""
    file, right, wrong = EDITS[name]
    assert right in LANGUAGE[file]
    write(Path("rules"), {file: LANGUAGE[file].replace(right, wrong, 1)})
    _compare(name)


def test_a_pack_with_two_examples_is_explained() -> None:
    """A law that was worked out on two cases only is refused."""
    write(Path("rules"), {PACK: LANGUAGE[PACK].partition("  - name: Volume not sent")[0]})
    _compare("too_few_examples")


def _compare(name: str) -> None:
    actual = as_text(lint([Path("rules")]))
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual
    assert actual


def test_every_new_code_has_a_message() -> None:
    """No code of the language goes without a reviewed message."""
    files = (HERE / f"{name}.txt" for name in (*EDITS, "too_few_examples"))
    shown = "".join(file.read_text(encoding="utf-8") for file in files)
    assert sorted(code for code in NEW_CODES if code not in shown) == []
