"""The numbers that rules compare facts with, and where each is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sconto.rulebook.documents.base import ConditionDoc, Model
from sconto.rulebook.documents.quantities import is_decimal
from sconto.rulebook.findings import DocPath, Source
from sconto.rulebook.read.library import Located

_NUMBERS = {
    "equal": "is", "unequal": "is_not", "among": "in", "not_among": "not_in",
    "at_least": "at_least", "at_most": "at_most", "more_than": "more_than",
    "less_than": "less_than", "between": "between",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """A number as a rule file writes it, compared with *fact*; *path* leads to it."""

    fact: str
    number: Decimal
    source: Source
    path: DocPath


def compared_in(documents: Sequence[Located]) -> Iterator[Compared]:
    """Every number that a condition anywhere in *documents* compares a fact with."""
    for located in documents:
        for doc, path in _conditions(located.doc, ()):
            for name, key in _NUMBERS.items():
                yield from _of(doc, getattr(doc, name), located.source, (*path, key))


def _of(doc: ConditionDoc, value: Any, source: Source, path: DocPath) -> Iterator[Compared]:
    listed = isinstance(value, list)
    for i, item in enumerate(value if listed else [value]):
        number = _number(item)
        if number is not None and doc.fact is not None:
            yield Compared(doc.fact, number, source, (*path, i) if listed else path)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(value) if is_decimal(value) else None


def _conditions(value: Any, path: DocPath) -> Iterator[tuple[ConditionDoc, DocPath]]:
    if isinstance(value, ConditionDoc) and value.fact is not None:
        yield value, path
    elif isinstance(value, Model):
        for name in type(value).model_fields:
            yield from _conditions(getattr(value, name), (*path, name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _conditions(item, (*path, i))
