"""A .proto file from its descriptor, for packages that carry the descriptor alone.

It writes what such files use: flat messages and enums, oneofs, extensions, reserved numbers and
names, extension ranges and any option. Anything else raises ValueError or TypeError, so that
nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.message import Message

_LABELS = {
    FieldDescriptorProto.LABEL_OPTIONAL: "optional ",
    FieldDescriptorProto.LABEL_REPEATED: "repeated ",
    FieldDescriptorProto.LABEL_REQUIRED: "required ",
}
_WRITTEN = {
    FileDescriptorProto: {
        *("name", "syntax", "package", "dependency", "options"),
        *("message_type", "enum_type", "extension"),
    },
    DescriptorProto: {
        *("name", "field", "oneof_decl", "options"),
        *("extension_range", "reserved_range", "reserved_name"),
    },
    EnumDescriptorProto: {"name", "value", "reserved_range", "reserved_name"},
    FieldDescriptorProto: {
        *("name", "number", "label", "type", "type_name"),
        *("json_name", "oneof_index", "options", "extendee"),
    },
}


def source(file: FileDescriptorProto) -> str:
    """The text from which protoc makes *file* again."""
    _check(file)
    if file.syntax not in {"", "proto2"}:
        raise ValueError(f"{file.name}: syntax {file.syntax}")
    lines = ['syntax = "proto2";', "", f"package {file.package};", ""]
    lines += [f'import "{name}";' for name in file.dependency] + [""]
    lines += [f"option {option};" for option in _options(file.options)]
    for message in file.message_type:
        lines += ["", *_message(message)]
    for enum in file.enum_type:
        lines += ["", *_enum(enum)]
    for field in file.extension:
        lines += ["", f"extend {field.extendee} {{", f"  {_field(field)}", "}"]
    return "\n".join(lines) + "\n"


def _message(message: DescriptorProto) -> Iterator[str]:
    _check(message)
    yield f"message {message.name} {{"
    yield from (f"  option {option};" for option in _options(message.options))
    yield from (f"  reserved {r.start} to {r.end - 1};" for r in message.reserved_range)
    yield from (f'  reserved "{name}";' for name in message.reserved_name)
    for free in message.extension_range:
        yield f"  extensions {free.start} to {free.end - 1};"
    for oneof, fields in groupby(message.field, _oneof_of):
        if oneof is None:
            yield from (f"  {_field(field)}" for field in fields)
        else:
            yield f"  oneof {message.oneof_decl[oneof].name} {{"
            yield from (f"    {_field(field).removeprefix('optional ')}" for field in fields)
            yield "  }"
    yield "}"


def _oneof_of(field: FieldDescriptorProto) -> int | None:
    return field.oneof_index if field.HasField("oneof_index") else None


def _enum(enum: EnumDescriptorProto) -> Iterator[str]:
    _check(enum)
    yield f"enum {enum.name} {{"
    # Unlike those of a message, the ranges of an enum include their end.
    yield from (f"  reserved {r.start} to {r.end};" for r in enum.reserved_range)
    yield from (f'  reserved "{name}";' for name in enum.reserved_name)
    yield from (f"  {value.name} = {value.number};" for value in enum.value)
    yield "}"


def _field(field: FieldDescriptorProto) -> str:
    _check(field)
    kind = field.type_name or FieldDescriptorProto.Type.Name(field.type)[len("TYPE_") :].lower()
    options = ", ".join(_options(field.options))
    in_brackets = f" [{options}]" if options else ""
    return f"{_LABELS[field.label]}{kind} {field.name} = {field.number}{in_brackets};"


def _options(options: Message) -> Iterable[str]:
    for field, value in options.ListFields():
        name = f"({field.full_name})" if field.is_extension else field.name
        if isinstance(value, Message):
            yield f"{name} = {{{text_format.MessageToString(value, as_one_line=True)}}}"
        elif isinstance(value, str):
            yield f'{name} = "{text_format.text_encoding.CEscape(value, as_utf8=True)}"'
        elif isinstance(value, bool):
            yield f"{name} = {str(value).lower()}"
        else:
            raise TypeError(f"option {name}")


def _check(descriptor: Message) -> None:
    unknown = {field.name for field, _ in descriptor.ListFields()} - _WRITTEN[type(descriptor)]
    if unknown:
        raise ValueError(f"{descriptor.name}: {', '.join(sorted(unknown))}")
