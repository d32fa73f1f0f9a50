"""Text of a request: free of control characters, and known where the ruleset knows the words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from sconto.api.validation import Refused, Violations, shown

NAMED: Final = 8
"""Known words that an error names at most; the guides have all of them."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Words:
    """Checks text; what is wrong with it goes into *found*."""

    found: Violations

    def plain(self, text: str, path: str, name: str) -> str:
        """*text*; a control character in it is a violation of the field *name* of *path*."""
        try:
            return plain(text, name)
        except Refused as refused:
            self.found.add_refused(refused, path)
            return text

    def known(
        self, text: str, words: Collection[str], what: str, field: str, *, near: bool = True
    ) -> str:
        """*text*; a violation of *field* when it is none of *words*, which it names.

        *what* each of them is, with its article: `a channel of this shop`.

        Without *near* none of them is suggested for another: another letter is another place.
        """
        try:
            return known(text, words, what, field, near=near)
        except Refused as refused:
            self.found.add_refused(refused)
            return text


def plain(text: str, field: str) -> str:
    """*text*; raises Refused for *field* when it has a control character."""
    # What is printable has none, and that is told several times as fast.
    if not text.isprintable() and _CONTROL.search(text):
        description = f"must not hold control characters: {shown(text)}"
        raise Refused(field, description, "CONTROL_CHARACTER")
    return text


def known(text: str, words: Collection[str], what: str, field: str, *, near: bool = True) -> str:
    """*text*; raises Refused for *field* when it is none of *words*: it is not *what* they are."""
    if text not in words:
        description = f"{shown(text)} is not {what}"
        raise Refused(field, description, "UNKNOWN_VALUE", partial(_advice, text, words, near))
    return text


def _advice(text: str, words: Collection[str], near: bool) -> str:
    close = [word for word in words if word.casefold() == text.casefold()][:1]
    if near and not close:
        close = difflib.get_close_matches(text[:64], words, n=1)
    guess = f"did you mean {shown(close[0])}? " if close else ""
    named = ", ".join(f"`{word}`" for word in sorted(words)[:NAMED])
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return f"{guess}known: {named or 'none'}{more}"
