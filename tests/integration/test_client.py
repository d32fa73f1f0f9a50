"""`sconto.client`, sync and async, against servers that fail as they are told, and a real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from sconto import client as methods
from sconto.api.status import DETAILS_KEY, status_of
from sconto.client import AsyncClient, CallFailed, Client, Identity, Method, Retries
from sconto.errors import (
    FieldViolation,
    InvalidRequest,
    RequestIdReused,
    ServerEnding,
    StoreUnavailable,
    TooManyCalls,
)
from sconto.v1 import (
    audit_service_pb2,
    behaviour_service_pb2,
    decision_service_pb2,
    price_service_pb2,
    rules_service_pb2,
    status_service_pb2,
)
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse
from unit.api.door import door
from unit.api.requests import request

QUICK = Retries(first_seconds=0.001, most_seconds=0.002)
Decide = Callable[..., DecideResponse]


class Scripted(grpc.GenericRpcHandler):
    """Ends the calls that come by the errors of *script*, one after the other; then all is well."""

    def __init__(self, *script: Exception) -> None:
        self.script = [*script]
        self.ids: list[str] = []
        self.sent: list[dict[str, Any]] = []

    def service(self, _: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """One answer to every method."""
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        self.ids.append(DecideRequest.FromString(raw).request_id)
        self.sent.append({m.key: m.value for m in context.invocation_metadata()})
        if self.script:
            code, status = status_of(self.script.pop(0), {})
            context.set_trailing_metadata(((DETAILS_KEY, status.SerializeToString()),))
            context.abort(code, status.message)
        return b""


def by_client(address: str, *settings: Any, **more: Any) -> Any:
    """One Decide by a Client."""
    with Client(address, *settings, **more) as client:
        return client.decide(DecideRequest())


def by_async_client(address: str, *settings: Any, **more: Any) -> Any:
    """One Decide by an AsyncClient."""

    async def decide() -> DecideResponse:
        async with AsyncClient(address, *settings, **more) as client:
            return await client.decide(DecideRequest())

    return asyncio.run(decide())


@pytest.fixture(params=[by_client, by_async_client])
def decide(request: pytest.FixtureRequest) -> Decide:
    """A call by each client."""
    found: Decide = request.param
    return found


@pytest.fixture
def listening() -> Iterator[Callable[[Scripted], str]]:
    """Starts a server, and tells its address."""
    servers: list[grpc.Server] = []

    def listen(scripted: Scripted) -> str:
        server = grpc.server(ThreadPoolExecutor(2), handlers=(scripted,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        return f"127.0.0.1:{port}"

    yield listen
    for server in servers:
        server.stop(None)


Listen = Callable[[Scripted], str]


def test_what_did_not_happen_is_sent_again_under_one_id(decide: Decide, listening: Listen) -> None:
    """The store is away, too many calls, a server that ends: all attempts have one request_id."""
    away = (StoreUnavailable("full"), TooManyCalls("many"), ServerEnding("ends"))
    server = Scripted(*away)

    assert DecideResponse() == decide(listening(server), retries=QUICK)
    assert 4 == len(server.ids)
    assert 1 == len({*server.ids})
    assert server.ids[0]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RequestIdReused("used"), "REQUEST_ID_REUSED"),
        (InvalidRequest((FieldViolation("basket", "is empty"),)), "INVALID_REQUEST"),
        (ValueError("a fault"), "INTERNAL"),
    ],
)
def test_other_errors_are_told_at_once(
    decide: Decide, listening: Listen, error: Exception, reason: str
) -> None:
    """With their reason, what to do, and the fields at fault."""
    server = Scripted(error)
    with pytest.raises(CallFailed) as failed:
        decide(listening(server), retries=QUICK)

    assert 1 == len(server.ids)
    assert reason == failed.value.reason
    assert failed.value.help
    wrong = [violation.field for violation in failed.value.fields]
    assert wrong == (["basket"] if isinstance(error, InvalidRequest) else [])


def test_the_delay_of_the_server_is_waited_for(decide: Decide, listening: Listen) -> None:
    """One that is longer than the deadline ends the call at once."""
    server = Scripted(TooManyCalls("many"))
    with pytest.raises(CallFailed) as failed:
        decide(listening(server), seconds=0.09, retries=QUICK)

    assert 1 == len(server.ids)
    assert 0.1 == failed.value.delay_seconds


def test_attempts_have_an_end(decide: Decide, listening: Listen) -> None:
    """However long the deadline."""
    server = Scripted(*[StoreUnavailable("full")] * 9)
    retries = Retries(attempts=3, first_seconds=0.001, most_seconds=0.002)
    with pytest.raises(CallFailed, match="full"):
        decide(listening(server), retries=retries)

    assert 3 == len(server.ids)


def test_no_time_is_no_time(listening: Listen) -> None:
    """It does not stand for the client's own deadline."""
    server = Scripted()
    with Client(listening(server)) as client, pytest.raises(CallFailed) as failed:
        client.call(methods.DECIDE, DecideRequest(), seconds=0)

    assert grpc.StatusCode.DEADLINE_EXCEEDED is failed.value.code


def test_a_failure_names_the_request_id(decide: Decide, listening: Listen) -> None:
    """The same request under it finds out whether anything happened."""
    server = Scripted(StoreUnavailable("full"))
    with pytest.raises(CallFailed) as failed:
        decide(listening(server), retries=Retries(attempts=1))

    assert [failed.value.request_id] == server.ids


def test_nobody_there_is_unavailable_within_the_deadline(decide: Decide) -> None:
    """Without a reason, for no server of ours has spoken."""
    with pytest.raises(CallFailed) as failed:
        decide("127.0.0.1:1", seconds=0.3, retries=QUICK)

    assert grpc.StatusCode.UNAVAILABLE is failed.value.code
    assert "" == failed.value.reason


def test_the_token_is_asked_for_each_attempt(decide: Decide, listening: Listen) -> None:
    """One that has been renewed meanwhile is taken."""
    tokens = iter(("first", "second"))
    server = Scripted(StoreUnavailable("full"))
    decide(listening(server), Identity(token=lambda: next(tokens)), retries=QUICK)

    assert ["Bearer first", "Bearer second"] == [s["authorization"] for s in server.sent]


async def test_a_real_server_decides_and_redeems() -> None:
    """The replies are the messages of the contract."""
    async with door() as d, AsyncClient(f"127.0.0.1:{d.server.port}", seconds=30) as client:
        decision = (await client.decide(request())).decision
        redeemed = await client.redeem(
            decision_service_pb2.RedeemRequest(decision_id=decision.decision_id)
        )

    assert decision.decision_id
    assert redeemed.reservation.state


def test_every_unary_method_of_the_contract_is_there() -> None:
    """With its path and the type of its reply."""
    files = (
        *(audit_service_pb2, behaviour_service_pb2, decision_service_pb2),
        *(price_service_pb2, rules_service_pb2, status_service_pb2),
    )
    contract = {
        f"/{service.full_name}/{method.name}": method.output_type.full_name
        for file in files
        for service in file.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if not method.client_streaming
    }
    known = [m for m in vars(methods).values() if isinstance(m, Method)]
    named = {m.path: m.reply_type.DESCRIPTOR.full_name for m in known if "sconto" in m.path}

    assert contract == named
