"""Writes a tree in the canonical layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from sconto.rulebook.findings import DocPath
from sconto.rulebook.layout.scalars import WIDTH, Place, scalar_text, several_lines
from sconto.rulebook.layout.tree import Block, Entry, Scalar

Order = Callable[[DocPath], list[str]]
"""The canonical order of the keys at a place; keys that it doesn't name stay behind them."""

_STEP = 2


def lines_of(root: Block, order: Order) -> list[str]:
    """The lines of *root*, which is the mapping of a whole file."""
    _sort(root, (), order)
    _hoist(root, 0)
    return _block(root, 0)


def entry_lines(entry: Entry, indent: int) -> list[str]:
    """The lines of *entry*, the comments before it left out."""
    if isinstance(entry.value, Block):
        _hoist(entry.value, indent + _STEP)
    return _written(entry, indent)


def _sort(block: Block, path: DocPath, order: Order) -> None:
    """Put the keys of every mapping in order."""
    if block.mapping:
        ranks = {key: rank for rank, key in enumerate(order(path))}
        block.entries.sort(key=lambda e: ranks.get(_name(e), len(ranks)))
    for i, entry in enumerate(block.entries):
        if isinstance(entry.value, Block):
            _sort(entry.value, (*path, _name(entry) if block.mapping else i), order)


def _name(entry: Entry) -> str:
    return entry.key.text if entry.key else ""


def _hoist(block: Block, indent: int) -> None:
    """Move comments that would have no place: on the dash of an item, and in empty brackets."""
    for entry in block.entries:
        value = entry.value
        if not isinstance(value, Block):
            continue
        _hoist(value, indent + _STEP)
        if not value.entries:
            entry.above += value.below
            value.below = []
        elif entry.key is None and _short(entry, indent) is None:
            first = value.entries[0]
            entry.above += _shown([entry.beside, *first.above], first=True)
            entry.beside, first.above = "", []


def _block(block: Block, indent: int) -> list[str]:
    lines: list[str] = []
    pad = " " * indent
    for entry in block.entries:
        lines += [pad + line if line else "" for line in _shown(entry.above, first=not lines)]
        lines += _written(entry, indent)
    lines += [pad + line if line else "" for line in _shown(block.below, first=not lines)]
    return lines


def _shown(comments: Iterable[str], *, first: bool) -> list[str]:
    """*comments* with one blank line between them at most, and none where a block starts."""
    shown: list[str] = []
    for line in comments:
        if line or (shown[-1] if shown else not first):
            shown.append(line)
    return shown


def _written(entry: Entry, indent: int) -> list[str]:
    lines = _entry(entry, indent)
    if entry.beside:
        lines[0] += f"  {entry.beside}"
    return lines


def _entry(entry: Entry, indent: int) -> list[str]:
    lead = _lead(entry, indent)
    value = entry.value
    if isinstance(value, Scalar):
        text = several_lines(value, indent + _STEP, WIDTH - len(lead) - 1)
        text = text or [scalar_text(value, "block")]
        return [f"{lead} {text[0]}", *text[1:]]
    short = _short(entry, indent)
    if short is not None:
        return [f"{lead} {short}"]
    inner = _block(value, indent + _STEP)
    if entry.key:
        return [lead, *inner]
    return [lead + inner[0][indent + 1 :], *inner[1:]]


def _lead(entry: Entry, indent: int) -> str:
    return " " * indent + (f"{scalar_text(entry.key, 'key')}:" if entry.key else "-")


def _short(entry: Entry, indent: int) -> str | None:
    """The value of *entry* in brackets, when it can and fits."""
    short = _inline(entry.value) if isinstance(entry.value, Block) else None
    fits = short in {"{}", "[]"} or len(f"{_lead(entry, indent)} {short}") <= WIDTH
    return short if fits else None


def _inline(block: Block) -> str | None:
    """*block* in brackets: a list of single values, or whatever was written so."""
    if not _has_inline_form(block):
        return None
    parts = [_in_brackets(entry) for entry in block.entries]
    if None in parts:
        return None
    text = ", ".join(part for part in parts if part)
    return f"{{{text}}}" if block.mapping else f"[{text}]"


def _in_brackets(entry: Entry) -> str | None:
    place: Place = "flow"
    value = entry.value
    text = scalar_text(value, place) if isinstance(value, Scalar) else _inline(value)
    if text is None or entry.key is None:
        return text
    return f"{scalar_text(entry.key, 'flow key')}: {text}"


def _has_inline_form(block: Block) -> bool:
    """Whether *block* can stand in brackets: it has no comments and no text of several lines."""
    if block.mapping and not block.flow and block.entries:
        return False
    comments = chain(block.below, *(e.above for e in block.entries))
    if any(comments) or any(e.beside for e in block.entries):
        return False
    return all(
        (block.flow and _has_inline_form(e.value))
        if isinstance(e.value, Block)
        else e.value.style not in {"|", ">"} or several_lines(e.value, 0, WIDTH) is None
        for e in block.entries
    )
