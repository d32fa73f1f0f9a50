"""Finds the comments of a file and gives each to the entry it is about.

A comment on a line of its own is about the next key or item, unless it is indented as deep as
the block that ended before it: then it is the end of that block. A comment at the end of a line
is about what stands on the line. Comments before the first key are about the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sconto.rulebook.layout.tree import Block, Entry, Scalar, Tree

_LINE: Final = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029]|\\Z)")
_COMMENT: Final = re.compile(r"(?:(?<=[ \t])|^)#")
_NOTHING: Final = re.compile(r"[ \t\-?.]*\Z")
"""Before a comment that nothing else shares its line with, but a mark of an item or document."""


@dataclass(frozen=True, slots=True)
class _Note:
    """A comment: where it stands, its text, and what is around it."""

    index: int
    col: int
    text: str
    alone: bool
    """Nothing else is on its line."""
    spaced: bool
    """A blank line stands before it."""


def attach_comments(tree: Tree, text: str) -> None:
    """Give every comment and blank line of *text* to its place in *tree*."""
    spans = [_span(scalar, text) for scalar in tree.scalars]
    starts = [entry.start for entry in tree.entries]
    notes: list[_Note] = []
    blank: set[int] = set()
    for number, note in _lines(text, spans):
        if note is None:
            blank.add(number)
        else:
            notes.append(note)
    for note in notes:
        at = bisect_left(starts, note.index)
        before = tree.entries[at - 1] if at else None
        after = tree.entries[at] if at < len(starts) else None
        lines = _lines_for(note, before, after, tree)
        if lines is not None:
            lines += ["", note.text] if note.spaced else [note.text]
    _space(tree, blank)


def _span(scalar: Scalar, text: str) -> tuple[int, int]:
    """Where *scalar* holds no comment: all of it, but the first line and the end of a block."""
    if scalar.style not in {"|", ">"}:
        return scalar.start, scalar.end
    first = _LINE.match(text, scalar.start)
    start = first.end() if first else scalar.start
    return start, max(start, scalar.start + len(text[scalar.start : scalar.end].rstrip()))


def _lines(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, _Note | None]]:
    """The comments by line number; None for a blank line that is not the first thing in a file."""
    starts = [start for start, _ in spans]
    seen = spaced = False
    for number, match in enumerate(_LINE.finditer(text)):
        line = match.group().rstrip()
        found = _comment(line, match.start(), starts, spans)
        if found is not None:
            alone = _NOTHING.match(line[: found - match.start()]) is not None
            col = len(line) - len(line.lstrip(" ")) if alone else found - match.start()
            yield number, _Note(found, col, text[found : match.start() + len(line)], alone, spaced)
        elif not line and seen and not _inside(match.start(), starts, spans):
            yield number, None
            spaced = True
            continue
        seen = seen or bool(line)
        spaced = False


def _comment(line: str, offset: int, starts: list[int], spans: list[tuple[int, int]]) -> int | None:
    for match in _COMMENT.finditer(line):
        if not _inside(offset + match.start(), starts, spans):
            return offset + match.start()
    return None


def _inside(index: int, starts: list[int], spans: list[tuple[int, int]]) -> bool:
    at = bisect_left(starts, index + 1)
    return at > 0 and index < spans[at - 1][1]


def _lines_for(
    note: _Note, before: Entry | None, after: Entry | None, tree: Tree
) -> list[str] | None:
    """The lines that *note* belongs to; None when it now stands beside an entry."""
    if before is None:
        return tree.header
    brackets = _brackets(before, note.index)
    if not note.alone and (brackets is None or before.value is not brackets):
        entry = _entry_of_line(before, brackets)
        if entry.beside:
            return entry.above
        entry.beside = note.text
        return None
    if brackets is not None:
        inner = after is not None and after.start < brackets.end
        return after.above if after is not None and inner else brackets.below
    return _alone(note.col, before, after, tree)


def _brackets(before: Entry, index: int) -> Block | None:
    """The innermost brackets around *index*, where *before* is the last entry begun."""
    block: Block | None = before.value if isinstance(before.value, Block) else before.parent
    while block is not None and not (block.flow and block.start <= index < block.end):
        block = block.owner.parent if block.owner else None
    return block


def _entry_of_line(entry: Entry, brackets: Block | None) -> Entry:
    """The entry whose line ends here: the one in *brackets*, or outside of all of them."""
    while entry.parent is not brackets and entry.parent.flow and entry.parent.owner:
        entry = entry.parent.owner
    return entry


def _alone(col: int, before: Entry, after: Entry | None, tree: Tree) -> list[str]:
    if after is not None and col <= after.parent.col:
        return after.above
    if after is None and col <= tree.root.col:
        return tree.root.below
    around = set(_around(after)) if after is not None else set()
    for block in _around(before):
        if block in around:
            break
        if not block.flow and block.col <= col:
            return block.below
    return after.above if after is not None else tree.root.below


def _around(entry: Entry) -> Iterator[Block]:
    """The blocks that *entry* stands in, from the inside out."""
    block: Block | None = entry.parent
    while block is not None:
        yield block
        block = block.owner.parent if block.owner else None


def _space(tree: Tree, blank: set[int]) -> None:
    """Note the blank line before each entry that has one."""
    last = -1
    for entry in tree.entries:
        if entry.line - 1 in blank and entry.line != last and not entry.parent.flow:
            first = entry is tree.entries[0]
            (tree.header if first else entry.above).append("")
        last = entry.line
