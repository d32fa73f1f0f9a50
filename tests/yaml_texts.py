"""YAML texts as people write them: every style, with comments and blank lines in every place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[Any], Any]

_PLAIN = (
    "5 %", "NO", "on", "12:30", "2026-01-31", "CHEESE", "a-b", "true", "~", "8", "Said: not",
    "http://x.y/z", "BEERS/ALES", "it's", "a#b", "50 p a unit", "€ 5", "line.unit_cost * 1.15",
)  # fmt: skip
_QUOTED = (
    *_PLAIN, "", "8", "5 %", "# no comment", "a: b", "- x", "two\nlines", " led", "trailed ",
    "tab\there", 'say "no"', "back\\slash", "'", "\u202eRTL", "null", "x" * 120, "long " * 30,
)  # fmt: skip
_KEYS = ("kind", "id", "name", "b c", "a.b", "NO", "12:30", "5 %", "on", "x-y", "'q'", '"w"')


class _Writer:
    """Writes one document by drawing what to write next."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.comments: list[str] = []
        self.lines: list[str] = []

    def chance(self, of: int) -> bool:
        """True once in *of* draws."""
        return bool(self.draw(st.integers(1, of)) == of)

    def comment(self) -> str:
        """A comment that no other one is like."""
        said = self.draw(st.sampled_from(["", " said", " a: b", " - [x", " 'open", " it's # so"]))
        self.comments.append(f"#{len(self.comments)}.{said}".rstrip())
        return self.comments[-1]

    def spacing(self, indent: int) -> None:
        """Blank lines and comments on lines of their own, not always indented as they should."""
        while self.chance(4):
            offset = self.draw(st.integers(0, indent + 3))
            self.lines.append(" " * offset + self.comment() if self.chance(2) else "")

    def end(self) -> str:
        """Perhaps a comment at the end of a line."""
        return f" {self.comment()}" if self.chance(5) else ""

    def scalar(self) -> str:
        """A value on one line."""
        if self.chance(2):
            return str(self.draw(st.sampled_from(_PLAIN)))
        return self._quoted(str(self.draw(st.sampled_from(_QUOTED))))

    def _quoted(self, text: str) -> str:
        if self.chance(2) and "\n" not in text and "\t" not in text:
            return "'" + text.replace("'", "''") + "'"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return '"' + escaped.replace("\t", "\\t").replace("\u202e", "\\u202E") + '"'

    def flow(self, depth: int, indent: int) -> str:
        """A value in brackets, perhaps over several lines."""
        count = self.draw(st.integers(0, 3))
        mapping = self.chance(2)
        keys = self.draw(st.permutations(_KEYS))
        parts = []
        for i in range(count):
            inner = self.flow(depth - 1, indent) if depth and self.chance(4) else self.scalar()
            parts.append(f"{keys[i]}: {inner}" if mapping else inner)
        opened, closed = "{}" if mapping else "[]"
        text = opened
        for i, part in enumerate(parts):
            text += part + ("," if i + 1 < count else "")
            text += f"{self.end()}\n{' ' * (indent + 2)}" if self.chance(6) else " "
        return text + closed

    def block(self, indent: int, depth: int, lead: str = "") -> None:
        """A mapping or list over several lines; *lead* starts its first line."""
        mapping = self.chance(2) or indent == 0
        keys = self.draw(st.permutations(_KEYS))
        for i in range(self.draw(st.integers(1, 4))):
            if i or not lead:
                self.spacing(indent)
                lead = " " * indent
            self._entry(f"{lead}{keys[i]}:" if mapping else f"{lead}-", indent, depth, mapping)
            lead = ""

    def _entry(self, lead: str, indent: int, depth: int, mapping: bool) -> None:
        step = self.draw(st.integers(1, 4))
        choice = self.draw(st.integers(0, 5))
        if choice == 5 and depth:
            if mapping or self.chance(2):
                self.lines.append(lead + self.end())
                self.block(indent + step, depth - 1)
            else:
                self.block(indent + 2, depth - 1, lead + " ")
        elif choice == 4:
            self.lines += f"{lead} {self.flow(2, indent)}{self.end()}".split("\n")
        elif choice == 3:
            self._text(lead, indent + step)
        else:
            self.lines.append(f"{lead} {self.scalar()}{self.end()}")

    def _text(self, lead: str, indent: int) -> None:
        mark = self.draw(st.sampled_from(["|", ">", "|-", ">-", "|+", "", '"']))
        words = st.sampled_from(["", "said twice", "# none", "  deeper", "word " * 20 + "end"])
        said = self.draw(st.lists(words, min_size=1, max_size=4))
        body = [" " * indent + line if line else "" for line in ("first", *said)]
        if mark in {"", '"'}:
            body = [line.replace("# none", "none") for line in body]
            body[0] = f"{lead} {mark}first"
            body[-1] += mark
            self.lines += body
            return
        self.lines.append(f"{lead} {mark}{self.end()}")
        self.lines += body


@st.composite
def yaml_texts(draw: Draw) -> tuple[str, list[str]]:
    """A YAML text, nearly always strict, and every comment in it."""
    writer = _Writer(draw)
    if writer.chance(8):
        writer.lines.append(f"---{writer.end()}")
    writer.block(0, 3)
    writer.spacing(2)
    ending = draw(st.sampled_from(["\n", "\n", "\r\n", "\n\n\n"]))
    return ("\r\n" if ending == "\r\n" else "\n").join(writer.lines) + ending, writer.comments
