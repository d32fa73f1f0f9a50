"""Protected attributes: words that no name in a rule may contain, and the law that says so."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import Final

_CREDIT: Final = (
    "N.Y. General Business Law 349-a forbids it for prices, and 15 U.S.C. 1691 for credit"
)
_NEW_YORK: Final = "N.Y. General Business Law 349-a and Maryland HB 895 forbid it for prices"
_FARES: Final = "Regulation (EC) 1008/2008, article 23, forbids it for air fares"
_DATA: Final = "article 9 of the GDPR, Regulation (EU) 2016/679, bars such data"

_WORDS: Final[dict[str, str]] = {
    _CREDIT: "age birth birthday birthdate marital married race racial religion religious sex "
    "gender welfare",
    _NEW_YORK: "ancestry disability disabled ethnic ethnicity immigration pregnancy pregnant "
    "veteran",
    _FARES: "citizen citizenship nationality residence residency resident",
    _DATA: "biometric genetic health political sexual sexuality union",
}

PROTECTED: Final = {word: law for law, words in _WORDS.items() for word in words.split()}
"""Words that name attributes no discount may depend on, each with a law that says so."""


_BEFORE: Final = {
    "age": "account ad app article bag basket bottle browser cache campaign car card cart cheese "
    "content cookie coupon data device domain event file inventory item listing loan machine mail "
    "message model offer order page phone policy post price product record segment session signal "
    "sku stock subscription ticket token vehicle visit whisky wine",
    "health": "account battery data network server service site stock system",
    "residency": "data memory",
    "union": "credit customs european set share shares",
}
_AFTER: Final = {
    "age": "limit rating restricted restriction restrictions",
    "genetic": "algorithm",
    "health": "aisle care category check department food foods item items product products shop",
    "political": "ad ads advert adverts",
    "race": "bike bikes car cars condition conditions event events result results track tracks",
    "resident": "memory set",
    "union": "all",
    "single": "bed click item items line lines meal order origin page piece product room rooms "
    "ride step ticket trip unit use",
    **dict.fromkeys(
        ("man", "men", "women", "woman"),
        "apparel category clothes clothing department fashion shoe shoes wear",
    ),
}
"""By word, its neighbours with which it is no attribute of a person: the age of a page."""


def attributes(name: str, words: Container[str]) -> Iterator[str]:
    """Those of *words* that *name*, a fact, a column or an id, holds and means of a person."""
    parts = re.split(r"[._-]", name)
    for before, word, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        of_a_thing = (
            before in _BEFORE.get(word, "").split() or after in _AFTER.get(word, "").split()
        )
        if word in words and not of_a_thing:
            yield word


def protected_word(name: str) -> str | None:
    """The first word of *name*, a fact or an id, that names a protected attribute."""
    return next(attributes(name, PROTECTED), None)


def why_not(word: str) -> str:
    """Why no discount may depend on *word*, as advice."""
    return f"no discount may depend on it ({PROTECTED[word]}); remove it"
