"""The law that ships: every place and class it must cover, when it ended, what was never law."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sconto.domain.formula import compute
from sconto.domain.money import to_major, to_minor
from sconto.rulebook.compile.formula import parse_formula
from sconto.rulebook.documents.packs import LegalPackDoc, PackRuleDoc
from sconto.rulebook.findings import Report
from sconto.rulebook.loader import read_packs

LEGAL = Path(__file__).parents[2] / "rules/legal"
PACKS = {d.doc.id: d.doc for d in read_packs(LEGAL, Report()) if isinstance(d.doc, LegalPackDoc)}

ENFORCEABLE = {
    "books": ("de-books", "fr-books", "es-books", "it-books", "kr-books", "no-books"),
    "food and everyday goods": ("fr-food", "fr-fmcg", "fr-below-cost"),
    "alcohol": ("gb-sct-alcohol", "gb-wls-alcohol", "gb-eng-wls-alcohol", "ie-alcohol"),
    "tobacco": ("de-tobacco", "fr-tobacco", "us-ny-tobacco", "us-ny-nyc-tobacco"),
    "cigarettes": ("us-tn-cigarettes", "us-wi-tobacco-alcohol"),
    "health": ("eu-gb-infant-formula", "gb-eng-hfss", "de-prescription"),
    "below cost": ("us-wi-motor-fuel", "us-wi-below-cost", "us-ca-below-cost", "it-below-cost"),
    "doubtful": ("be-below-cost", "us-insurance-rebates"),
    "finance": ("gb-insurance-renewal", "gb-short-term-credit", "us-military-lending"),
    "travel": ("eu-air-fares", "eu-packages", "us-tickets-lodging"),
    "prior price": ("eu-prior-price",),
    "personal prices": ("us-ny-personal-price", "us-md-groceries", "us-ct-personal-price"),
    "automated decisions": ("eu-personal-price", "eu-credit-personalisation"),
}
REPEALED = {"au-nt-alcohol": "2025-03-01", "us-ok-below-cost": "2025-11-01"}
PUBLISHED = [
    ("whisky, 70 cl at 40 %", "40", 700, "18.20"),
    ("vodka, 70 cl at 37.5 %", "37.5", 700, "17.07"),
    ("wine, 75 cl at 13 %", "13", 750, "6.34"),
    ("beer, 4 x 440 ml at 5 %", "5", 4 * 440, "5.72"),
]
"""Minimum prices as the Scottish government published them, GBP."""


def rule(pack: str, rule_id: str) -> PackRuleDoc:
    """One rule of a pack."""
    return next(r for r in PACKS[pack].rules if r.id == rule_id)


@pytest.mark.parametrize("field", ENFORCEABLE)
def test_every_law_that_a_discount_engine_can_enforce_has_its_pack(field: str) -> None:
    """Each is there with its source, the day it was read, and three worked examples or more."""
    for pack in ENFORCEABLE[field]:
        doc = PACKS[pack]
        assert doc.law.cite
        assert doc.law.checked_on >= "2026-11-01"
        assert len(doc.examples) >= 3


def test_no_pack_is_left_out_of_this_page() -> None:
    """A pack that nobody asked for is one that nobody checks."""
    assert {p for packs in ENFORCEABLE.values() for p in packs} | set(REPEALED) == set(PACKS)


@pytest.mark.parametrize("pack", REPEALED)
def test_a_repealed_law_ends_on_the_day_of_its_repeal(pack: str) -> None:
    """It binds on its last day and no longer on the next, shown by worked examples of both."""
    doc = PACKS[pack]
    days = {example.day: example.expect.given for example in doc.examples}

    assert {REPEALED[pack]} == {r.valid_to for r in doc.rules}
    assert any(day < REPEALED[pack] and not given for day, given in days.items())
    assert any(day >= REPEALED[pack] and given for day, given in days.items())


def test_what_was_vetoed_is_no_law() -> None:
    """Colorado's bill on personal prices was vetoed: no pack and no rule is about that state."""
    places = {place for doc in PACKS.values() for place in doc.jurisdictions}

    assert not any(place.startswith("US-CO") for place in places)
    assert not any("colorado" in doc.name.lower() for doc in PACKS.values())


@pytest.mark.parametrize(
    ("strength", "volume_ml", "price"), [p[1:] for p in PUBLISHED], ids=[p[0] for p in PUBLISHED]
)
def test_the_scottish_minimum_prices_come_out_to_the_penny(
    strength: str, volume_ml: int, price: str
) -> None:
    """The formula of the pack, rounded as it says, gives the price that the government printed."""
    floor = rule("gb-sct-alcohol", "gb-sct-alcohol-minimum-2024").price_floor
    assert floor is not None
    parsed = parse_formula(floor.formula, {"line.abv_percent": 2, "line.volume_ml": 0})
    facts = {"line.abv_percent": Decimal(strength), "line.volume_ml": Decimal(volume_ml)}
    minor = to_minor(compute(parsed, facts), "GBP", up=floor.rounding == "up")

    assert Decimal(price) == to_major(minor, "GBP")
