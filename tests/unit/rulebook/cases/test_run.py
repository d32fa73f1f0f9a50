"""Running tests: which run, what is promised of each, and that shipped tests notice mutations."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from golden_rules import RULED
from sconto.cli.rules.test import write_junit
from sconto.domain.judging import Judges
from sconto.domain.ruleset import Ruleset
from sconto.errors import InvalidRules, Unavailable
from sconto.rulebook.cases import run as running
from sconto.rulebook.cases.run import CaseResult, planned_cases, run_case, run_cases
from sconto.rulebook.cases.suite import Planned
from sconto.rulebook.compile.ruleset import compile_documents
from sconto.rulebook.findings import Report
from sconto.rulebook.judge.fallback import judges_for
from sconto.rulebook.loader import load_documents, load_folder
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.library import Located
from sconto.rulebook.read.strict_yaml import parse_yaml
from support import judges
from support.tested_rules import CASES, ruleset_with_tests

RULES = Path(__file__).parents[4] / "rules"
BOOKS = ("ecommerce", "finance", "retail", "travel")

FLIPPED = {
    "at_least": "more_than", "at_most": "less_than", "more_than": "at_least",
    "less_than": "at_most", "is: true": "is: false", "is: false": "is: true", "any:": "all:",
}  # fmt: skip
"""A comparison, and the one next to it that a tired author might have written."""

EQUAL = {
    # A discount of nothing is no candidate, so `more_than 0.00` and `at_least 0.00` say the same.
    ("no-infant-formula", "more_than"), ("no-wine-box-in-ireland", "more_than"),
    ("early-booking-from-60-days", "more_than"), ("last-minute-to-three-days", "more_than"),
    ("no-discount-after-contract", "more_than"), ("non-refundable-means-it", "more_than"),
    ("no-nudge-into-very-short-loans", "more_than"),
}  # fmt: skip
"""Mutations that can't be noticed, because they mean the same."""


def _mutations(book: str) -> Iterator[tuple[Path, str, str]]:
    """Every rule file of *book* with every one of its operators flipped, once each."""
    for kind in ("segments", "eligibility"):
        for file in sorted((RULES / book / kind).glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            for word, other in FLIPPED.items():
                for number, at in enumerate(re.finditer(rf"\b{word}", text)):
                    if (file.stem, word) not in EQUAL:
                        mutated = text[: at.start()] + other + text[at.end() :]
                        yield file, f"{book}-{file.stem}-{word.strip(':')}-{number}", mutated


MUTATIONS = [m for book in BOOKS for m in _mutations(book)]
SAMPLED = MUTATIONS[::2]


@cache
def _loaded(book: str) -> tuple[list[Located], list[Planned]]:
    ruleset, documents = load_documents(RULES / book)
    return documents, planned_cases(RULES / book, ruleset)


def _mutated(documents: list[Located], file: Path, text: str) -> Ruleset:
    """The ruleset of *documents*, in which *file* holds *text*."""
    report, parsed = Report(), parse_yaml(text.encode(), str(file))
    document = read_document(parsed.value, parsed.source, report)
    assert document is not None
    kept = [d for d in documents if d.source.file != str(file)]
    ruleset = compile_documents([*kept, document], {}, str(file), report)
    assert ruleset is not None, report.findings
    return ruleset


@pytest.mark.parametrize(
    ("file", "text"), [(f, m) for f, _, m in SAMPLED], ids=[name for _, name, _ in SAMPLED]
)
def test_a_flipped_operator_makes_a_shipped_test_fail(file: Path, text: str) -> None:
    """Tests that no mutation disturbs would guard nothing."""
    documents, planned = _loaded(file.parents[1].name)
    ruleset = _mutated(documents, file, text)
    judged_by = judges.reference(ruleset)
    assert any(not run_case(p, ruleset, judged_by).passed for p in planned)


def test_there_are_mutations() -> None:
    """A pattern that fits nothing must not look like tests that notice everything."""
    assert len(SAMPLED) >= 20


def test_a_filter_runs_what_it_names(tmp_path: Path) -> None:
    """Names hold the file, the case and the combination; coverage is of what ran."""
    folder = ruleset_with_tests(tmp_path / "rules")
    report = run_cases(folder, lambda name: "cheap-cheese" in name)
    assert [r.planned.combination.chosen for r in report.ran] == [
        {"shopper": "often-here", "basket": "cheap-cheese"},
        {"shopper": "seldom-here", "basket": "cheap-cheese"},
    ]
    assert report.coverage.triggered("floor")
    assert "floor" not in report.coverage.untriggered_rules
    assert not run_cases(folder, lambda _: False).coverage.triggered("floor")


def test_progress_counts_to_the_number_of_tests(tmp_path: Path) -> None:
    """Whoever waits sees how much is left, examples of laws included."""
    told: list[tuple[int, int]] = []
    report = run_cases(RULES / "finance", progress=lambda done, total: told.append((done, total)))
    assert told == [(n, report.count) for n in range(1, report.count + 1)]
    assert report.examples


def test_an_engine_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    """An answer that the reference evaluator would not give fails, whatever was expected."""
    folder = ruleset_with_tests(tmp_path / "rules")
    ruleset = load_folder(folder)
    denied = [p for p in planned_cases(folder, ruleset) if "seldom-here" in str(p.combination)]
    ran = run_case(denied[0], ruleset, judges.silent(ruleset))
    assert "the rule engine and the reference evaluator answer differently" in ran.broken
    assert not ran.passed


def test_the_real_engine_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What decides is what serves: the same judges, not a stand-in."""
    built: list[Judges] = []

    def build(ruleset: object) -> Judges:
        built.append(judges_for(load_folder(folder)))
        return built[-1]

    folder = ruleset_with_tests(tmp_path / "rules")
    monkeypatch.setattr(running, "judges_for", build)
    assert run_cases(folder).failed == ()
    assert [j.engine.split(" ")[0] for j in built] == ["durable_rules"]


def test_rules_that_cannot_be_loaded_raise_every_finding(tmp_path: Path) -> None:
    """Tests of rules with a mistake in them would say nothing."""
    folder = ruleset_with_tests(tmp_path / "rules", ("offers/cheese.yaml", "percent_off", "off"))
    with pytest.raises(InvalidRules) as raised:
        run_cases(folder)
    assert {"SCH-003", "OFR-001", "SCH-006"} & {f.code for f in raised.value.findings}


def test_a_folder_of_laws_runs_their_examples(tmp_path: Path) -> None:
    """A legal pack without a shop has tests too, and what they cover is measured."""
    report = run_cases(RULES / "legal", lambda name: name.startswith("de-books"))
    assert report.ran == ()
    assert len(report.examples) >= 3
    assert report.coverage.triggered("de-books-fixed-price")


OWN = (
    '    basket: cheese\n    used: {campaign: "1.00"}\n'
    "    shopper: {unknown: [shopper.baskets_56d]}\n"
)
"""What the first case says for itself."""


def test_what_holds_for_all_is_overruled_case_by_case(tmp_path: Path) -> None:
    """Options merge: folder, then file, then case; a name replaces, what is written adds."""
    folder = ruleset_with_tests(
        tmp_path / "rules",
        ("cases/fixtures.yaml", "common:\n", 'common:\n  used: {campaign: "500.00"}\n'),
        (CASES, "cases:\n", "common: {shopper: {facts: {shopper.tier: gold}}}\ncases:\n"),
        (CASES, "    basket: cheese\n", OWN),
    )  # fmt: skip
    planned = planned_cases(folder, load_folder(folder))
    assert dict(planned[0].decidable.context.shopper) == {"shopper.tier": "gold"}
    assert list(planned[0].decidable.view.values()) == [100]
    assert list(planned[1].decidable.view.values()) == [50_000]
    assert planned[1].decidable.context.shopper["shopper.tier"] == "silver"


def test_the_clock_stands_still(tmp_path: Path) -> None:
    """A civil day and hour of the place, or an instant; events happened before it."""
    folder = ruleset_with_tests(
        tmp_path / "rules",
        ("cases/fixtures.yaml", "day: 2026-11-24, hour: 12", 'now: "2026-11-24T23:30:00-06:00"'),
    )
    moment = planned_cases(folder, load_folder(folder))[0].decidable.context.moment
    assert (moment.local_date.isoformat(), moment.hour) == ("2026-11-24", 23)
    assert moment.as_of_us == 1_795_584_600 * 1_000_000


def test_a_basket_or_clock_beyond_all_bounds_is_said(tmp_path: Path) -> None:
    """What no record could hold is a finding, not a fault."""
    for right, wrong in (("2026-11-24", "0001-01-01"), ('"10.00"', '"19999999.00"')):
        folder = ruleset_with_tests(
            tmp_path / "rules",
            ("cases/fixtures.yaml", right, wrong),
            (CASES, "basket: cheese", "basket: [{goods: cheese, pieces: 2}]"),
        )
        with pytest.raises(InvalidRules) as raised:
            planned_cases(folder, load_folder(folder))
        assert {"TST-004"} == {f.code for f in raised.value.findings}


def test_a_report_without_its_library_says_which_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who installed no extra learns its name instead of seeing a traceback."""
    monkeypatch.setitem(sys.modules, "junitparser", None)
    report = run_cases(ruleset_with_tests(tmp_path / "rules"))
    with pytest.raises(Unavailable) as raised:
        write_junit(report, tmp_path / "report.xml")
    assert ".[rules]" in raised.value.help


CODES_TEST = """\
kind: test
about: Who has the code.
common:
  basket: cheese
cases:
  - name: without the code there is nothing
    expect: {given: {}, reason: CODE_REQUIRED, codes: []}
  - name: with the code, however it is typed
    codes: [fresh-cheese, nonsense]
    expect:
      given: {main: "cheese 5 %, 0.50 off"}
      codes: [APPLIED, UNKNOWN]
      budgets: {campaign: "0.50", fresh-per-shopper: 1}
  - name: used once before
    codes: [FRESHCHEESE]
    used: {fresh-per-shopper: 1}
    expect: {given: {}, codes: [USED_UP_BY_SHOPPER], reason: SHOPPER_CAP_REACHED}
  - name: with a code for one use
    codes: [gift, FRESHCHEESE]
    used: {fresh-per-shopper: 1}
    expect:
      given: {main: "cheese 5 %, 0.50 off"}
      codes: [APPLIED, USED_UP_BY_SHOPPER]
      budgets: {campaign: "0.50", gift-per-code: 1}
  - name: with a code for one use that was used
    codes: [gift]
    used: {gift-per-code: 1}
    expect: {given: {}, codes: [USED_UP]}
"""


def test_a_case_sends_codes_and_says_what_becomes_of_them(tmp_path: Path) -> None:
    """Limits are used and reserved like budgets, by their names; the record replays."""
    folder = ruleset_with_tests(tmp_path)
    (folder / CASES).write_text(CODES_TEST)
    (folder / "codes").mkdir()
    (folder / "codes/fresh.yaml").write_text(
        f"kind: codes\nid: fresh\nname: Fresh\n{RULED}code: FRESH-CHEESE\noffers: [cheese]\n"
        "limits: {per_shopper: 1}\n"
    )
    (folder / "codes/gift.yaml").write_text(
        f"kind: codes\nid: gift\nname: Gift\n{RULED}single_use: true\noffers: [cheese]\n"
    )
    report = run_cases(folder)

    assert (5, ()) == (report.count, report.failed)

    mutated = CODES_TEST.replace("[APPLIED, UNKNOWN]", "[UNKNOWN, UNKNOWN]")
    (folder / CASES).write_text(mutated)
    (failed,) = run_cases(folder).failed
    assert isinstance(failed, CaseResult)
    assert [("codes", ["APPLIED", "UNKNOWN"])] == [(d.key, d.got) for d in failed.differences]
