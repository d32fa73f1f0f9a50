"""The keys that a document may have at each of its places, in their canonical order."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from sconto.rulebook.findings import DocPath

_HEAD: Final = ("kind", "id", "name", "owner", "why", "valid_from", "valid_to")
"""What a file says first about itself; all other keys stand in the order of their model."""
_UNQUOTED: Final = re.compile(r"[A-Za-z][\w ./-]*\Z|[0-9]{4}-[0-9]{2}-[0-9]{2}\Z|https://\S+\Z")


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


def documentation(model: type[BaseModel], path: DocPath) -> tuple[str, str]:
    """The description and an example of the value at *path* of *model*; empty for free names.

    Both are the texts that editors show.
    """
    schema = _schema(model)
    definitions = schema.get("$defs", {})
    node, description, example = schema, "", None
    for step in path:
        node = _step(_resolve(node, definitions), step)
        if isinstance(step, int):
            example = example[0] if isinstance(example, list) and example else None
        else:
            description = node.get("description", "").rstrip(".")
            example = next(iter(node.get("examples", ())), None)
    return description[:1].lower() + description[1:], "" if example is None else as_yaml(example)


def as_yaml(value: Any) -> str:
    """*value* as one writes it in a rule file, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_yaml(inner) for inner in value) + "]"
    if isinstance(value, str):
        return value if _UNQUOTED.match(value) else f'"{value}"'
    return str(value).lower()


class AsWritten(GenerateJsonSchema):
    """Leaves the keys of examples in the order in which one writes them."""

    def sort(self, value: Any, parent_key: str | None = None) -> Any:  # noqa: ARG002 - pydantic's
        """*value* as it is."""
        return value


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True, schema_generator=AsWritten)


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
