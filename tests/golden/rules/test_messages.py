"""Every mistake seeded here gives exactly the message in its reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from golden_rules import GOOD, RULED, write
from sconto.rulebook.findings import as_text
from sconto.rulebook.loader import lint

HERE = Path(__file__).parent

EDITS = {
    "norway": ("shop.yaml", "US-TN:", "NO: {time_zone: Europe/Oslo}\n  on:"),
    "sexagesimal": ("segments/regular.yaml", "at_least: 8", "at_least: 12:30"),
    "leading_zero": ("segments/regular.yaml", "at_least: 8", "at_least: 010"),
    "duplicate_key": ("offers/cheese.yaml", "name: Cheese", "name: Cheese\nname: Käse"),
    "float_money": ("budgets/campaign.yaml", '"500.00"', "500.00"),
    "whole_number_money": ("budgets/campaign.yaml", '"500.00"', "500"),
    "not_money": ("budgets/campaign.yaml", '"500.00"', '"500 USD"'),
    "too_fine_money": ("budgets/campaign.yaml", '"500.00"', '"500.001"'),
    "unknown_key": ("offers/cheese.yaml", "percent_off:", "percent_of:"),
    "unknown_nested_key": ("offers/cheese.yaml", "  categories:", "  category:"),
    "unknown_kind": ("offers/cheese.yaml", "kind: offer", "kind: offfer"),
    "wrong_folder": ("offers/cheese.yaml", "kind: offer", "kind: budget"),
    "bad_indent": (
        "offers/cheese.yaml",
        "scope:\n  categories",
        "scope:\n   brands: [a]\n  categories",
    ),
    "tab": ("offers/cheese.yaml", "  categories", "\tcategories"),
    "alias": ("offers/cheese.yaml", "budgets: [campaign]", "budgets: *campaign"),
    "anchor": ("offers/cheese.yaml", "budgets: [", "budgets: &b ["),
    "merge": ("offers/cheese.yaml", "scope:\n", "scope:\n  <<: {brands: [a]}\n"),
    "tag": ("offers/cheese.yaml", "name: Cheese", "name: !!python/name:os.system Cheese"),
    "two_documents": ("offers/cheese.yaml", "budgets:", "---\nbudgets:"),
    "unquoted_colon": ("eligibility/adults.yaml", "Said plainly.", "Said: plainly."),
    "percent_without_quotes": ("offers/cheese.yaml", '["5 %", "10 %"]', "[5, 10]"),
    "percent_above_hundred": ("offers/cheese.yaml", '"10 %"', '"110 %"'),
    "ladder_out_of_order": ("offers/cheese.yaml", '["5 %", "10 %"]', '["10 %", "5 %"]'),
    "ladder_with_doubles": ("offers/cheese.yaml", '["5 %", "10 %"]', '["5 %", "5 %"]'),
    "ladder_from_zero": ("offers/cheese.yaml", '["5 %", "10 %"]', '["0 %", "10 %"]'),
    "two_ladders": ("offers/cheese.yaml", "scope:", 'amount_off: ["1.00"]\nscope:'),
    "unknown_budget": ("offers/cheese.yaml", "[campaign]", "[campain]"),
    "unknown_fact": ("segments/regular.yaml", "shopper.baskets_56d", "shopper.basket_56d"),
    "unknown_segment": ("eligibility/adults.yaml", "segment.regular", "segment.regulars"),
    "line_fact_in_condition": ("eligibility/adults.yaml", "segment.regular", "line.abv_percent"),
    "candidate_fact_in_segment": ("segments/regular.yaml", "shopper.baskets_56d", "offer.id"),
    "wrong_type": ("segments/regular.yaml", "at_least: 8", 'at_least: "8"'),
    "wrong_comparison": ("eligibility/adults.yaml", "is: true", "at_least: 1"),
    "yes_is_not_true": ("eligibility/adults.yaml", "is: true", "is: yes"),
    "value_never_seen": (
        "eligibility/adults.yaml",
        "segment.regular\n  is: true",
        "shopper.tier\n  is: gald",
    ),
    "two_comparisons": ("segments/regular.yaml", "at_least: 8", "at_least: 8\n  at_most: 9"),
    "unknown_comparison": ("segments/regular.yaml", "at_least", "atleast"),
    "group_with_comparison": ("segments/regular.yaml", "fact: shopper.baskets_56d", "any: []"),
    "too_few_items": ("segments/regular.yaml", "at_least: 8", "between: [8]"),
    "number_too_small": ("shop.yaml", "reservation_minutes: 30", "reservation_minutes: 0"),
    "unknown_choice": ("budgets/campaign.yaml", "period: month", "period: year"),
    "text_for_mapping": ("offers/cheese.yaml", "scope:\n  categories: [CHEESE]", "scope: CHEESE"),
    "text_for_list": ("offers/cheese.yaml", "[campaign]", "campaign"),
    "no_comparison": ("segments/regular.yaml", "\n  at_least: 8", ""),
    "list_for_value": ("segments/regular.yaml", "at_least: 8", "at_least: [8]"),
    "cycle": (
        "segments/regular.yaml",
        "shopper.baskets_56d\n  at_least: 8",
        "segment.regular\n  is: true",
    ),
    "protected_attribute": ("facts.yaml", "shopper.tier:", "shopper.age_band:"),
    "missing_keys": ("guardrails/floor.yaml", RULED, ""),
    "id_is_not_file_name": ("offers/cheese.yaml", "id: cheese", "id: cheeses"),
    "bad_id": ("offers/cheese.yaml", "id: cheese", "id: Cheese_1"),
    "bad_date": ("offers/cheese.yaml", "2026-01-01", "2026-02-30"),
    "empty_validity": ("offers/cheese.yaml", "valid_to: 2027-01-01", "valid_to: 2026-01-01"),
    "outlives_budget": ("offers/cheese.yaml", "valid_to: 2027-01-01", "valid_to: 2028-01-01"),
    "bad_formula": ("guardrails/floor.yaml", "* 1.15", "* * 1.15"),
    "division": ("guardrails/floor.yaml", "* 1.15", "/ 0.85"),
    "call_in_formula": ("guardrails/floor.yaml", "line.unit_cost * 1.15", "open('x')"),
    "unknown_fact_in_formula": ("guardrails/floor.yaml", "line.unit_cost", "line.cost"),
    "formula_too_large": ("guardrails/floor.yaml", "* 1.15", "* line.unit_cost * line.unit_cost"),
    "unknown_jurisdiction": (
        "guardrails/floor.yaml",
        "name: Floor",
        "name: Floor\njurisdictions: [US-TX]",
    ),
    "unknown_time_zone": ("shop.yaml", "America/Chicago", "America/Chigaco"),
    "unknown_currency": ("shop.yaml", "currency: USD", "currency: USB"),
}  # fmt: skip
"""Name of the mistake -> file, what stands there, and what is written instead."""


def _compare(name: str, actual: str) -> None:
    golden = HERE / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == actual


@pytest.fixture(autouse=True)
def _in_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(Path("rules"), GOOD)


def test_the_folder_without_a_mistake_has_no_finding() -> None:
    """The base that mistakes are seeded into is a good ruleset."""
    assert lint([Path("rules")]) == []


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_is_a_mistake_is_explained(name: str) -> None:
    """The finding names the place, what was found, what is allowed and the next step."""
    file, right, wrong = EDITS[name]
    assert right in GOOD[file]
    write(Path("rules"), {file: GOOD[file].replace(right, wrong, 1)})
    _compare(name, as_text(lint([Path("rules")])))


FILES = {
    "not_utf8": ("offers/cheese.yaml", b"kind: offer\nname: K\xe4se\n"),
    "empty_file": ("offers/cheese.yaml", b"# nothing yet\n"),
    "control_character": ("offers/cheese.yaml", b"kind: offer\nname: \x07\n"),
    "too_large": ("offers/cheese.yaml", b"# " + b"x" * (1024 * 1024)),
    "too_deep": ("offers/cheese.yaml", b"kind: " + b"[" * 40 + b"]" * 40 + b"\n"),
    "unknown_file": ("offers/cheese.yml", b"kind: offer\n"),
    "unknown_folder": ("offer/cheese.yaml", b"kind: offer\n"),
    "duplicate_id": (
        "eligibility/floor.yaml",
        GOOD["eligibility/adults.yaml"].replace("adults", "floor").encode(),
    ),
}  # fmt: skip
"""Name of the mistake -> a file and its bytes."""


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_a_mistake_is_explained(name: str) -> None:
    """Files that are no text, too much, or in the wrong place are named with the next step."""
    file, raw = FILES[name]
    path = Path("rules") / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(raw)
    _compare(name, as_text(lint([Path("rules")])))


def test_a_link_that_leaves_the_folder_is_refused() -> None:
    """A rule file that is a link to somewhere else is not followed."""
    Path("secret.yaml").write_text(GOOD["offers/cheese.yaml"], encoding="utf-8")
    Path("rules/offers/secret.yaml").symlink_to(Path("secret.yaml").resolve())
    _compare("symlink", as_text(lint([Path("rules")])))


def test_a_folder_that_is_not_there_is_explained() -> None:
    """A wrong path is a finding, not a traceback."""
    _compare("no_folder", as_text(lint([Path("nowhere")])))


def test_a_missing_shop_is_explained() -> None:
    """A folder without `shop.yaml` is no ruleset."""
    Path("rules/shop.yaml").unlink()
    _compare("no_shop", as_text(lint([Path("rules")])))


def test_all_mistakes_of_all_files_are_named_at_once() -> None:
    """Nobody has to mend one mistake to be told of the next."""
    wrong = [EDITS[n] for n in ("unknown_fact", "division", "unknown_budget", "float_money")]
    write(Path("rules"), {f: GOOD[f].replace(right, bad, 1) for f, right, bad in wrong})
    _compare("several", as_text(lint([Path("rules")])))


def test_linting_one_file_names_only_its_own_mistakes() -> None:
    """A single file is checked against its folder, and the other files' findings stay out."""
    wrong = [EDITS[n] for n in ("unknown_fact", "division")]
    write(Path("rules"), {f: GOOD[f].replace(right, bad, 1) for f, right, bad in wrong})
    found = lint([Path("rules/guardrails/floor.yaml")])
    assert [f.code for f in found] == ["FRM-002"]
