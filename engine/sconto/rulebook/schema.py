"""The JSON Schema of rule files, made from the document models, for editors."""

from __future__ import annotations

import json
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from sconto.rulebook.documents import MODELS
from sconto.rulebook.keys import AsWritten

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_json() -> str:
    """The schema of every kind of rule file, one `oneOf` by kind, as indented JSON text."""
    union: Any = reduce(or_, MODELS.values())
    documents: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="kind")])
    schema = documents.json_schema(by_alias=True, schema_generator=AsWritten)
    # Editors that don't know the OpenAPI keyword complain about it; `oneOf` says it already.
    schema.pop("discriminator", None)
    for definition in schema["$defs"].values():
        definition["properties"] = {k: _given(v) for k, v in definition["properties"].items()}
    header = {
        "$schema": DIALECT,
        "title": "Sconto rule file",
        "description": "One rule per file; `kind` says which.",
    }
    return json.dumps({**header, **schema}, indent=2, ensure_ascii=False) + "\n"


def _given(node: dict[str, Any]) -> dict[str, Any]:
    """What a key may hold once it is written: the loader refuses a key that holds nothing."""
    kept = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(kept) != len(node.get("anyOf", ())):
        rest = {k: v for k, v in node.items() if k not in {"anyOf", "default"}}
        node = {**kept[0], **rest} if len(kept) == 1 else {"anyOf": kept, **rest}
    # A name that fits no pattern is refused; JSON Schema lets it pass unless told.
    return {**node, "additionalProperties": False} if "patternProperties" in node else node
