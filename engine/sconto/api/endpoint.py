"""From a method of ours to a method of a door: errors by the table of `status`."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Generic, Protocol, Self, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status

from sconto.api.access import MethodAccess, of_grpc, tenant_of
from sconto.api.in_flight import InFlight
from sconto.api.status import DETAILS_KEY, INTERNAL, reason_of, status_of
from sconto.api.watch import Watch
from sconto.app.callers import Caller
from sconto.app.ports import NewId
from sconto.errors import (
    FieldViolation,
    InvalidRequest,
    ServerEnding,
    StoreUnavailable,
)

MAX_REQUEST_BYTES: Final = 4 * 1024 * 1024
"""Ten thousand lines are still read, to be refused by name; doors refuse what is larger."""

_NO_HANDLE: Final = frozenset({errno.EMFILE, errno.ENFILE})
"""Whatever a call needed a file for, the next one may get it."""

RequestT = TypeVar("RequestT", bound=Message)

_LOG: Final = logging.getLogger("sconto.api")


class Context(Protocol):
    """What a method needs of its call, whichever door it came through."""

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str], ...], /) -> Any:
        """Send *metadata* after the reply."""

    def peer(self) -> str:
        """The address that called, as gRPC names it: `ipv4:127.0.0.1:54321`."""
        ...

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None:
        """What the caller sent beside the request."""
        ...

    def time_remaining(self) -> float | None:
        """Seconds until the caller stops waiting; None where it did not say."""
        ...


class Method(Protocol):
    """A method of a service, as gRPC takes it."""

    @property
    def name(self) -> str:
        """Its name in the contract."""

    def handler(
        self, in_flight: InFlight, access: MethodAccess | None
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """What grpc is given: no serialisers of its own, because this reads and writes bytes.

        Without *access* everybody may call.
        """

    def watched(self, watch: Watch) -> Method:
        """The same method, looked at by *watch* too."""


@dataclass(frozen=True, slots=True)
class CallerContext:
    """The context of a call whose caller is known; see `access.caller_of`."""

    context: Context
    caller: Caller

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str], ...], /) -> Any:
        """See Context."""
        return self.context.set_trailing_metadata(metadata)

    def peer(self) -> str:
        """See Context."""
        return self.context.peer()

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None:
        """See Context."""
        return self.context.invocation_metadata()

    def time_remaining(self) -> float | None:
        """See Context."""
        return self.context.time_remaining()


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT]):
    """One unary method. *answer* returns the reply's bytes, so that stored ones go out as such."""

    name: str
    request_type: type[RequestT]
    answer: Callable[[RequestT, Context], Awaitable[bytes]]
    new_id: NewId
    """Makes incident ids."""
    watches: Sequence[Watch] = ()

    async def __call__(
        self,
        raw: bytes,
        context: grpc.aio.ServicerContext[bytes, bytes],
        caller: Caller | None = None,
    ) -> bytes:
        """The reply to the gRPC request *raw*, or the call's end with a status of the table."""
        call = context if caller is None else CallerContext(context, caller)
        try:
            return await self.answer(parsed(raw, self.request_type), call)
        except Exception as error:
            await self.abort(error, context, tenant_of(call))
            raise AssertionError("abort always raises") from error

    async def abort(self, error: Exception, context: Any, tenant: str = "") -> None:
        """End a gRPC call that raised *error*; always raises."""
        code, status = self.failure(error, tenant)
        details = ((DETAILS_KEY, status.SerializeToString()),)
        await context.abort(code, status.message, details)

    def failure(self, error: Exception, tenant: str = "") -> tuple[grpc.StatusCode, Status]:
        """What the caller of a call that raised *error* receives; ours are logged.

        *tenant* is empty where it is not known.
        """
        if isinstance(error, OSError) and error.errno in _NO_HANDLE:
            error = StoreUnavailable(f"the server can open no file: {error.strerror}")
        metadata = {"method": self.name}
        if reason_of(error) == INTERNAL.reason:
            metadata["incident"] = self.new_id()
            said = (metadata["incident"], self.name)
            _LOG.error("incident %s in %s", *said, exc_info=error, extra=metadata)
        code, status = status_of(error, metadata)
        for watch in self.watches:
            watch.failed(tenant, self.name, code.name)
        return code, status

    def watched(self, watch: Watch) -> Self:
        """See Method."""

        async def answer(request: RequestT, context: Context) -> bytes:
            with watch.during(tenant_of(context), self.name, context):
                return await self.answer(request, context)

        return replace(self, answer=answer, watches=(*self.watches, watch))

    def handler(
        self, in_flight: InFlight, access: MethodAccess | None
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """See Method."""
        return grpc.unary_unary_rpc_method_handler(partial(self._counted, in_flight, access))

    async def _counted(
        self,
        in_flight: InFlight,
        access: MethodAccess | None,
        raw: bytes,
        context: grpc.aio.ServicerContext[bytes, bytes],
    ) -> bytes:
        try:
            with in_flight:
                if access is None:
                    return await self(raw, context)
                caller, usage = await access.admit(of_grpc(context))
                with usage:
                    return await self(raw, context, caller)
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            if isinstance(error, ServerEnding):
                await in_flight.told.wait()
            await self.abort(error, context)
            raise AssertionError("abort always raises") from error


def parsed(raw: bytes, request_type: type[RequestT]) -> RequestT:
    """The request that *raw* is; raises InvalidRequest."""
    try:
        return request_type.FromString(raw)
    except DecodeError as error:
        description = f"the bytes are no {request_type.DESCRIPTOR.name}"
        violation = FieldViolation("request", description, "MALFORMED_MESSAGE")
        raise InvalidRequest((violation,)) from error
