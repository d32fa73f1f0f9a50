"""Asking a running server over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import ErrorInfo
from google.type.money_pb2 import Money
from grpc_status.rpc_status import from_call

from sconto.api.amounts import NANO_DIGITS
from sconto.api.render import timestamp
from sconto.cli.exits import Exit, Failure
from sconto.cli.log_rows import Filters, Row, instant_text
from sconto.cli.log_show import Found
from sconto.domain.money import MINOR_DIGITS
from sconto.v1 import (
    audit_service_pb2,
    behaviour_service_pb2,
    decision_pb2,
    decision_service_pb2,
    status_service_pb2,
)
from sconto.v1.audit_service_pb2_grpc import AuditServiceStub
from sconto.v1.behaviour_service_pb2_grpc import BehaviourServiceStub
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.status_service_pb2_grpc import StatusServiceStub

CALL_SECONDS: Final = 10.0
"""A person waits for the answer; a server that needs longer is as good as gone."""

_REFUSED: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.PERMISSION_DENIED,
    }
)
"""What a server says when the caller is at fault; anything else is the server's own trouble."""


def decide_there(
    server: str, request: decision_service_pb2.DecideRequest
) -> decision_service_pb2.DecideResponse:
    """What *server* answers to *request*."""
    with channel_to(server) as channel:
        reply: decision_service_pb2.DecideResponse = DecisionServiceStub(channel).Decide(
            request, timeout=CALL_SECONDS
        )
    return reply


def find_there(server: str, decision_id: str) -> Found:
    """The decision *decision_id* as *server* tells it."""
    asked = decision_service_pb2.GetDecisionRequest(decision_id=decision_id)
    with channel_to(server) as channel:
        reply = DecisionServiceStub(channel).GetDecision(asked, timeout=CALL_SECONDS)
    return Found(raw=reply.record, explanation=tuple(reply.explanation))


def list_there(server: str, filters: Filters) -> tuple[list[Row], bool]:
    """The rows that *server* lists for *filters*, newest first, and whether there are more."""
    asked = audit_service_pb2.ListDecisionsRequest(
        shopper_id=filters.shopper_id,
        offer_id=filters.offer_id,
        reason_code=f"REASON_CODE_{filters.reason.name}" if filters.reason else None,
        start_time=_stamp(filters.from_us),
        end_time=_stamp(filters.to_us),
        page_size=filters.limit,
    )
    with channel_to(server) as channel:
        reply = AuditServiceStub(channel).ListDecisions(asked, timeout=CALL_SECONDS)
    return [_row(summary) for summary in reply.decisions], bool(reply.next_page_token)


def status_there(server: str) -> status_service_pb2.GetStatusResponse:
    """What *server* runs on."""
    with channel_to(server) as channel:
        reply: status_service_pb2.GetStatusResponse = StatusServiceStub(channel).GetStatus(
            status_service_pb2.GetStatusRequest(), timeout=CALL_SECONDS
        )
    return reply


def send_there(server: str, request: behaviour_service_pb2.RecordEventsRequest) -> int:
    """How many events of *request* were new to *server*."""
    with channel_to(server) as channel:
        reply = BehaviourServiceStub(channel).RecordEvents(request, timeout=CALL_SECONDS)
    return int(reply.new_events)


def minor_of(money: Money) -> int:
    """The minor units of *money* as a server sends it, which is never finer than the currency."""
    digits = MINOR_DIGITS[money.currency_code]
    return int(money.units * 10**digits + money.nanos // 10 ** (NANO_DIGITS - digits))


def _stamp(at_us: int | None) -> Timestamp | None:
    return None if at_us is None else timestamp(at_us)


def _row(summary: audit_service_pb2.DecisionSummary) -> Row:
    return Row(
        decision_id=summary.decision_id,
        as_of_time=instant_text(summary.as_of_time.ToMicroseconds()),
        shopper_ref=summary.shopper_ref,
        channel=summary.channel,
        jurisdiction=summary.jurisdiction,
        offer_ids=tuple(summary.offer_ids),
        discount_minor=minor_of(summary.discount),
        currency=summary.discount.currency_code,
        reason=decision_pb2.ReasonCode.Name(summary.reason).removeprefix("REASON_CODE_"),
        rung=decision_pb2.Rung.Name(summary.rung).removeprefix("RUNG_"),
    )


@contextmanager
def channel_to(server: str) -> Iterator[grpc.Channel]:
    """A channel to *server*; a failed call leaves as a Failure with its exit code."""
    with grpc.insecure_channel(server) as channel:
        try:
            yield channel
        except grpc.RpcError as error:
            raise _failure(server, error) from error


def _failure(server: str, error: grpc.RpcError) -> Failure:
    status = from_call(error)
    if status is None:
        advice = "start one with `sconto serve`, or check the address"
        return Failure(f"no server answered at `{server}`", advice, Exit.UNAVAILABLE)
    info = ErrorInfo()
    for detail in status.details:
        detail.Unpack(info)
    code = Exit.REFUSED if error.code() in _REFUSED else Exit.UNAVAILABLE
    return Failure(status.message, info.metadata["help"], code)
