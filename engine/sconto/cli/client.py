"""Calls to running servers over gRPC, one function for each call."""

from __future__ import annotations

import uuid
from typing import Any, Final

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from sconto import client as methods
from sconto.api.render import timestamp
from sconto.app.ports import RulesStep
from sconto.cli.servers import current_credentials
from sconto.client import CallFailed, Client, Method, ReplyT, Retries
from sconto.errors import Rejected, Unavailable
from sconto.signing.bundles import Bundle
from sconto.v1 import audit_service_pb2 as audit
from sconto.v1 import behaviour_service_pb2 as behaviour
from sconto.v1 import decision_service_pb2 as decisions
from sconto.v1 import price_service_pb2 as prices
from sconto.v1 import rules_service_pb2 as rules
from sconto.v1 import status_service_pb2 as status
from sconto.v1.publication_pb2 import Publication

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
    reply: decisions.DecideResponse = _call(server, methods.DECIDE, request)
    return reply


def get_decision(server: str, decision_id: str) -> decisions.GetDecisionResponse:
    """The decision *decision_id* in full."""
    request = decisions.GetDecisionRequest(decision_id=decision_id)
    reply: decisions.GetDecisionResponse = _call(server, methods.GET_DECISION, request)
    return reply


def list_decisions(server: str, request: audit.ListDecisionsRequest) -> audit.ListDecisionsResponse:
    """One page of the decisions that *request* asks for, newest first."""
    reply: audit.ListDecisionsResponse = _call(server, methods.LIST_DECISIONS, request)
    return reply


def is_serving(server: str) -> bool:
    """Whether *server* says that it answers calls."""
    reply = _call(server, methods.CHECK_HEALTH, health_pb2.HealthCheckRequest())
    serving: bool = reply.status == health_pb2.HealthCheckResponse.SERVING
    return serving


def get_status(server: str) -> status.GetStatusResponse:
    """The rules and the model that *server* decides by."""
    reply: status.GetStatusResponse = _call(server, methods.GET_STATUS, status.GetStatusRequest())
    return reply


def record_events(server: str, request: behaviour.RecordEventsRequest) -> int:
    """How many events of *request* were new to *server*."""
    return int(_call(server, methods.RECORD_EVENTS, request).new_events)


def record_prices(server: str, request: prices.RecordPricesRequest) -> int:
    """How many prices of *request* were new to *server*."""
    return int(_call(server, methods.RECORD_PRICES, request).new_prices)


def send_bundle(server: str, bundle: Bundle, at_us: int | None, *, dry_run: bool) -> Publication:
    """The publication that *server* made of *bundle*: in force now, or at *at_us*."""
    envelope = bundle.envelope.to_bytes()
    name = str(uuid.uuid5(NAMESPACE, f"{envelope.hex()}/{at_us}"))
    request: Message
    if bundle.statement.kind is RulesStep.ROLLBACK:
        method: Any = methods.ROLLBACK_RULES
        request = rules.RollbackRulesRequest(
            request_id=name, envelope=envelope, validate_only=dry_run
        )
    else:
        method = methods.PUBLISH_RULES
        request = rules.PublishRulesRequest(
            request_id=name,
            envelope=envelope,
            documents=bundle.documents,
            activate_time=None if at_us is None else timestamp(at_us),
            validate_only=dry_run,
        )
    publication: Publication = _call(server, method, request, CHECK_SECONDS).publication
    return publication


def get_ruleset(server: str, digest: str = "") -> bytes:
    """The documents of a ruleset that *server* keeps; without a *digest*, of the one in force."""
    request = rules.GetRulesetRequest(digest=digest)
    return bytes(_call(server, methods.GET_RULESET, request).documents)


def list_publications(server: str) -> list[Publication]:
    """All publications of *server*, newest first."""
    found: list[Publication] = []
    token = ""
    while True:
        request = rules.ListPublicationsRequest(page_size=_PAGE, page_token=token)
        page = _call(server, methods.LIST_PUBLICATIONS, request)
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
    server: str, method: Method[ReplyT], request: Message, seconds: float = CALL_SECONDS
) -> ReplyT:
    """The reply to *request*; a failed call raises Rejected or Unavailable."""
    identity = current_credentials().identity(server)
    with Client(server, identity, seconds, Retries(attempts=1)) as client:
        try:
            return client.call(method, request)
        except CallFailed as error:
            raise _as_error(server, error) from error


def _as_error(server: str, failed: CallFailed) -> Rejected | Unavailable:
    if not failed.reason:
        advice = "start one with `sconto serve`, or check the address, and `--ca` if it has TLS"
        return Unavailable(f"no server answered at `{server}`", advice)
    kind = Rejected if failed.code in _REJECTED else Unavailable
    return kind(str(failed), failed.help)
