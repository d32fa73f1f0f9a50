"""What a ruleset would change, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sconto.domain.canonical import parse


def changes(old: bytes, new: bytes) -> Iterator[str]:
    """One line for every rule that *new* documents add, drop or change; none if nothing does."""
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"adds     {name}"
        elif name not in after:
            yield f"drops    {name}"
        elif before[name] != after[name]:
            yield f"changes  {name}: {', '.join(_keys(before[name], after[name]))}"


def _by_name(documents: bytes) -> Mapping[str, Mapping[str, Any]]:
    return {f"{d['kind']} {d.get('id', '')}".strip(): d for d in parse(documents)}


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """The keys that differ, with both values where they are single."""
    for key in sorted(before.keys() | after.keys()):
        was, becomes = before.get(key), after.get(key)
        if was != becomes:
            single = not isinstance(was, dict | list) and not isinstance(becomes, dict | list)
            yield f"`{key}` from `{was}` to `{becomes}`" if single else f"`{key}`"
