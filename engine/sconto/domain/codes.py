"""Codes: what opens an offer that is given with one only, and what became of each that was sent.

A code is known here by the id of its set and by a keyed hash; its text is nowhere in a decision.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from sconto.domain.context import DecisionContext, SentCode
from sconto.domain.reasons import ReasonCode
from sconto.domain.validity import Validity

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without I, L, O and U (Crockford, https://www.crockford.com/base32.html)."""

_LOOK_ALIKES: Final = {"O": "0", "I": "1", "L": "1"}
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DROPPED: Final = " \t-_.\u00ad\u200b\u200c\u200d\u2010\u2011\u2012\u2013\u2014\u2212\ufeff"
_READ: Final = str.maketrans(
    {
        **{letter: _LOOK_ALIKES.get(letter, letter) for letter in _LETTERS},
        **{letter.lower(): _LOOK_ALIKES.get(letter, letter) for letter in _LETTERS},
        **dict.fromkeys(_DROPPED, ""),
    }
)


def normalised(text: str) -> str:
    """*text* as codes are compared; empty for what no code can be.

    Case, spaces, hyphens, dots and invisible characters are forgiven; O is read as 0, and I and L
    are read as 1. What is left must be digits and Latin letters.
    """
    read = unicodedata.normalize("NFKC", text).translate(_READ)
    return read if read.isascii() and read.isalnum() else ""


def check_symbol(symbols: str) -> str:
    """The symbol that behind *symbols* tells of every one of them misread, and any two swapped.

    A sum over GF(32), in which each place has a power of two as its weight.
    """
    total = 0
    for symbol in symbols:
        total = _doubled(total ^ SYMBOLS.index(symbol))
    return SYMBOLS[total]


_BITS: Final = 5
_POLYNOMIAL: Final = 0b100101
"""x^5 + x^2 + 1, of which x is a generator."""


def _doubled(value: int) -> int:
    double = value << 1
    return double ^ _POLYNOMIAL if double >> _BITS else double


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes that open the same offers; *limits* are ids of the budgets that their use draws on."""

    id: str
    text: str
    """The normalised text that everybody shares; empty where each code is for one use."""
    offers: tuple[str, ...]
    """Ids of the offers that it opens, sorted."""
    validity: Validity
    limits: tuple[str, ...]

    @property
    def single_use(self) -> bool:
        """Whether each of its codes is for one use; they are kept apart from the rules."""
        return not self.text


PER_CODE: Final = "per_code"
"""The limit of a set that each of its codes has of its own."""

LIMIT_KEYS: Final = (PER_CODE, "in_all", "per_shopper", "per_day", "per_week", "per_month")
"""Every limit that a set may have."""


def limit_id(set_id: str, key: str) -> str:
    """The id of the budget that a limit is: `per_shopper` of `welcome` is `welcome-per-shopper`."""
    return f"{set_id}-{key.replace('_', '-')}"


class CodeStatus(IntEnum):
    """What became of a code that was sent: a closed enum, stable for ever."""

    # An enum's own is a Python function.
    __hash__ = int.__hash__

    APPLIED = 1
    NOT_NEEDED = 2
    NOT_CHOSEN = 3
    WITHHELD = 4
    UNKNOWN = 10
    NOT_YET_VALID = 11
    NO_LONGER_VALID = 12
    USED_UP = 13
    USED_UP_BY_SHOPPER = 14


CODE_SENTENCES: Final[Mapping[CodeStatus, str]] = {
    CodeStatus.APPLIED: "The code is applied.",
    CodeStatus.NOT_NEEDED: "Another code gives the same discount, so this one is not used.",
    CodeStatus.NOT_CHOSEN: "The code is valid, but its discount was not chosen for this basket.",
    CodeStatus.WITHHELD: "The code is valid, but its discount may not be given for this basket.",
    CodeStatus.UNKNOWN: "There is no such code.",
    CodeStatus.NOT_YET_VALID: "The code is not valid yet.",
    CodeStatus.NO_LONGER_VALID: "The code is no longer valid.",
    CodeStatus.USED_UP: "The code has been used as often as it may be.",
    CodeStatus.USED_UP_BY_SHOPPER: "The code has been used as often as one shopper may use it.",
}
"""The whole sentence of every status, as a shopper may read it."""


class CodeResult(NamedTuple):
    """What became of one code."""

    status: CodeStatus
    offer_ids: tuple[str, ...] = ()
    """The offers that are given by it."""
    reason: ReasonCode | None = None
    """Of a valid code that opened nothing that is given: why the candidate of its offers that came
    furthest is not."""


def valid_codes(
    context: DecisionContext, sets: Mapping[str, CodeSet]
) -> Mapping[str, list[SentCode]]:
    """The codes of *context* that hold on its day, by set; in an order that no request decides."""
    found: dict[str, list[SentCode]] = {}
    for code in sorted(set(context.codes)):
        known = sets.get(code.set_id)
        if known is not None and known.validity.covers(context.moment.local_date):
            found.setdefault(code.set_id, []).append(code)
    return found


def opened_offers(context: DecisionContext, sets: Mapping[str, CodeSet]) -> frozenset[str]:
    """The offers that need a code and have one among those of *context*."""
    return frozenset(offer for found in valid_codes(context, sets) for offer in sets[found].offers)
