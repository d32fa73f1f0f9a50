"""The offers that shops ask for most: each has a rule file, tests, and a row in the guide."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from sconto.rulebook.cases.report import failure_text
from sconto.rulebook.cases.run import CasesReport, run_cases
from sconto.rulebook.loader import load_folder

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "rules" / "common-offers"
GUIDE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@cache
def _report() -> CasesReport:
    return run_cases(BOOK)


def test_they_answer_as_their_tests_say() -> None:
    """By the engine, by the second evaluator, and again from the record."""
    assert len(_report().ran) > 30
    assert [] == [failure_text(ran) for ran in _report().failed]


def test_each_is_given_in_one_test_and_withheld_in_another() -> None:
    """Else nobody sees what its condition is for."""
    given: set[str] = set()
    withheld: set[str] = set()
    for ran in _report().ran:
        here = {d["offer_id"] for d in ran.record["outcome"]["discounts"]}
        given |= here
        withheld |= {c["offer_id"] for c in ran.record["candidates"]} - here
    offers = {offer.id for offer in load_folder(BOOK).offers}

    assert (offers, offers) == (given, withheld)


def test_the_guide_shows_each_of_their_files() -> None:
    """Offers, rules and the budgets that count; a file that the guide leaves out is not found."""
    shown = set(re.findall(r"\.\./rules/common-offers/(\w+/[\w-]+\.yaml)", GUIDE))
    there = {
        f"{folder}/{file.name}"
        for folder in ("offers", "eligibility", "codes")
        for file in (BOOK / folder).glob("*.yaml")
    }

    assert there == {name for name in shown if not name.startswith("budgets/")}


def test_a_whole_file_in_the_guide_is_one_of_them() -> None:
    """What a reader copies from the guide is valid: it says what the tested file says."""
    whole = re.findall(
        r"^```yaml\n# ((?:offers/|codes/|exchange-rates)\S+)\n(.*?)^```",
        GUIDE,
        re.DOTALL | re.MULTILINE,
    )

    assert {"offers", "codes", "exchange-rates.yaml"} == {name.split("/")[0] for name, _ in whole}
    for name, text in whole:
        assert yaml.safe_load((BOOK / name).read_text(encoding="utf-8")) == yaml.safe_load(text)
