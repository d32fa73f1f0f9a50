"""The keys that a document may have at each of its places, in their canonical order."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from sconto.rulebook.findings import DocPath

_HEAD: Final = ("kind", "id", "name", "owner", "why", "valid_from", "valid_to")
"""What a file says first about itself; all other keys stand in the order of their model."""


def keys_at(model: type[BaseModel], path: DocPath) -> list[str]:
    """The keys that *model* allows at *path*; none where names are free."""
    schema = _schema(model)
    definitions = schema.get("$defs", {})
    node = schema
    for step in path:
        node = _step(_resolve(node, definitions), step)
    keys = _resolve(node, definitions).get("properties", {})
    if path:
        return list(keys)
    return [*(key for key in _HEAD if key in keys), *(key for key in keys if key not in _HEAD)]


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def _resolve(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    union = (*node.get("anyOf", ()), *node.get("oneOf", ()))
    options = [o for o in union if o.get("type") != "null" and "required" not in o]
    if options:
        return _resolve(options[0], definitions)
    name = node.get("$ref", "").rpartition("/")[2]
    resolved: dict[str, Any] = definitions.get(name, node)
    return resolved


def _step(node: dict[str, Any], step: str | int) -> dict[str, Any]:
    below = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    of_any_key = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    found: dict[str, Any] = below or of_any_key[0] or {}
    return found
