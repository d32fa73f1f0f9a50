"""The texts that are compared with facts anywhere in rules and their tests, with their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sconto.rulebook.compile.conditions import comparison_of, comparisons_in
from sconto.rulebook.documents.base import ConditionDoc, Model, ScopeDoc, parts_of
from sconto.rulebook.documents.cases import LineDoc, ShopperDoc
from sconto.rulebook.documents.packs import ExampleDoc
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


def compared_texts(documents: Sequence[tuple[Model, Source]]) -> Iterator[Compared]:
    """Every text that rules, tests or worked examples among *documents* compare with a fact."""
    texts = GIVEN | {
        str(path[-1])
        for doc, _ in documents
        for path, fact in parts_of(FactDoc, doc, ())
        if fact.type == "text"
    }
    for found in _strings(documents):
        if found.fact in texts:
            yield found


def _strings(documents: Sequence[tuple[Model, Source]]) -> Iterator[Compared]:
    for doc, source in documents:
        for path, scope in parts_of(ScopeDoc, doc, ()):
            yield from _of_scope(scope, source, path)
        for path, condition in parts_of(ConditionDoc, doc, ()):
            yield from _of_condition(condition, source, path)
        for path, fact in parts_of(FactDoc, doc, ()):
            for i, text in enumerate(fact.values or ()):
                at = (*path, "values", i)
                yield Compared(str(path[-1]), text, source, at, declared=True)
        yield from _of_tests(doc, source)


def _of_tests(doc: Model, source: Source) -> Iterator[Compared]:
    for path, line in parts_of(LineDoc, doc, ()):
        for key, name in _OF_LINES.items():
            yield from _seen({name: getattr(line, key)}, source, path, key)
        yield from _seen(line.facts, source, (*path, "facts"))
    for path, shopper in parts_of(ShopperDoc, doc, ()):
        yield from _seen(shopper.facts, source, (*path, "facts"))
    for path, example in parts_of(ExampleDoc, doc, ()):
        yield from _seen(example.line.facts, source, (*path, "line", "facts"))
        yield from _seen(example.shopper, source, (*path, "shopper"))


def _of_scope(scope: ScopeDoc, source: Source, path: DocPath) -> Iterator[Compared]:
    for key, fact in _OF_SCOPES.items():
        for i, text in enumerate(getattr(scope, key) or ()):
            yield Compared(fact, text, source, (*path, key, i))


def _of_condition(condition: ConditionDoc, source: Source, path: DocPath) -> Iterator[Compared]:
    for doc, at in comparisons_in(condition, path):
        key, value = comparison_of(doc)
        listed = isinstance(value, list)
        for i, text in enumerate(value if listed else [value]):
            if isinstance(text, str) and doc.fact is not None:
                yield Compared(doc.fact, text, source, (*at, key, i) if listed else (*at, key))


def _seen(
    facts: Mapping[str, Any], source: Source, path: DocPath, key: str | None = None
) -> Iterator[Compared]:
    for fact, text in facts.items():
        if isinstance(text, str):
            yield Compared(fact, text, source, (*path, key or fact), seen=True)
