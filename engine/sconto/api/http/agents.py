"""What was decided, as the discount parts of two standards of agent commerce have it.

UCP: the Universal Commerce Protocol, discount extension (ucp.dev, August 2026). ACP: the Agentic
Commerce Protocol, discount extension (agentic-commerce-protocol.com, 2026-04-17). A shop that
answers agents puts `discounts` and `messages` into its own checkout; lines are its line items, in
the order in which it sent them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sconto.api.amounts import to_minor
from sconto.api.http.json_form import json_value, message_from
from sconto.domain.codes import CodeStatus
from sconto.domain.reasons import ReasonCode
from sconto.errors import FieldViolation, InvalidRequest
from sconto.v1 import decision_pb2 as pb
from sconto.v1.decision_service_pb2 import DecideRequest, DecideResponse

UCP: Final = "/ucp/discounts"
ACP: Final = "/acp/2026-04-17/discounts"

NameOf = Callable[[str], str]
"""The name of an offer for people, by its id."""
Write = Callable[[DecideRequest, DecideResponse, NameOf], bytes]
"""Writes an answer."""

INVALID: Final = "discount_code_invalid"
EXPIRED: Final = "discount_code_expired"
ALREADY_APPLIED: Final = "discount_code_already_applied"
COMBINATION: Final = "discount_code_combination_disallowed"
MINIMUM: Final = "discount_code_minimum_not_met"
INELIGIBLE: Final = "discount_code_user_ineligible"
LIMIT: Final = "discount_code_usage_limit_reached"

REJECTIONS: Final[Mapping[CodeStatus, str]] = {
    CodeStatus.NOT_NEEDED: ALREADY_APPLIED,
    CodeStatus.NOT_CHOSEN: INELIGIBLE,
    CodeStatus.WITHHELD: INELIGIBLE,
    CodeStatus.UNKNOWN: INVALID,
    CodeStatus.NOT_YET_VALID: INVALID,
    CodeStatus.NO_LONGER_VALID: EXPIRED,
    CodeStatus.USED_UP: LIMIT,
    CodeStatus.USED_UP_BY_SHOPPER: LIMIT,
}
"""What both standards call the status of a code that opened nothing; their list is closed."""

BY_REASON: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.NOT_BEST: COMBINATION,
    ReasonCode.HIGHER_TIER_REACHED: COMBINATION,
    ReasonCode.NO_LINE_IN_SCOPE: MINIMUM,
    ReasonCode.BELOW_MINIMUM_SPEND: MINIMUM,
    ReasonCode.NOTHING_TO_DISCOUNT: MINIMUM,
    ReasonCode.BUDGET_SPENT: LIMIT,
    ReasonCode.SHOPPER_CAP_REACHED: LIMIT,
    ReasonCode.BUDGET_AHEAD_OF_PACE: LIMIT,
    ReasonCode.FREQUENCY_CAP_REACHED: LIMIT,
    ReasonCode.NOT_VALID_TODAY: EXPIRED,
}
"""What they call a valid code by the reason for which what it opens is not given."""


def read(body: bytes) -> DecideRequest:
    """The request of a shop, which is that of Decide; raises InvalidRequest."""
    request = message_from(body, DecideRequest)
    if request.HasField("read_mask"):
        description = "must be left out: the discounts are made of several fields"
        raise InvalidRequest((FieldViolation("read_mask", description, "NOT_ALLOWED"),))
    return request


def write_ucp(request: DecideRequest, reply: DecideResponse, name_of: NameOf) -> bytes:
    """The answer with its discounts as UCP has them."""
    applied = [
        {
            **_common(discount, priority, request, reply.decision),
            "title": discount.title or name_of(discount.offer_id),
        }
        for priority, discount in enumerate(reply.decision.discounts, 1)
    ]
    messages = [
        {**message, "path": f"$.discounts.codes[{place}]"}
        for place, message in _rejected(request, reply.decision)
    ]
    for shown in reply.decision.disclosures:
        told = {"type": "warning", "code": shown.disclosure_id, "content": shown.text}
        messages.append({**told, "path": "$.discounts", "presentation": "disclosure"})
    discounts = {"codes": [*request.codes], "applied": applied}
    return _written(reply, discounts, messages)


def write_acp(request: DecideRequest, reply: DecideResponse, name_of: NameOf) -> bytes:
    """The answer with its discounts as ACP has them."""
    decision = reply.decision
    applied = [
        {
            **_common(discount, priority, request, decision),
            "id": f"{decision.decision_id or 'dry-run'}-{priority}",
            "coupon": _coupon(discount, name_of),
        }
        for priority, discount in enumerate(decision.discounts, 1)
    ]
    rejected, messages = [], []
    for place, message in _rejected(request, decision):
        code, told = request.codes[place], message["content"]
        rejected.append({"code": code, "reason": message["code"], "message": told})
        where = {"param": f"$.discounts.codes[{place}]", "content_type": "plain"}
        messages.append({**message, **where, "resolution": "recoverable"})
    for shown in decision.disclosures:
        told = {"type": "info", "content_type": "plain", "content": shown.text}
        messages.append({**told, "param": "$.discounts"})
    discounts = {"codes": [*request.codes], "applied": applied, "rejected": rejected}
    return _written(reply, discounts, messages)


FORMS: Final[Mapping[str, Write]] = {UCP: write_ucp, ACP: write_acp}
"""What writes the answer at each path."""


def _common(
    discount: pb.Discount, priority: int, request: DecideRequest, decision: pb.Decision
) -> dict[str, Any]:
    """What both standards say of a discount that is given."""
    places = {line.line_id: place for place, line in enumerate(request.basket.lines)}
    codes = [
        code
        for code, became in zip(request.codes, decision.codes, strict=True)
        if became.status == pb.CODE_STATUS_APPLIED and discount.offer_id in became.offer_ids
    ]
    each = discount.kind in {pb.OFFER_KIND_PERCENT, pb.OFFER_KIND_FREE_SHIPPING}
    return {
        **({"code": codes[0]} if codes else {}),
        "amount": _minor(discount.total),
        "automatic": not codes,
        "method": "each" if each else "across",
        "priority": priority,
        "allocations": [
            {"path": f"$.line_items[{places[line.line_id]}]", "amount": _minor(line.discount)}
            for line in discount.lines
        ],
    }


def _coupon(discount: pb.Discount, name_of: NameOf) -> dict[str, Any]:
    coupon: dict[str, Any] = {
        "id": discount.offer_id,
        "name": discount.title or name_of(discount.offer_id),
    }
    if discount.kind == pb.OFFER_KIND_PERCENT:
        whole, rest = divmod(discount.percent_bp, 100)
        coupon["percent_off"] = discount.percent_bp / 100 if rest else whole
    elif discount.kind == pb.OFFER_KIND_AMOUNT:
        currency = discount.amount.currency_code.lower()
        coupon |= {"amount_off": _minor(discount.amount), "currency": currency}
    return coupon


def _rejected(
    request: DecideRequest, decision: pb.Decision
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The place of each code that opened nothing, and the warning about it."""
    for place, (code, became) in enumerate(zip(request.codes, decision.codes, strict=True)):
        if became.status != pb.CODE_STATUS_APPLIED:
            content = f"{code}: {became.sentence}"
            yield place, {"type": "warning", "code": rejection(became), "content": content}


def rejection(became: pb.CodeResult) -> str:
    """What both standards call what became of a code that opened nothing."""
    status = CodeStatus(became.status)
    if status in {CodeStatus.NOT_CHOSEN, CodeStatus.WITHHELD} and became.reason:
        return BY_REASON.get(ReasonCode(became.reason), REJECTIONS[status])
    return REJECTIONS[status]


def _minor(amount: Any) -> int:
    return to_minor(amount, amount.currency_code, "amount")


def _written(reply: DecideResponse, discounts: Any, messages: Any) -> bytes:
    answer = {"discounts": discounts, "messages": messages, **json_value(reply)}
    return json.dumps(answer, ensure_ascii=False).encode()
