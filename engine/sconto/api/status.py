"""The one table from what went wrong to what a caller receives: gRPC code, reason, next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from sconto.app.caller_limits import LIMIT_REACHED
from sconto.errors import (
    CallRefused,
    FieldViolation,
    InvalidRequest,
    NotFound,
    PublicationRefused,
    RequestIdReused,
    ScontoError,
    ServerEnding,
    StoreUnavailable,
    TenantUnavailable,
    TooManyCalls,
    TooManyUnknownCodes,
    WrongState,
)

DOMAIN: Final = "sconto"
"""ErrorInfo.domain of every error (AIP-193)."""

DETAILS_KEY: Final = "grpc-status-details-bin"
"""Trailing metadata in which gRPC carries google.rpc.Status."""

DETAILS_BYTES: Final = 3_000
"""Field violations sent at most: peers refuse trailers above 8 kB, and base64 adds a third."""

MESSAGE_CHARACTERS: Final = 300
"""The message travels twice, as grpc-message too, where other letters take up to 12 bytes."""

RETRY_DELAY: Final = Duration(nanos=100_000_000)
"""A store that is away comes back in a moment or in minutes; clients back off from here."""


HTTP_STATUS: Final[Mapping[grpc.StatusCode, int]] = {
    grpc.StatusCode.CANCELLED: 499,
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.INTERNAL: 500,
    grpc.StatusCode.UNAVAILABLE: 503,
}
"""How each code travels over HTTP (google/rpc/code.proto)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way a call can fail, as docs/errors.md and the wire tell it."""

    reason: str
    code: grpc.StatusCode
    meaning: str
    help: str
    retry: bool = False
    """Whether the same call, with the same request_id, may be sent again as it is."""


_STATE: Final = grpc.StatusCode.FAILED_PRECONDITION
_STATE_HELP: Final = WrongState.help
_UNKNOWN: Final = grpc.StatusCode.UNAUTHENTICATED
_DENIED: Final = grpc.StatusCode.PERMISSION_DENIED
_NOT_FOUND: Final = grpc.StatusCode.NOT_FOUND

INTERNAL: Final = Row(
    "INTERNAL",
    grpc.StatusCode.INTERNAL,
    "something broke here; the message has an incident id, and the server's log has the rest",
    "report the incident id; sending the same request_id again is safe",
)

ROWS: Final[Mapping[str, Row]] = {
    row.reason: row
    for row in (
        Row(
            InvalidRequest.code,
            grpc.StatusCode.INVALID_ARGUMENT,
            "the request can't be decided on; BadRequest names every field at fault",
            InvalidRequest.help,
        ),
        Row(
            RequestIdReused.code,
            grpc.StatusCode.INVALID_ARGUMENT,
            "the request_id was used before, for a request with another body",
            RequestIdReused.help,
        ),
        Row(
            NotFound.code,
            grpc.StatusCode.NOT_FOUND,
            "there is no decision with that id",
            NotFound.help,
        ),
        Row("RESERVATION_EXPIRED", _STATE, "the reservation's time is up", _STATE_HELP),
        Row("ALREADY_REDEEMED", _STATE, "the reservation was redeemed before", _STATE_HELP),
        Row("ALREADY_RELEASED", _STATE, "the reservation was released before", _STATE_HELP),
        Row(
            "ALREADY_REPLACED",
            _STATE,
            "another decision replaced this one",
            "go on with the decision that ErrorInfo's metadata names as replaced_by",
        ),
        Row(
            "ALREADY_RETURNED",
            _STATE,
            "everything that was sold came back before",
            "there is nothing left to refund",
        ),
        Row(
            "BASKET_CHANGED",
            _STATE,
            "what was sold is not the basket, or not at the prices, that were decided",
            "decide on the basket as it is now, with `replaces`, and redeem that decision",
        ),
        Row(
            "NOT_REDEEMED",
            _STATE,
            "pieces came back of what was not redeemed",
            "redeem the decision first; release it if the sale did not happen",
        ),
        Row(
            "MORE_THAN_LEFT",
            _STATE,
            "more pieces came back than the shopper has left of a line",
            "read `returns` of GetDecision",
        ),
        Row("NOTHING_RESERVED", _STATE, "the decision gave no discount", _STATE_HELP),
        Row(
            StoreUnavailable.code,
            grpc.StatusCode.UNAVAILABLE,
            "the record could not be made durable, so nothing happened and no discount was given",
            StoreUnavailable.help,
            retry=True,
        ),
        Row(
            TooManyCalls.code,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "more calls are in flight than the server answers at once; nothing happened",
            TooManyCalls.help,
            retry=True,
        ),
        Row(
            "CREDENTIALS_MISSING",
            _UNKNOWN,
            "the call has neither a token nor a certificate, and callers have to say who they are",
            "send `authorization: Bearer TOKEN`, or connect with a certificate",
        ),
        Row(
            "TOKEN_INVALID",
            _UNKNOWN,
            "the token is not one of the issuer, or not for this server; the message says why",
            "get a token from the issuer that the server trusts, for its audience",
        ),
        Row("TOKEN_EXPIRED", _UNKNOWN, "the token has expired", "get a fresh token"),
        Row(
            "CALLER_UNKNOWN",
            _UNKNOWN,
            "the token or the certificate is good, and names nobody who may call",
            "have the caller put into the server's file of callers",
        ),
        Row(
            "CALLER_NOT_ALLOWED",
            _DENIED,
            "the caller has no role that may call this method",
            "have the role given to the caller in the server's file of callers",
        ),
        Row(
            LIMIT_REACHED,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "the caller, or all of its tenant, have too many calls in flight, or made too many; "
            "nothing happened",
            TooManyCalls.help,
            retry=True,
        ),
        Row(
            "TOKEN_KEYS_UNAVAILABLE",
            grpc.StatusCode.UNAVAILABLE,
            "the keys by which tokens are verified can't be had at the moment; nothing happened",
            "send the same request again after the delay of RetryInfo",
            retry=True,
        ),
        Row(
            ServerEnding.code,
            grpc.StatusCode.UNAVAILABLE,
            "the server is about to end and takes no more calls; nothing happened",
            ServerEnding.help,
            retry=True,
        ),
        Row(
            TenantUnavailable.code,
            grpc.StatusCode.UNAVAILABLE,
            "the rules, the model or the store of the caller's tenant can't be opened at the "
            "moment; nothing happened",
            TenantUnavailable.help,
            retry=True,
        ),
        Row(
            TooManyUnknownCodes.code,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "the shopper, or the caller, sent too many codes that are not known; nothing happened",
            TooManyUnknownCodes.help,
            retry=True,
        ),
        Row(
            "PUBLISHING_OFF",
            _STATE,
            "this server takes no publications: it was started without a file of people",
            "start it with `sconto serve --people people.yaml`",
        ),
        Row(
            "PEOPLE_UNREADABLE",
            _STATE,
            "the server's file of people can't be read, so it trusts nobody",
            "mend the file on the server; it is read again for every publication",
        ),
        Row(
            "SIGNATURE_INVALID",
            _DENIED,
            "a signature does not fit the statement: one of the two was changed",
            "build the bundle again, and have it approved again",
        ),
        Row(
            "SIGNER_UNKNOWN",
            _DENIED,
            "a signature is of a key that this server does not trust",
            "have the key put into the server's file of people",
        ),
        Row(
            "ROLE_MISSING",
            _DENIED,
            "who signed may not sign this",
            "have somebody with the role sign, or the role put into the server's file of people",
        ),
        Row(
            "TWO_PERSONS_NEEDED",
            _DENIED,
            "an author and another person have to sign, and did not",
            "have somebody else approve it with `sconto rules approve`",
        ),
        Row(
            "BUNDLE_ALTERED",
            grpc.StatusCode.INVALID_ARGUMENT,
            "the documents are not those whose digest was signed",
            "send the bundle as it was approved",
        ),
        Row(
            "OUT_OF_TURN",
            _STATE,
            "it was signed before the last publication that was accepted here, or in the future",
            "build the bundle again from what is in force now, and have it approved",
        ),
        Row(
            "RULES_REFUSED",
            _STATE,
            "the ruleset does not compile, or fails its self-test",
            "run `sconto rules lint` on the folder with the server's version of Sconto",
        ),
        Row(
            "NEVER_ACTIVE",
            _STATE,
            "a rollback leads to a ruleset that was active here, and this one never was",
            "choose one from `sconto rules publications`, or publish it",
        ),
        Row(
            "PUBLICATION_NOT_FOUND",
            _NOT_FOUND,
            "there is no publication with that id",
            "choose one from `sconto rules publications`",
        ),
        Row(
            "RULESET_NOT_FOUND",
            _NOT_FOUND,
            "there is no ruleset with that digest",
            "choose one from `sconto rules publications`",
        ),
        INTERNAL,
    )
}
"""Every error that can leave, by its reason; nothing else can."""


def reason_of(error: Exception) -> str:
    """The reason in the table for *error*."""
    if isinstance(error, WrongState | PublicationRefused | CallRefused):
        code = error.state_code
    else:
        code = getattr(error, "code", "")
    return code if isinstance(error, ScontoError) and code in ROWS else INTERNAL.reason


def status_of(error: Exception, metadata: Mapping[str, str]) -> tuple[grpc.StatusCode, Status]:
    """What the caller of a call that raised *error* receives.

    *metadata* goes into ErrorInfo: the method, and the incident id when the error is internal.
    An internal error's own words stay here; they may hold anything.
    """
    row = ROWS[reason_of(error)]
    message = f"internal error, incident `{metadata.get('incident', '')}`"
    if row is not INTERNAL:
        message = _clipped(error)
    metadata = {**metadata, **getattr(error, "metadata", {})}
    info = ErrorInfo(reason=row.reason, domain=DOMAIN, metadata={**metadata, "help": row.help})
    details: list[Message] = [info]
    if isinstance(error, InvalidRequest):
        details.append(_bad_request(error.violations))
        info.metadata["violations"] = str(len(error.violations))
    if row.retry:
        details.append(RetryInfo(retry_delay=_delay(error)))
    status = Status(code=row.code.value[0], message=message, details=map(_packed, details))
    return row.code, status


def _delay(error: Exception) -> Duration:
    if not isinstance(error, TooManyUnknownCodes | CallRefused):
        return RETRY_DELAY
    if isinstance(error, TooManyUnknownCodes):
        return Duration(seconds=-(-error.wait_us // 1_000_000))
    return Duration(seconds=error.wait_us // 1_000_000, nanos=error.wait_us % 1_000_000 * 1_000)


def _clipped(error: Exception) -> str:
    text = str(error)
    if isinstance(error, InvalidRequest):
        first, more = error.violations[0], len(error.violations) - 1
        text = f"{first.field}: {first.description}" + (f" (and {more} more)" if more else "")
    return text if len(text) <= MESSAGE_CHARACTERS else f"{text[:MESSAGE_CHARACTERS]}..."


def _bad_request(violations: tuple[FieldViolation, ...]) -> BadRequest:
    """As many violations as fit; ErrorInfo's metadata says how many there are."""
    bad = BadRequest()
    for v in violations:
        bad.field_violations.add(field=v.field, description=v.description, reason=v.reason)
        if bad.ByteSize() > DETAILS_BYTES:
            del bad.field_violations[-1]
            break
    return bad


def _packed(message: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
