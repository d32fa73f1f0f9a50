"""Nobody is advised to be somebody else, or to borrow more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.domain.alternatives import Alternatives
from sconto.domain.changes import BASKET, Kind, Situation
from sconto.domain.ruleset import Ruleset
from sconto.domain.thresholds import thresholds
from sconto.rulebook.loader import load_folder
from support import builders
from support.served import RULES


@pytest.fixture(scope="module")
def lender() -> Ruleset:
    """The shipped rules of a lender."""
    return load_folder(RULES.parent / "finance")


def kinds(ruleset: Ruleset) -> set[Kind]:
    """The kinds of changes that an explanation looks at."""
    line = builders.line(category="SHORT-TERM CREDIT", list_price=5_875)
    context = replace(
        builders.context(line),
        jurisdiction="GB-SCT",
        shopper={"shopper.risk_band": "high", "shopper.previous_loans": 1},
    )
    there = Situation(context, {})
    alternatives = Alternatives(ruleset, thresholds(ruleset), lambda _: True)
    spends = alternatives.spends(there, ruleset.offers)
    found = [
        *alternatives.of_facts(there, ruleset.offers),
        *alternatives.of_pieces(there, ruleset.offers),
        *(change for more in spends for change in more),
    ]
    return {change.kind for change in found}


def test_a_borrower_is_told_what_a_borrower_can_change(lender: Ruleset) -> None:
    """Neither the risk band nor a larger loan; a grocer tells the same basket both."""
    facts = {
        name: replace(spec, changeable=name.startswith("shopper."))
        for name, spec in lender.facts.items()
    }
    grocer = replace(lender, industry="retail", facts=facts)

    assert kinds(lender).isdisjoint({Kind.SHOPPER, *BASKET})
    assert kinds(lender) >= {Kind.CONSENT, Kind.CHANNEL, Kind.SIGNAL}
    assert kinds(grocer) >= {Kind.SHOPPER, Kind.SPEND, Kind.PIECES}
