"""Who may call: every method for every role, by tokens and certificates, at both doors."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1 import health_pb2

from sconto.api.access import ROLES, Access, Credentials
from sconto.api.tls import Certificates
from sconto.app.callers import Caller, CallerRole
from sconto.bootstrap import admission as read_admission
from sconto.bootstrap import now_us
from sconto.serving.address import bound
from sconto.settings import Address
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from sconto.v1.status_service_pb2 import GetStatusRequest
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support import http_calls
from support.certificates import Authority
from support.tokens import jwks, token
from unit.api.door import AT_ONCE, SECONDS, Door, door, failure_of
from unit.api.known import (
    CALLERS,
    METHODS,
    Now,
    access,
    as_,
    call,
    known_callers,
    sent_with,
)
from unit.api.requests import request

DECIDE = "sconto.v1.DecisionService/Decide"
STATUS = "sconto.v1.StatusService/GetStatus"
REFUSALS = {"CREDENTIALS_MISSING", "TOKEN_INVALID", "CALLER_UNKNOWN", "CALLER_NOT_ALLOWED"}


@asynccontextmanager
async def over_http() -> AsyncIterator[Door]:
    """A server with known callers that answers over HTTP too."""
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    async with door(settings=replace(AT_ONCE, access=access(), http_sockets=sockets)) as d:
        yield d


async def send(d: Door, path: str, *names: str) -> tuple[int, str, dict[str, str]]:
    """The status, reason and headers of the answer to an empty request of *names* over HTTP."""
    assert d.server.http_port is not None
    sent = [as_(name)["metadata"] for name in names]
    headers = {**http_calls.JSON, **{k: v for one in sent for k, v in one}}
    port = d.server.http_port
    answer = await asyncio.to_thread(http_calls.send, port, f"/{path}", b"{}", headers)
    info = ErrorInfo()
    if answer.status >= 400:
        for detail in answer.error().details:
            detail.Unpack(info)
    return answer.status, info.reason, dict(answer.headers)


def test_every_method_has_its_roles() -> None:
    """And no role is for a method that is not there: whoever adds one decides who may call it."""
    assert set(METHODS) == set(ROLES)
    assert all(ROLES.values())


async def test_every_method_is_for_its_roles_alone() -> None:
    """Each method is called by one caller of each role; over HTTP it is the same."""
    people = {next(iter(c.roles)): c.name for c in CALLERS if c.calls_in_flight is None}
    assert set(CallerRole) == set(people)
    async with over_http() as d:
        for path, method in METHODS.items():
            for role, name in people.items():
                failed = await call(d, path, **as_(name))
                reason = failed.info.reason if failed else ""
                allowed = role in ROLES[path]
                assert allowed is (reason not in REFUSALS), (path, name, reason)
                if not allowed:
                    assert failed
                    assert grpc.StatusCode.PERMISSION_DENIED is failed.code
                if not method.client_streaming:
                    status, told, _ = await send(d, path, name)
                    assert allowed is (told not in REFUSALS), (path, name, status, told)


async def test_a_fault_while_a_caller_is_looked_up_is_an_incident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At both doors and on a stream, as every other fault: with a number to ask about."""

    async def fail(*_: object) -> None:
        raise ValueError("a fault")

    async with over_http() as d:
        monkeypatch.setattr("sconto.api.access.Access.caller_of", fail)
        for path in (DECIDE, f"{DECIDE}Stream"):
            failed = await call(d, path, **as_("till"))
            assert failed
            assert (grpc.StatusCode.INTERNAL, "INTERNAL") == (failed.code, failed.info.reason)
            assert failed.info.metadata["incident"]
        status, reason, _ = await send(d, DECIDE, "till")

    assert (500, "INTERNAL") == (status, reason)


async def test_streams_that_open_at_once_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those whose callers are all looked up at the same time."""
    monkeypatch.setattr("sconto.api.decide_stream.STREAMS", 1)
    looked_up, caller_of = asyncio.Barrier(2), Access.caller_of

    async def together(self: Access, credentials: Credentials) -> Caller:
        await looked_up.wait()
        return await caller_of(self, credentials)

    async with over_http() as d:
        monkeypatch.setattr(Access, "caller_of", together)
        streams = [d.decisions.DecideStream(**as_("till")) for _ in range(2)]
        ends = [asyncio.ensure_future(stream.code()) for stream in streams]
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)

    assert [grpc.StatusCode.RESOURCE_EXHAUSTED] == [end.result() for end in done]


async def test_nobody_calls_any_method_without_saying_who() -> None:
    """Health alone answers everybody."""
    async with over_http() as d:
        for path, method in METHODS.items():
            failed = await call(d, path, timeout=SECONDS)
            assert failed
            assert (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING") == (
                failed.code,
                failed.info.reason,
            )
            if not method.client_streaming:
                status, reason, headers = await send(d, path)
                assert (401, "CREDENTIALS_MISSING") == (status, reason)
                assert "Bearer" == headers["www-authenticate"]
        health = await d.health.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
        assert d.server.http_port is not None
        on_http = await asyncio.to_thread(
            http_calls.send, d.server.http_port, "/healthz", b"", {}, "GET"
        )

    assert health_pb2.HealthCheckResponse.SERVING == health.status
    assert 200 == on_http.status


async def test_one_token_is_taken_and_no_other_scheme() -> None:
    """Two tokens could name two callers."""
    good = token("till")
    others: list[dict[str, Any]] = [
        sent_with(good, good),
        {"metadata": (("authorization", f"Basic {good}"),), "timeout": SECONDS},
        {"metadata": (("authorization", good),), "timeout": SECONDS},
        {"metadata": (("authorization", ""),), "timeout": SECONDS},
    ]
    async with known_callers() as d:
        assert await d.decisions.Decide(request(), **as_("till"))
        for sent in others:
            failed = await failure_of(d.decisions.Decide(request(), **sent))
            assert "TOKEN_INVALID" == failed.info.reason


async def test_a_refused_call_is_logged_without_its_token(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who, what, from where and why, in one line."""
    async with known_callers() as d:
        await call(d, DECIDE, **as_("anna"))
    (said,) = [r.getMessage() for r in caplog.records if r.name == "sconto.api.access"]

    assert said.startswith(f"refused: anna called {DECIDE} from ipv4:127.0.0.1")
    assert "CALLER_NOT_ALLOWED" in said
    assert token("anna") not in said


async def test_who_reads_the_log_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With what was asked for, and never the shopper's id."""
    async with known_callers() as d:
        asked = ListDecisionsRequest(shopper_id="card-secret", page_size=5)
        await d.audit.ListDecisions(asked, **as_("anna"))
    (said,) = [r.getMessage() for r in caplog.records if r.getMessage().startswith("read:")]

    assert said.startswith("read: anna called ListDecisions: filter=shopper_id shopper=")
    assert said.endswith(" decisions=0")
    assert "card-secret" not in caplog.text


async def test_each_request_of_a_stream_is_a_call_of_its_caller() -> None:
    """The token is looked at again, so that a stream does not outlive it."""
    clock = Now()
    async with known_callers(clock=clock) as d:
        stream = d.decisions.DecideStream(**as_("till"))
        asked = wire.DecideStreamRequest(request=request(validate_only=True))
        await stream.write(asked)
        first = await stream.read()
        clock.now_us += 3_600_000_000
        await stream.write(asked)
        second = await stream.read()
        await stream.done_writing()

    info = ErrorInfo()
    second.error.details[0].Unpack(info)
    assert first.HasField("response")
    assert "TOKEN_EXPIRED" == info.reason


async def test_one_caller_at_its_limit_leaves_others_unharmed() -> None:
    """In flight as by the second, and an open stream is a call in flight."""
    async with known_callers() as d:
        stream = d.decisions.DecideStream(**as_("busy"))
        await stream.write(wire.DecideStreamRequest(request=request(validate_only=True)))
        refused = (await stream.read()).error.message
        failed = await failure_of(d.decisions.Decide(request(), **as_("busy")))
        stream.cancel()
        again = [await call(d, DECIDE, **as_("slow")) for _ in range(3)]
        others = [await d.decisions.Decide(request(), **as_("till")) for _ in range(3)]

    assert "`busy` may have 1 calls in flight" in refused
    assert ("CALLER_LIMIT_REACHED", 100_000_000) == (
        failed.info.reason,
        failed.retry.retry_delay.nanos,
    )
    reasons = [f.info.reason for f in again if f]
    assert ["INVALID_REQUEST", "INVALID_REQUEST", "CALLER_LIMIT_REACHED"] == reasons
    assert again[2]
    assert 500_000_000 == again[2].retry.retry_delay.nanos
    assert 3 == len(others)


async def test_callers_prove_who_they_are_with_certificates(tmp_path: Path) -> None:
    """By an alternative name, at both doors; a certificate of nobody is not enough."""
    authority = Authority(tmp_path)
    files = authority.issue("server", "127.0.0.1", client_ca=authority.ca)
    ops, mallory = authority.issue("a", "x.example", "ops"), authority.issue("b", "mallory")
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    settings = replace(
        AT_ONCE,
        access=access(),
        certificates=Certificates(files, now_us),
        http_sockets=sockets,
    )
    async with door(settings=settings) as d:
        found = [(await _status(d, authority, own), await _on_http(d, authority, own))
                 for own in (ops, mallory)]  # fmt: skip

    assert [("OK", 200), ("UNAUTHENTICATED", 401)] == found


async def _status(d: Door, authority: Authority, own: Any) -> str:
    pem = [path.read_bytes() for path in (authority.ca, own.key, own.certificate)]
    credentials = grpc.ssl_channel_credentials(*pem)
    async with grpc.aio.secure_channel(f"127.0.0.1:{d.server.port}", credentials) as channel:
        asked = StatusServiceStub(channel).GetStatus(GetStatusRequest(), timeout=SECONDS)
        return str((await asked.code()).name)


async def _on_http(d: Door, authority: Authority, own: Any) -> int:
    context = ssl.create_default_context(cafile=authority.ca)
    context.load_cert_chain(own.certificate, own.key)
    line = http.client.HTTPSConnection(
        "127.0.0.1", d.server.http_port, context=context, timeout=SECONDS
    )
    await asyncio.to_thread(line.request, "POST", f"/{STATUS}", b"{}", http_calls.JSON)
    status = (await asyncio.to_thread(line.getresponse)).status
    line.close()
    return status


FILE = """\
kind: callers
tokens: {issuer: "https://login.shop.example/", audience: sconto, keys: jwks.json}
callers:
  - {name: till, subjects: [till], roles: [checkout]}
"""


def test_a_changed_file_of_callers_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad one never takes the place of a good one."""
    path = tmp_path / "callers.yaml"
    path.write_text(FILE)
    (tmp_path / "jwks.json").write_bytes(jwks("first"))
    renewed = read_admission(path, ())
    assert {"till"} == set(renewed.current.callers.by_subject)

    path.write_text(FILE.replace("[till]", "[web]").replace("[checkout]", "[cashier]"))
    renewed.look()
    assert {"till"} == set(renewed.current.callers.by_subject)
    assert "callers.yaml:4:" in caplog.text

    path.write_text(FILE.replace("[till]", "[web, app]"))
    renewed.look()
    assert {"web", "app"} == set(renewed.current.callers.by_subject)


def test_the_page_names_the_roles_of_each_method() -> None:
    """docs/operator.md has the table of the code."""
    page = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
    for path, roles in ROLES.items():
        named = ", ".join(f"`{role.value}`" for role in CallerRole if role in roles)
        assert f"| `{path.partition('/')[2]}` | {named} |" in page


async def test_nothing_is_read_of_who_may_not_call() -> None:
    """Over HTTP the answer comes before the body."""
    async with over_http() as d:
        reader, writer = await asyncio.open_connection("127.0.0.1", d.server.http_port)
        head = f"POST /{DECIDE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: 4000000\r\n\r\n".encode())
        async with asyncio.timeout(SECONDS):
            answer = await reader.readline()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 401")
