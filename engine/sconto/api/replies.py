"""What every reply to a request with a request_id shares: its key, its hash, its trailers."""

from __future__ import annotations

import hmac
from typing import Final, get_args

from sconto.api.endpoint import Context
from sconto.v1.decision_service_pb2 import (
    DecideRequest,
    DecideResponse,
    RedeemRequest,
    RedeemResponse,
    ReleaseRequest,
    ReleaseResponse,
    ReturnRequest,
    ReturnResponse,
)
from sconto.v1.rules_service_pb2 import (
    PublishRulesRequest,
    PublishRulesResponse,
    RollbackRulesRequest,
    RollbackRulesResponse,
)

DECISION_ID_KEY: Final = "sconto-decision-id"
REPLAYED_KEY: Final = "sconto-replayed"
"""Trailing metadata: the decision's id, and whether the answer was given before."""

Request = (
    DecideRequest
    | RedeemRequest
    | ReturnRequest
    | ReleaseRequest
    | PublishRulesRequest
    | RollbackRulesRequest
)
_METHODS: Final[dict[type[Request], str]] = {
    request_type: request_type.DESCRIPTOR.name.removesuffix("Request")
    for request_type in get_args(Request)
}

Response = (
    DecideResponse
    | RedeemResponse
    | ReturnResponse
    | ReleaseResponse
    | PublishRulesResponse
    | RollbackRulesResponse
)


def request_key(request: Request, caller: str = "") -> str:
    """The idempotency key of *request*: `<method>/<request_id>`; a UUID is the same in any case.

    Each *caller* has ids of its own: `<method>/<caller>/<request_id>`.
    """
    of = f"{_METHODS[type(request)]}/{caller}" if caller else _METHODS[type(request)]
    return f"{of}/{request.request_id.lower()}"


def request_hash(request: Request, key: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) of *request* under *key*; a UUID is the same in any case.

    A repeated body is recognised by it, and who lacks the key can't try what the body held.
    """
    request_id = request.request_id.lower()
    if request_id != request.request_id:
        sent, request = request, type(request)()
        request.CopyFrom(sent)  # type: ignore[arg-type]
        request.request_id = request_id
    return hmac.digest(key, request.SerializeToString(deterministic=True), "sha256")


def replayed(reply_type: type[Response], stored: bytes) -> bytes:
    """The stored reply, marked as given before."""
    reply = reply_type.FromString(stored)
    reply.replayed = True
    return reply.SerializeToString()


def trail(context: Context, decision_id: str, *, again: bool) -> None:
    """Put the decision's id into the trailing metadata, and that the answer was given before."""
    trailers = [(DECISION_ID_KEY, decision_id)]
    if again:
        trailers.append((REPLAYED_KEY, "true"))
    context.set_trailing_metadata(tuple(trailers))
