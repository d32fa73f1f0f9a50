"""The ASGI application: `POST /<service>/<method>` with JSON, answered by the methods of gRPC."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from importlib import resources
from typing import Any, Final

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from sconto.api.access import (
    AUTHORIZATION,
    CERTIFICATE_NAMES,
    Access,
    Credentials,
    MethodAccess,
    tenant_of,
)
from sconto.api.endpoint import MAX_REQUEST_BYTES, Endpoint, Method
from sconto.api.http import agents
from sconto.api.http.json_form import json_of, message_from
from sconto.api.in_flight import InFlight
from sconto.api.status import HTTP_STATUS
from sconto.app.callers import Caller
from sconto.errors import TooManyCalls

CHALLENGE: Final = (("www-authenticate", "Bearer"),)
"""What an answer that asks for a token says (RFC 9110, 11.6.1)."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Sequence[tuple[str, str]]

READ_SECONDS: Final = 10
"""A body that takes longer is given up: a connection that sends nothing must not be kept."""

LAST_READ_SECONDS: Final = 1
"""What a body still gets when the server ends, which must not wait for it."""

MAX_TIMEOUT_SECONDS: Final = 86_400
TIMEOUT: Final = re.compile(r"([0-9]{1,8})([HMSmun])")
UNIT_SECONDS: Final = {"H": 3_600, "M": 60, "S": 1, "m": 1e-3, "u": 1e-6, "n": 1e-9}
"""The header `grpc-timeout`, as gRPC over HTTP/2 defines it: `500m` is half a second."""

DECIDE: Final = "/sconto.v1.DecisionService/Decide"
OPENAPI: Final = "/openapi.json"
HEALTH: Final = "/healthz"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a body of JSON."""

    status: int
    body: bytes
    headers: Headers = ()


class Refused(Exception):
    """The call ends before a method sees it, as gRPC ends calls itself: without an ErrorInfo."""

    headers: Headers = ()

    def __init__(self, code: grpc.StatusCode, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = HTTP_STATUS[code] if status is None else status
        self.code = code


class _WrongVerb(Refused):
    def __init__(self, verbs: Sequence[str]) -> None:
        allowed = ", ".join(verbs)
        super().__init__(grpc.StatusCode.INVALID_ARGUMENT, f"this is called with {allowed}", 405)
        self.headers = (("allow", allowed),)


@dataclass(slots=True)
class _Call:
    """What a method sees of its call: trailing metadata goes out as headers."""

    address: str
    sent: Sequence[tuple[str, str]]
    until: float | None
    """When the caller stops waiting, by the clock of the event loop."""
    caller: Caller | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)

    def peer(self) -> str:
        """See Context."""
        return self.address

    def invocation_metadata(self) -> Sequence[tuple[str, str]]:
        """See Context."""
        return self.sent

    def time_remaining(self) -> float | None:
        """See Context."""
        return None if self.until is None else self.until - asyncio.get_running_loop().time()

    def set_trailing_metadata(self, metadata: Sequence[tuple[str, str]], /) -> None:
        """See Context."""
        self.headers = [*metadata]


@dataclass(frozen=True)
class _Method:
    """A method with what makes a message of a body, and a body of the request and its reply."""

    endpoint: Endpoint[Any]
    reply_type: type[Message]
    read: Callable[[bytes], Message]
    write: Callable[[Any, Any, str], bytes]
    """Is given the tenant too."""
    access: MethodAccess | None

    @classmethod
    def of(cls, service: str, endpoint: Endpoint[Any], access: Access | None) -> _Method:
        """The method of *service* as the contract has it."""
        read = partial(message_from, message_type=endpoint.request_type)
        reply_type = _reply_type(service, endpoint.name)
        own = access.to(f"{service}/{endpoint.name}") if access else None
        return cls(endpoint, reply_type, read, lambda _, reply, __: json_of(reply), own)

    async def __call__(self, body: bytes, call: _Call) -> Reply:
        """The reply to *body* of *call*, or the error that gRPC would have sent."""
        try:
            request = self.read(body)
            raw = await self.endpoint.answer(request, call)
            reply = self.write(request, self.reply_type.FromString(raw), tenant_of(call))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
            return self.failure(error, tenant_of(call))
        return Reply(200, reply, call.headers)

    async def admit(self, call: _Call, credentials: Credentials) -> AbstractContextManager[Any]:
        """What *call* is `with`, its caller known if need be; raises CallRefused."""
        if self.access is None:
            return nullcontext()
        call.caller, usage = await self.access.admit(credentials)
        return usage

    def failure(self, error: Exception, tenant: str = "") -> Reply:
        """The answer to a call that raised *error*."""
        code, status = self.endpoint.failure(error, tenant)
        unknown = code is grpc.StatusCode.UNAUTHENTICATED
        return Reply(HTTP_STATUS[code], json_of(status), CHALLENGE if unknown else ())


class HttpDoor:
    """The application. No method has code here: each is found by the name that gRPC gives it.

    Streaming methods are gRPC's alone. *name_of* gives the name of an offer of a tenant, for the
    forms that agents of shoppers know. Without *access* everybody may call.
    """

    def __init__(
        self,
        services: Mapping[str, Iterable[Method]],
        name_of: Callable[[str, str], str],
        max_concurrent_calls: int,
        access: Access | None = None,
    ) -> None:
        self._methods = {
            f"/{name}/{endpoint.name}": _Method.of(name, endpoint, access)
            for name, endpoints in services.items()
            for endpoint in endpoints
            if isinstance(endpoint, Endpoint)
        }

        def written_by(write: agents.Write) -> Callable[[Any, Any, str], bytes]:
            return lambda asked, reply, tenant: write(asked, reply, partial(name_of, tenant))

        for path, write in agents.FORMS.items():
            form = replace(self._methods[DECIDE], read=agents.read, write=written_by(write))
            self._methods[path] = form
        self._in_flight = InFlight(max_concurrent_calls)
        self._bodies: set[asyncio.Timeout] = set()
        self._ending = False
        self.draining = False
        self.serving = True
        """Whether health says so, unless draining; calls are tried all the same."""

    def end(self) -> None:
        """Wait for no body much longer; what has come whole is answered."""
        self._ending = True
        for reading in self._bodies:
            if reading.expired():
                continue
            reading.reschedule(asyncio.get_running_loop().time() + LAST_READ_SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3)."""
        try:
            reply = await self._reply(scope, receive)
        except Refused as refused:
            status = Status(code=refused.code.value[0], message=str(refused))
            reply = Reply(refused.status, json_of(status), refused.headers)
        headers = [("content-type", "application/json"), ("cache-control", "no-store")]
        sent = [(n.encode(), v.encode()) for n, v in (*headers, *reply.headers)]
        sent.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": sent})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        path = _path(scope)
        if path in {OPENAPI, HEALTH}:
            _check_verb(scope, "GET", "HEAD")
            return self._health() if path == HEALTH else Reply(200, self._openapi)
        method = self._methods.get(path)
        if method is None:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"there is nothing at {path[:100]!r}")
        _check_verb(scope, "POST")
        headers = dict(_sent(scope))
        _check_head(headers)
        try:
            async with asyncio.timeout(_timeout(headers.get("grpc-timeout"))) as limit:
                call = _Call(_peer(scope), _sent(scope), limit.when())
                try:
                    usage = await method.admit(call, _credentials(scope, call))
                except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
                    return method.failure(error)
                with usage:
                    return await self._answer(method, await self._body(headers, receive), call)
        except TimeoutError as error:
            raise _late() from error
        except asyncio.CancelledError as error:
            raise Refused(grpc.StatusCode.CANCELLED, "the server ended") from error

    async def _answer(self, method: _Method, body: bytes, call: _Call) -> Reply:
        # Counted from here: whoever sends half a body must not take the place of a whole one.
        try:
            with self._in_flight:
                return await method(body, call)
        except TooManyCalls as error:
            return method.failure(error, tenant_of(call))

    async def _body(self, headers: MutableMapping[str, str], receive: Receive) -> bytes:
        # At most 20 digits: h11 refuses more.
        if int(headers.get("content-length", "0")) > MAX_REQUEST_BYTES:
            raise _too_large()
        reading = asyncio.timeout(LAST_READ_SECONDS if self._ending else READ_SECONDS)
        self._bodies.add(reading)
        try:
            async with reading:
                return await _read(receive)
        except TimeoutError as error:
            if self._ending:
                raise Refused(grpc.StatusCode.UNAVAILABLE, "the server ends") from error
            late = f"the body did not come within {READ_SECONDS} s"
            raise Refused(grpc.StatusCode.DEADLINE_EXCEEDED, late, 408) from error
        finally:
            self._bodies.discard(reading)

    def _health(self) -> Reply:
        if self.draining or not self.serving:
            return Reply(503, b'{"status":"NOT_SERVING"}')
        return Reply(200, b'{"status":"SERVING"}')

    @cached_property
    def _openapi(self) -> bytes:
        return (resources.files("sconto.v1") / "openapi.json").read_bytes()


def _reply_type(service: str, method: str) -> type[Message]:
    found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method]
    reply_type: type[Message] = message_factory.GetMessageClass(found.output_type)
    return reply_type


def _sent(scope: Scope) -> Sequence[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


def _peer(scope: Scope) -> str:
    """Who calls, in the form of gRPC, so that both doors count the same callers."""
    host, port = scope.get("client") or ("", 0)
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"


def _credentials(scope: Scope, call: _Call) -> Credentials:
    sent = [value for name, value in call.sent if name == AUTHORIZATION]
    return Credentials(sent, scope["state"].get(CERTIFICATE_NAMES, ()), call.address)


def _path(scope: Scope) -> str:
    """The path alone, where the target is a whole address (RFC 9112, 3.2.2)."""
    path: str = scope["path"]
    scheme, found, rest = path.partition("://")
    return f"/{rest.partition('/')[2]}" if found and scheme in {"http", "https"} else path


def _check_verb(scope: Scope, *verbs: str) -> None:
    if scope["method"] not in verbs:
        raise _WrongVerb(verbs)


def _check_head(headers: MutableMapping[str, str]) -> None:
    """Refuse what no checkout sends."""
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    # Browsers send Origin with every POST. Without callers, a page that somebody looks at on the
    # server's machine must not decide or publish; with them, no browser holds their tokens.
    if "origin" in headers:
        raise Refused(grpc.StatusCode.PERMISSION_DENIED, "browsers may not call this server")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(invalid, "the content-type must be application/json", 415)
    if headers.get("content-encoding", "identity") != "identity":
        raise Refused(invalid, "the body must not be compressed", 415)


def _timeout(header: str | None) -> float | None:
    if header is None:
        return None
    found = TIMEOUT.fullmatch(header)
    if found is None:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "grpc-timeout must be like `500m`")
    seconds = min(int(found[1]) * UNIT_SECONDS[found[2]], MAX_TIMEOUT_SECONDS)
    if not seconds:
        # Else a call that never waits would be answered.
        raise _late()
    return seconds


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(grpc.StatusCode.CANCELLED, "the connection ended")
        body += message.get("body", b"")
        if len(body) > MAX_REQUEST_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _late() -> Refused:
    return Refused(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline passed")


def _too_large() -> Refused:
    message = f"the body has more than {MAX_REQUEST_BYTES} bytes"
    return Refused(grpc.StatusCode.RESOURCE_EXHAUSTED, message, 413)
