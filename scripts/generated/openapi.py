"""The OpenAPI 3.1 description of the HTTP door, from the contract: messages, comments, constraints.

Types are those of the JSON mapping of Protocol Buffers (protobuf.dev/programming-guides/json).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from generated.constraints import constrained, message_rules, required, required_oneofs
from generated.protocol import contract_names, descriptors
from sconto.api.endpoint import MAX_REQUEST_BYTES
from sconto.api.http import agents

Schema = dict[str, Any]

OUTPUT = "engine/sconto/v1/openapi.json"
ERRORS = "google/rpc/error_details.proto"
DETAILS = ("google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo")
STATUS = "google.rpc.Status"
DECIDE = "sconto.v1.DecideRequest"
FORMS = {
    agents.UCP: "the Universal Commerce Protocol (discount extension)",
    agents.ACP: "the Agentic Commerce Protocol (discount extension, 2026-04-17)",
}
PACKAGES = {"sconto.v1", "google.type", "google.rpc"}
"""Whose messages JSON writes as objects of their fields."""

_F = FieldDescriptorProto
_INT64: Schema = {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
_SCALARS: Mapping[int, Schema] = {
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    _F.TYPE_INT32: {"type": "integer", "format": "int32"},
    _F.TYPE_UINT32: {"type": "integer", "minimum": 0, "maximum": 2**32 - 1},
    _F.TYPE_INT64: _INT64,
}
_WELL_KNOWN: Mapping[str, Schema] = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.Duration": {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"},
    ".google.protobuf.FieldMask": {
        "type": "string",
        "description": "Names of fields in lowerCamelCase, parted by commas.",
    },
}
_MESSAGE_FIELD, _ENUM_FIELD, _SERVICE_FIELD = 4, 5, 6
"""Numbers in FileDescriptorProto, by which places of comments are written."""
_IN_MESSAGE, _NESTED, _IN_SERVICE = 2, 3, 2


def files(root: Path) -> Mapping[Path, bytes]:
    """The description by its path."""
    text = json.dumps(_document(root), indent=1, ensure_ascii=False)
    return {root / OUTPUT: (text + "\n").encode()}


def _document(root: Path) -> Schema:
    names = contract_names(root)
    compiled = descriptors(root, [*names, ERRORS], "--include_source_info").file
    sources = [_Source(file) for file in compiled if file.package in PACKAGES]
    schemas = {name: schema for source in sources for name, schema in source.schemas()}
    paths = {path: item for source in sources for path, item in source.paths()}
    paths |= {path: {"post": _form(path, standard)} for path, standard in FORMS.items()}
    schemas[STATUS] = _status()
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Sconto",
            "version": project["version"],
            "description": f"{project['description']}.\n\nThe methods of the gRPC contract "
            f"`sconto.v1` with JSON; a body has at most {MAX_REQUEST_BYTES} bytes. Names of fields "
            "may also be sent as in the contract, in snake_case.",
            "license": {"name": project["license"], "identifier": project["license"]},
        },
        "paths": paths,
        "components": {
            "schemas": _reachable(schemas, paths),
            "parameters": {"timeout": _timeout()},
            "responses": {"error": _response("The call failed.", STATUS)},
        },
    }


class _Source:
    """One compiled file and the comments in it."""

    def __init__(self, file: FileDescriptorProto) -> None:
        self._file = file
        self._comments = {
            tuple(place.path): _joined(place.leading_comments)
            for place in file.source_code_info.location
        }

    def schemas(self) -> Iterator[tuple[str, Schema]]:
        """Every message and enum by its full name."""
        package = self._file.package
        for i, message in enumerate(self._file.message_type):
            yield from self._message(f"{package}.{message.name}", message, (_MESSAGE_FIELD, i))
        for i, enum in enumerate(self._file.enum_type):
            yield f"{package}.{enum.name}", self._enum(enum, (_ENUM_FIELD, i))

    def paths(self) -> Iterator[tuple[str, Schema]]:
        """Every method by the path that calls it."""
        for i, service in enumerate(self._file.service):
            for j, method in enumerate(service.method):
                if method.client_streaming or method.server_streaming:
                    continue
                place = (_SERVICE_FIELD, i, _IN_SERVICE, j)
                path = f"/{self._file.package}.{service.name}/{method.name}"
                yield path, {"post": self._operation(service, j, place)}

    def _operation(
        self, service: ServiceDescriptorProto, index: int, place: tuple[int, ...]
    ) -> Schema:
        method = service.method[index]
        return {
            "operationId": f"{service.name}_{method.name}",
            "tags": [service.name],
            "description": self._comments.get(place, ""),
            "parameters": [{"$ref": "#/components/parameters/timeout"}],
            "requestBody": {"required": True, "content": _json(method.input_type[1:])},
            "responses": {
                "200": _response("The reply.", method.output_type[1:]),
                "default": {"$ref": "#/components/responses/error"},
            },
        }

    def _message(
        self, name: str, message: DescriptorProto, place: tuple[int, ...]
    ) -> Iterator[tuple[str, Schema]]:
        maps = {f".{name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
        schema: Schema = {"type": "object"}
        told = [self._comments.get(place, ""), *message_rules(message)]
        if description := "\n".join(line for line in told if line):
            schema["description"] = description
        schema["properties"] = {
            field.json_name: self._field(field, (*place, _IN_MESSAGE, i), maps)
            for i, field in enumerate(message.field)
        }
        if names := [field.json_name for field in message.field if required(field)]:
            schema["required"] = names
        if choices := required_oneofs(message):
            schema["oneOf"] = [{"required": [name]} for name in choices]
        yield name, schema
        for i, nested in enumerate(message.nested_type):
            if not nested.options.map_entry:
                yield from self._message(f"{name}.{nested.name}", nested, (*place, _NESTED, i))

    def _field(
        self,
        field: FieldDescriptorProto,
        place: tuple[int, ...],
        maps: Mapping[str, DescriptorProto],
    ) -> Schema:
        if entry := maps.get(field.type_name):
            schema: Schema = {"type": "object", "additionalProperties": _type(entry.field[1])}
        elif field.label == field.LABEL_REPEATED:
            schema = constrained(field, {"type": "array", "items": _type(field)})
        else:
            schema = constrained(field, _type(field))
        told = self._comments.get(place, "")
        return {**schema, "description": told} if told else schema

    def _enum(self, enum: EnumDescriptorProto, place: tuple[int, ...]) -> Schema:
        schema: Schema = {"type": "string", "enum": [value.name for value in enum.value]}
        told = self._comments.get(place, "")
        return {**schema, "description": told} if told else schema


def _joined(comment: str) -> str:
    """*comment* with its paragraphs on one line each."""
    lines = "\n".join(line.strip() for line in comment.strip().splitlines())
    return "\n\n".join(part.replace("\n", " ") for part in lines.split("\n\n"))


def _type(field: FieldDescriptorProto) -> Schema:
    if field.type in _SCALARS:
        return dict(_SCALARS[field.type])
    if field.type_name in _WELL_KNOWN:
        return dict(_WELL_KNOWN[field.type_name])
    if not field.type_name:
        raise ValueError(f"{field.name}: no JSON type for {_F.Type.Name(field.type)}")
    return _ref(field.type_name[1:])


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> Schema:
    return {"application/json": {"schema": _ref(name)}}


def _response(description: str, name: str) -> Schema:
    return {"description": description, "content": _json(name)}


def _form(path: str, standard: str) -> Schema:
    """Decide with the discounts in the form of *standard*, whose own schemas describe it."""
    told = f"Decide, answered with `discounts` and `messages` as {standard} has them."
    parts: Schema = {
        "discounts": {"type": "object"},
        "messages": {"type": "array", "items": {"type": "object"}},
        "decision": _ref("sconto.v1.Decision"),
        "replayed": {"type": "boolean"},
    }
    schema = {"type": "object", "properties": parts, "required": [*parts]}
    reply = {"description": "The reply.", "content": {"application/json": {"schema": schema}}}
    return {
        "operationId": f"Decide_{path.split('/')[1]}",
        "tags": ["DecisionService"],
        "description": f"{told} A read_mask is refused.",
        "parameters": [{"$ref": "#/components/parameters/timeout"}],
        "requestBody": {"required": True, "content": _json(DECIDE)},
        "responses": {"200": reply, "default": {"$ref": "#/components/responses/error"}},
    }


def _timeout() -> Schema:
    return {
        "name": "grpc-timeout",
        "in": "header",
        "description": "The deadline, as in gRPC: `500m` is half a second.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,8}[HMSmun]$"},
    }


def _status() -> Schema:
    """google.rpc.Status, whose details are in JSON the messages that we put there."""
    typed = {"type": "object", "required": ["@type"], "properties": {"@type": {"type": "string"}}}
    return {
        "type": "object",
        "description": "Why a call failed: a code of gRPC, a sentence and typed details.",
        "properties": {
            "code": {"type": "integer"},
            "message": {"type": "string"},
            "details": {
                "type": "array",
                "items": {**typed, "anyOf": [_ref(name) for name in DETAILS]},
            },
        },
        "required": ["code", "message", "details"],
    }


def _reachable(schemas: Mapping[str, Schema], paths: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those of *schemas* that a method or an error refers to, by name."""
    found: dict[str, Schema] = {}
    waiting = [STATUS, *_names(paths)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting += _names(schemas[name])
    return dict(sorted(found.items()))


def _names(part: Any) -> Iterator[str]:
    """The schemas that *part* refers to."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key == "$ref":
                kind, _, name = value.removeprefix("#/components/").partition("/")
                yield from [name] if kind == "schemas" else []
            else:
                yield from _names(value)
    elif isinstance(part, list):
        for value in part:
            yield from _names(value)
