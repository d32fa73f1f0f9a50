"""The four starter rulebooks: their worked examples, by either judge, and what those cover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sconto.domain.canonical import parse
from sconto.domain.judging import Judges
from sconto.domain.money import to_major
from sconto.domain.offer import OfferKind
from sconto.domain.replay import replay
from support import judges
from support.rulebook_cases import (
    BOOKS,
    RULES,
    cases_of,
    decided,
    engine_of,
    read_case,
    ruleset_of,
)

CASES = [(book, path) for book in BOOKS for path in cases_of(book)]
JUDGES: list[Callable[[str], Judges]] = [engine_of, lambda book: judges.reference(ruleset_of(book))]

FOR_OFFERS_TO_COME = {"no-percent-off-tobacco"}
"""Safeguards against offers that nobody has written: no offer of today comes near them."""


def _told(record: Mapping[str, Any], book: str) -> dict[str, Any]:
    """What a case expects of an answer, read from its record."""
    outcome, currency = record["outcome"], ruleset_of(book).currency
    return {
        "given": {
            d["lane"]: f"{d['offer_id']} {d['depth']}, {to_major(d['discount'], currency)} off"
            for d in outcome["discounts"]
        },
        "pays": [str(to_major(net, currency)) for net in outcome["net_totals"]],
        "reason": outcome["reason"],
        "rung": outcome["rung"],
        "group": outcome["group"],
        "disclosures": [name for name, _ in outcome["disclosures"]],
        "reviews": sorted({finding["rule"] for finding in outcome["reviews"]}),
        "recheck": outcome["recheck"],
    }


def _withheld(record: Mapping[str, Any]) -> dict[str, str]:
    """Why each step was not given: the reason, every rule that spoke, and what each missed."""
    steps = {f"{c['offer_id']} {c['depth']}": c for c in record["candidates"]}
    return {
        step: f"{c['reason']} {', '.join(_by(c))}".strip()
        for step, c in steps.items()
        if c["reason"] != "CHOSEN"
    }


def _by(candidate: Mapping[str, Any]) -> list[str]:
    return [_who(f) for f in _findings(candidate) if f["rule"]]


def _findings(candidate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What spoke against it alone, or else on top of what earlier lanes gave."""
    return candidate["findings"] or candidate.get("stacked", {}).get("findings", [])


def _who(finding: Mapping[str, Any]) -> str:
    missing = [fact for fact, *_, observed in finding["clauses"] if observed is None]
    return " ".join((finding["rule"], *missing[:1]))


@cache
def _records(book: str) -> list[Mapping[str, Any]]:
    ruleset = ruleset_of(book)
    judged_by = judges.reference(ruleset)
    return [parse(decided(read_case(path), ruleset, judged_by)) for path in cases_of(book)]


@pytest.mark.parametrize(
    ("book", "path"), CASES, ids=[f"{book}-{path.stem}" for book, path in CASES]
)
@pytest.mark.parametrize("judges_of", JUDGES, ids=["engine", "reference"])
def test_a_rulebook_answers_as_its_worked_example_says(
    book: str, path: Path, judges_of: Callable[[str], Judges]
) -> None:
    """Discounts, prices, reasons, looks and sentences are as written, and the record replays."""
    case, ruleset, judged_by = read_case(path), ruleset_of(book), judges_of(book)
    raw = decided(case, ruleset, judged_by)
    record = parse(raw)
    usual = {"rung": "RULES_ONLY", "group": "policy", "reviews": [], "recheck": []}
    expected = {**usual, **case["expect"]}
    withheld, told = expected.pop("withheld", {}), _told(record, book)
    spoken = _withheld(record)

    assert expected == {key: told[key] for key in expected}
    assert withheld == {step: spoken.get(step) for step in withheld}
    assert raw == replay(record, ruleset, judged_by)


@pytest.mark.parametrize("book", BOOKS)
def test_a_rulebook_has_ten_worked_examples(book: str) -> None:
    """A folder that moved must not look like cases that pass."""
    assert len(cases_of(book)) >= 10


@pytest.mark.parametrize("book", BOOKS)
def test_every_offer_is_given_in_a_worked_example(book: str) -> None:
    """An offer that no example gives may be one that nobody can ever get."""
    given = {d["offer_id"] for r in _records(book) for d in r["outcome"]["discounts"]}

    assert {offer.id for offer in ruleset_of(book).offers} == given


@pytest.mark.parametrize("book", BOOKS)
def test_every_rule_of_the_house_speaks_in_a_worked_example(book: str) -> None:
    """A rule that no example hears may be one that never speaks."""
    candidates = [c for record in _records(book) for c in record["candidates"]]
    findings = [
        finding
        for c in candidates
        for finding in (
            *c["findings"],
            *c.get("reviews", ()),
            *c.get("stacked", {}).get("findings", ()),
        )
    ]
    own = {
        file.stem
        for folder in ("eligibility", "guardrails")
        for file in (RULES / book / folder).glob("*.yaml")
    }

    assert own - FOR_OFFERS_TO_COME == {finding["rule"] for finding in findings} & own


@pytest.mark.parametrize("book", BOOKS)
def test_every_segment_holds_for_somebody_and_not_for_all(book: str) -> None:
    """A segment that everybody or nobody belongs to is no group."""
    known: dict[str, set[bool]] = {}
    for record in _records(book):
        for name, truth in record["segments"].items():
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
