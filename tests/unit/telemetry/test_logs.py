"""JSON lines: what they say, and that nothing a caller sent is ever in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from sconto.store.memory import MemoryStore
from sconto.telemetry.logs import FIELDS, JsonLines
from sconto.v1 import (
    audit_service_pb2,
    behaviour_service_pb2,
    decision_service_pb2,
    price_service_pb2,
    rules_service_pb2,
    status_service_pb2,
)
from unit.api.door import SECONDS, door
from unit.api.requests import request

FILES = (
    *(audit_service_pb2, behaviour_service_pb2, decision_service_pb2),
    *(price_service_pb2, rules_service_pb2, status_service_pb2),
)
METHODS = [
    method
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]
CANARY = "canary-5e1f"


def full_of_canaries(message: Message, depth: int = 0) -> Message:
    """*message*, with a canary wherever text goes."""
    for field in message.DESCRIPTOR.fields:
        many = field.is_repeated
        if field.type == FieldDescriptor.TYPE_STRING:
            target = getattr(message, field.name)
            target.append(CANARY) if many else setattr(message, field.name, CANARY)
        elif field.message_type and depth < 4 and not field.message_type.GetOptions().map_entry:
            inner = getattr(message, field.name)
            full_of_canaries(inner.add() if many else inner, depth + 1)
    return message


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged, as lines of JSON."""
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler, root = Kept(), logging.getLogger()
    handler.setFormatter(JsonLines())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


class Faulty(MemoryStore):
    """A store that quotes what it was asked for."""

    def answer(self, request_key: str) -> Any:
        """Fail."""
        raise ValueError(request_key)


async def test_nothing_that_a_caller_sent_is_logged(lines: list[str]) -> None:
    """Every method, with canaries in every text: read, refused, or a fault that quotes them."""
    async with door(store=Faulty(), people=lambda: None) as d:
        for method in METHODS:
            if method.client_streaming:
                continue
            path = f"/{method.containing_service.full_name}/{method.name}"
            body = full_of_canaries(GetMessageClass(method.input_type)())
            call = d.channel.unary_unary(path)(body.SerializeToString(), timeout=SECONDS)
            assert await call.code() is not grpc.StatusCode.UNIMPLEMENTED, path
        with pytest.raises(grpc.aio.AioRpcError):
            await d.decisions.Decide(request(shopper={"shopper_id": CANARY}), timeout=SECONDS)

    assert lines
    assert [] == [line for line in lines if CANARY in line]
    assert {*FIELDS} >= {key for line in lines for key in json.loads(line)}
    fault = json.loads(lines[-1])
    assert ("ERROR", "Decide", "ValueError") == (fault["level"], fault["method"], fault["error"])
    assert fault["incident"] in fault["message"]
    assert any("decision_service.py" in frame for frame in fault["stack"])


def test_what_is_not_on_the_list_is_left_out() -> None:
    """A logging call can't add a field by mistake."""
    record = logging.makeLogRecord({"msg": "it ends", "shopper_id": CANARY, "method": "Decide"})

    line = json.loads(JsonLines().format(record))

    assert ("it ends", "Decide") == (line["message"], line["method"])
    assert "shopper_id" not in line
