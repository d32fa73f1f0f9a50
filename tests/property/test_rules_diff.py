"""The diff of rules: nothing that changes the digest goes untold, and nothing else is told."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.canonical import canonical, parse
from sconto.errors import InvalidRules
from sconto.rulebook.diff.compare import differences
from sconto.rulebook.diff.sentences import EFFECT
from sconto.rulebook.edition import Edition, edition_of
from support.editing import BOOKS, edition_of_book

Path = tuple[str | int, ...]


@cache
def _documents(book: str) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = parse(edition_of_book(book).ruleset.documents)
    return documents


@cache
def _kept(book: str) -> Edition:
    return edition_of(edition_of_book(book).ruleset.documents)


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*path, key)
            yield from _leaves(below, (*path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _leaves(below, (*path, place))
        yield path
    else:
        yield path


@cache
def _places() -> tuple[tuple[str, int, Path], ...]:
    """One place for each key of each kind, in some document of some book."""
    found: dict[tuple[Any, ...], tuple[str, int, Path]] = {}
    for book in BOOKS:
        for number, document in enumerate(_documents(book)):
            for path in _leaves(document):
                named = tuple(step for step in path if isinstance(step, str))
                if named and named[0] not in {"kind", "id"}:
                    found.setdefault((document["kind"], *named), (book, number, path))
    return tuple(found.values())


def _another(value: Any, random: Random) -> Any:
    """A value that may stand where *value* does; None takes the key away."""
    match value:
        case bool():
            return not value
        case int():
            return value + random.choice((-1, 1, 7))
        case list():
            return value[:-1] or None
        case dict():
            return None
        case _:
            return _text(str(value), random)


def _text(text: str, random: Random) -> str:
    if text.endswith("%"):
        return f"{random.randint(1, 40)} %"
    if text.replace(".", "", 1).isdigit():
        return f"{int(text.partition('.')[0]) + 1}.00"
    if len(text) == 10 and text[4] == "-":
        return random.choice(("2026-12-01", "2027-12-31"))
    others = ("campaign", "day", "down", "largest", "list_price", "sum", "review", "2 hours")
    return random.choice((f"{text}x", "CHEESE", *others))


def _edited(document: dict[str, Any], path: Path, random: Random) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    value = _another(node[path[-1]], random)
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


def told_of(place: tuple[str, int, Path], random: Random) -> bool | None:
    """Whether an edit of *place* is told; None when it makes no ruleset, or the same one."""
    book, number, path = place
    documents = list(_documents(book))
    documents[number] = _edited(documents[number], path, random)
    try:
        after = edition_of(canonical(documents))
    except InvalidRules:
        return None
    before = _kept(book)
    if before.ruleset.digest == after.ruleset.digest:
        return None
    kind, name = documents[number]["kind"], documents[number].get("id", documents[number]["kind"])
    said = differences(before, after).sentences
    assert all(s.sentence.endswith(".") and s.file for s in said)
    return any((s.kind, s.id) == (kind, name) and s.kind != EFFECT for s in said)


@settings(max_examples=60, deadline=None)
@given(number=st.integers(0, 10_000), seed=st.integers(0, 2**32 - 1))
def test_an_edit_that_matters_is_told_of_its_document(number: int, seed: int) -> None:
    """One key of one document is another: at least one sentence names that document."""
    places = _places()

    assert told_of(places[number % len(places)], Random(seed)) is not False


def test_a_rulebook_is_no_other_than_itself() -> None:
    """From files or from what a log keeps, it has the same digest and nothing to tell."""
    for book in BOOKS:
        found = differences(edition_of_book(book), _kept(book))
        assert (found.before, found.sentences) == (found.after, ())
