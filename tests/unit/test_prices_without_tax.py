"""Shops whose prices are without tax: laws that speak of the price with tax, by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from golden_rules import RULED, write
from sconto.errors import InvalidRules
from sconto.rulebook.cases.report import failure_text
from sconto.rulebook.cases.run import run_cases
from sconto.rulebook.loader import load_folder

LAWS = Path(__file__).parents[2] / "rules" / "legal"

SHOP = (
    "kind: shop\nname: Shop\nindustry: retail\ncurrency: GBP\nchannels: [store]\n"
    "jurisdictions:\n  GB-WLS: {time_zone: Europe/London}\nreservation_minutes: 30\n"
    "legal_packs: ../legal\n"
)
FILES = {
    "facts.yaml": "kind: facts\nfacts: {}\n",
    "classes.yaml": "kind: classes\nclasses:\n  alcohol: {categories: [SPIRITS]}\n",
    "offers/whisky.yaml": (
        f"kind: offer\nid: whisky\nname: Whisky\n{RULED}"
        'amount_off: ["0.83", "0.84"]\nbudgets: [all]\n'
    ),
    "budgets/all.yaml": (
        f'kind: budget\nid: all\nname: All\n{RULED}limit: "500.00"\nheld_by: campaign\n'
        "period: total\n"
    ),
}
CASE = """kind: test
about: A bottle of 70 cl at 40 %% costs at least 14.00 with tax.
cases:
  - name: the bottle
    context: {jurisdiction: GB-WLS, channel: store, day: "2026-06-01"}
    basket:
      - {category: SPIRITS, department: D, price: "%s", cost: "1.00", facts: {%s}}
    offers: [whisky]
    expect:
%s
"""
BOTTLE = 'line.volume_ml: 700, line.abv_percent: "40"'
GIVEN = '      given: {main: "whisky 0.83, 0.83 off"}\n      withheld: {whisky 0.84: "%s"}'


def _run(folder: Path, prices: str, price: str, facts: str, expected: str) -> list[str]:
    """What fails of a case in a shop with such *prices*."""
    case = CASE % (price, facts, expected)
    shop = {"shop.yaml": f"{SHOP}prices: {prices}\n", "cases/bottle_test.yaml": case}
    write(folder, {**FILES, **shop})
    laws = folder.with_name("legal")
    laws.mkdir()
    shutil.copy(LAWS / "gb-wls-alcohol.yaml", laws)
    report = run_cases(folder)
    assert report.ran
    return [failure_text(ran) for ran in report.failed]


@pytest.mark.parametrize(
    ("prices", "price", "facts", "expected"),
    [
        # 14.00 / 1.2 is 11.6667: 11.67 keeps the floor, 11.66 would be 13.992 with tax.
        ("without_tax", "12.50", f'{BOTTLE}, line.tax_percent: "20"', GIVEN),
        # At 5.5 % the floor is 13.2701, so 13.28.
        ("without_tax", "14.11", f'{BOTTLE}, line.tax_percent: "5.5"', GIVEN),
        ("without_tax", "14.83", f'{BOTTLE}, line.tax_percent: "0"', GIVEN),
        ("with_tax", "14.83", BOTTLE, GIVEN),
    ],
)  # fmt: skip
def test_a_floor_with_tax_holds_for_the_price_without(
    tmp_path: Path, prices: str, price: str, facts: str, expected: str
) -> None:
    """Rounded up to the cent that keeps it: one cent more off is withheld."""
    wanted = expected % "BELOW_PRICE_FLOOR gb-wls-alcohol-minimum-2020"
    assert [] == _run(tmp_path / "rules", prices, price, facts, wanted)


@pytest.mark.parametrize(
    "facts", [BOTTLE, *(f'{BOTTLE}, line.tax_percent: "{n}"' for n in ("-5", "100.5", "2000"))]
)
def test_a_line_whose_tax_nobody_knows_gets_nothing(tmp_path: Path, facts: str) -> None:
    """Nor one whose tax can't be: with a reason that names the fact, or the rule."""
    missing = facts == BOTTLE
    reason = "FACT_MISSING" if missing else "RULE_FAILED"
    expected = f"      given: {{}}\n      reason: {reason}"
    assert [] == _run(tmp_path / "rules", "without_tax", "30.00", facts, expected)


def test_the_tax_is_no_fact_of_a_shop_with_it(tmp_path: Path) -> None:
    """It is declared where it is needed, by the shop's prices alone."""
    expected = GIVEN % "BELOW_PRICE_FLOOR gb-wls-alcohol-minimum-2020"
    facts = f'{BOTTLE}, line.tax_percent: "20"'
    with pytest.raises(Exception, match=r"line\.tax_percent"):
        _run(tmp_path / "rules", "with_tax", "14.83", facts, expected)


def test_no_shop_declares_the_tax_itself(tmp_path: Path) -> None:
    """Two declarations could differ."""
    declared = "  line.tax_percent: {type: integer, description: Tax.}\n"
    facts = {"facts.yaml": f"kind: facts\nfacts:\n{declared}"}
    folder = tmp_path / "rules"
    write(folder, {**FILES, **facts, "shop.yaml": f"{SHOP}prices: without_tax\n"})
    (tmp_path / "legal").mkdir()

    with pytest.raises(InvalidRules) as refused:
        load_folder(folder)
    assert ["SCH-005"] == [finding.code for finding in refused.value.findings]
