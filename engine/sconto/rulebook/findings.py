"""What is wrong with rule files: positions, the table of codes, and how findings are shown."""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sconto.errors import RuleFinding, Severity
from sconto.rulebook.codes import CODES
from sconto.rulebook.look_alikes import folded

WARNING_FAMILY: Final = "SEM-"
"""Codes of rules that can be served, but probably don't mean what was meant."""

PAGE: Final = "docs/lint.md"
"""The page that describes every code."""

DocPath = tuple[str | int, ...]
"""Keys and list positions from the top of a document to one node of it."""

_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_SHOWN: Final = 100
_BEARABLE: Final = 60

MAX_FINDINGS: Final = 100
"""Most findings of one file in one step; a file with more is something else altogether."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where something starts in a file; both count from 1."""

    line: int = 1
    col: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """One rule file as read: its lines, and where each of its nodes and keys starts."""

    file: str
    lines: tuple[str, ...] = ()
    values: Mapping[DocPath, Position] = field(default_factory=dict)
    keys: Mapping[DocPath, Position] = field(default_factory=dict)

    def at(self, path: DocPath) -> Position:
        """Where the node at *path* starts, or the closest node around it."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, Position())

    def inside(self, path: DocPath, text: str, offset: int) -> Position:
        """Where the *offset*th character of *text* stands in the value at *path*.

        The start of the value, where *text* is written with escapes or over several lines.
        """
        start = self.at(path)
        line = self.lines[start.line - 1] if start.line <= len(self.lines) else ""
        found = line.find(text, start.col - 1)
        return Position(start.line, found + 1 + offset) if text and found >= 0 else start

    def key_at(self, path: DocPath) -> Position:
        """Where the key of the node at *path* starts, or the node itself when it has none."""
        return self.keys.get(path) or self.at(path)

    def finding(self, position: Position, code: str, message: str, advice: str) -> RuleFinding:
        """A finding of this file, with the excerpt around *position*."""
        excerpt = _excerpt(self.lines, position)
        at = (visible(self.file), position.line, position.col)
        text = (visible(message), visible(advice), excerpt)
        return RuleFinding(*at, code, *text, severity_of(code))


def severity_of(code: str) -> Severity:
    """What a finding of *code* means: the family SEM warns, all others are errors."""
    return Severity.WARNING if code.startswith(WARNING_FAMILY) else Severity.ERROR


def anchor(code: str) -> str:
    """Where docs/lint.md describes *code*."""
    return f"{PAGE}#{code.lower()}"


def split_lines(text: str) -> tuple[str, ...]:
    """The lines of *text*, broken where YAML breaks them."""
    return tuple(_BREAK.split(text)) if text else ()


class Report:
    """Collects findings, so that one run names everything that is wrong."""

    def __init__(self) -> None:
        self._found: list[RuleFinding] = []

    def add(self, source: Source, path: DocPath, code: str, message: str, advice: str) -> None:
        """Note something wrong with the value at *path*."""
        self._found.append(source.finding(source.at(path), code, message, advice))

    def extend(self, found: Iterable[RuleFinding]) -> None:
        """Note findings made elsewhere."""
        self._found.extend(found)

    @property
    def findings(self) -> tuple[RuleFinding, ...]:
        """Everything noted, sorted by file and position, each thing once."""
        return tuple(sorted(set(self._found)))

    @property
    def errors(self) -> tuple[RuleFinding, ...]:
        """The findings that keep a ruleset from being served."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


def did_you_mean(word: str, known: Iterable[str], *, near: bool = True) -> str:
    """Advice for an unknown *word*: the closest known one, or all of them when none is close.

    Without *near* it must be written with the same letters: another letter is another place.
    """
    choices = sorted(set(known))
    close = [choice for choice in choices if folded(choice) == folded(word)][:1]
    if near and not close:
        close = difflib.get_close_matches(word, _alike(word, choices), n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not choices:
        return "there are none yet"
    listed = ", ".join(f"`{c}`" for c in choices[:12])
    return f"known are {listed}" + (" and others" if len(choices) > 12 else "")  # noqa: PLR2004


def _alike(word: str, choices: list[str]) -> list[str]:
    """The sorted *choices* that are worth a comparison: among very many, the neighbours."""
    if len(word) > _SHOWN:
        return []
    if len(choices) <= _SHOWN:
        return choices
    at = bisect_left(choices, word)
    return choices[max(0, at - _SHOWN // 2) : at + _SHOWN // 2]


def shown(value: Any) -> str:
    """*value* as a message shows it: short, in backticks, as the user would write it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    quoted = f'"{text}"' if isinstance(value, str) else text
    return f"`{clipped(quoted)}`"


def clipped(text: str) -> str:
    """*text* as long as a message can bear."""
    return text if len(text) <= _BEARABLE else f"{text[: _BEARABLE - 3]}..."


def as_text(findings: Iterable[RuleFinding], docs: str = "") -> str:
    """*findings* for people: file:line:col, code, message, excerpt with caret, advice, page.

    *docs* is put before the path of the page.
    """
    blocks = (
        f"{f.file}:{f.line}:{f.col}: {f.severity} {f.code} {f.message}\n"
        f"{f.excerpt}  help: {f.help}\n  docs: {docs}{anchor(f.code)}\n"
        for f in findings
    )
    return "\n".join(blocks)


def as_json(findings: Iterable[RuleFinding], docs: str = "") -> list[dict[str, str | int]]:
    """*findings* for programs, ready for any JSON encoder; see `as_text`."""
    return [
        {
            "file": f.file, "line": f.line, "col": f.col, "severity": f.severity.value,
            "code": f.code, "title": CODES[f.code].title, "message": f.message, "help": f.help,
            "docs": f"{docs}{anchor(f.code)}",
        }
        for f in findings
    ]  # fmt: skip


def _excerpt(lines: tuple[str, ...], position: Position) -> str:
    if position.line > len(lines):
        return ""
    line = blanked(lines[position.line - 1])
    start = position.col - _SHOWN * 3 // 4 if position.col > _SHOWN else 0
    number = str(position.line)
    caret = " " * columns(line[start : position.col - 1]) + "^"
    gap = " " * len(number)
    return f"  {number} | {line[start : start + _SHOWN]}\n  {gap} | {caret}\n"


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
