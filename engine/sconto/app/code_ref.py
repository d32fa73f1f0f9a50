"""The keyed hash that stands for a code wherever one is kept."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sconto.app.ports import Store
from sconto.domain.codes import normalised
from sconto.domain.context import DecisionContext, SentCode
from sconto.domain.ruleset import Ruleset

_LABEL: Final = b"code\0"
"""Keeps these hashes apart from those of shoppers, whose ids hold no control character."""


def code_ref(key: bytes, text: str) -> str:
    """HMAC-SHA256 (RFC 2104) of the normalised *text* under *key*, as 32 hex digits.

    Who lacks the key can't find out which text it was, however few there may be.
    """
    return hmac.digest(key, _LABEL + text.encode(), "sha256").hex()[:32]


def with_code_sets(context: DecisionContext, ruleset: Ruleset, store: Store) -> DecisionContext:
    """*context* with the sets of the codes for one use that were sent.

    One read, and none where no such code can have been sent. Raises StoreUnavailable.
    """
    unknown = [code.ref for code in context.codes if not code.set_id]
    if not unknown or not any(s.single_use for s in ruleset.code_sets.values()):
        return context
    found = store.code_sets(unknown)
    sets = {ref: s for ref, s in found.items() if s in ruleset.code_sets}
    known = {ref: s for ref, s in sets.items() if ruleset.code_sets[s].single_use}
    codes = [SentCode(c.set_id or known.get(c.ref, ""), c.ref) for c in context.codes]
    return replace(context, codes=tuple(codes))


def sent_codes(key: bytes, texts: Iterable[str], ruleset: Ruleset) -> tuple[SentCode, ...]:
    """The codes *texts* as a decision knows them, in their order.

    The set of one that is none of the shared codes of *ruleset* is empty.
    """
    read = [normalised(text) for text in texts]
    return tuple([SentCode(ruleset.set_of_text.get(t, ""), code_ref(key, t)) for t in read])
