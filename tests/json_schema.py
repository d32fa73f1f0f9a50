"""A validator for the part of JSON Schema 2020-12 that the schema of rule files uses.

No validator is among the libraries of this project; a keyword that this one doesn't know fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
}
_SAYINGS = {
    "$schema", "$defs", "title", "description", "examples", "default", "enumDescriptions",
}  # fmt: skip


def errors(schema: dict[str, Any], value: Any) -> list[str]:
    """Where *value* does not fit *schema*; nothing when it does."""
    return list(_errors(schema, value, schema.get("$defs", {}), "$"))


def _errors(schema: Any, value: Any, defs: dict[str, Any], at: str) -> Iterator[str]:
    if isinstance(schema, bool):
        if not schema:
            yield f"{at}: nothing fits"
        return
    for keyword, wanted in schema.items():
        if keyword not in _SAYINGS:
            yield from _KEYWORDS[keyword](schema, wanted, value, defs, at)


def _fits(schema: Any, value: Any, defs: dict[str, Any]) -> bool:
    return not any(_errors(schema, value, defs, ""))


def _unless(holds: bool, said: str) -> Iterator[str]:
    if not holds:
        yield said


def _properties(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in wanted:
            yield from _errors(wanted[key], inner, defs, f"{at}.{key}")


def _patterns(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        for pattern, below in wanted.items():
            if re.search(pattern, key):
                yield from _errors(below, inner, defs, f"{at}.{key}")


def _additional(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        named = key in schema.get("properties", {})
        if not named and not any(re.search(p, key) for p in schema.get("patternProperties", {})):
            yield from _errors(wanted, inner, defs, f"{at}.{key}")


def _names(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        yield from _errors(wanted, key, defs, f"{at}[{key}]")


def _items(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for i, inner in enumerate(value if isinstance(value, list) else ()):
        yield from _errors(wanted, inner, defs, f"{at}[{i}]")


def _required(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    missing = [key for key in wanted if key not in value] if isinstance(value, dict) else []
    yield from _unless(not missing, f"{at}: lacks {missing}")


def _dependent(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    for key, needed in wanted.items():
        if isinstance(value, dict) and key in value:
            yield from _required(schema, needed, value, defs, at)


def _branch(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    branch = "then" if _fits(wanted, value, defs) else "else"
    yield from _errors(schema.get(branch, {}), value, defs, at)


def _date(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
    try:
        date.fromisoformat(value)
    except ValueError:
        yield f"{at}: {value} is no {wanted}"


def _size(kind: type, holds: Callable[[int, int], bool]) -> Any:
    def check(schema: Any, wanted: int, value: Any, defs: Any, at: str) -> Iterator[str]:
        measured = len(value) if isinstance(value, dict | list | str) else value
        of_kind = isinstance(value, kind) and not isinstance(value, bool)
        yield from _unless(not of_kind or holds(measured, wanted), f"{at}: {wanted}")

    return check


def _test(holds: Callable[[Any, Any, Any], bool]) -> Any:
    def check(schema: Any, wanted: Any, value: Any, defs: Any, at: str) -> Iterator[str]:
        yield from _unless(
            holds(wanted, value, defs), f"{at}: {value!r:.60} against {wanted!r:.60}"
        )

    return check


_KEYWORDS: dict[str, Any] = {
    "$ref": lambda s, w, v, d, at: _errors(d[w.rpartition("/")[2]], v, d, at),
    "properties": _properties, "patternProperties": _patterns, "additionalProperties": _additional,
    "propertyNames": _names, "items": _items, "required": _required,
    "dependentRequired": _dependent, "if": _branch, "then": _test(lambda w, v, d: True),
    "else": _test(lambda w, v, d: True), "format": _date,
    "type": _test(lambda w, v, d: _TYPES[w](v)),
    "const": _test(lambda w, v, d: v == w and type(v) is type(w)),
    "enum": _test(lambda w, v, d: v in w),
    "pattern": _test(lambda w, v, d: not isinstance(v, str) or re.search(w, v) is not None),
    "anyOf": _test(lambda w, v, d: any(_fits(s, v, d) for s in w)),
    "oneOf": _test(lambda w, v, d: sum(_fits(s, v, d) for s in w) == 1),
    "allOf": _test(lambda w, v, d: all(_fits(s, v, d) for s in w)),
    "not": _test(lambda w, v, d: not _fits(w, v, d)),
    "minLength": _size(str, lambda n, w: n >= w), "maxLength": _size(str, lambda n, w: n <= w),
    "minItems": _size(list, lambda n, w: n >= w), "maxItems": _size(list, lambda n, w: n <= w),
    "uniqueItems": _test(lambda w, v, d: len({(type(i), i) for i in v}) == len(v)),
    "minProperties": _size(dict, lambda n, w: n >= w),
    "maxProperties": _size(dict, lambda n, w: n <= w),
    "minimum": _size(int, lambda n, w: n >= w), "maximum": _size(int, lambda n, w: n <= w),
}  # fmt: skip
