"""Messages of the contract from the JSON that a person wrote."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import Message

from sconto.cli.exits import Exit, Failure

_MessageT = TypeVar("_MessageT", bound=Message)


def read_message(raw: bytes, message_type: type[_MessageT]) -> _MessageT:
    """The message that proto3 JSON *raw* stands for; a Failure when it is none."""
    try:
        return Parse(raw, message_type())
    except (ParseError, UnicodeDecodeError, RecursionError) as error:
        # protobuf goes on to list every field of the message, which the advice points at.
        said = str(error).partition(" Available Fields")[0].rstrip(".")
        message = f"this is not a {message_type.DESCRIPTOR.name} in JSON: {said}"
        advice = f"its fields are in proto/{message_type.DESCRIPTOR.file.name}"
        raise Failure(message, advice, Exit.REFUSED) from error
