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
    "age": "account ad agreement app article asset bag basket battery bill booking bottle browser "
    "building cache campaign car card cart cheese content contract cookie coupon credit data debt "
    "device domain engine equipment event file history house inventory invoice item lead listing "
    "loan machine mail membership message model offer order page password phone policy post price "
    "product property quote record relationship reservation segment session signal sku stock store "
    "subscription ticket token vehicle visit whisky wine",
    "disabled": "account ads card cookie cookies coupon feature javascript mail notifications "
    "offer tracking",
    "health": "account battery data network server service site stock system",
    "residency": "data memory",
    "union": "credit customs european set share shares",
    "welfare": "animal",
}
_AFTER: Final = {
    "age": "limit rating restricted restriction restrictions",
    # Whether it is today tells nobody's age; the date, the month and the week would tell more.
    "birthday": "today",
    "ethnic": "aisle category cuisine food foods",
    "genetic": "algorithm",
    "health": "aisle care category check department food foods item items product products shop",
    "political": "ad ads advert adverts",
    "race": "bike bikes car cars condition conditions event events result results track tracks",
    "resident": "memory set",
    "union": "all",
    "single": "article basket baskets bed booking bookings brand category channel click day item "
    "items line lines meal night nights order orders origin page payment payments piece pieces "
    "product products purchase purchases ride room rooms session sessions step store ticket "
    "tickets transaction transactions trip trips unit units use visit visits",
    **dict.fromkeys(
        ("man", "men", "women", "woman"),
        "apparel category clothes clothing department fashion shoe shoes wear",
    ),
}
"""By word, its neighbours with which it is no attribute of a person: the age of a page.

Only the neighbour counts, since it says whose the attribute is: in `customer_page_age` it is the
page's, in `page_customer_age` the customer's.
"""

_JOINED: Final = re.compile(
    r"(is|has|was|applicant|borrower|buyer|client|customer|driver|guest|member|shopper|user)?"
    r"([a-z]+?)(band|bucket|category|class|code|flag|group|range|status|years?)?"
)
"""A word written together with one that says whose it is, or in what form: `ismale`, `agegroup`."""


def _parts(name: str, words: Container[str]) -> Iterator[str]:
    """The words of *name*, also of those written together of which one is among *words*."""
    for part in re.split(r"[._-]", name):
        joined = _JOINED.fullmatch(part)
        if joined is not None and joined[2] in words:
            yield from filter(None, joined.groups())
        else:
            yield part


def attributes(name: str, words: Container[str]) -> Iterator[str]:
    """Those of *words* that *name*, a fact, a column or an id, holds and means of a person."""
    parts = [*_parts(name, words)]
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
