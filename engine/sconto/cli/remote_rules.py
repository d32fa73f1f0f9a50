"""Asking running servers about their rules, and changing them, over gRPC."""

from __future__ import annotations

import uuid
from typing import Final

from sconto.api.render import timestamp
from sconto.app.ports import RulesStep
from sconto.cli.bundles import Bundle
from sconto.cli.exits import Exit, Failure
from sconto.cli.remote import CALL_SECONDS, channel_to
from sconto.v1 import publication_pb2
from sconto.v1 import rules_service_pb2 as wire
from sconto.v1.rules_service_pb2_grpc import RulesServiceStub

CHECK_SECONDS: Final = 60.0
"""A server may take half of it to check a ruleset."""

NAMESPACE: Final = uuid.UUID("b8b0c2f4-6d0e-5a1c-9d3f-2f6f0d4c7a11")
"""Of request ids that are made from what is sent: a command that is typed again is a retry."""

Reply = wire.PublishRulesResponse | wire.RollbackRulesResponse

_PAGE: Final = 1_000


def send_there(
    server: str, bundle: Bundle, at_us: int | None, *, dry_run: bool
) -> publication_pb2.Publication:
    """What *server* made of *bundle*: in force now, or at *at_us*."""
    envelope = bundle.envelope.to_bytes()
    name = str(uuid.uuid5(NAMESPACE, f"{envelope.hex()}/{at_us}"))
    with channel_to(server) as channel:
        stub = RulesServiceStub(channel)
        if bundle.statement.kind is RulesStep.ROLLBACK:
            back = wire.RollbackRulesRequest(
                request_id=name, envelope=envelope, validate_only=dry_run
            )
            said: Reply = stub.RollbackRules(back, timeout=CHECK_SECONDS)
            return said.publication
        request = wire.PublishRulesRequest(
            request_id=name,
            envelope=envelope,
            documents=bundle.documents,
            activate_time=None if at_us is None else timestamp(at_us),
            validate_only=dry_run,
        )
        said = stub.PublishRules(request, timeout=CHECK_SECONDS)
        return said.publication


def ruleset_there(server: str, digest: str = "") -> bytes:
    """The documents of a ruleset that *server* keeps; without a *digest*, of the one in force."""
    with channel_to(server) as channel:
        asked = wire.GetRulesetRequest(digest=digest)
        reply = RulesServiceStub(channel).GetRuleset(asked, timeout=CALL_SECONDS)
    return bytes(reply.documents)


def publications_there(server: str) -> list[publication_pb2.Publication]:
    """All that was published to *server*, newest first."""
    found: list[publication_pb2.Publication] = []
    token = ""
    with channel_to(server) as channel:
        stub = RulesServiceStub(channel)
        while not found or token:
            asked = wire.ListPublicationsRequest(page_size=_PAGE, page_token=token)
            page = stub.ListPublications(asked, timeout=CALL_SECONDS)
            found += page.publications
            if not (token := page.next_page_token):
                break
    return found


def full_digest(server: str, start: str) -> str:
    """The digest of the one ruleset that was active on *server* and begins with *start*."""
    found = {d for p in publications_there(server) for d in (p.digest, p.replaces) if p.replaces}
    fits = sorted(d for d in found if d.removeprefix("sha256:").startswith(start))
    if len(fits) != 1:
        what = "more than one ruleset" if fits else "no ruleset"
        message = f"{what} that was active on `{server}` begins with `{start}`"
        advice = "see `sconto rules publications`, or give the whole digest"
        raise Failure(message, advice, Exit.REFUSED)
    return fits[0]
