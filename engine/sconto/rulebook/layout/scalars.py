"""Writes single values: plain, in quotes, or as text of several lines.

What was in quotes stays in quotes, and what was plain stays plain where it can: a value means the
same to the strict loader, and to other programs as before.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, Literal

import yaml

from sconto.rulebook.layout.tree import Scalar
from sconto.rulebook.read.strict_yaml import WORDS

WIDTH: Final = 100
"""Columns within which a list or a mapping stands on one line, and long text is folded."""

Place = Literal["key", "block", "flow", "flow key"]
"""Where a value stands; brackets and keys leave less to plain text."""

_SIMPLE: Final = re.compile(r"[A-Za-z0-9][\w.-]*(?: [\w.-]+)*\Z", re.ASCII)
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Characters that nobody sees, or that turn the direction of what follows."""
_WORD_TEXT: Final = {True: "true", False: "false", None: "null"}
_TRIALS: Final[dict[Place, str]] = {
    "key": "{}: 0", "block": "k: {}", "flow": "[{}]", "flow key": "{{{}: 0}}",
}  # fmt: skip


def scalar_text(scalar: Scalar, place: Place) -> str:
    """*scalar* on one line, as it may stand in *place*."""
    plain = not scalar.style
    if plain and place in {"block", "flow"} and scalar.text in WORDS:
        return _WORD_TEXT[WORDS[scalar.text]]
    if plain and _stays_plain(scalar.text, place):
        return scalar.text
    return _quoted(scalar.text)


def several_lines(scalar: Scalar, indent: int, room: int) -> list[str] | None:
    """*scalar* as lines of a block of text; None when it stands better, or only, on one line.

    *room* is how many columns are left for it on the line of its key.
    """
    literal, folded = scalar.style == "|", scalar.style == ">"
    if not literal and not folded:
        if not scalar.broken or "\n" in scalar.text or len(scalar_text(scalar, "block")) <= room:
            return None
        folded = True
    body, mark = scalar.text, "-"
    if body.endswith("\n"):
        body, mark = body[:-1], ""
    if not body or body[0] in " \t" or body.endswith("\n") or _HIDDEN.search(_on_lines(body)):
        return None
    if "\n" in body:
        lines = body.split("\n")
        return None if body.startswith("\n") else _block("|" + mark, lines, indent)
    folds = _folded(body, WIDTH - indent) if folded else [body]
    return _block((">" if folded else "|") + mark, folds, indent) if folds else None


def _on_lines(body: str) -> str:
    return body.replace("\n", " ")


def _block(mark: str, lines: list[str], indent: int) -> list[str]:
    return [mark, *(" " * indent + line if line else "" for line in lines)]


def _folded(body: str, width: int) -> list[str] | None:
    """*body* broken at single spaces into lines of at most *width* where that is possible."""
    if body.endswith(" "):
        return None
    lines = [""]
    for word in re.split(r"(?<=[^ ]) (?=[^ ])", body):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def _quoted(text: str) -> str:
    if ('"' in text or "\\" in text) and not _HIDDEN.search(text):
        return "'" + text.replace("'", "''") + "'"
    escaped = json.dumps(text, ensure_ascii=False)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found.group()):04x}", escaped)


@lru_cache(maxsize=4096)
def _stays_plain(text: str, place: Place) -> bool:
    """Whether *text* without quotes is read as itself in *place*."""
    if _SIMPLE.match(text):
        return True
    if _HIDDEN.search(text):
        return False
    try:
        events = list(yaml.parse(_TRIALS[place].format(text), Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return False
    scalars = [event for event in events if isinstance(event, yaml.ScalarEvent)]
    at, wanted = {"key": (0, 2), "block": (1, 2), "flow": (0, 1), "flow key": (0, 2)}[place]
    return (
        len(scalars) == wanted
        and scalars[at].value == text
        and scalars[at].implicit[0]
        and len(events) == wanted + 6
    )
