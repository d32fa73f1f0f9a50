"""Decide over one long call: many requests in flight, each answered when it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import grpc

from sconto.api.access import Credentials, MethodAccess, of_grpc, tenant_of
from sconto.api.endpoint import CallerContext, Context, Endpoint, parsed
from sconto.api.in_flight import InFlight
from sconto.api.watch import Watch
from sconto.errors import ServerEnding, TooManyCalls
from sconto.v1 import decision_service_pb2 as wire

NAME: Final = "DecideStream"
AT_ONCE: Final = 64
"""Requests of one call that are read and not answered yet; others wait at the client."""
STREAMS: Final = 100
"""Calls at once of one tenant: each may stay open for ever, and unary calls must keep room beside
them."""

Answer = Callable[[bytes], Awaitable[bytes]]
"""Makes the answer to one request of a call."""


@dataclass(frozen=True, slots=True)
class DecideStream:
    """The streaming method; *decide* answers each of its requests."""

    decide: Endpoint[wire.DecideRequest]
    name: str = NAME
    _open: dict[asyncio.Timeout, str] = field(init=False, default_factory=dict)
    """What ends the reading of each call, and its tenant."""

    def end(self) -> None:
        """Read no more; what was read is answered, and then the calls end as UNAVAILABLE."""
        for reading in self._open:
            with suppress(RuntimeError):  # The client has ended it already.
                reading.reschedule(asyncio.get_running_loop().time())

    def watched(self, watch: Watch) -> DecideStream:
        """See Method."""
        return replace(self, decide=self.decide.watched(watch))

    def handler(
        self, _: InFlight, access: MethodAccess | None
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """See Method."""
        return grpc.stream_stream_rpc_method_handler(partial(self._call, access))

    async def _call(
        self, access: MethodAccess | None, requests: AsyncIterator[bytes], context: Any
    ) -> AsyncIterator[bytes]:
        """The answers to *requests*; each of them is a call of its caller, and so is the stream."""
        tenant, usage, answer = await self._admitted(access, context)
        # INVARIANT: nothing is awaited until this one counts too.
        if [*self._open.values()].count(tenant) >= STREAMS:
            await self.decide.abort(TooManyCalls("too many streams are open"), context, tenant)
        until_end = asyncio.timeout(None)
        room, ready = asyncio.Semaphore(AT_ONCE), asyncio.Queue[bytes | None]()

        async def read() -> None:
            async with asyncio.TaskGroup() as answering:
                with suppress(TimeoutError, StopAsyncIteration):
                    async with until_end:
                        while await room.acquire():
                            answering.create_task(_put(ready, answer(await anext(requests))))

        with usage:
            self._open[until_end] = tenant
            reading = asyncio.create_task(read())
            reading.add_done_callback(lambda _: ready.put_nowait(None))
            try:
                while (reply := await ready.get()) is not None:
                    yield reply
                    room.release()
                await reading
            finally:
                del self._open[until_end]
                reading.cancel()
        if until_end.expired():
            await self.decide.abort(ServerEnding("the server ends"), context, tenant)

    async def _admitted(
        self, access: MethodAccess | None, context: Any
    ) -> tuple[str, AbstractContextManager[Any], Answer]:
        """Whose stream it is, what it is `with`, and what answers its requests."""
        call = _OneOfMany(context.peer(), context.invocation_metadata())
        if access is None:
            return "", nullcontext(), partial(self._answer, call)
        credentials = of_grpc(context)
        try:
            caller, usage = await access.admit(credentials)
        except Exception as error:
            await self.decide.abort(error, context)
            raise AssertionError("abort always raises") from error
        answer = partial(self._answer, call, access=access, credentials=credentials)
        return caller.tenant, usage, answer

    async def _answer(
        self,
        call: Context,
        raw: bytes,
        access: MethodAccess | None = None,
        credentials: Credentials | None = None,
    ) -> bytes:
        answer, context = wire.DecideStreamResponse(), call
        try:
            request = _parsed(raw)
            answer.request_id = request.request_id
            if access is None or credentials is None:
                reply = await self.decide.answer(request, call)
            else:
                # Again for each: a token may expire, and a caller be struck off, in between.
                caller, usage = await access.admit(credentials)
                context = CallerContext(call, caller)
                with usage:
                    reply = await self.decide.answer(request, context)
            answer.response.MergeFromString(reply)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
            answer.error.CopyFrom(self.decide.failure(error, tenant_of(context))[1])
        return answer.SerializeToString()


async def _put(ready: asyncio.Queue[bytes | None], answered: Awaitable[bytes]) -> None:
    await ready.put(await answered)


def _parsed(raw: bytes) -> wire.DecideRequest:
    request: wire.DecideRequest = parsed(raw, wire.DecideStreamRequest).request
    return request


@dataclass(frozen=True, slots=True)
class _OneOfMany:
    """The context of one request of a stream: trailing metadata belongs to the whole call."""

    address: str
    sent: Iterable[tuple[str, str | bytes]] | None

    def invocation_metadata(self) -> Iterable[tuple[str, str | bytes]] | None:
        """See Context."""
        return self.sent

    def peer(self) -> str:
        """See Context."""
        return self.address

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str], ...], /) -> None:
        """See Context."""

    def time_remaining(self) -> None:
        """None: the deadline of a stream says nothing of one request."""
