"""Protected attributes: words that no name in a rule may contain, and the law that says so."""

from __future__ import annotations

import re
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


def protected_word(name: str) -> str | None:
    """The first word of *name*, a fact or an id, that names a protected attribute."""
    return next((word for word in re.split(r"[._-]", name) if word in PROTECTED), None)


def why_not(word: str) -> str:
    """Why no discount may depend on *word*, as advice."""
    return f"no discount may depend on it ({PROTECTED[word]}); remove it"
