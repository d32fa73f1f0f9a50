"""Every worked example of every legal pack, decided by the real core."""

from __future__ import annotations

from pathlib import Path

import pytest

from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.examples import run_example
from sconto.rulebook.findings import Report, Source, as_text
from sconto.rulebook.loader import read_packs

LEGAL = Path(__file__).parents[2] / "rules/legal"
READING = Report()
PACKS = [(d.doc, d.source) for d in read_packs(LEGAL, READING) if isinstance(d.doc, LegalPackDoc)]
EXAMPLES = [(pack, i, source) for pack, source in PACKS for i in range(len(pack.examples))]


def test_every_pack_can_be_read_and_has_its_examples() -> None:
    """A pack that is left out of these tests would bind nobody."""
    assert as_text(READING.findings) == ""
    assert sorted(pack.id for pack, _ in PACKS) == sorted(p.stem for p in LEGAL.glob("*.yaml"))


@pytest.mark.parametrize(
    ("pack", "number", "source"),
    EXAMPLES,
    ids=[f"{pack.id}: {pack.examples[i].name}" for pack, i, _ in EXAMPLES],
)
def test_the_law_says_what_was_worked_out(pack: LegalPackDoc, number: int, source: Source) -> None:
    """The verdict, the rules that spoke, the limit and what was missing are as worked out."""
    report = Report()
    run_example(pack, number, source, report)
    assert as_text(report.findings) == ""


@pytest.mark.parametrize("pack", [pack for pack, _ in PACKS], ids=lambda pack: pack.id)
def test_every_rule_speaks_in_an_example(pack: LegalPackDoc) -> None:
    """A rule that no example touches could say anything.

    No discount passes a ceiling at the public price; that one is touched by its worked limit.
    """
    expected = [example.expect for example in pack.examples]
    touched = {name for e in expected for name in (*e.rules, *(e.disclosures or ()))}
    if any(e.limit is not None for e in expected):
        ceilings = {r.id: r.price_ceiling.formula for r in pack.rules if r.price_ceiling}
        touched |= {name for name, formula in ceilings.items() if formula == "line.list_price"}
    assert {rule.id for rule in pack.rules} <= touched
