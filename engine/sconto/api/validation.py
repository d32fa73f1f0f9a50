"""What the contract itself asks of a message (protovalidate), as field violations."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import protovalidate
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from sconto.errors import FieldViolation, InvalidRequest

_ONE_CHARACTER: Final = re.compile(r"\b1 characters\b")
_FORMS: Final = {
    "language_code": "is no BCP 47 tag; write it like `de-AT`",
    "amount": "is no decimal above zero like `0.482`, with at most three digits after the point",
    "decimal": "is no decimal like `4.5`, with at most nine digits after the point",
    "currency_code": "is no ISO 4217 code; write it like `EUR`",
    "name": "is no name of a fact: small letters, digits and `_`, like `abv_percent`",
    "digest": "is no digest; write it like `sha256:` and 64 hexadecimal digits",
}
"""What breaks the pattern of a field, by the field's name."""
_VALIDATOR: Final = protovalidate.Validator()

MAX_LINES: Final = 500
MAX_OFFER_IDS: Final = 200
MAX_CODES: Final = 10
MAX_ATTRIBUTES: Final = 64
MAX_CONSENTS: Final = 16
MAX_LINE_FACTS: Final = 32
MAX_MASK_PATHS: Final = 64
"""A field mask is another's type, which has no constraints of ours."""

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


def check_sizes(message: Message) -> None:
    """Refuse lists that are longer than the contract says, by their length alone.

    Comes before the contract's other rules, which look at every item: a hostile request must be
    cheap to turn away. Raises InvalidRequest.
    """
    found = Violations()
    _check_lists(message, "", found)
    found.raise_if_any()


def _check_lists(message: Message, path: str, found: Violations) -> None:
    for field in _with_lists(message.DESCRIPTOR):
        here = f"{path}.{field.name}" if path else field.name
        value = getattr(message, field.name)
        if not field.is_repeated:
            if message.HasField(field.name):
                _check_lists(value, here, found)
        elif (size := len(value)) > (most := most_items(field)):
            description = f"has `{size}` items, at most `{most}` are allowed"
            found.add(here, description, "TOO_MANY_ITEMS")
        elif field.message_type and _with_lists(field.message_type):
            for i, item in enumerate(value):
                _check_lists(item, f"{here}[{i}]", found)


@cache
def _with_lists(message: Descriptor) -> tuple[FieldDescriptor, ...]:
    """The fields of *message* that are lists, or hold some. No request holds itself."""
    return tuple(
        field
        for field in message.fields
        if field.is_repeated or (field.message_type and _with_lists(field.message_type))
    )


@cache
def most_items(field: FieldDescriptor) -> int:
    """How many items the list *field* may have; 0 for one that the contract does not bound."""
    if field.full_name == "google.protobuf.FieldMask.paths":
        return MAX_MASK_PATHS
    options: Any = field.GetOptions()
    rules = options.Extensions[descriptor_pool.Default().FindExtensionByName("buf.validate.field")]
    most: int = rules.repeated.max_items
    return most


def contract_violations(message: Message) -> tuple[FieldViolation, ...]:
    """What *message* breaks of the constraints written in the contract.

    Raises InvalidRequest for lists that are too long, and says only that.
    """
    check_sizes(message)
    return tuple(_violation(v) for v in _VALIDATOR.collect_violations(message))


def check(message: Message) -> None:
    """Raise InvalidRequest with every constraint of the contract that *message* breaks."""
    Violations(contract_violations(message)).raise_if_any()


def _violation(violation: protovalidate.Violation) -> FieldViolation:
    rule = violation.proto.rule_id
    field, message = _path(violation.proto) or _field_of_rule(rule), violation.proto.message
    if rule == "string.pattern":
        message = _FORMS.get(field.rpartition(".")[2], message)
    return FieldViolation(
        field=field,
        description=_ONE_CHARACTER.sub("1 character", message),
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
