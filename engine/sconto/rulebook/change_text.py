"""What changed between two values of a rule file, as text: lists, scopes and any other value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sconto.domain.wording import listed

_PROSE: Final = re.compile(r"[a-z] [a-z]")
_SELECTORS: Final = {
    "departments": ("department", "departments"),
    "categories": ("category", "categories"),
    "brands": ("brand", "brands"),
    "products": ("product", "products"),
    "classes": ("class of goods", "goods classes"),
}
_EXCLUSIONS: Final = {
    "exclude_departments": ("department", "departments"),
    "exclude_categories": ("category", "categories"),
}


def several(noun: str, values: Iterable[Any]) -> str:
    """A noun, in the plural for more than one, and what it names."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return _named((noun, plural), list(values))


def added_and_removed(before: Iterable[Any], after: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """What is only in *after*, and what is only in *before*, each in its order."""
    old, new = list(before), list(after)
    return [v for v in new if v not in old], [v for v in old if v not in new]


def value_text(value: Any) -> str:
    """A value of a rule file on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return ", ".join(f"{k} {value_text(v)}" for k, v in value.items())
    if isinstance(value, list):
        return listed(value_text(v) for v in value) if value else "nothing"
    return f"“{value}”" if isinstance(value, str) and _PROSE.search(value) else str(value)


def value_changes(name: str, before: Any, after: Any) -> Iterator[str]:
    """What changed in the value called *name*, down to its single parts, as predicates."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(k for k in before if k not in after)]:
            if before.get(key) != after.get(key):
                yield from value_changes(f"{name}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(name, before, after)
    elif before is None:
        yield f"has `{name}` now: {value_text(after)}"
    elif after is None:
        yield f"has no `{name}` any more, it was {value_text(before)}"
    else:
        yield f"has `{name}` {value_text(after)}, was {value_text(before)}"


def _list_changes(name: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    added, removed = added_and_removed(before, after)
    if added and removed and len(before) == len(after) and isinstance(before[0], dict):
        for place, (old, new) in enumerate(zip(before, after, strict=True), 1):
            if old != new:
                yield from value_changes(f"{name} {place}", old, new)
        return
    if added:
        yield f"has in `{name}` now {value_text(added)}"
    if removed:
        yield f"no longer has in `{name}` {value_text(removed)}"
    if not added and not removed:
        yield f"lists the same in `{name}` in another order or number, which changes nothing"


def scope_text(scope: dict[str, Any] | None) -> str:
    """Which lines a scope is about."""
    given = scope or {}
    parts = [_named(nouns, given[key]) for key, nouns in _SELECTORS.items() if given.get(key)]
    left = [_named(nouns, given[key]) for key, nouns in _EXCLUSIONS.items() if given.get(key)]
    text = " with ".join(parts) or "every line"
    return f"{text} without {' and '.join(left)}" if left else text


def scope_changes(verb: str, before: Any, after: Any) -> Iterator[str]:
    """What *verb* (it `covers`, it `protects`) is true of now, and was not before."""
    old, new = before or {}, after or {}
    for key, nouns in _SELECTORS.items():
        yield from _selector_changes(verb, nouns, old.get(key), new.get(key))
    for key, nouns in _EXCLUSIONS.items():
        added, removed = added_and_removed(old.get(key) or (), new.get(key) or ())
        if added:
            yield f"leaves out {_named(nouns, added)} now: it {verb} less"
        if removed:
            yield f"no longer leaves out {_named(nouns, removed)}: it {verb} more"


def _selector_changes(verb: str, nouns: tuple[str, str], before: Any, after: Any) -> Iterator[str]:
    if before == after:
        return
    if not before:
        yield f"{verb} only {_named(nouns, after)} now: it {verb} less"
    elif not after:
        yield f"is no longer limited to {_named(nouns, before)}: it {verb} more"
    else:
        added, removed = added_and_removed(before, after)
        if added:
            yield f"{verb} {_named(nouns, added)} too"
        if removed:
            yield f"no longer {verb} {_named(nouns, removed)}"


def _named(nouns: tuple[str, str], values: list[Any]) -> str:
    return f"{nouns[len(values) > 1]} {listed(str(v) for v in values)}"
