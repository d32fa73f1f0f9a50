"""The JSON Schema of rule files, made from the document models, for editors."""

from __future__ import annotations

import json
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from sconto.rulebook.documents import MODELS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_json() -> str:
    """The schema of every kind of rule file, one `oneOf` by kind, as indented JSON text."""
    union: Any = reduce(or_, MODELS.values())
    documents: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="kind")])
    schema = documents.json_schema(by_alias=True)
    # Editors that don't know the OpenAPI keyword complain about it; `oneOf` says it already.
    schema.pop("discriminator", None)
    header = {
        "$schema": DIALECT,
        "title": "Sconto rule file",
        "description": "One rule per file; `kind` says which.",
    }
    return json.dumps({**header, **schema}, indent=2, ensure_ascii=False) + "\n"
