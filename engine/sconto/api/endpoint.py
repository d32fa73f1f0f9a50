"""From a method of ours to a gRPC method: bytes in, bytes out, errors by the table of `status`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from sconto.api.status import DETAILS_KEY, INTERNAL, reason_of, status_of
from sconto.app.ports import NewId
from sconto.errors import FieldViolation, InvalidRequest

Context = grpc.aio.ServicerContext[bytes, bytes]
RequestT = TypeVar("RequestT", bound=Message)

_LOG: Final = logging.getLogger("sconto.api")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[RequestT]):
    """One unary method. *answer* returns the reply's bytes, so that stored ones go out as such."""

    name: str
    request_type: type[RequestT]
    answer: Callable[[RequestT, Context], Awaitable[bytes]]
    new_id: NewId
    """Makes incident ids."""

    async def __call__(self, raw: bytes, context: Context) -> bytes:
        """The reply to the request *raw*, or the call's end with a status of the table."""
        try:
            return await self.answer(self._parsed(raw), context)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a status
            await self._abort(error, context)

    def handler(self) -> grpc.RpcMethodHandler[bytes, bytes]:
        """What grpc is given: no serialisers of its own, because this reads and writes bytes."""
        return grpc.unary_unary_rpc_method_handler(self.__call__)

    def _parsed(self, raw: bytes) -> RequestT:
        try:
            return self.request_type.FromString(raw)
        except DecodeError as error:
            description = f"the bytes are no {self.request_type.DESCRIPTOR.name}"
            violation = FieldViolation("request", description, "MALFORMED_MESSAGE")
            raise InvalidRequest((violation,)) from error

    async def _abort(self, error: Exception, context: Context) -> NoReturn:
        metadata = {"method": self.name}
        if reason_of(error) == INTERNAL.reason:
            metadata["incident"] = self.new_id()
            _LOG.error("incident %s in %s", metadata["incident"], self.name, exc_info=error)
        code, status = status_of(error, metadata)
        details = ((DETAILS_KEY, status.SerializeToString()),)
        await context.abort(code, status.message, details)
        raise AssertionError("abort always raises")
