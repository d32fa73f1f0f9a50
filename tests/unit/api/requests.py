"""Decide requests that the ruleset of `support.builders` accepts, and what is said of bad ones."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format

from sconto.api.convert import decision_context
from sconto.domain.context import DecisionContext
from sconto.domain.ruleset import Ruleset
from sconto.errors import FieldViolation, InvalidRequest
from sconto.v1.decision_service_pb2 import (
    DecideRequest,
    RedeemRequest,
    ReleaseRequest,
    ReturnedLine,
    ReturnRequest,
)
from support import builders

REQUEST_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0001"
KEY = b"k" * 32


def usd(units: int, nanos: int = 0) -> dict[str, Any]:
    """An amount in dollars."""
    return {"currency_code": "USD", "units": units, "nanos": nanos}


def line(line_id: str = "l1", **changes: Any) -> dict[str, Any]:
    """One piece of cheese at 10.00 that costs 6.00."""
    return {
        "line_id": line_id,
        "product_id": f"p-{line_id}",
        "category": "CHEESE",
        "quantity": 1,
        "list_price": usd(10),
        "unit_cost": usd(6),
        **changes,
    }


def request(*lines: dict[str, Any], **changes: Any) -> DecideRequest:
    """A request for a basket of *lines*, or of one piece of cheese."""
    body = {
        "request_id": REQUEST_ID,
        "shopper": {"shopper_id": "anna"},
        "channel": "store",
        "jurisdiction": "US-WI",
        "currency_code": "USD",
        "basket": {"lines": list(lines) or [line()]},
        **changes,
    }
    return json_format.ParseDict(body, DecideRequest())


def redeem(decision_id: str, request_id: str = REQUEST_ID) -> RedeemRequest:
    """A request to redeem."""
    return RedeemRequest(decision_id=decision_id, request_id=request_id)


def release(decision_id: str, request_id: str = REQUEST_ID) -> ReleaseRequest:
    """A request to release."""
    return ReleaseRequest(decision_id=decision_id, request_id=request_id)


def bring_back(
    decision_id: str, request_id: str = REQUEST_ID, *, dry: bool = False, **pieces: int
) -> ReturnRequest:
    """A request to return *pieces* by line id, or one piece of `l1`."""
    lines = [ReturnedLine(line_id=i, quantity=n) for i, n in (pieces or {"l1": 1}).items()]
    return ReturnRequest(
        decision_id=decision_id, request_id=request_id, lines=lines, validate_only=dry
    )


def read(message: DecideRequest, ruleset: Ruleset | None = None) -> DecisionContext:
    """The context that *message* is read as."""
    return decision_context(message, ruleset or builders.ruleset(), KEY, builders.AS_OF_US)


def violations(message: DecideRequest) -> dict[str, FieldViolation]:
    """What is wrong with *message*, by field."""
    with pytest.raises(InvalidRequest) as refused:
        read(message)
    return {v.field: v for v in refused.value.violations}
