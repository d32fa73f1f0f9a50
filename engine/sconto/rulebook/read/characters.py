"""Characters that a text must not hold, because people and programs would read it differently.

Source of the rules: Unicode Technical Report 36 (invisible and bidirectional characters, mixed
alphabets) and Unicode Standard Annex 31, section 2.3 (where joiners belong to the spelling).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from sconto.rulebook.findings import Position
from sconto.rulebook.look_alikes import LATIN_LOOK_ALIKES

_BLANKS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Marks, letters and a symbol that Unicode draws as nothing."""
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"
    f"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffc\ufffe\uffff{_BLANKS}"
    "\ue000-\uf8ff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
"""Control, format, private and unassigned characters, selectors of variants, and blanks."""
_JOINERS: Final = "\u200c\u200d"
_JOINED: Final = (
    "ARABIC", "SYRIAC", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN",
)  # fmt: skip
"""Scripts that spell with joiners."""
_SELECTOR: Final = "\ufe0f"
_KEYCAP: Final = "\u20e3"
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ODD_SPACE: Final = re.compile(r"[^\S ]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_PLAIN: Final = re.compile(r"[\x20-\x7e]*\Z")
_NAMES: Final = {"\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\t": "TABULATION", "\x1b": "ESCAPE"}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A *part* of a text that is refused; *part* starts at the character number *at* from 0."""

    at: int
    part: str
    code: str
    message: str
    advice: str


def unreadable(text: str) -> Unreadable | None:
    """The first thing in *text* that is not what it looks like; None when there is nothing."""
    if not _PLAIN.match(text):
        found = _invisible(text) or _another_form(text) or _another_alphabet(text)
        if found is not None:
            return found
    if text == text.strip():
        return None
    end = 0 if text.strip() and text[0].isspace() else len(text.rstrip())
    message = f"a space stands at the {'start' if end == 0 else 'end'} of the text"
    return Unreadable(end, text[end], "YML-017", message, "remove it: texts are compared with it")


def odd_space(text: str) -> tuple[int, str, str] | None:
    """Where a space that isn't the usual one stands in *text*, what is wrong and what to do."""
    found = _ODD_SPACE.search(text)
    if found is None:
        return None
    message = f"character {_named(found.group())} stands here and looks like a space"
    return found.start(), message, "type a space; texts are compared with it"


def written_at(found: Unreadable, event: yaml.ScalarEvent, lines: Sequence[str]) -> Position:
    """Where *found* stands in the scalar *event* of *lines*; its start, where nothing shows it."""
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return Position()
    if found.part.isspace() and event.style in {'"', "'"} and found.code == "YML-017":
        # Just inside of the quotes.
        if found.at == 0:
            return Position(start.line + 1, start.column + 2)
        return Position(end.line + 1, end.column - 1)
    for number in range(start.line, min(end.line + 1, len(lines))):
        line = lines[number]
        first = start.column if number == start.line else 0
        # PyYAML counts no column for a byte order mark.
        last = end.column + line.count("\ufeff") if number == end.line else len(line)
        column = line.find(found.part, first, last)
        if column < 0 and event.style == '"':
            column = _escape_of(found.part[0], line, first, last)
        if column >= 0:
            return Position(number + 1, column + 1)
    return Position(start.line + 1, start.column + 1)


def _escape_of(character: str, line: str, first: int, last: int) -> int:
    for found in _ESCAPE.finditer(line, first, last):
        digits = found[1] or found[2] or found[3]
        short = yaml.scanner.Scanner.ESCAPE_REPLACEMENTS.get(found[4])
        if character == (chr(int(digits, 16)) if digits else short):
            return found.start()
    return -1


def _invisible(text: str) -> Unreadable | None:
    for found in _INVISIBLE.finditer(text):
        character, at = found.group(), found.start()
        if _belongs(text, at):
            continue
        if character in "\r\n":
            advice = "write it on one line; `>-` makes one line of several"
            return Unreadable(at, character, "YML-015", "the text has a line break", advice)
        message = f"character {_named(character)} stands here, which nobody can see"
        return Unreadable(at, character, "YML-015", message, "delete it and type the text again")
    return None


def _belongs(text: str, at: int) -> bool:
    """Whether the character is part of how a word or an emoji is written."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] == _SELECTOR:
        return after == _KEYCAP or (before != "" and unicodedata.category(before) == "So")
    if text[at] not in _JOINERS or not before or not after:
        return False
    emoji = all(unicodedata.category(c) in {"So", "Sk"} or c == _SELECTOR for c in (before, after))
    return emoji or all(unicodedata.name(c, "").startswith(_JOINED) for c in (before, after))


def _another_form(text: str) -> Unreadable | None:
    """A letter that other programs write as other characters (Unicode Standard Annex 15)."""
    if unicodedata.is_normalized("NFC", text):
        return None
    for at, part in _clusters(text):
        usual = unicodedata.normalize("NFC", part)
        if part != usual:
            codes = " ".join(f"U+{ord(c):04X}" for c in part[:4])
            message = f"`{usual[:4]}` is written as {codes} here, in another form than usual"
            return Unreadable(at, part, "YML-016", message, f"type `{usual[:4]}` again")
    return None


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """The letters of *text*, each with the accents or the Hangul parts that may join it."""
    start = 0
    for i in range(1, len(text) + 1):
        joins = i < len(text) and (
            unicodedata.combining(text[i]) or "\u1160" <= text[i] <= "\u11ff"
        )
        if not joins:
            yield start, text[start:i]
            start = i


def _another_alphabet(text: str) -> Unreadable | None:
    """A letter of another alphabet in a word of Latin letters, where it looks like one of them."""
    for word in _WORD.finditer(text):
        letters = word.group()
        if letters.isascii() or not re.search("[A-Za-z]", letters):
            continue
        for i, letter in enumerate(letters):
            alike = LATIN_LOOK_ALIKES.get(letter)
            if alike is not None:
                message = f"{_named(letter)} stands in a word of Latin letters and looks like one"
                advice = f"type the letter again: `{alike}`"
                return Unreadable(word.start() + i, letter, "YML-016", message, advice)
    return None


def _named(character: str) -> str:
    name = _NAMES.get(character) or unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()
