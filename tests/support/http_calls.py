"""Calls through the HTTP door."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as _details  # noqa: F401 - what a Status may hold
from google.rpc.status_pb2 import Status

MessageT = TypeVar("MessageT", bound=Message)

SECONDS = 60
JSON = {"content-type": "application/json"}
DECISIONS = "/sconto.v1.DecisionService"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as it is."""
        return json.loads(self.body)

    def message(self, message: MessageT) -> MessageT:
        """The body as *message*."""
        return json_format.Parse(self.body, message)

    def error(self) -> Status:
        """The body of a call that failed."""
        assert self.status >= 400
        return self.message(Status())


def send(
    port: int,
    path: str,
    body: bytes | str | Message = b"{}",
    headers: Mapping[str, str] = JSON,
    verb: str = "POST",
) -> Answer:
    """The answer of the server on *port* of this machine."""
    if isinstance(body, Message):
        body = json_format.MessageToJson(body)
    raw = body.encode() if isinstance(body, str) else body
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request(verb, path, raw, dict(headers))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()
