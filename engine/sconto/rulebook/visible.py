"""Text from rule files and file names as it may be shown: nothing in it acts on the reader.

Escape sequences could steer a terminal, line breaks could forge a finding, and characters that
turn the direction of writing make a line read as what it is not.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 1000
"""Most characters of one message."""

_ACTING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """*text* on one line, every character seen and every seen character meant."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 3]}..."
    if text.isascii() and text.isprintable():
        return text
    return _ACTING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def blanked(line: str) -> str:
    """*line* with a space for each such character, so that columns stay."""
    return _ACTING.sub(" ", line)


def columns(text: str) -> int:
    """How many columns of a terminal *text* fills: two for each wide character."""
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
