"""The keyed hash that stands for a code wherever one is kept."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Final

from sconto.domain.codes import normalised
from sconto.domain.context import SentCode
from sconto.domain.ruleset import Ruleset

_LABEL: Final = b"code\0"
"""Keeps these hashes apart from those of shoppers, whose ids hold no control character."""


def code_ref(key: bytes, text: str) -> str:
    """HMAC-SHA256 (RFC 2104) of the normalised *text* under *key*, as 32 hex digits.

    Who lacks the key can't find out which text it was, however few there may be.
    """
    return hmac.digest(key, _LABEL + text.encode(), "sha256").hex()[:32]


def sent_codes(key: bytes, texts: Iterable[str], ruleset: Ruleset) -> tuple[SentCode, ...]:
    """The codes *texts* as a decision knows them, in their order.

    The set of one that is none of the shared codes of *ruleset* is empty.
    """
    read = [normalised(text) for text in texts]
    return tuple([SentCode(ruleset.set_of_text.get(t, ""), code_ref(key, t)) for t in read])
