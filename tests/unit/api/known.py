"""A server that lets only known callers in, and calls in their names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
from google.protobuf import message_factory

from sconto.api.access import Access
from sconto.app.caller_limits import TenantLimits
from sconto.app.callers import Admission, Caller, CallerRole, Callers
from sconto.app.ports import Clock, Store
from sconto.app.renewed import Renewed
from sconto.domain.ruleset import Ruleset
from sconto.errors import Unavailable
from sconto.signing.token_keys import Keys, KeyUrl, keys_of
from sconto.signing.tokens import Tokens
from sconto.v1 import (
    audit_service_pb2,
    behaviour_service_pb2,
    decision_service_pb2,
    price_service_pb2,
    rules_service_pb2,
    status_service_pb2,
)
from support import builders
from support.tokens import TERMS, jwks, token
from unit.api.door import AT_ONCE, SECONDS, Door, Failure, door, failure_of
from unit.api.requests import request

SERVICES = [
    service
    for file in (
        audit_service_pb2, behaviour_service_pb2, decision_service_pb2, price_service_pb2,
        rules_service_pb2, status_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
]  # fmt: skip
METHODS = {f"{s.full_name}/{m.name}": m for s in SERVICES for m in s.methods}
"""Every method of the contract, by its path."""

CALLERS = (
    Caller("till", frozenset({CallerRole.CHECKOUT})),
    Caller("web", frozenset({CallerRole.CHECKOUT})),
    Caller("slow", frozenset({CallerRole.CHECKOUT}), calls_in_flight=1, calls_per_second=2),
    Caller("busy", frozenset({CallerRole.CHECKOUT}), calls_in_flight=1),
    Caller("pat", frozenset({CallerRole.BUSINESS})),
    Caller("anna", frozenset({CallerRole.COMPLIANCE})),
    Caller("ops", frozenset({CallerRole.OPERATOR})),
)
"""One of each role, and some with limits; each has its name as subject and as certificate."""


class FixedKeys:
    """The keys of the issuer, which never change."""

    def __init__(self) -> None:
        self.current: Keys = keys_of(jwks("first", "second"), "keys of tests")

    async def find(self, kid: str | None) -> Any:
        """See TokenKeys."""
        return self.current.get(kid)

    async def keep_current(self) -> None:
        """Nothing to do."""


class Now:
    """A clock that stands where a test puts it."""

    now_us = builders.AS_OF_US

    def __call__(self) -> int:
        """See Clock."""
        return self.now_us


NAMED = {caller.name: caller for caller in CALLERS}


def admission(named: Mapping[str, Caller], clock: Clock) -> Admission:
    """Who may call, by token and by certificate."""
    return Admission(Callers(named, named, TERMS), Tokens(TERMS, FixedKeys(), clock))


def access(
    clock: Clock | None = None,
    callers: Mapping[str, Caller] = NAMED,
    tenants: Mapping[str, TenantLimits] | None = None,
) -> Access:
    """Lets *callers* in."""
    now = clock or Now()
    return Access(Renewed("callers", tuple, lambda: admission(callers, now)), now, tenants or {})


@asynccontextmanager
async def known_callers(
    rules: Ruleset | None = None, store: Store | None = None, clock: Clock | None = None
) -> AsyncIterator[Door]:
    """A server that lets CALLERS in, and nobody else."""
    settings = replace(AT_ONCE, access=access(clock), reflection=False)
    async with door(rules, store, settings) as d:
        yield d


def as_(name: str, **changes: Any) -> dict[str, Any]:
    """What a call of *name* is sent with."""
    return sent_with(token(name, **changes))


def sent_with(*tokens: str) -> dict[str, Any]:
    """What a call with *tokens* is sent with."""
    metadata = tuple(("authorization", f"Bearer {one}") for one in tokens)
    return {"metadata": metadata, "timeout": SECONDS}


async def call(d: Door, path: str, **sent: Any) -> Failure | None:
    """How a call with an empty request to the method at *path* fails."""
    request_type = message_factory.GetMessageClass(METHODS[path].input_type)
    raw = request_type().SerializeToString()
    if METHODS[path].client_streaming:
        stream = d.channel.stream_stream(f"/{path}")(iter([raw]), **sent)
        return await failure_of_stream(stream)
    unary = d.channel.unary_unary(f"/{path}")
    try:
        return await failure_of(unary(raw, **sent))
    except AssertionError:
        return None


async def failure_of_stream(stream: Any) -> Failure | None:
    """How a stream fails; None for one that answers."""
    try:
        await stream.read()
        stream.cancel()
    except grpc.aio.AioRpcError as error:
        return Failure(error)
    return None


async def _decide(**sent: Any) -> Failure:
    async with known_callers() as d:
        return await failure_of(d.decisions.Decide(request(), **sent))


async def credentials_missing() -> Failure:
    """Neither a token nor a certificate."""
    return await _decide(timeout=SECONDS)


async def token_invalid() -> Failure:
    """A token that somebody else signed."""
    return await _decide(**as_("till", signed_by="mallory"))


async def token_expired() -> Failure:
    """A token of yesterday."""
    return await _decide(**as_("till", exp=builders.AS_OF_US // 1_000_000 - 86_400))


async def caller_unknown() -> Failure:
    """A good token of somebody who is no caller."""
    return await _decide(**as_("mallory"))


async def caller_not_allowed() -> Failure:
    """A reader of the log who wants a discount."""
    return await _decide(**as_("anna"))


async def caller_limit_reached() -> Failure:
    """One call more than two in the same second."""
    async with known_callers() as d:
        for _ in range(2):
            await call(d, "sconto.v1.DecisionService/Decide", **as_("slow"))
        return await failure_of(d.decisions.Decide(request(), **as_("slow")))


async def token_keys_unavailable() -> Failure:
    """The issuer's keys can't be had."""

    def refuse(_: str) -> bytes:
        raise Unavailable("no keys today")

    now = Now()
    callers = Callers({}, {}, TERMS)
    lost = Admission(callers, Tokens(TERMS, KeyUrl("https://x", now, refuse), now))
    settings = replace(AT_ONCE, access=Access(Renewed("callers", tuple, lambda: lost), now, {}))
    async with door(settings=settings) as d:
        return await failure_of(d.decisions.Decide(request(), **as_("till")))


async def tenant_unavailable() -> Failure:
    """A caller of a tenant whose store could not be opened."""
    lost = Caller("lost", frozenset({CallerRole.CHECKOUT}), tenant="lost")
    async with door(settings=replace(AT_ONCE, access=access(callers={"lost": lost}))) as d:
        return await failure_of(d.decisions.Decide(request(), **as_("lost")))


FAILURES = {
    f.__name__.upper(): f
    for f in (
        credentials_missing, token_invalid, token_expired, caller_unknown, caller_not_allowed,
        caller_limit_reached, token_keys_unavailable, tenant_unavailable,
    )
}  # fmt: skip
