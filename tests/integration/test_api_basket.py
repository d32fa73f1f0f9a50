"""A basket that changes after its decision: at the till, and before."""

from __future__ import annotations

import pytest
from google.type.money_pb2 import Money

from integration.test_api import OTHER_ID, UNKNOWN_ID, decided, get
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from unit.api.door import SECONDS, door, failure_of
from unit.api.requests import REQUEST_ID, line, request


@pytest.mark.parametrize(
    ("sold", "why"),
    [
        ([("a", 1, None), ("b", 1, 9_500_000_000)], None),
        ([("b", 1, None), ("a", 1, None)], None),
        ([("a", 2, None), ("b", 1, None)], "line `a` was decided with 1 pieces, and sold with 2"),
        ([("a", 1, None)], "line `b` was decided with 1 pieces, and not sold"),
        ([("a", 1, None), ("b", 1, None), ("c", 1, None)], "`c` is no other line of the decision"),
        ([("a", 1, None), ("a", 1, None)], "`a` is no other line of the decision"),
        ([("a", 1, 10_000_000_000), ("b", 1, None)], "at 9.50 USD, and sold at 10.00 USD"),
    ],
)
async def test_only_the_basket_that_was_decided_is_redeemed(
    sold: list[tuple[str, int, int | None]], why: str | None
) -> None:
    """When the checkout says what it sold, another basket is refused, and the budget stays held."""
    lines = [wire.SoldLine(line_id=line_id, quantity=n) for line_id, n, _ in sold]
    for sent, (*_, nanos) in zip(lines, sold, strict=True):
        if nanos is not None:
            units, rest = divmod(nanos, 1_000_000_000)
            sent.final_price.CopyFrom(Money(currency_code="USD", units=units, nanos=rest))
    async with door(builders.ruleset(builders.offer("cheese", 500))) as d:
        reply = await d.decisions.Decide(request(line("a"), line("b")), timeout=SECONDS)
        decision_id = reply.decision.decision_id
        asked = wire.RedeemRequest(decision_id=decision_id, request_id=REQUEST_ID, sold_lines=lines)
        if why is None:
            redeemed = await d.decisions.Redeem(asked, timeout=SECONDS)
            assert pb.RESERVATION_STATE_REDEEMED == redeemed.reservation.state
            return
        failure = await failure_of(d.decisions.Redeem(asked, timeout=SECONDS))
        found = await get(d, decision_id)

    assert "BASKET_CHANGED" == failure.info.reason
    assert why in failure.message
    assert pb.RESERVATION_STATE_HELD == found.decision.reservation.state


async def test_an_edited_basket_replaces_the_decision_about_it() -> None:
    """The first is REPLACED, the record names it, and replacing it again is refused."""
    async with door() as d:
        first = await decided(d)
        second = await decided(d, request_id=OTHER_ID, replaces=first)
        third = request(request_id=UNKNOWN_ID, replaces=first)
        failure = await failure_of(d.decisions.Decide(third, timeout=SECONDS))
        before, after = await get(d, first), await get(d, second)

    assert "ALREADY_REPLACED" == failure.info.reason
    assert pb.RESERVATION_STATE_REPLACED == before.decision.reservation.state
    assert pb.RESERVATION_STATE_HELD == after.decision.reservation.state
    assert f'"replaces":"{first}"'.encode() in after.record
    assert any(f"replaces decision `{first}`" in sentence for sentence in after.explanation)
