"""Calls of RulesService, and one failing call for each reason to refuse a publication."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from google.protobuf.timestamp_pb2 import Timestamp

from sconto.app.dsse import Envelope
from sconto.app.ports import RulesStep, Store
from sconto.app.publish import CheckDocuments
from sconto.app.reload import Refused
from sconto.domain.canonical import digest
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.loader import load_folder
from sconto.store.memory import MemoryStore
from sconto.v1 import rules_service_pb2 as wire
from support import publishing
from support.publishing import MADE_US, envelope, statement
from support.served import RULES
from unit.api.door import SECONDS, Door, Failure, door, failure_of, unchecked

REQUEST = "0198c0de-0000-4000-8000-%012d"


@cache
def retail() -> Ruleset:
    """The shipped retail rules."""
    return load_folder(RULES)


@cache
def version(n: int) -> bytes:
    """The documents of the *n*-th change of the retail rules."""
    return publishing.renamed(retail().documents, f"version {n}")


@asynccontextmanager
async def shop(
    store: Store | None = None,
    check: CheckDocuments = unchecked,
    first_id: int = 1,
) -> AsyncIterator[Door]:
    """A door to the retail rules, kept as at a start, that trusts everybody of `publishing`."""
    kept = MemoryStore() if store is None else store
    await kept.keep_ruleset(retail().digest, retail().documents)
    async with door(
        retail(), kept, people=publishing.people(), check=check, first_id=first_id
    ) as d:
        yield d


def publish(
    n: int,
    made: Envelope | None = None,
    *,
    at_us: int | None = None,
    request_id: str | None = None,
    documents: bytes | None = None,
    validate_only: bool = False,
) -> wire.PublishRulesRequest:
    """The request that publishes version *n*, signed by anna and ben *n* seconds after MADE_US."""
    said = statement(digest(version(n)), made_us=MADE_US + n * 1_000_000)
    stamp = None
    if at_us is not None:
        stamp = Timestamp()
        stamp.FromMicroseconds(at_us)
    return wire.PublishRulesRequest(
        request_id=request_id or REQUEST % n,
        envelope=(made or envelope(said, "anna", "ben")).to_bytes(),
        documents=version(n) if documents is None else documents,
        activate_time=stamp,
        validate_only=validate_only,
    )


def roll_back(
    wanted: str, n: int, *signers: str, author: str = "anna"
) -> wire.RollbackRulesRequest:
    """The request that goes back to *wanted*, made *n* seconds after MADE_US."""
    said = statement(
        wanted, kind=RulesStep.ROLLBACK, author=author, made_us=MADE_US + n * 1_000_000
    )
    made = envelope(said, *(signers or ("anna", "ben")))
    return wire.RollbackRulesRequest(request_id=REQUEST % n, envelope=made.to_bytes())


async def published(d: Door, request: wire.PublishRulesRequest) -> wire.PublishRulesResponse:
    """What the server answers to a publication that it accepts."""
    found: wire.PublishRulesResponse = await d.rules.PublishRules(request, timeout=SECONDS)
    return found


async def refused(d: Door, request: wire.PublishRulesRequest) -> Failure:
    """What the server says to one that it does not."""
    return await failure_of(d.rules.PublishRules(request, timeout=SECONDS))


async def publishing_off() -> Failure:
    """A server that trusts nobody."""
    async with door(retail()) as d:
        return await refused(d, publish(1))


async def people_unreadable() -> Failure:
    """A file of people that was spoilt after the start."""
    async with door(retail(), people=publishing.unreadable) as d:
        return await refused(d, publish(1))


async def signature_invalid() -> Failure:
    """The signatures of another statement."""
    async with shop() as d:
        said = statement(digest(version(1)))
        other = envelope(statement(digest(version(2))), "anna", "ben")
        lying = Envelope(other.payload_type, said.to_bytes(), other.signatures)
        return await refused(d, publish(1, lying))


async def _signed_by(*signers: str, author: str = "anna") -> Failure:
    async with shop() as d:
        said = statement(digest(version(1)), author=author)
        return await refused(d, publish(1, envelope(said, *signers)))


async def signer_unknown() -> Failure:
    """A key that nobody here has."""
    return await _signed_by("anna", "mallory")


async def role_missing() -> Failure:
    """An approver who authors."""
    return await _signed_by("ben", "cara", author="ben")


async def two_persons_needed() -> Failure:
    """Somebody with both roles who approves what is their own."""
    return await _signed_by("cara", author="cara")


async def bundle_altered() -> Failure:
    """Other documents under good signatures."""
    async with shop() as d:
        return await refused(d, publish(1, documents=version(2)))


async def out_of_turn() -> Failure:
    """An older bundle after a newer one."""
    async with shop() as d:
        await published(d, publish(2))
        return await refused(d, publish(1))


async def rules_refused() -> Failure:
    """A ruleset that fails its check."""

    async def check(_: bytes) -> Refused:
        return Refused("the rule engine judges `a` wrongly")

    async with shop(check=check) as d:
        return await refused(d, publish(1))


async def never_active() -> Failure:
    """A way back to where nobody was."""
    async with shop() as d:
        await published(d, publish(1))
        asked = roll_back(digest(version(2)), 2)
        return await failure_of(d.rules.RollbackRules(asked, timeout=SECONDS))


async def publication_not_found() -> Failure:
    """An id that nobody was given."""
    async with shop() as d:
        asked = wire.GetPublicationRequest(publication_id=REQUEST % 9)
        return await failure_of(d.rules.GetPublication(asked, timeout=SECONDS))


async def ruleset_not_found() -> Failure:
    """A digest of nothing."""
    async with shop() as d:
        asked = wire.GetRulesetRequest(digest=f"sha256:{'0' * 64}")
        return await failure_of(d.rules.GetRuleset(asked, timeout=SECONDS))


FAILURES = {
    f.__name__.upper(): f
    for f in (
        publishing_off, people_unreadable, signature_invalid, signer_unknown, role_missing,
        two_persons_needed, bundle_altered, out_of_turn, rules_refused, never_active,
        publication_not_found, ruleset_not_found,
    )
}  # fmt: skip
