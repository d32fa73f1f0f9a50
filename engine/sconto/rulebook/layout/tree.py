"""A YAML file as its layout sees it: nodes with how and where they are written, and comments.

Only text that the strict loader takes comes here, so there are no anchors, aliases or tags, at
most 32 levels and one document, which is a mapping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml


@dataclass(slots=True, eq=False)
class Scalar:
    """A single value: its *text*, and the *style* it is written in (empty when plain)."""

    text: str
    style: str
    start: int
    end: int
    broken: bool
    """Whether it is written over several lines."""


@dataclass(slots=True, eq=False)
class Entry:
    """A key with its value, or an item of a list (*key* is None), and the comments about it."""

    key: Scalar | None
    value: Scalar | Block
    parent: Block
    start: int
    line: int
    above: list[str] = field(default_factory=list)
    """Comment lines before it; an empty one stands for a blank line."""
    beside: str = ""
    """The comment at the end of its line."""


@dataclass(slots=True, eq=False)
class Block:
    """A mapping or a list; *flow* when it is written in brackets."""

    mapping: bool
    flow: bool
    start: int
    col: int
    owner: Entry | None = None
    end: int = 0
    entries: list[Entry] = field(default_factory=list)
    below: list[str] = field(default_factory=list)
    """Comment lines after the last entry."""


@dataclass(slots=True)
class Tree:
    """A file: its only mapping, its *entries* in the order of the text, and its *scalars*."""

    root: Block
    entries: list[Entry]
    scalars: list[Scalar]
    header: list[str] = field(default_factory=list)
    """Comment lines before the first key."""


def read_tree(text: str) -> Tree:
    """The tree of *text*, still without comments."""
    return _Reader(text).tree()


class _Reader:
    """Builds a tree from the events of the YAML parser."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.SafeLoader))
        self._entries: list[Entry] = []
        self._scalars: list[Scalar] = []

    def tree(self) -> Tree:
        """The tree of the whole text."""
        next(self._events), next(self._events)  # the starts of stream and document
        root = self._node(next(self._events))
        if not isinstance(root, Block):
            raise TypeError(root)
        return Tree(root, self._entries, self._scalars)

    def _node(self, event: Any) -> Scalar | Block:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        mark = event.start_mark
        block = Block(mapping, bool(event.flow_style), mark.index, mark.column)
        inner = next(self._events)
        while not isinstance(inner, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._entry(inner, block)
            inner = next(self._events)
        block.end = inner.end_mark.index  # type: ignore[union-attr]
        return block

    def _entry(self, event: Any, block: Block) -> None:
        key = self._scalar(event) if block.mapping else None
        mark = event.start_mark
        # The entry is listed before what is inside its value, as in the text.
        entry = Entry(key, block, block, mark.index, mark.line)
        self._entries.append(entry)
        entry.value = self._node(next(self._events) if block.mapping else event)
        if isinstance(entry.value, Block):
            entry.value.owner = entry
        block.entries.append(entry)

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        style = event.style if event.style and not event.implicit[0] else ""
        scalar = Scalar(event.value, style, start.index, end.index, end.line > start.line)
        self._scalars.append(scalar)
        return scalar
