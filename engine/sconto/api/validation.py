"""What the contract itself asks of a message (protovalidate), as field violations."""

from __future__ import annotations

import re
from collections.abc import Callable, Sized
from itertools import islice
from typing import Final

import protovalidate
from google.protobuf.message import Message

from sconto.errors import FieldViolation, InvalidRequest
from sconto.v1.decision_service_pb2 import DecideRequest

_ONE_CHARACTER: Final = re.compile(r"\b1 characters\b")
_VALIDATOR: Final = protovalidate.Validator()

MAX_LINES: Final = 500
MAX_OFFER_IDS: Final = 200
MAX_CODES: Final = 10
MAX_ATTRIBUTES: Final = 64
MAX_CONSENTS: Final = 16
MAX_LINE_FACTS: Final = 32

MOST_ADVISED: Final = 16
"""Things wrong with one request that get advice: to find a word that comes near takes long."""

SHOWN_CHARACTERS: Final = 64
"""Errors travel in HTTP/2 trailers, where room is scarce: longer values are cut short."""


class Refused(Exception):
    """A value of a request is at fault; *field* is its path in the message that it stands in.

    Raised while a request is read, and collected into Violations there. *advice* makes the rest of
    the description, where that costs more than the rest of the reading.
    """

    def __init__(
        self, field: str, description: str, reason: str, advice: Callable[[], str] | None = None
    ) -> None:
        super().__init__(description)
        self.field = field
        self.description = description
        self.reason = reason
        self.advice = advice


class Violations:
    """Collects everything wrong with one request; the first word on a field is the one kept."""

    def __init__(self, found: tuple[FieldViolation, ...] = ()) -> None:
        self._found = {violation.field: violation for violation in found}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, field: str, description: str, reason: str) -> None:
        """Note that *field* is at fault."""
        self._found.setdefault(field, FieldViolation(field, description, reason))

    def add_refused(self, refused: Refused, path: str = "") -> None:
        """Note what *refused* says of a value of the message at *path*, or of the request."""
        field = f"{path}.{refused.field}" if path else refused.field
        description = refused.description
        if refused.advice is not None and len(self._found) < MOST_ADVISED:
            description = f"{description}; {refused.advice()}"
        self.add(field, description, refused.reason)

    def raise_if_any(self) -> None:
        """Raise InvalidRequest with all that was found."""
        if self._found:
            raise InvalidRequest(tuple(self._found.values()))


def shown(value: str) -> str:
    """*value* as it is quoted in an error: in backticks, cut short, control characters escaped."""
    cut = value if len(value) <= SHOWN_CHARACTERS else f"{value[:SHOWN_CHARACTERS]}..."
    return f"`{cut.encode('unicode_escape').decode() if _has_control(cut) else cut}`"


def _has_control(text: str) -> bool:
    return any(ord(c) < 0x20 or ord(c) == 0x7F for c in text)  # noqa: PLR2004 - ASCII controls


def check_sizes(request: DecideRequest) -> None:
    """Refuse lists that are too long, by their length alone; raises InvalidRequest.

    Comes before the contract's rules, which look at every item: a hostile request must be cheap
    to turn away.
    """
    found = Violations()
    shopper, lines = request.shopper, request.basket.lines
    _check_size(lines, MAX_LINES, "basket.lines", found)
    _check_size(request.offer_ids, MAX_OFFER_IDS, "offer_ids", found)
    _check_size(request.codes, MAX_CODES, "codes", found)
    _check_size(shopper.attributes, MAX_ATTRIBUTES, "shopper.attributes", found)
    _check_size(shopper.consents, MAX_CONSENTS, "shopper.consents", found)
    for i, line in enumerate(islice(lines, MAX_LINES + 1)):
        if len(line.facts) > MAX_LINE_FACTS:
            _check_size(line.facts, MAX_LINE_FACTS, f"basket.lines[{i}].facts", found)
    found.raise_if_any()


def _check_size(items: Sized, most: int, path: str, found: Violations) -> None:
    if (size := len(items)) > most:
        found.add(path, f"has `{size}` items, at most `{most}` are allowed", "TOO_MANY_ITEMS")


def contract_violations(message: Message) -> tuple[FieldViolation, ...]:
    """What *message* breaks of the constraints written in the contract."""
    return tuple(_violation(v) for v in _VALIDATOR.collect_violations(message))


def check(message: Message) -> None:
    """Raise InvalidRequest with every constraint of the contract that *message* breaks."""
    Violations(contract_violations(message)).raise_if_any()


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    rule = violation.proto.rule_id
    return FieldViolation(
        field=_path(violation.proto) or _field_of_rule(rule),
        description=_ONE_CHARACTER.sub("1 character", violation.proto.message),
        reason=rule.upper().replace(".", "_"),
    )


def _path(violation: protovalidate.ViolationPb) -> str:
    if violation.field is None:
        return ""
    parts = []
    for element in violation.field.elements:
        index = element.subscript
        at = "" if index is None else f"[{index.value}]"
        parts.append(f"{element.field_name}{at}")
    return ".".join(parts)


def _field_of_rule(rule: str) -> str:
    """The field that a rule of a whole message is about: ours are named `<message>.<field>`."""
    return rule.rpartition(".")[2]
