"""The constraints of protovalidate that JSON Schema can say, as JSON Schema."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from google.protobuf.message import Message

from sconto.v1 import validate_descriptor as _registers_the_options  # noqa: F401

Schema = dict[str, Any]

_KEYS = {
    "string": {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"},
    "repeated": {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"},
    "int32": {"gte": "minimum", "lte": "maximum"},
}


def constrained(field: FieldDescriptorProto, schema: Schema) -> Schema:
    """*schema* of *field* with what the contract asks of it.

    What may be left empty is not constrained, because JSON Schema would refuse the empty value.
    """
    rules = _option(field, "buf.validate.field")
    if rules is None:
        return schema
    if rules.string.uuid:
        schema = {**schema, "format": "uuid"}
    return schema if rules.ignore else _with_rules(rules, schema)


def required(field: FieldDescriptorProto) -> bool:
    """Whether a message without *field* is always refused."""
    rules = _option(field, "buf.validate.field")
    if rules is None or rules.ignore:
        return False
    text = rules.string
    if text.pattern and not re.search(text.pattern, ""):
        return True
    least = (text.min_len, text.uuid, rules.repeated.min_items)
    return rules.required or any(least) or rules.int32.gte > 0


def required_oneofs(message: DescriptorProto) -> list[str]:
    """The fields of which a message must have exactly one."""
    asked = {i for i, o in enumerate(message.oneof_decl) if _is_required(o)}
    return [
        f.json_name for f in message.field if f.HasField("oneof_index") and f.oneof_index in asked
    ]


def message_rules(message: DescriptorProto) -> list[str]:
    """What the contract asks of the message as a whole, in its own sentences."""
    rules = _option(message, "buf.validate.message")
    return [] if rules is None else [f"{rule.message}." for rule in rules.cel]


def _with_rules(rules: Any, schema: Schema) -> Schema:
    found = dict(schema)
    for kind, keys in _KEYS.items():
        part = getattr(rules, kind)
        found |= {keys[f.name]: value for f, value in part.ListFields() if f.name in keys}
    if rules.repeated.HasField("items"):
        found["items"] = _with_rules(rules.repeated.items, found["items"])
    return found


def _is_required(oneof: Message) -> bool:
    rules = _option(oneof, "buf.validate.oneof")
    return rules is not None and rules.required


def _option(descriptor: Any, name: str) -> Any:
    for field, value in descriptor.options.ListFields():
        if field.full_name == name:
            return value
    return None
