"""A client of a server: typed calls, one deadline for each, and retries of what is safe.

A call is sent again, unchanged, after UNAVAILABLE, and after RESOURCE_EXHAUSTED with the delay to
wait. A request without a request_id gets one, which all attempts share: a call whose answer was
lost is answered again, and nothing is done twice. Requests and replies are the messages of
`sconto.v1`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import grpc
import uuid_utils
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_status.rpc_status import from_call

from sconto.errors import FieldViolation
from sconto.v1 import audit_service_pb2 as audit
from sconto.v1 import behaviour_service_pb2 as behaviour
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1 import price_service_pb2 as prices
from sconto.v1 import rules_service_pb2 as rules
from sconto.v1 import status_service_pb2 as status

ReplyT = TypeVar("ReplyT", bound=Message)

SECONDS: Final = 2.0
"""The deadline of a call, all its attempts together: a shopper is waiting."""


@dataclass(frozen=True, slots=True)
class Method(Generic[ReplyT]):
    """One unary method of the contract; *path* is `/service/method`."""

    path: str
    reply_type: type[ReplyT]


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a call is sent, and how long to wait in between: longer each time, by chance."""

    attempts: int = 5
    first_seconds: float = 0.05
    most_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Identity:
    """How the client knows the server and is known by it; nothing is encrypted without any."""

    ca: bytes | None = None
    """Authorities of the server's certificate, PEM."""
    certificate: bytes | None = None
    """The client's own chain, PEM, with its *key*."""
    key: bytes | None = None
    token: Callable[[], str] | None = field(default=None, repr=False)
    """Gives the JWT for each attempt. Without `ca`, everybody on the way can read it."""

    @property
    def credentials(self) -> grpc.ChannelCredentials | None:
        """What a channel takes; None for one without TLS."""
        if not (self.ca or self.certificate):
            return None
        return grpc.ssl_channel_credentials(self.ca, self.key, self.certificate)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What is sent beside a request."""
        return (("authorization", f"Bearer {self.token()}"),) if self.token else ()


class CallFailed(Exception):
    """A call that failed for good. Of a server that can't be reached there is a `code` alone."""

    def __init__(self, error: grpc.RpcError, request_id: str = "") -> None:
        self.request_id: str = request_id
        """Of all attempts. Where the code does not say that nothing happened (DEADLINE_EXCEEDED,
        UNAVAILABLE), the same request under the same id finds out."""
        sent, info, bad, retry = from_call(error), ErrorInfo(), BadRequest(), RetryInfo()
        for detail in sent.details if sent else ():
            _ = [detail.Unpack(part) for part in (info, bad, retry)]
        self.code: grpc.StatusCode = error.code()
        self.reason: str = info.reason
        """One of docs/errors.md; empty when no server of Sconto answered."""
        self.help: str = info.metadata.get("help", "")
        """What to do about it."""
        self.metadata: Mapping[str, str] = dict(info.metadata)
        self.fields = tuple(
            FieldViolation(v.field, v.description, v.reason) for v in bad.field_violations
        )
        """What is wrong with the request."""
        self.delay_seconds: float | None = None
        """For how long the server asks to wait."""
        if retry.HasField("retry_delay"):
            self.delay_seconds = retry.retry_delay.ToMicroseconds() / 1_000_000
        super().__init__(sent.message if sent else error.details())

    @property
    def retryable(self) -> bool:
        """Whether another attempt, with the same request_id, may fare better."""
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return self.delay_seconds is not None
        return self.code is grpc.StatusCode.UNAVAILABLE


class _Attempts:
    """The attempts of one call."""

    def __init__(self, request_id: str, seconds: float, retries: Retries) -> None:
        self._request_id = request_id
        self._end = time.monotonic() + seconds
        self._retries = retries
        self._made = 0

    @property
    def left(self) -> float:
        """What is left of the deadline, seconds."""
        return max(0.0, self._end - time.monotonic())

    def wait_after(self, error: grpc.RpcError) -> float:
        """How long to wait before the next attempt; raises CallFailed when there is none."""
        failed = CallFailed(error, self._request_id)
        self._made += 1
        longest: float = self._retries.first_seconds * 2**self._made
        wait = min(longest, self._retries.most_seconds) * (0.5 + random.random() / 2)  # noqa: S311
        wait = max(wait, failed.delay_seconds or 0.0)
        last = self._made >= self._retries.attempts or wait >= self.left
        if last or not failed.retryable:
            raise failed from error
        return wait


DECIDE: Final = Method("/sconto.v1.DecisionService/Decide", wire.DecideResponse)
BATCH_DECIDE: Final = Method("/sconto.v1.DecisionService/BatchDecide", wire.BatchDecideResponse)
REDEEM: Final = Method("/sconto.v1.DecisionService/Redeem", wire.RedeemResponse)
RELEASE: Final = Method("/sconto.v1.DecisionService/Release", wire.ReleaseResponse)
RETURN: Final = Method("/sconto.v1.DecisionService/Return", wire.ReturnResponse)
GET_DECISION: Final = Method("/sconto.v1.DecisionService/GetDecision", wire.GetDecisionResponse)
LIST_DECISIONS: Final = Method("/sconto.v1.AuditService/ListDecisions", audit.ListDecisionsResponse)
RECORD_EVENTS: Final = Method(
    "/sconto.v1.BehaviourService/RecordEvents", behaviour.RecordEventsResponse
)
RECORD_PRICES: Final = Method("/sconto.v1.PriceService/RecordPrices", prices.RecordPricesResponse)
PUBLISH_RULES: Final = Method("/sconto.v1.RulesService/PublishRules", rules.PublishRulesResponse)
ROLLBACK_RULES: Final = Method("/sconto.v1.RulesService/RollbackRules", rules.RollbackRulesResponse)
LIST_PUBLICATIONS: Final = Method(
    "/sconto.v1.RulesService/ListPublications", rules.ListPublicationsResponse
)
GET_PUBLICATION: Final = Method(
    "/sconto.v1.RulesService/GetPublication", rules.GetPublicationResponse
)
GET_RULESET: Final = Method("/sconto.v1.RulesService/GetRuleset", rules.GetRulesetResponse)
GET_STATUS: Final = Method("/sconto.v1.StatusService/GetStatus", status.GetStatusResponse)
CHECK_HEALTH: Final = Method("/grpc.health.v1.Health/Check", HealthCheckResponse)


def _prepared(request: Message) -> tuple[bytes, str]:
    """*request* as it is sent in every attempt, and its request_id; empty where it has none."""
    if "request_id" not in request.DESCRIPTOR.fields_by_name:
        return request.SerializeToString(), ""
    sent: Any = type(request)()
    sent.CopyFrom(request)
    sent.request_id = sent.request_id or str(uuid_utils.uuid4())
    return sent.SerializeToString(), sent.request_id


class Client:
    """Calls the server at *address*, `HOST:PORT`, over one channel; for use in any thread.

    Close it, or use it in a `with` block. Every call raises CallFailed.
    """

    def __init__(
        self,
        address: str,
        identity: Identity = Identity(),
        seconds: float = SECONDS,
        retries: Retries = Retries(),
    ) -> None:
        credentials = identity.credentials
        self._channel = (
            grpc.secure_channel(address, credentials)
            if credentials
            else grpc.insecure_channel(address)
        )
        self._identity, self._seconds, self._retries = identity, seconds, retries

    def call(
        self, method: Method[ReplyT], request: Message, seconds: float | None = None
    ) -> ReplyT:
        """The reply of *method* to *request* within *seconds*, by default those of the client."""
        body, request_id = _prepared(request)
        attempts = _Attempts(
            request_id, self._seconds if seconds is None else seconds, self._retries
        )
        send: Any = self._channel.unary_unary(
            method.path, response_deserializer=method.reply_type.FromString
        )
        while True:
            try:
                reply: ReplyT = send(body, attempts.left, self._identity.metadata)
            except grpc.RpcError as error:
                time.sleep(attempts.wait_after(error))
            else:
                return reply

    def decide(self, request: wire.DecideRequest) -> wire.DecideResponse:
        """Which discount the shopper gets."""
        return self.call(DECIDE, request)

    def redeem(self, request: wire.RedeemRequest) -> wire.RedeemResponse:
        """Spend what a decision reserved."""
        return self.call(REDEEM, request)

    def release(self, request: wire.ReleaseRequest) -> wire.ReleaseResponse:
        """Hand back what a decision reserved."""
        return self.call(RELEASE, request)

    def close(self) -> None:
        """Let go of the channel."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """Client for an event loop: make it and use it on the same one."""

    def __init__(
        self,
        address: str,
        identity: Identity = Identity(),
        seconds: float = SECONDS,
        retries: Retries = Retries(),
    ) -> None:
        credentials = identity.credentials
        self._channel = (
            grpc.aio.secure_channel(address, credentials)
            if credentials
            else grpc.aio.insecure_channel(address)
        )
        self._identity, self._seconds, self._retries = identity, seconds, retries

    async def call(
        self, method: Method[ReplyT], request: Message, seconds: float | None = None
    ) -> ReplyT:
        """See Client."""
        body, request_id = _prepared(request)
        attempts = _Attempts(
            request_id, self._seconds if seconds is None else seconds, self._retries
        )
        send: Any = self._channel.unary_unary(
            method.path, response_deserializer=method.reply_type.FromString
        )
        while True:
            try:
                reply: ReplyT = await send(
                    body, timeout=attempts.left, metadata=self._identity.metadata
                )
            except grpc.aio.AioRpcError as error:
                await asyncio.sleep(attempts.wait_after(error))
            else:
                return reply

    async def decide(self, request: wire.DecideRequest) -> wire.DecideResponse:
        """See Client."""
        return await self.call(DECIDE, request)

    async def redeem(self, request: wire.RedeemRequest) -> wire.RedeemResponse:
        """See Client."""
        return await self.call(REDEEM, request)

    async def release(self, request: wire.ReleaseRequest) -> wire.ReleaseResponse:
        """See Client."""
        return await self.call(RELEASE, request)

    async def close(self) -> None:
        """See Client."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self.close()
