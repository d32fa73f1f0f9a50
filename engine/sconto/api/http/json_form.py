"""Messages in the JSON mapping of Protocol Buffers (protobuf.dev/programming-guides/json)."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from sconto.errors import FieldViolation, InvalidRequest

MAX_VALUES: Final = 100_000
"""In one request: what its longest lists may hold, and half as much again. json_format takes
microseconds for each, and four megabytes of `{}` or `""` would hold the process for seconds."""

DESCRIPTION_CHARACTERS: Final = 200

MessageT = TypeVar("MessageT", bound=Message)


def message_from(body: bytes, message_type: type[MessageT]) -> MessageT:
    """The message that *body* is; names of fields as in the contract or in lowerCamelCase.

    Raises InvalidRequest on what is no JSON, on unknown and repeated names and on wrong types: a
    misspelt field must not be left out silently.
    """
    try:
        _check_size(body)
        document = json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
        return json_format.ParseDict(_object(document), message_type())
    # ParseDict lets out whatever its conversions raise; json_format.Parse catches the same.
    except Exception as error:
        name = message_type.DESCRIPTOR.name
        said = str(error).partition("\n")[0][:DESCRIPTION_CHARACTERS]
        if not said.isprintable():
            said = said.encode("unicode_escape").decode()
        description = f"the JSON is no {name}: {said}"
        violation = FieldViolation("request", description, "MALFORMED_MESSAGE")
        raise InvalidRequest((violation,)) from error


def json_of(message: Message) -> bytes:
    """*message* as the body of an answer; see `json_value`."""
    return json.dumps(json_value(message), ensure_ascii=False).encode()


def json_value(message: Message) -> dict[str, Any]:
    """*message*, with the fields that hold their default.

    So its shape is always the same: an amount of 0 has its units, no discounts are an empty list.
    """
    value: dict[str, Any] = json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True
    )
    return value


def _check_size(body: bytes) -> None:
    """Raises ValueError when *body* may hold more than MAX_VALUES values.

    Commas in strings count too: the paths of a field mask stand in one string.
    """
    if sum(map(body.count, (b",", b"{", b"["))) > MAX_VALUES:
        raise ValueError(f"it has more than {MAX_VALUES} values")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of *pairs*; raises ValueError when a name is there twice, or is no text."""
    found = dict(pairs)
    # json_format looks fields up by names, and says its own Python when one has no form in UTF-8.
    try:
        "".join(found).encode()
    except UnicodeEncodeError as error:
        raise ValueError("the name of a field has an unpaired surrogate") from error
    # By the name in JSON: json_format takes a field under both its names, and the last wins.
    if len({_json_name(name) for name in found}) != len(pairs):
        raise ValueError(f"a field is there twice in {sorted(found)}")
    return found


def _json_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _object(document: Any) -> dict[str, Any]:
    if isinstance(document, dict):
        return document
    raise json_format.ParseError("it is no object")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
