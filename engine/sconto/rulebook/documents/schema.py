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
from sconto.rulebook.read.callers import CallersDoc
from sconto.rulebook.read.keys import AsWritten
from sconto.rulebook.read.signers import PeopleDoc
from sconto.rulebook.read.tenants import TenantsDoc

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_json() -> str:
    """The schema of every kind of rule file, one `oneOf` by kind, as indented JSON text."""
    return _schema(MODELS, "Sconto rule file", "One rule per file; `kind` says which.")


def case_schema_json() -> str:
    """The schema of test files and of their shared fixtures, as indented JSON text."""
    about = "Cases beside the rules, or fixtures that they share; `kind` says which."
    return _schema(CASE_MODELS, "Sconto test file", about)


def trusted_schema_json() -> str:
    """The schema of the files of people, of callers and of tenants, as indented JSON text."""
    about = "Whom a server trusts, or serves: people who sign rules, callers, or tenants; `kind` "
    models = {"people": PeopleDoc, "callers": CallersDoc, "tenants": TenantsDoc}
    return _schema(models, "Sconto file of trusted", f"{about}says which.")


def _schema(models: Mapping[str, Any], title: str, about: str) -> str:
    union: Any = reduce(or_, models.values())
    documents: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="kind")])
    schema = documents.json_schema(by_alias=True, schema_generator=AsWritten)
    # Editors that don't know the OpenAPI keyword complain about it; `oneOf` says it already.
    schema.pop("discriminator", None)
    for definition in schema["$defs"].values():
        definition["properties"] = {k: _given(v) for k, v in definition["properties"].items()}
    header = {"$schema": DIALECT, "title": title, "description": about}
    return json.dumps({**header, **schema}, indent=2, ensure_ascii=False) + "\n"


def _given(node: dict[str, Any]) -> dict[str, Any]:
    """What a key may hold once it is written: the loader refuses a key that holds nothing."""
    kept = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(kept) != len(node.get("anyOf", ())):
        rest = {k: v for k, v in node.items() if k not in {"anyOf", "default"}}
        node = {**kept[0], **rest} if len(kept) == 1 else {"anyOf": kept, **rest}
    # A name that fits no pattern is refused; JSON Schema lets it pass unless told.
    return {**node, "additionalProperties": False} if "patternProperties" in node else node
