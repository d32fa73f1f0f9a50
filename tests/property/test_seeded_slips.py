"""A slip seeded anywhere in a shipped rulebook is named at its very place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sconto.errors import RuleFinding
from sconto.rulebook.check.spelling import check_legal_spelling
from sconto.rulebook.compared_texts import GIVEN, Compared, compared_texts
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.lint.spelling import LONG, check_spelling
from sconto.rulebook.lint.subject import Subject
from sconto.rulebook.lint.unused import check_used
from sconto.rulebook.look_alikes import LATIN_LOOK_ALIKES
from sconto.rulebook.read.document import read_document
from sconto.rulebook.read.folder import parsed_file
from sconto.rulebook.read.strict_yaml import parse_yaml
from support.editing import BOOKS, RULES, edition_of_book

UNSEEN: Final = "\u200b\u2060\u00ad\u202e\u2066\ufeff\u3164\u2800\U000e0041\ue000"
"""Each of them misleads in the middle of a word of Latin letters."""
LOOK_ALIKES: Final = {latin: other for other, latin in LATIN_LOOK_ALIKES.items()}


@cache
def _files(book: str) -> tuple[Path, ...]:
    return tuple(sorted((RULES / book).rglob("*.yaml")))


@cache
def _texts(file: Path) -> tuple[tuple[DocPath, str], ...]:
    """The texts of *file* that stand in it letter by letter, with the paths to them."""
    parsed = parse_yaml(file.read_bytes(), str(file))
    return tuple(
        (path, text)
        for path, text in _scalars(parsed.value, ())
        if _written(parsed.source, path, text) is not None
    )


def _scalars(value: Any, path: DocPath) -> Iterator[tuple[DocPath, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _scalars(item, (*path, step))


def _written(source: Source, path: DocPath, text: str) -> int | None:
    """The column, from 0, of *text* in its line; None where it isn't written letter by letter."""
    at = source.at(path)
    line = source.lines[at.line - 1]
    quoted = line[at.col - 1 : at.col] in {'"', "'"}
    start = at.col - (0 if quoted else 1)
    return start if len(text) > 2 and line.startswith(text, start) else None


@st.composite
def places(draw: st.DrawFn) -> tuple[Path, Source, DocPath, str]:
    """A text of a shipped rulebook, and where it stands."""
    file = draw(st.sampled_from(_files(draw(st.sampled_from(BOOKS)))))
    path, text = draw(st.sampled_from(_texts(file)))
    return file, parse_yaml(file.read_bytes(), str(file)).source, path, text


def _with(source: Source, path: DocPath, text: str, new: str) -> bytes:
    """The file of *source* with *new* in place of *text* at *path*."""
    lines, at = list(source.lines), source.at(path)
    start = _written(source, path, text)
    assert start is not None
    line = lines[at.line - 1]
    lines[at.line - 1] = line[:start] + new + line[start + len(text) :]
    return "\n".join(lines).encode()


def _start(source: Source, path: DocPath, text: str) -> tuple[int, int]:
    start = _written(source, path, text)
    assert start is not None
    return source.at(path).line, start + 1


@settings(deadline=None, max_examples=60)
@given(place=places(), data=st.data())
def test_a_character_that_nobody_sees_is_named_at_its_place(
    place: tuple[Path, Source, DocPath, str], data: st.DataObject
) -> None:
    """Wherever it stands in a text of a rule or a test."""
    _, source, path, text = place
    at = data.draw(st.integers(1, len(text) - 1))
    raw = _with(source, path, text, text[:at] + data.draw(st.sampled_from(UNSEEN)) + text[at:])
    line, column = _start(source, path, text)
    found = parse_yaml(raw, "f.yaml").findings
    assert [("YML-015", line, column + at)] == [(f.code, f.line, f.col) for f in found]


@settings(deadline=None, max_examples=60)
@given(place=places(), data=st.data())
def test_an_accent_apart_from_its_letter_is_named_at_its_place(
    place: tuple[Path, Source, DocPath, str], data: st.DataObject
) -> None:
    """Programs that compose it read another text."""
    _, source, path, text = place
    vowels = [m.start() for m in re.finditer("[aeiouAEIOU]", text)]
    assume(vowels)
    at = data.draw(st.sampled_from(vowels))
    raw = _with(source, path, text, f"{text[: at + 1]}\u0301{text[at + 1 :]}")
    line, column = _start(source, path, text)
    found = parse_yaml(raw, "f.yaml").findings
    assert [("YML-016", line, column + at)] == [(f.code, f.line, f.col) for f in found]


@settings(deadline=None, max_examples=60)
@given(place=places(), data=st.data())
def test_a_letter_of_another_alphabet_is_named_at_its_place(
    place: tuple[Path, Source, DocPath, str], data: st.DataObject
) -> None:
    """A Cyrillic letter in a word of Latin ones is found in every text."""
    _, source, path, text = place
    words = re.finditer(r"[A-Za-z]{3,}", text)
    letters = [i for w in words for i in range(*w.span()) if text[i] in LOOK_ALIKES]
    assume(letters)
    at = data.draw(st.sampled_from(letters))
    raw = _with(source, path, text, text[:at] + LOOK_ALIKES[text[at]] + text[at + 1 :])
    line, column = _start(source, path, text)
    found = parse_yaml(raw, "f.yaml").findings
    assert [("YML-016", line, column + at)] == [(f.code, f.line, f.col) for f in found]


@cache
def _listed(book: str) -> tuple[tuple[Path, Source, DocPath, str], ...]:
    """Texts of lists in brackets that must name each thing once."""
    found = []
    for file in _files(book):
        parsed = parse_yaml(file.read_bytes(), str(file))
        for path, text in _texts(file):
            once = {"categories", "budgets", "offers", "channels", "values", "in", "jurisdictions"}
            line = parsed.source.lines[parsed.source.at(path).line - 1]
            if isinstance(path[-1], int) and path[-2] in once and "[" in line:
                found.append((file, parsed.source, path, text))
    return tuple(found)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_thing_named_twice_is_named_at_its_second_place(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    """In every list of things, whatever they are."""
    book = data.draw(st.sampled_from(BOOKS))
    _, source, path, text = data.draw(st.sampled_from(_listed(book)))
    line, column = _start(source, path, text)
    file = tmp_path_factory.mktemp("twice") / "f.yaml"
    quoted = source.lines[line - 1][column - 2] in {'"', "'"}
    between = '", "' if quoted else ", "
    file.write_bytes(_with(source, path, text, f"{text}{between}{text}"))
    report = Report()
    parsed_file(file, report)
    second = column + len(text) + len(between) - quoted
    assert [("SCH-007", line, second)] == [(f.code, f.line, f.col) for f in report.findings]


@cache
def _compared(book: str) -> tuple[Compared, ...]:
    """The texts of goods that at least three places of *book* spell alike, in rules."""
    documents = [(d.doc, d.source) for d in edition_of_book(book).documents]
    texts = [t for t in compared_texts(documents) if t.fact in GIVEN]
    uses = [(t.fact, t.text) for t in texts]
    return tuple(
        t
        for t in texts
        if uses.count((t.fact, t.text)) >= 3 and _written(t.source, t.path, t.text) is not None
    )


def _slips(text: str) -> list[str]:
    """What *text* may become by one slip that nobody meant."""
    found = [text.swapcase(), text.title(), text[:1].lower() + text[1:], f"{text[0]}-{text[1:]}"]
    found.append(text.replace(" ", ""))
    for word in re.finditer(rf"(?<![^\s_-])[A-Z]{{{LONG + 1},}}(?![^\s_-])", text):
        at = word.start() + 2
        found += [text[:at] + text[at + 1 :], text[:at] + "Q" + text[at + 1 :]]
        found.append(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
    return [slip for slip in found if slip != text]


def _findings(book: str, file: str, raw: bytes) -> tuple[RuleFinding, ...]:
    """What is said about the spelling of *book* with *raw* as its *file*."""
    edition, report = edition_of_book(book), Report()
    read = read_document(*_read(raw, file), report)
    assert read is not None
    documents = [read if d.source.file == file else d for d in edition.documents]
    check_legal_spelling(documents, report)
    check_spelling(Subject(edition.ruleset, documents, date(2026, 11, 25), report))
    return report.findings


def _read(raw: bytes, file: str) -> tuple[Any, Source]:
    parsed = parse_yaml(raw, file)
    return parsed.value, parsed.source


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_a_slip_in_a_known_text_is_named_at_its_place(data: st.DataObject) -> None:
    """Case, spaces, hyphens and single letters, in any rule that names goods."""
    book = data.draw(st.sampled_from([b for b in BOOKS if _compared(b)]))
    text = data.draw(st.sampled_from(_compared(book)))
    slip = data.draw(st.sampled_from(_slips(text.text)))
    raw = _with(text.source, text.path, text.text, slip)
    found = _findings(book, text.source.file, raw)
    line, column = text.source.at(text.path).line, text.source.at(text.path).col
    assert (text.source.file, line, column) in {
        (f.file, f.line, f.col) for f in found if f.code in {"SEM-020", "LAW-006"}
    }, (text.text, slip, found)


def test_the_rulebooks_as_they_are_spell_everything_alike() -> None:
    """Without a slip nothing is said."""
    for book in BOOKS:
        document = edition_of_book(book).documents[0]
        raw = Path(document.source.file).read_bytes()
        assert _findings(book, document.source.file, raw) == ()


@pytest.mark.parametrize("book", BOOKS)
def test_what_no_rule_names_is_named_where_it_is_defined(book: str) -> None:
    """A copy of every segment, signal and budget under another id has no user."""
    edition = edition_of_book(book)
    for located in edition.documents:
        if located.doc.kind in {"segment", "signal", "budget"}:
            lines = [
                "id: named-by-nobody" if line.startswith("id: ") else line
                for line in located.source.lines
            ]
            report = Report()
            copy = read_document(*_read("\n".join(lines).encode(), "copy.yaml"), report)
            assert copy is not None
            documents = [*edition.documents, copy]
            check_used(Subject(edition.ruleset, documents, date(2026, 11, 25), report))
            found = [(f.file, f.line, f.col, f.code) for f in report.findings]
            assert [("copy.yaml", lines.index("id: named-by-nobody") + 1, 5, "SEM-022")] == found
