"""Edited copies of the starter rulebooks, compared with the originals."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from sconto.rulebook.diff.compare import Diff, differences
from sconto.rulebook.edition import Edition, edition_in

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
            path.write_text(edit)
        else:
            before = path.read_text()
            assert edit[0] in before, f"{edit[0]} is not in {name}"
            path.write_text(before.replace(*edit, 1))
    return place / book


def diff_of(book: str, edits: Edits, place: Path) -> Diff:
    """What *edits* of *book* mean."""
    return differences(edition_of_book(book), edition_in(edited(book, edits, place)))
