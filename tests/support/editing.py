"""Edited copies of the starter rulebooks, compared with the originals."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from sconto.rulebook.compile.ruleset import compile_documents
from sconto.rulebook.diff.compare import Diff, differences
from sconto.rulebook.edition import Edition, edition_in
from sconto.rulebook.findings import Report
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.strict_yaml import parse_yaml

RULES: Final = Path(__file__).parents[2] / "rules"
BOOKS: Final = ("ecommerce", "finance", "retail", "travel")

Edits = Mapping[str, tuple[str, str] | str | None]
"""By file below the rulebook's parent: what to replace by what, a whole new text, or None for a
file to be removed."""


@cache
def edition_of_book(book: str) -> Edition:
    """The starter rulebook *book* as it stands."""
    return edition_in(RULES / book)


def edited(book: str, edits: Edits, place: Path) -> Path:
    """A copy of *book* below *place*, with the legal packs beside it, after *edits*."""
    for folder in ("legal", book):
        shutil.copytree(RULES / folder, place / folder)
    for name, edit in edits.items():
        path = place / name
        if edit is None:
            path.unlink()
        elif isinstance(edit, str):
            path.parent.mkdir(exist_ok=True)
            path.write_text(edit)
        else:
            path.write_text(_replaced(str(path), *edit))
    return place / book


def diff_of(book: str, edits: Edits) -> Diff:
    """What *edits* of *book* mean; only the edited files are read again."""
    before, report = edition_of_book(book), Report()
    documents = {d.source.file: d for d in before.documents}
    for name, edit in edits.items():
        path = str(RULES / name)
        old = documents.pop(path, None)
        if edit is None:
            continue
        text = edit if isinstance(edit, str) else _replaced(path, *edit)
        parsed = parse_yaml(text.encode(), path)
        read = read_document(parsed.value, parsed.source, report)
        assert read is not None, (old, parsed.findings, report.errors)
        documents[path] = read
    ruleset = compile_documents([*documents.values()], {}, book, report)
    assert ruleset is not None, report.errors
    return differences(before, Edition(ruleset, tuple(documents.values())))


def _replaced(path: str, before: str, after: str) -> str:
    text = Path(path).read_text()
    assert before in text, f"{before} is not in {path}"
    return text.replace(before, after, 1)
