"""Calls to running servers over gRPC, one function for each call."""

from __future__ import annotations

import uuid
from typing import Any, Final

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status.rpc_status import from_call

from sconto.api.render import timestamp
from sconto.app.ports import RulesStep
from sconto.cli.servers import Credentials, given
from sconto.errors import Rejected, Unavailable
from sconto.signing.bundles import Bundle
from sconto.v1 import audit_service_pb2 as audit
from sconto.v1 import behaviour_service_pb2 as behaviour
from sconto.v1 import decision_service_pb2 as decisions
from sconto.v1 import price_service_pb2 as prices
from sconto.v1 import rules_service_pb2 as rules
from sconto.v1 import status_service_pb2 as status
from sconto.v1.audit_service_pb2_grpc import AuditServiceStub
from sconto.v1.behaviour_service_pb2_grpc import BehaviourServiceStub
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.price_service_pb2_grpc import PriceServiceStub
from sconto.v1.publication_pb2 import Publication
from sconto.v1.rules_service_pb2_grpc import RulesServiceStub
from sconto.v1.status_service_pb2_grpc import StatusServiceStub

CALL_SECONDS: Final = 10.0
"""A person waits for the answer; a server that needs longer is as good as gone."""
CHECK_SECONDS: Final = 60.0
"""A server may take half of it to check a ruleset."""

NAMESPACE: Final = uuid.UUID("b8b0c2f4-6d0e-5a1c-9d3f-2f6f0d4c7a11")
"""Of request ids that are made from what is sent: a command that is typed again is a retry."""

_PAGE: Final = 1_000

_REJECTED: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
    }
)
"""What a server says when the caller is at fault; anything else is the server's own trouble."""


def decide(server: str, request: decisions.DecideRequest) -> decisions.DecideResponse:
    """The reply of *server* to *request*."""
    reply: decisions.DecideResponse = _call(server, DecisionServiceStub, "Decide", request)
    return reply


def get_decision(server: str, decision_id: str) -> decisions.GetDecisionResponse:
    """The decision *decision_id* in full."""
    request = decisions.GetDecisionRequest(decision_id=decision_id)
    reply: decisions.GetDecisionResponse = _call(
        server, DecisionServiceStub, "GetDecision", request
    )
    return reply


def list_decisions(server: str, request: audit.ListDecisionsRequest) -> audit.ListDecisionsResponse:
    """One page of the decisions that *request* asks for, newest first."""
    reply: audit.ListDecisionsResponse = _call(server, AuditServiceStub, "ListDecisions", request)
    return reply


def get_status(server: str) -> status.GetStatusResponse:
    """The rules and the model that *server* decides by."""
    reply: status.GetStatusResponse = _call(
        server, StatusServiceStub, "GetStatus", status.GetStatusRequest()
    )
    return reply


def record_events(server: str, request: behaviour.RecordEventsRequest) -> int:
    """How many events of *request* were new to *server*."""
    return int(_call(server, BehaviourServiceStub, "RecordEvents", request).new_events)


def record_prices(server: str, request: prices.RecordPricesRequest) -> int:
    """How many prices of *request* were new to *server*."""
    return int(_call(server, PriceServiceStub, "RecordPrices", request).new_prices)


def send_bundle(server: str, bundle: Bundle, at_us: int | None, *, dry_run: bool) -> Publication:
    """The publication that *server* made of *bundle*: in force now, or at *at_us*."""
    envelope = bundle.envelope.to_bytes()
    name = str(uuid.uuid5(NAMESPACE, f"{envelope.hex()}/{at_us}"))
    request: Message
    if bundle.statement.kind is RulesStep.ROLLBACK:
        method = "RollbackRules"
        request = rules.RollbackRulesRequest(
            request_id=name, envelope=envelope, validate_only=dry_run
        )
    else:
        method = "PublishRules"
        request = rules.PublishRulesRequest(
            request_id=name,
            envelope=envelope,
            documents=bundle.documents,
            activate_time=None if at_us is None else timestamp(at_us),
            validate_only=dry_run,
        )
    publication: Publication = _call(
        server, RulesServiceStub, method, request, CHECK_SECONDS
    ).publication
    return publication


def get_ruleset(server: str, digest: str = "") -> bytes:
    """The documents of a ruleset that *server* keeps; without a *digest*, of the one in force."""
    request = rules.GetRulesetRequest(digest=digest)
    return bytes(_call(server, RulesServiceStub, "GetRuleset", request).documents)


def list_publications(server: str) -> list[Publication]:
    """All publications of *server*, newest first."""
    found: list[Publication] = []
    token = ""
    while True:
        request = rules.ListPublicationsRequest(page_size=_PAGE, page_token=token)
        page = _call(server, RulesServiceStub, "ListPublications", request)
        found += page.publications
        token = page.next_page_token
        if not token:
            return found


def full_digest(server: str, start: str) -> str:
    """The digest of the one ruleset that was active on *server* and begins with *start*."""
    found = {d for p in list_publications(server) for d in (p.digest, p.replaces) if p.replaces}
    fits = sorted(d for d in found if d.removeprefix("sha256:").startswith(start))
    if len(fits) != 1:
        what = "more than one ruleset" if fits else "no ruleset"
        message = f"{what} that was active on `{server}` begins with `{start}`"
        raise Rejected(message, "see `sconto rules publications`, or give the whole digest")
    return fits[0]


def _call(
    server: str, stub: Any, method: str, request: Message, seconds: float = CALL_SECONDS
) -> Any:
    """The reply to *request*; a failed call raises Rejected or Unavailable."""
    credentials = given()
    metadata = credentials.metadata(server)
    with _channel(server, credentials) as channel:
        try:
            call = getattr(stub(channel), method)
            return call(request, timeout=seconds, metadata=metadata)
        except grpc.RpcError as error:
            raise _as_error(server, error) from error


def _channel(server: str, credentials: Credentials) -> grpc.Channel:
    if not credentials.tls:
        return grpc.insecure_channel(server)
    return grpc.secure_channel(server, grpc.ssl_channel_credentials(*credentials.pem()))


def _as_error(server: str, error: grpc.RpcError) -> Rejected | Unavailable:
    sent = from_call(error)
    if sent is None:
        advice = "start one with `sconto serve`, or check the address, and `--ca` if it has TLS"
        return Unavailable(f"no server answered at `{server}`", advice)
    info = ErrorInfo()
    for detail in sent.details:
        detail.Unpack(info)
    kind = Rejected if error.code() in _REJECTED else Unavailable
    return kind(sent.message, info.metadata["help"])
