"""Scopes told in words, and which goods came in or went out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sconto.rulebook.diff.said import came_and_went, several

_NOUNS: Final = {
    "departments": "department",
    "categories": "category",
    "brands": "brand",
    "products": "product",
    "classes": "class of goods",
}
_LEFT_OUT: Final = {"exclude_departments": "department", "exclude_categories": "category"}


def scope_words(scope: dict[str, Any] | None) -> str:
    """Which lines a scope is about."""
    if not scope:
        return "every line"
    parts = [_several(noun, scope[key]) for key, noun in _NOUNS.items() if scope.get(key)]
    left = [_several(noun, scope[key]) for key, noun in _LEFT_OUT.items() if scope.get(key)]
    words = " with ".join(parts) or "every line"
    return f"{words} without {' and '.join(left)}" if left else words


def scope_changes(verb: str, before: Any, after: Any) -> Iterator[str]:
    """What *verb* (it `covers`, it `protects`) is true of now, and was not before."""
    old, new = before or {}, after or {}
    for key, noun in _NOUNS.items():
        yield from _selector(verb, noun, old.get(key), new.get(key))
    for key, noun in _LEFT_OUT.items():
        came, went = came_and_went(old.get(key) or (), new.get(key) or ())
        if came:
            yield f"leaves out {_several(noun, came)} now: it {verb} less"
        if went:
            yield f"no longer leaves out {_several(noun, went)}: it {verb} more"


def _selector(verb: str, noun: str, before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if not before:
        yield f"{verb} only {_several(noun, after)} now: it {verb} less"
    elif not after:
        yield f"is no longer limited to {_several(noun, before)}: it {verb} more"
    else:
        came, went = came_and_went(before, after)
        if came:
            yield f"{verb} {_several(noun, came)} too"
        if went:
            yield f"no longer {verb} {_several(noun, went)}"


def _several(noun: str, values: list[str]) -> str:
    if noun == "class of goods":
        return several(noun, values) if len(values) == 1 else several("goods classe", values)
    return several(noun, values)
