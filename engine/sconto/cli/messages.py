"""Protobuf messages: from and to JSON, and their amounts and times."""

from __future__ import annotations

from typing import Any, TypeVar

import click
from google.protobuf.json_format import MessageToDict, Parse, ParseError
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

from sconto.api.amounts import to_minor
from sconto.cli.output import instant_text
from sconto.errors import Rejected

_MessageT = TypeVar("_MessageT", bound=Message)


def read_message(raw: bytes, message_type: type[_MessageT]) -> _MessageT:
    """The message in the proto3 JSON *raw*; raises Rejected when it is none."""
    try:
        return Parse(raw, message_type())
    except (ParseError, UnicodeDecodeError, RecursionError) as error:
        # protobuf goes on to list every field of the message, which the advice points at.
        reason = str(error).partition(" Available Fields")[0].rstrip(".")
        message = f"this is not a {message_type.DESCRIPTOR.name} in JSON: {reason}"
        advice = f"its fields are in proto/{message_type.DESCRIPTOR.file.name}"
        raise Rejected(message, advice) from error


def open_message(file: str, message_type: type[_MessageT]) -> _MessageT:
    """The message in *file*, or in standard input for `-`; raises Rejected when it is none."""
    with click.open_file(file, "rb") as opened:
        return read_message(opened.read(), message_type)


def as_dict(message: Message) -> dict[str, Any]:
    """*message* as a dict of all fields, under their names in the protocol."""
    found: dict[str, Any] = MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return found


def time_text(stamp: Timestamp) -> str:
    """*stamp* as RFC 3339 text."""
    return instant_text(stamp.ToMicroseconds())


def minor_of(money: Money) -> int:
    """*money* in minor units of its currency."""
    return to_minor(money, money.currency_code, "")
