"""Scopes of documents as the domain holds them, with goods classes resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sconto.domain.scope import Scope
from sconto.rulebook.documents.base import ScopeDoc
from sconto.rulebook.documents.shop import ClassesDoc

NO_GOODS: Final = Scope(categories=frozenset({""}), exclude_categories=frozenset({""}))
"""Covers no line: what a class is of which the shop says that it sells none."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """Compiles scopes, given what the shop's goods classes are."""

    known: Mapping[str, Scope]

    def of(self, doc: ScopeDoc) -> Scope:
        """The scope that *doc* describes."""
        return _scope(doc, self.in_classes(doc.classes or ()).classes)

    def in_classes(self, names: Iterable[str]) -> Scope:
        """The lines in one of the classes *names*; every line for no names."""
        return Scope(classes=tuple(self.known.get(name, NO_GOODS) for name in sorted(set(names))))


def scopes(doc: ClassesDoc | None) -> Scopes:
    """The compiler of scopes for a shop with the classes of *doc*."""
    goods = {} if doc is None else doc.classes
    return Scopes(
        {
            name: _scope(given, ()) if isinstance(given, ScopeDoc) else NO_GOODS
            for name, given in goods.items()
        }
    )


def _scope(doc: ScopeDoc, classes: tuple[Scope, ...]) -> Scope:
    return Scope(
        departments=frozenset(doc.departments or ()),
        categories=frozenset(doc.categories or ()),
        brands=frozenset(doc.brands or ()),
        products=frozenset(doc.products or ()),
        exclude_departments=frozenset(doc.exclude_departments or ()),
        exclude_categories=frozenset(doc.exclude_categories or ()),
        classes=classes,
    )
