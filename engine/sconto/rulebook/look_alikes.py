"""Texts that people take for the same: letters that look alike, and what else nobody sees."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

LATIN_LOOK_ALIKES: Final[Mapping[str, str]] = dict(
    zip(
        "АВЕЅІЈКМНОРСТХҮԌԚԜаеіјорсухѕԛԝһӏԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺοϲϳνι",
        "ABESIJKMHOPCTXYGQWaeijopcyxsqwhldABEZHIKMNOPTYXCMocjvi",
        strict=True,
    )
)
"""Cyrillic and Greek letters by the Latin letter that most fonts draw alike.

Source: the single letters among the intentional confusables of Unicode Technical Standard 39.
"""

_LATIN: Final = str.maketrans(dict(LATIN_LOOK_ALIKES))
_UNSEEN: Final = frozenset({"Cc", "Cf", "Pd", "Pc", "Zs", "Zl", "Zp"})
"""Control and format characters, hyphens, underscores and spaces."""
_ASCII: Final = {n: None for n in range(128) if unicodedata.category(chr(n)) in _UNSEEN}


@lru_cache(maxsize=1 << 16)
def folded(text: str) -> str:
    """*text* without what readers overlook: equal for two texts that are taken for the same.

    Folds case, spaces, hyphens, invisible and look-alike characters and Unicode form (NFKC).
    """
    if text.isascii():
        return text.casefold().translate(_ASCII)
    plain = unicodedata.normalize("NFKC", text).translate(_LATIN).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in _UNSEEN)
