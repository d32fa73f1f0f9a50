"""Worked examples of the starter rulebooks, explained in exactly the words of a reviewed file.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/rules_explain`, then read the diff.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sconto.domain.changes import Situation
from sconto.domain.counterfactual import flips
from sconto.domain.explain_rules import considered, flipped_together, grouped
from sconto.domain.wording import Wording
from sconto.rulebook.cases.run import Planned, planned_cases
from sconto.rulebook.edition import Edition, edition_in
from support.flipping import world_of

HERE = Path(__file__).parent
RULES = Path(__file__).parents[3] / "rules"
EXPLAINED = (
    ("common-offers", "a-gift-without-its-code"),
    ("common-offers", "eleven-bulbs-are-no-whole-set"),
    ("common-offers", "of-four-bottles-the-two-dearest-get-cheaper"),
    ("ecommerce", "books-in-germany"),
    ("ecommerce", "the-days-parcels-are-used-up"),
    ("ecommerce", "two-lanes-win"),
    ("finance", "campaign-ahead-of-its-pace"),
    ("finance", "missed-long-ago"),
    ("retail", "below-the-minimum-spend"),
    ("retail", "consent-never-asked"),
    ("retail", "held-out"),
    ("retail", "home-delivery-from-the-till"),
    ("retail", "margin-floor-closes-deep-steps"),
    ("retail", "newcomer-starts-small"),
    ("retail", "offer-has-ended"),
    ("retail", "tennessee-cigarette-minimum"),
    ("retail", "weekly-cap-reached"),
)


@cache
def _edition(book: str) -> Edition:
    return edition_in(RULES / book)


@cache
def _planned(book: str) -> tuple[Planned, ...]:
    return tuple(planned_cases(RULES / book, _edition(book).ruleset))


def _told(book: str, case: str) -> Iterator[str]:
    edition = _edition(book)
    planned = next(p for p in _planned(book) if p.combination.case == case.replace("-", " "))
    situation = Situation(planned.decidable.context, planned.decidable.view)
    world = world_of(edition.ruleset, situation.context)
    decision = world.decide(situation)
    segments = decision.shortlist.segments
    wording = Wording(edition.ruleset, situation.context, segments, edition.places())
    for sentence, because in grouped(considered(decision, wording)):
        yield f"- {sentence}"
        yield from (f"    {said}" for said in because)
    yield ""
    yield from flipped_together(flips(world, situation, decision), wording)


@pytest.mark.parametrize(("book", "case"), EXPLAINED, ids=["-".join(e) for e in EXPLAINED])
def test_the_explanation_is_as_reviewed(book: str, case: str) -> None:
    """Rules by file and line, facts in their owner's units, and the nearest change that flips."""
    told = "\n".join(_told(book, case)).replace(f"{RULES}/", "rules/") + "\n"
    golden = HERE / f"{book}-{case}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)

    assert golden.read_text() == told


def test_no_explanation_is_left_over() -> None:
    """A file without its case would never fail."""
    assert {"-".join(e) for e in EXPLAINED} == {p.stem for p in HERE.glob("*.txt")}
