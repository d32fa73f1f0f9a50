"""What a document's keys ask of each other, as JSON Schema says it: for editors.

The loader checks the same in `check/`, with messages of its own; a test compares the two.
"""

from __future__ import annotations

from typing import Any, Final

GROUPS: Final = ("all", "any", "none")
"""The keys of a condition that join others."""


def exactly_one(*keys: str) -> dict[str, Any]:
    """Exactly one of *keys* is given."""
    return {"oneOf": [{"required": [key]} for key in keys]}


def at_least_one(*keys: str) -> dict[str, Any]:
    """At least one of *keys* is given."""
    return {"anyOf": [{"required": [key]} for key in keys]}


def never_both(first: str, *others: str) -> dict[str, Any]:
    """*first* is not given together with any of *others*."""
    return {"not": {"anyOf": [{"required": [first, other]} for other in others]}}


def only_with(key: str, value: str, belongs: str, *, always: bool) -> dict[str, Any]:
    """*belongs* is given only where *key* is *value*, and there *always* when it says so."""
    return {
        "if": {"properties": {key: {"const": value}}},
        "then": {"required": [belongs]} if always else {},
        "else": {"not": {"required": [belongs]}},
    }


CONDITION: Final[dict[str, Any]] = {
    "oneOf": [
        *({"required": [group], "maxProperties": 1} for group in GROUPS),
        {"required": ["fact"], "minProperties": 2, "maxProperties": 2},
    ]
}
"""A condition joins others, or compares one fact in one way."""
