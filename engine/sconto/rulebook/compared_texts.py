"""The texts that are compared with facts anywhere in rules and their tests, with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sconto.rulebook.compile.conditions import comparison_of
from sconto.rulebook.documents.base import ConditionDoc, Model, ScopeDoc, models_in
from sconto.rulebook.documents.cases import LineDoc, ShopperDoc
from sconto.rulebook.documents.packs import ExampleDoc, ExampleLineDoc
from sconto.rulebook.documents.shop import FactDoc
from sconto.rulebook.findings import DocPath, Source

_OF_SCOPES: Final = {
    "departments": "line.department", "categories": "line.category", "brands": "line.brand",
    "products": "line.product_id", "exclude_departments": "line.department",
    "exclude_categories": "line.category",
}  # fmt: skip
_OF_LINES: Final = {
    "department": "line.department", "category": "line.category", "brand": "line.brand",
    "product": "line.product_id",
}  # fmt: skip


GIVEN: Final = frozenset(_OF_LINES.values())
"""The facts that are texts without being declared, and whose values no file lists."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A text that *fact* is compared with, or has; *path* leads to it in *source*."""

    fact: str
    text: str
    source: Source
    path: DocPath
    declared: bool = False
    """Whether it is one of the values that `facts.yaml` or a legal pack lists for the fact."""
    seen: bool = False
    """Whether it is what a shopper or a line has in a test."""

    @property
    def place(self) -> str:
        """`file:line:col`."""
        at = self.source.at(self.path)
        return f"{self.source.file}:{at.line}:{at.col}"


def compared_texts(documents: Sequence[tuple[Model, Source]]) -> list[Compared]:
    """Every text that rules, tests or worked examples among *documents* compare with a fact."""
    texts, found = set(GIVEN), list[Compared]()
    for doc, source in documents:
        for path, part in models_in(doc, ()):
            found += _of_part(part, source, path)
            if isinstance(part, FactDoc) and part.type == "text":
                texts.add(str(path[-1]))
    return [compared for compared in found if compared.fact in texts]


def _of_part(part: Model, source: Source, path: DocPath) -> Iterator[Compared]:
    match part:
        case ScopeDoc():
            yield from _of_scope(part, source, path)
        case ConditionDoc():
            yield from _of_condition(part, source, path)
        case FactDoc():
            for i, text in enumerate(part.values or ()):
                at = (*path, "values", i)
                yield Compared(str(path[-1]), text, source, at, declared=True)
        case LineDoc():
            for key, name in _OF_LINES.items():
                yield from _seen({name: getattr(part, key)}, source, path, key)
            yield from _seen(part.facts, source, (*path, "facts"))
        case ShopperDoc() | ExampleLineDoc():
            yield from _seen(part.facts, source, (*path, "facts"))
        case ExampleDoc():
            yield from _seen(part.shopper, source, (*path, "shopper"))


def _of_scope(scope: ScopeDoc, source: Source, path: DocPath) -> Iterator[Compared]:
    for key, fact in _OF_SCOPES.items():
        for i, text in enumerate(getattr(scope, key) or ()):
            yield Compared(fact, text, source, (*path, key, i))


def _of_condition(condition: ConditionDoc, source: Source, path: DocPath) -> Iterator[Compared]:
    if condition.fact is None:
        return
    key, value = comparison_of(condition)
    listed = isinstance(value, list)
    for i, text in enumerate(value if listed else [value]):
        if isinstance(text, str):
            at = (*path, key, i) if listed else (*path, key)
            yield Compared(condition.fact, text, source, at)


def _seen(
    facts: Mapping[str, Any], source: Source, path: DocPath, key: str | None = None
) -> Iterator[Compared]:
    for fact, text in facts.items():
        if isinstance(text, str):
            yield Compared(fact, text, source, (*path, key or fact), seen=True)
