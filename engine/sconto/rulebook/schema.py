"""The JSON Schemas of rule files and of test files, made from the document models, for editors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from sconto.rulebook.documents import MODELS
from sconto.rulebook.documents.cases import CASE_MODELS

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_json() -> str:
    """The schema of every kind of rule file, one `oneOf` by kind, as indented JSON text."""
    return _schema(MODELS, "Sconto rule file", "One rule per file; `kind` says which.")


def case_schema_json() -> str:
    """The schema of test files and of their shared fixtures, as indented JSON text."""
    about = "Cases beside the rules, or fixtures that they share; `kind` says which."
    return _schema(CASE_MODELS, "Sconto test file", about)


def _schema(models: Mapping[str, Any], title: str, about: str) -> str:
    union: Any = reduce(or_, models.values())
    documents: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="kind")])
    schema = documents.json_schema(by_alias=True)
    # Editors that don't know the OpenAPI keyword complain about it; `oneOf` says it already.
    schema.pop("discriminator", None)
    header = {"$schema": DIALECT, "title": title, "description": about}
    return json.dumps({**header, **schema}, indent=2, ensure_ascii=False) + "\n"
