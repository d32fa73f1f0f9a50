"""The four starter rulebooks: their tests, by either judge, and what those cover."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.cases.report import failure_text
from sconto.rulebook.cases.run import (
    CaseResult,
    CasesReport,
    Planned,
    name_of,
    planned_cases,
    run_case,
    run_cases,
)
from sconto.rulebook.judge.fallback import reference_judges
from sconto.rulebook.loader import load_folder

RULES = Path(__file__).parents[2] / "rules"
BOOKS = ("ecommerce", "finance", "retail", "travel")

COVERED = {"ecommerce": 95, "finance": 98, "retail": 97, "travel": 96}
"""Per cent of what there is to show, legal packs included, that the tests of a book show."""


@cache
def ruleset_of(book: str) -> Ruleset:
    """The ruleset of *book*, with the laws that hold where it sells."""
    return load_folder(RULES / book)


@cache
def _report(book: str) -> CasesReport:
    return run_cases(RULES / book)


def _by_engine(book: str, planned: Planned) -> CaseResult:
    return next(r for r in _report(book).ran if r.name == name_of(planned))


def _by_reference(book: str, planned: Planned) -> CaseResult:
    ruleset = ruleset_of(book)
    return run_case(planned, ruleset, reference_judges(ruleset))


CASES = [(b, planned) for b in BOOKS for planned in planned_cases(RULES / b, ruleset_of(b))]


@pytest.mark.parametrize(
    ("book", "planned"), CASES, ids=[f"{book}: {name_of(planned)}" for book, planned in CASES]
)
@pytest.mark.parametrize("ran_by", [_by_engine, _by_reference], ids=["engine", "reference"])
def test_a_rulebook_answers_as_its_tests_say(
    book: str, planned: Planned, ran_by: Callable[[str, Planned], CaseResult]
) -> None:
    """Discounts, prices, reasons, looks and sentences are as written, and the record replays."""
    ran = ran_by(book, planned)
    assert ran.passed, failure_text(ran)


@pytest.mark.parametrize("book", BOOKS)
def test_a_rulebook_has_thirty_tests(book: str) -> None:
    """A folder that moved must not look like tests that pass."""
    assert len(_report(book).ran) >= 30
    assert _report(book).failed == ()


@pytest.mark.parametrize("book", BOOKS)
def test_the_tests_of_a_rulebook_cover_it(book: str) -> None:
    """What no test shows can change unseen."""
    coverage = _report(book).coverage
    left = "\n".join(map(str, coverage.missing))
    assert coverage.share_bp >= COVERED[book] * 100, left


@pytest.mark.parametrize("book", BOOKS)
def test_every_offer_is_given_in_a_test(book: str) -> None:
    """An offer that no test gives may be one that nobody can ever get."""
    given = {d["offer_id"] for r in _report(book).ran for d in r.record["outcome"]["discounts"]}

    assert {offer.id for offer in ruleset_of(book).offers} == given


@pytest.mark.parametrize("book", BOOKS)
def test_every_rule_of_the_house_speaks_in_a_test(book: str) -> None:
    """A rule that no test hears may be one that never speaks."""
    own = {
        file.stem
        for folder in ("eligibility", "guardrails")
        for file in (RULES / book / folder).glob("*.yaml")
    }
    coverage = _report(book).coverage

    assert own == {rule for rule in own if coverage.triggered(rule)}
    assert set(coverage.untriggered_rules) & own == set()


@pytest.mark.parametrize("book", BOOKS)
def test_every_segment_holds_for_somebody_and_not_for_all(book: str) -> None:
    """A segment that everybody or nobody belongs to is no group."""
    known: dict[str, set[bool]] = {}
    for ran in _report(book).ran:
        for name, truth in ran.record["segments"].items():
            known.setdefault(name, set()).add(truth)

    assert {name: {True, False} for name in known} == known
    assert {s.id for level in ruleset_of(book).segment_levels for s in level} == set(known)


def test_the_rulebooks_use_every_kind_of_offer() -> None:
    """Whoever looks for an example of a kind finds one."""
    assert set(OfferKind) == {o.kind for book in BOOKS for o in ruleset_of(book).offers}


@pytest.mark.parametrize("book", BOOKS)
def test_every_rulebook_measures_what_it_causes(book: str) -> None:
    """Each book holds some shoppers out, in lanes of its own, under laws of its places."""
    ruleset = ruleset_of(book)

    assert ruleset.industry == book
    assert ruleset.experiment is not None
    assert ruleset.experiment.holdout_ppm > 0
    assert len(ruleset.lanes) > 1
    assert ruleset.laws
