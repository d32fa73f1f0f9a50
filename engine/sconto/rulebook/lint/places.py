"""Warnings about places of sale: clocks of other countries, and laws that classes switch off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from sconto.rulebook.compared_texts import Compared, compared_texts
from sconto.rulebook.documents.jurisdictions import contains
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.shop import ClassesDoc
from sconto.rulebook.lint.subject import Subject

_TABLES: Final = ("zone.tab", "zone1970.tab")
"""Files of the time zone database that name the countries of a zone, ISO 3166-1."""

_GOODS: Final[Mapping[str, frozenset[str]]] = {
    "alcohol": frozenset({
        "alcohol", "beer", "ale", "lager", "cider", "wine", "spirit", "liquor", "whisky", "whiskey",
        "vodka", "gin", "rum", "champagne", "bier", "wein", "vin", "birra", "vino",
    }),
    "tobacco": frozenset({"tobacco", "cigarette", "cigar", "cigarillo", "vape", "tabak", "tabac"}),
    "cigarettes": frozenset({"cigarette"}),
    "book": frozenset({"book", "buch", "livre", "libro"}),
    "infant-formula": frozenset({"formula"}),
    "prescription-medicine": frozenset({"prescription", "rx"}),
    "motor-fuel": frozenset({"fuel", "petrol", "gasoline", "diesel"}),
}  # fmt: skip
"""Words of which one stands in a name for goods of a class; without an entry, all of its name."""
_ANY: Final = frozenset({
    "domestic", "imported", "misc", "other", "all", "red", "white", "rose", "sparkling", "craft",
    "bottled", "canned", "baby", "products", "and", "of",
})  # fmt: skip
"""Words that name no goods."""


def check_places(subject: Subject) -> None:
    """Warn about time zones of another country, and about `none` for goods that are sold."""
    _check_zones(subject)
    _check_none(subject)


def _check_zones(subject: Subject) -> None:
    shop, source = subject.library.shop
    for name, jurisdiction in shop.jurisdictions.items():
        zone, places = jurisdiction.time_zone, {name.partition("-")[0], *name.split("-")[1:]}
        countries = _countries().get(zone)
        if countries and not any(contains(p, c) for p in places for c in countries):
            message = f"`{zone}` is the time of {', '.join(sorted(countries))}, not of {name}"
            advice = "write the zone of the place of sale: it decides what day it is for the law"
            path = ("jurisdictions", name, "time_zone")
            subject.warn((source, path), "SEM-025", message, advice)


@cache
def _countries() -> Mapping[str, frozenset[str]]:
    """The countries of each time zone; none for names that stand for no place."""
    found: dict[str, frozenset[str]] = {}
    for table in _TABLES:
        text = (resources.files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
        for line in text.splitlines():
            if not line.startswith("#"):
                codes, _, zone = line.split("\t")[:3]
                found[zone] = found.get(zone, frozenset()) | frozenset(codes.split(","))
    return found


def _check_none(subject: Subject) -> None:
    if subject.library.classes is None:
        return
    doc, source = subject.library.classes
    documents = [(d.doc, d.source) for d in subject.documents]
    own = [part for part in documents if not isinstance(part[0], LegalPackDoc | ClassesDoc)]
    texts = [t for t in compared_texts(own) if t.fact in {"line.category", "line.department"}]
    for name in sorted(_of_law(subject)):
        if doc.classes.get(name) == "none":
            sold = next((t for t in texts if _names(t, name)), None)
            if sold is not None:
                message = (
                    f"class `{name}` is `none`, so no law about it holds, "
                    f"and {sold.place} names `{sold.text}`"
                )
                advice = f"write `{name}: {{categories: [...]}}` with the goods that you sell"
                subject.warn((source, ("classes", name)), "SEM-026", message, advice)


def _of_law(subject: Subject) -> set[str]:
    packs = [doc for doc, _ in subject.library.packs]
    return {name for pack in packs for rule in pack.rules for name in rule.classes or ()}


def _names(text: Compared, name: str) -> bool:
    """Whether *text* can be nothing but goods of the class *name*."""
    of_name = {_single(word) for word in name.split("-")}
    words = {_single(w) for w in re.findall(r"[^\W\d_]+", text.text.casefold())} - _ANY
    if name not in _GOODS:
        return words == of_name
    return words <= of_name | _GOODS[name] and bool(words & _GOODS[name])


def _single(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word  # noqa: PLR2004 - not `gas`
