"""A checkout at the HTTP door: the same methods, answers and errors as over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status.rpc_status import from_call
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from sconto.api.server import ServerSettings
from sconto.api.status import HTTP_STATUS
from sconto.app.ports import Store
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.serving.address import bound
from sconto.settings import Address
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_service_pb2 as wire
from support import builders, http_calls, odd_requests
from support.http_calls import DECISIONS, JSON, Answer
from unit.api.door import AT_ONCE, SECONDS, Door, door
from unit.api.requests import REQUEST_ID, line, request, usd

DECIDE = f"{DECISIONS}/Decide"
OTHER_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0002"
UNKNOWN_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6affff"


class BothDoors:
    """A server that answers gRPC and HTTP."""

    def __init__(self, door: Door) -> None:
        self.grpc = door
        assert door.server.http_port is not None
        self.port = door.server.http_port

    async def send(self, path: str, *arguments: Any, **named: Any) -> Answer:
        """See `support.http_calls.send`."""
        return await asyncio.to_thread(http_calls.send, self.port, path, *arguments, **named)

    async def outcome(self, method: str, message: Message) -> Message:
        """The reply over gRPC, or the error."""
        try:
            reply: Message = await getattr(self.grpc.decisions, method)(message, timeout=SECONDS)
        except grpc.aio.AioRpcError as error:
            status = from_call(error)
            assert status is not None
            return status
        return reply


@asynccontextmanager
async def both_doors(
    rules: Ruleset | None = None,
    store: Store | None = None,
    settings: ServerSettings = AT_ONCE,
    cause: RungCause | None = None,
) -> AsyncIterator[BothDoors]:
    """A server in this process that answers both."""
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    listening = replace(settings, http_sockets=sockets)
    async with door(rules, store, listening, cause=cause) as opened:
        yield BothDoors(opened)


def as_sent_over_http(answer: Answer, expected: Message) -> Message:
    """*answer* as a message like *expected*; its HTTP status must fit."""
    if isinstance(expected, Status):
        code = next(c for c in grpc.StatusCode if c.value[0] == expected.code)
        assert HTTP_STATUS[code] == answer.status
        return answer.message(Status())
    assert 200 == answer.status
    return answer.message(type(expected)())


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=60, deadline=None)
def test_both_doors_answer_alike(seed: int, plain: bool) -> None:
    """Field by field: what is decided, and what is wrong with a request and why."""
    random = Random(seed)
    made = odd_requests.plain_request(random)
    if not plain:
        odd_requests.make_odd(made, random)
    made.validate_only = True
    try:
        text = json_format.MessageToJson(made)
        sent = json_format.Parse(text, wire.DecideRequest())
    except (json_format.SerializeToJsonError, json_format.ParseError, ValueError):
        return  # JSON has no form for it: a timestamp beyond the year 9999

    expected, answer = asyncio.run(_ask_both(sent, text))

    assert as_dict(expected) == as_dict(as_sent_over_http(answer, expected))


def as_dict(message: Message) -> dict[str, Any]:
    """*message* to compare: packed details are bytes, with the entries of maps in any order."""
    found: dict[str, Any] = json_format.MessageToDict(message)
    return found


async def _ask_both(sent: wire.DecideRequest, text: str) -> tuple[Message, Answer]:
    async with both_doors(odd_requests.ruleset()) as doors:
        return await doors.outcome("Decide", sent), await doors.send(DECIDE, text)


async def test_a_request_is_decided_once_whichever_door_it_comes_through() -> None:
    """Sent again through the other door, it gets the same answer, marked as replayed."""
    async with both_doors(builders.ruleset(builders.offer("cheese", 500))) as doors:
        first = await doors.grpc.decisions.Decide(request(), timeout=SECONDS)
        again = await doors.send(DECIDE, request())
        other = await doors.send(DECIDE, request(request_id=OTHER_ID))
        third = await doors.grpc.decisions.Decide(request(request_id=OTHER_ID), timeout=SECONDS)

    reply = again.message(wire.DecideResponse())
    assert first.decision == reply.decision
    assert reply.replayed
    assert ("true", first.decision.decision_id) == (
        again.headers["sconto-replayed"],
        again.headers["sconto-decision-id"],
    )
    assert "sconto-replayed" not in other.headers
    assert other.message(wire.DecideResponse()).decision == third.decision
    assert third.replayed


async def test_a_changed_body_is_refused_through_the_other_door_too() -> None:
    """One request_id means one body, in JSON or not."""
    async with both_doors() as doors:
        await doors.grpc.decisions.Decide(request(), timeout=SECONDS)
        refused = await doors.send(DECIDE, request(line(quantity=2)))

    info = ErrorInfo()
    refused.error().details[0].Unpack(info)
    assert (400, "REQUEST_ID_REUSED", "sconto") == (refused.status, info.reason, info.domain)


async def test_a_reservation_is_followed_to_the_till() -> None:
    """Redeem twice, then read the decision back; release of another is not found."""
    async with both_doors(builders.ruleset(builders.offer("cheese", 500))) as doors:
        decided = (await doors.send(DECIDE, request())).json()["decision"]
        ids = {"requestId": OTHER_ID, "decisionId": decided["decisionId"]}
        body = str(ids).replace("'", '"')
        redeemed = [await doors.send(f"{DECISIONS}/Redeem", body) for _ in range(2)]
        read = await doors.send(f"{DECISIONS}/GetDecision", body.replace("requestId", "x"))
        got = await doors.send(
            f"{DECISIONS}/GetDecision", wire.GetDecisionRequest(decision_id=ids["decisionId"])
        )
        missing = await doors.send(
            f"{DECISIONS}/Release",
            wire.ReleaseRequest(request_id=OTHER_ID, decision_id=UNKNOWN_ID),
        )

    assert [("RESERVATION_STATE_REDEEMED", n == 1) for n in range(2)] == [
        (r.json()["reservation"]["state"], r.json()["replayed"]) for r in redeemed
    ]
    assert 400 == read.status
    assert decided["discounts"] == got.json()["decision"]["discounts"]
    assert got.json()["explanation"]
    assert (404, 5) == (missing.status, missing.json()["code"])


async def test_what_is_nothing_is_written_too() -> None:
    """An untyped client finds every field: no discounts are a list, and no cents are a 0."""
    async with both_doors() as doors:
        nothing = request(line(list_price=usd(0)))
        reply = (await doors.send(DECIDE, nothing)).json()

    assert [] == reply["decision"]["discounts"]
    assert {"currencyCode": "USD", "units": "0", "nanos": 0} == (
        reply["decision"]["linePrices"][0]["finalPrice"]
    )
    assert reply["replayed"] is False


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"validateOnly": 1}',
        b'{"validat_only": true}',
        b'{"channel": "a", "channel": "b"}',
        b'{"validateOnly": true, "validate_only": true}',
        b'{"channel": "\xff"}',
        b'{"channel": "\\ud800"}',
        b'{"basket": NaN}',
        b'{"asOfTime": "yesterday"}',
        b'{"basket": {"lines": [{"quantity": 1.5}]}}',
        b'{"basket": {"lines": [{"quantity": ' + b"9" * 5_000 + b"}]}}",
        b'{"\\ud800\\u0007\\n": 1}',
        b"[" * 100_000,
        b'{"basket":' * 100_000,
        b'{"basket": {"lines": [' + b"{}," * 200_000 + b"{}]}}",
    ],
    ids=range(17),
)
async def test_a_body_that_is_no_request_is_refused_as_such(body: bytes) -> None:
    """Misspelt, doubled, of a wrong type, too deep or too much: nothing is left out silently."""
    async with both_doors() as doors:
        refused = await doors.send(DECIDE, body)

    info, bad = ErrorInfo(), BadRequest()
    details = refused.error().details
    assert details[0].Unpack(info)
    assert details[1].Unpack(bad)
    assert (400, "INVALID_REQUEST") == (refused.status, info.reason)
    assert ["MALFORMED_MESSAGE"] == [v.reason for v in bad.field_violations]


@pytest.mark.parametrize(
    ("path", "verb", "headers", "status", "code"),
    [
        ("/", "POST", JSON, 404, 5),
        (f"{DECISIONS}/decide", "POST", JSON, 404, 5),
        (DECIDE, "GET", JSON, 405, 3),
        (DECIDE, "POST", {}, 415, 3),
        (DECIDE, "POST", {"content-type": "text/plain"}, 415, 3),
        (DECIDE, "POST", {**JSON, "content-encoding": "gzip"}, 415, 3),
        (DECIDE, "POST", {**JSON, "origin": "http://127.0.0.1"}, 403, 7),
        (DECIDE, "POST", {**JSON, "grpc-timeout": "1 hour"}, 400, 3),
        (DECIDE, "POST", {**JSON, "grpc-timeout": "0m"}, 504, 4),
        (DECIDE, "POST", {**JSON, "content-length": str(4 * 1024 * 1024 + 1)}, 413, 8),
        ("/healthz", "POST", JSON, 405, 3),
        ("/openapi.json", "DELETE", {}, 405, 3),
    ],
)
async def test_what_no_checkout_sends_is_refused_before_any_method(
    path: str, verb: str, headers: dict[str, str], status: int, code: int
) -> None:
    """With a code of gRPC and without a reason of ours, as gRPC refuses calls itself."""
    async with both_doors() as doors:
        refused = await doors.send(path, b"{}", headers, verb)

    assert (status, code, 0) == (refused.status, refused.error().code, len(refused.error().details))


@pytest.mark.parametrize(("path", "length"), [(DECIDE, "0000000002"), (f"http://x:1{DECIDE}", "2")])
async def test_other_spellings_of_a_call_are_read(path: str, length: str) -> None:
    """A length with zeros before it, and a target that is a whole address (RFC 9112, 3.2.2)."""
    async with both_doors() as doors:
        refused = await doors.send(path, b"{}", {**JSON, "content-length": length})

    info = ErrorInfo()
    assert refused.error().details[0].Unpack(info)
    assert (400, "INVALID_REQUEST") == (refused.status, info.reason)


class SlowStore(MemoryStore):
    """A store that does not answer until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.told = asyncio.Event()

    async def commit_decision(self, *arguments: Any, **named: Any) -> Any:
        """See Store."""
        self.asked.set()
        await self.told.wait()
        return await super().commit_decision(*arguments, **named)


async def test_a_deadline_ends_the_call() -> None:
    """As in gRPC; the same request afterwards gets the one answer."""
    store = SlowStore()
    async with both_doors(store=store) as doors:
        late = await doors.send(DECIDE, request(), {**JSON, "grpc-timeout": "50m"})
        store.told.set()
        kept = await doors.send(DECIDE, request(), {**JSON, "grpc-timeout": "1M"})

    assert (504, 4) == (late.status, late.error().code)
    assert 200 == kept.status


async def test_more_calls_than_are_allowed_at_once_are_refused() -> None:
    """The rest is answered as if they had not come."""
    store = SlowStore()
    async with both_doors(store=store, settings=replace(AT_ONCE, max_concurrent_calls=1)) as doors:
        first = asyncio.create_task(doors.send(DECIDE, request()))
        await store.asked.wait()
        second = await doors.send(DECIDE, request(request_id=OTHER_ID))
        store.told.set()
        answered = await first
        third = await doors.send(DECIDE, request(request_id=OTHER_ID))

    assert (429, 8) == (second.status, second.error().code)
    assert (200, 200) == (answered.status, third.status)


async def test_health_says_first_that_the_server_ends() -> None:
    """Load balancers see it while calls are still answered."""
    async with both_doors() as doors:
        before = await doors.send("/healthz", verb="GET")
        assert doors.grpc.server._http is not None
        doors.grpc.server._http.drain()
        after = await doors.send("/healthz", verb="GET")
        answered = await doors.send(DECIDE, request())

    assert [200, 503, 200] == [before.status, after.status, answered.status]


async def until_closed(doors: BothDoors) -> None:
    """Wait until nobody listens.

    Nobody connects: Python 3.11 forgets a connection that comes in while a server closes.
    """
    http = doors.grpc.server._http
    assert http is not None
    while any(one.is_serving() for one in http._server.servers):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.01)


async def test_a_call_in_flight_ends_when_the_server_does() -> None:
    """It gets its answer, and new ones get none."""
    store = SlowStore()
    async with both_doors(store=store, settings=replace(AT_ONCE, grace_seconds=30)) as doors:
        call = asyncio.create_task(doors.send(DECIDE, request()))
        await store.asked.wait()
        draining = asyncio.create_task(doors.grpc.server.drain())
        await until_closed(doors)
        with pytest.raises(ConnectionError):
            await doors.send("/healthz", verb="GET")
        store.told.set()
        await draining

        assert 200 == (await call).status


async def test_the_description_is_valid_and_fits_what_is_answered() -> None:
    """OpenAPI 3.1 of every method, and the replies and errors are as it says."""
    async with both_doors(builders.ruleset(builders.offer("cheese", 500))) as doors:
        document = (await doors.send("/openapi.json", verb="GET")).json()
        reply = await doors.send(DECIDE, request())
        refused = await doors.send(DECIDE, request(line(quantity=0), request_id=REQUEST_ID))

    validate(document)
    schemas = {"components": document["components"]}
    reply_schema = {"$ref": "#/components/schemas/sconto.v1.DecideResponse", **schemas}
    Draft202012Validator(reply_schema).validate(reply.json())
    error_schema = {"$ref": "#/components/schemas/google.rpc.Status", **schemas}
    Draft202012Validator(error_schema).validate(refused.json())
    request_schema = {"$ref": "#/components/schemas/sconto.v1.DecideRequest", **schemas}
    asked = json_format.MessageToDict(request())
    assert [] == [*Draft202012Validator(request_schema).iter_errors(asked)]
    bad = json_format.MessageToDict(request(line(quantity=0)))
    assert [*Draft202012Validator(request_schema).iter_errors(bad)]


async def test_both_doors_count_the_guesses_of_one_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever shoppers and connections it takes; over HTTP the refusal is a 429."""
    monkeypatch.setattr("sconto.app.guesses.BY_CALLER", 4)
    async with both_doors() as doors:
        for number in range(4):
            sent = request(
                request_id=f"0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6b{number:04d}",
                shopper={"shopper_id": f"s{number}"},
                codes=["guess"],
            )
            if number % 2:
                assert 200 == (await doors.send(DECIDE, sent)).status
            else:
                await doors.grpc.decisions.Decide(sent, timeout=SECONDS)
        late = request(shopper={"shopper_id": "s9"}, codes=["guess"])
        refused = await doors.send(DECIDE, late)
        error = await doors.outcome("Decide", late)

    assert 429 == refused.status
    assert as_dict(refused.error()) == as_dict(error)
