"""A BatchDecide request as the decision contexts of its baskets, or refused basket by basket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sconto.api.convert import decision_context
from sconto.api.render import NEAR_MISSES, wanted_fields
from sconto.api.validation import Violations
from sconto.domain.context import DecisionContext
from sconto.domain.near_misses import MOST_DECIDED
from sconto.domain.ruleset import Ruleset
from sconto.errors import FieldViolation, InvalidRequest
from sconto.v1.decision_service_pb2 import BatchDecideRequest, DecideRequest

MAX_BASKETS: Final = 500
MAX_LINES: Final = 2_000
"""Lines of all baskets together."""
DECISIONS_OF_NEAR_MISSES: Final = MOST_DECIDED + 1
"""Of a basket whose near misses are asked for: so many times fewer baskets are allowed."""


def batch_contexts(
    request: BatchDecideRequest, ruleset: Ruleset, user_key: bytes, now_us: int
) -> Iterator[DecisionContext]:
    """The decision context of each basket of *request*, as `decision_context` reads it.

    Raises InvalidRequest with what is wrong with the first basket that can't be decided on.
    """
    _check_size(request)
    one = DecideRequest(
        shopper=request.shopper,
        channel=request.channel,
        jurisdiction=request.jurisdiction,
        currency_code=request.currency_code,
        offer_ids=request.offer_ids,
        validate_only=True,
        language_code=request.language_code,
        as_of_time=request.as_of_time if request.HasField("as_of_time") else None,
        read_mask=request.read_mask if request.HasField("read_mask") else None,
    )
    for i, basket in enumerate(request.baskets):
        one.basket.CopyFrom(basket)
        try:
            yield decision_context(one, ruleset, user_key, now_us)
        except InvalidRequest as invalid:
            raise InvalidRequest(tuple(_of_basket(v, i) for v in invalid.violations)) from None


def _of_basket(violation: FieldViolation, i: int) -> FieldViolation:
    """*violation* of a request with one basket as one of basket *i*."""
    head, dot, rest = violation.field.partition(".")
    field = f"baskets[{i}]{dot}{rest}" if head == "basket" else violation.field
    return FieldViolation(field, violation.description, violation.reason)


def _check_size(request: BatchDecideRequest) -> None:
    found, baskets = Violations(), len(request.baskets)
    near = NEAR_MISSES in wanted_fields(request)
    part, why = (DECISIONS_OF_NEAR_MISSES, " with near misses") if near else (1, "")
    most, most_lines = MAX_BASKETS // part, MAX_LINES // part
    if not 0 < baskets <= most:
        allowed = f"between `1` and `{most}` are allowed{why}"
        found.add("baskets", f"has `{baskets}` items, {allowed}", "WRONG_NUMBER_OF_ITEMS")
    lines = sum(len(basket.lines) for basket in request.baskets)
    if lines > most_lines:
        description = f"have `{lines}` lines together, at most `{most_lines}` are allowed{why}"
        found.add("baskets", description, "TOO_MANY_ITEMS")
    found.raise_if_any()
