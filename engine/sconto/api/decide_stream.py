"""Decide over one long call: many requests in flight, each answered when it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import grpc

from sconto.api.endpoint import Endpoint, parsed
from sconto.v1 import decision_service_pb2 as wire

NAME: Final = "DecideStream"
AT_ONCE: Final = 64
"""Requests of one call that are read and not answered yet; others wait at the client."""


@dataclass(frozen=True, slots=True)
class DecideStream:
    """The streaming method; *decide* answers each of its requests."""

    decide: Endpoint[wire.DecideRequest]
    name: str = NAME

    def handler(self) -> grpc.RpcMethodHandler[bytes, bytes]:
        """See Method."""
        return grpc.stream_stream_rpc_method_handler(self.__call__)

    async def __call__(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        """The answers to *requests*, in the order in which they are ready."""
        room = asyncio.Semaphore(AT_ONCE)
        ready: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def answer(raw: bytes) -> None:
            await ready.put(await self._answer(raw, _OneOfMany(context.peer())))

        async def read() -> None:
            async with asyncio.TaskGroup() as answering:
                async for raw in requests:
                    await room.acquire()
                    answering.create_task(answer(raw))

        reading = asyncio.create_task(read())
        reading.add_done_callback(lambda _: ready.put_nowait(None))
        try:
            while (reply := await ready.get()) is not None:
                yield reply
                room.release()
            await reading
        finally:
            reading.cancel()

    async def _answer(self, raw: bytes, context: _OneOfMany) -> bytes:
        answer = wire.DecideStreamResponse()
        try:
            request = _parsed(raw)
            answer.request_id = request.request_id
            reply = await self.decide.answer(request, context)
            answer.response.MergeFromString(reply)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
            answer.error.CopyFrom(self.decide.failure(error)[1])
        return answer.SerializeToString()


def _parsed(raw: bytes) -> wire.DecideRequest:
    request: wire.DecideRequest = parsed(raw, wire.DecideStreamRequest).request
    return request


@dataclass(frozen=True, slots=True)
class _OneOfMany:
    """The context of one request of a stream: trailing metadata belongs to the whole call."""

    caller: str

    def peer(self) -> str:
        """See Context."""
        return self.caller

    def set_trailing_metadata(self, metadata: tuple[tuple[str, str], ...], /) -> None:
        """See Context."""
