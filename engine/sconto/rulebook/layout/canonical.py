"""From the bytes of a file to its canonical text, or to the findings that stand against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pydantic import BaseModel

from sconto.errors import RuleFinding
from sconto.rulebook.documents import MODELS
from sconto.rulebook.findings import DocPath, Report
from sconto.rulebook.layout.comments import attach_comments
from sconto.rulebook.layout.tree import Block, Tree, read_tree
from sconto.rulebook.layout.write import Order, lines_of
from sconto.rulebook.read.document import read_as
from sconto.rulebook.read.keys import keys_at
from sconto.rulebook.read.strict_yaml import parse_yaml

_MODELINE: Final = re.compile(r"#\s*yaml-language-server:\s*\$schema\s*=")
MODELINE: Final = "# yaml-language-server: $schema="
"""What the first line of a rule file starts with; the path of the schema follows."""


Models = Mapping[str, type[BaseModel]]
"""Documents by kind."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The canonical *text* of a file; None when *findings* stand against it."""

    text: str | None
    findings: tuple[RuleFinding, ...] = ()


class MeaningChanged(Exception):
    """The canonical text would not say the same; a fault of ours, and nothing is written."""


def canonical(raw: bytes, file: str, schema: str | None, models: Models) -> Layout:
    """The canonical layout of *raw*; *file* is the name that findings carry.

    *schema* is where the JSON Schema is, seen from the file, when there is one. *models* are the
    documents that it may hold, by kind; without any, every mapping is good. The keys of rules are
    sorted; the order of a test is left to its author.
    """
    parsed = parse_yaml(raw, file, readable=False)
    report = Report()
    report.extend(parsed.findings)
    if models and not parsed.findings:
        read_as(parsed.value, models, parsed.source, report)
    if report.findings or not parsed.value:
        return Layout(None if report.findings else raw.decode("utf-8-sig"), report.findings)
    source = raw.decode("utf-8-sig")
    tree = commented_tree(source)
    before = _comments(tree)
    order = _order(MODELS.get(str(parsed.value.get("kind"))))
    text = "\n".join([*_header(tree, schema), *lines_of(tree.root, order)]).rstrip("\n") + "\n"
    _same(parsed.value, before, text)
    return Layout(text)


def commented_tree(text: str) -> Tree:
    """The tree of *text*, in which every comment has its place."""
    tree = read_tree(text)
    attach_comments(tree, text)
    return tree


def _header(tree: Tree, schema: str | None) -> list[str]:
    """The lines before the first key, the one that names the schema first."""
    own = [line for line in tree.header if _MODELINE.match(line)][:1]
    if schema is not None:
        own = [MODELINE + schema]
    header = list(own)
    for line in tree.header:
        if not _MODELINE.match(line) and (line or (header and header[-1])):
            header.append(line)
    return header


def _order(model: type[BaseModel] | None) -> Order:
    return partial(keys_at, model) if model is not None else _as_given


def _as_given(_: DocPath) -> list[str]:
    return []


def _comments(tree: Tree) -> Counter[str]:
    """The text of every comment but those that name the schema."""
    found = list(tree.header)
    blocks = [tree.root]
    while blocks:
        block = blocks.pop()
        found += block.below
        for entry in block.entries:
            found += [*entry.above, entry.beside]
            if isinstance(entry.value, Block):
                blocks.append(entry.value)
    return Counter(line for line in found if line and not _MODELINE.match(line))


def _same(value: Any, comments: Counter[str], text: str) -> None:
    """Read the canonical *text* again; raises when it lost or changed anything."""
    again = parse_yaml(text.encode(), "", readable=False)
    if again.findings or again.value != value or _comments(commented_tree(text)) != comments:
        raise MeaningChanged(text[:200])
