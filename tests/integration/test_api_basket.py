"""A basket that changes after its decision: before the till, at it, and after."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from google.protobuf import json_format
from google.type.money_pb2 import Money

from integration.test_api import OTHER_ID, UNKNOWN_ID
from sconto.app.audit import find_decision
from sconto.domain.record_reading import context_of
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from unit.api.door import SECONDS, decided, door, failure_of, get
from unit.api.requests import REQUEST_ID, bring_back, line, redeem, request, usd


@pytest.mark.parametrize(
    ("sold", "why"),
    [
        ([("a", 1, None), ("b", 1, 9_500_000_000)], None),
        ([("b", 1, None), ("a", 1, None)], None),
        (
            [("a", 2, None), ("b", 1, None)],
            "decided with 1 piece, and sold with 2 pieces",
        ),
        ([("a", 1, None)], "line `b` was decided with 1 piece, and not sold"),
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


async def test_a_redemption_is_repeated_as_it_was_sent() -> None:
    """Its request_id with another basket is a fault of the client, and not a changed basket."""
    async with door() as d:
        asked = redeem(await decided(d))
        asked.sold_lines.add(line_id="l1", quantity=1)
        await d.decisions.Redeem(asked, timeout=SECONDS)
        asked.sold_lines[0].quantity = 2
        failure = await failure_of(d.decisions.Redeem(asked, timeout=SECONDS))

    assert "REQUEST_ID_REUSED" == failure.info.reason


async def test_an_edited_basket_replaces_the_decision_about_it() -> None:
    """The first is REPLACED, the record names it, and replacing it again is refused."""
    async with door() as d:
        first = await decided(d)
        second = await decided(d, request_id=OTHER_ID, replaces=first)
        third = request(request_id=UNKNOWN_ID, replaces=first)
        failure = await failure_of(d.decisions.Decide(third, timeout=SECONDS))
        before, after = await get(d, first), await get(d, second)

    assert "ALREADY_REPLACED" == failure.info.reason
    assert second == failure.info.metadata["replaced_by"]
    assert second == before.decision.reservation.replaced_by
    assert pb.RESERVATION_STATE_REPLACED == before.decision.reservation.state
    assert pb.RESERVATION_STATE_HELD == after.decision.reservation.state
    assert f'"replaces":"{first}"'.encode() in after.record
    assert any(f"replaces decision `{first}`" in sentence for sentence in after.explanation)


async def test_pieces_come_back_until_nothing_is_left() -> None:
    """Each return says what to refund and what is kept; a dry run says it and changes nothing."""
    rules = builders.ruleset(builders.offer("cheese", 777))
    async with door(rules) as d:
        first = await decided(d, basket={"lines": [line("a", quantity=3), line("b")]})
        await d.decisions.Redeem(redeem(first), timeout=SECONDS)
        dry = await d.decisions.Return(bring_back(first, dry=True, a=2, b=1), timeout=SECONDS)
        one = await d.decisions.Return(bring_back(first, a=2, b=1), timeout=SECONDS)
        again = await d.decisions.Return(bring_back(first, a=2, b=1), timeout=SECONDS)
        rest = await d.decisions.Return(bring_back(first, OTHER_ID, a=1), timeout=SECONDS)
        more = await failure_of(
            d.decisions.Return(bring_back(first, UNKNOWN_ID, a=1), timeout=SECONDS)
        )
        found = await get(d, first)

    assert dry == one
    assert (True, one.returned_lines) == (again.replayed, again.returned_lines)
    assert (27, 660_000_000) == (one.refund.units, one.refund.nanos)
    assert [("a", 2), ("b", 1)] == [(r.line_id, r.quantity) for r in one.returned_lines]
    assert [("a", 1, 9, 230_000_000)] == [
        (k.line_id, k.quantity, k.final_price.units, k.final_price.nanos) for k in one.kept_lines
    ]
    assert pb.RESERVATION_STATE_REDEEMED == one.reservation.state
    assert (9, 230_000_000) == (rest.refund.units, rest.refund.nanos)
    assert not rest.kept_lines
    assert pb.RESERVATION_STATE_RETURNED == rest.reservation.state
    assert "ALREADY_RETURNED" == more.info.reason
    assert [(27, 660_000_000), (9, 230_000_000)] == [
        (r.refund.units, r.refund.nanos) for r in found.returns
    ]
    assert list(one.kept_lines) == list(found.returns[0].kept_lines)
    assert pb.RESERVATION_STATE_RETURNED == found.decision.reservation.state


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([("nowhere", 1)], "lines[0].line_id"),
        ([("l1", 1), ("l1", 1)], "lines[1].line_id"),
        ([], "lines"),
        ([("l1", 0)], "lines[0].quantity"),
    ],
)
async def test_a_return_names_what_is_wrong_with_it(
    lines: list[tuple[str, int]], field: str
) -> None:
    """By field, and nothing is given back."""
    async with door() as d:
        decision_id = await decided(d)
        await d.decisions.Redeem(redeem(decision_id), timeout=SECONDS)
        asked = wire.ReturnRequest(
            decision_id=decision_id,
            request_id=REQUEST_ID,
            lines=[wire.ReturnedLine(line_id=i, quantity=n) for i, n in lines],
        )
        failure = await failure_of(d.decisions.Return(asked, timeout=SECONDS))

    assert [field] == [violation.field for violation in failure.bad.field_violations]


async def test_returns_at_once_refund_each_piece_once() -> None:
    """Ten callers bring back the same two pieces: two are refunded."""
    rules = builders.ruleset(builders.offer("cheese", 777))
    async with door(rules) as d:
        decision_id = await decided(d, basket={"lines": [line("l1", quantity=2)]})
        await d.decisions.Redeem(redeem(decision_id), timeout=SECONDS)
        calls = [
            d.decisions.Return(bring_back(decision_id, str(UUID(int=n))), timeout=SECONDS)
            for n in range(10)
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    refunds = [a.refund for a in answers if isinstance(a, wire.ReturnResponse)]

    assert 1845 == sum(100 * r.units + r.nanos // 10_000_000 for r in refunds)
    assert 2 == len(refunds)


OTHERS = [
    line("card", kind="LINE_KIND_GIFT_CARD", list_price=usd(50)),
    line("deposit", kind="LINE_KIND_DEPOSIT", list_price=usd(0, 250_000_000), quantity=6),
    line("empties", kind="LINE_KIND_DEPOSIT", list_price=usd(0, -250_000_000), quantity=2),
    line("shoes", kind="LINE_KIND_RETURN", list_price=usd(-39, -990_000_000)),
    line("tax", kind="LINE_KIND_TAX", list_price=usd(0, 730_000_000)),
]


async def test_lines_that_are_no_goods_keep_their_price() -> None:
    """They change nothing for the goods beside them, and what is sold has them too."""
    store = MemoryStore()
    async with door(builders.ruleset(builders.offer("cheese", 1000)), store=store) as d:
        alone = await d.decisions.Decide(request(line("goods")), timeout=SECONDS)
        asked = request(*OTHERS, line("goods", kind="LINE_KIND_GOODS"), request_id=OTHER_ID)
        reply = await d.decisions.Decide(asked, timeout=SECONDS)
        decision_id = reply.decision.decision_id
        sold = [
            wire.SoldLine(line_id=p.line_id, quantity=n, final_price=p.final_price)
            for p, n in zip(reply.decision.line_prices, (1, 6, 2, 1, 1, 1), strict=True)
        ]
        missing = wire.RedeemRequest(
            decision_id=decision_id, request_id=REQUEST_ID, sold_lines=sold[1:]
        )
        failure = await failure_of(d.decisions.Redeem(missing, timeout=SECONDS))
        whole = wire.RedeemRequest(decision_id=decision_id, request_id=REQUEST_ID, sold_lines=sold)
        await d.decisions.Redeem(whole, timeout=SECONDS)
    prices = {p.line_id: _cents(p.final_price) for p in reply.decision.line_prices}
    found = find_decision(store, decision_id)
    again = context_of(found.record)

    assert {
        "card": 5000, "deposit": 150, "empties": -50, "goods": 900, "shoes": -3999, "tax": 73,
    } == prices  # fmt: skip
    assert list(prices) == sorted(prices)
    assert alone.decision.discounts == reply.decision.discounts
    assert "BASKET_CHANGED" == failure.info.reason
    assert ("empties", "DEPOSIT", 2, -50) == again.other_lines[2]
    assert ["goods"] == [kept.line_id for kept in again.lines]


def _cents(money: Money) -> int:
    return 100 * int(money.units) + int(money.nanos) // 10_000_000


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([OTHERS[0]], ["basket.lines"]),
        ([line(), line("r", kind="LINE_KIND_RETURN")], ["basket.lines[1].list_price"]),
        (
            [line(), line("t", kind="LINE_KIND_TAX", list_price=usd(-1))],
            ["basket.lines[1].list_price"],
        ),
        ([line(), line(kind="LINE_KIND_FEE")], ["basket.lines[1].line_id"]),
        ([line(), line("f", kind=99)], ["basket.lines[1].kind"]),
        ([line(list_price=usd(-1))], ["basket.lines[0].list_price"]),
    ],
)
async def test_a_line_that_can_not_be_is_named(
    lines: list[dict[str, Any]], fields: list[str]
) -> None:
    """Goods and fees have no negative price, a return no positive one; and there must be goods."""
    async with door() as d:
        failure = await failure_of(d.decisions.Decide(request(*lines), timeout=SECONDS))

    assert fields == [violation.field for violation in failure.bad.field_violations]


def cheese(amount: str, unit: str = "UNIT_KILOGRAM") -> dict[str, Any]:
    """So much of one piece."""
    return {"quantity": 1, "measured_quantity": {"amount": amount, "unit": unit}}


def returning(decision_id: str, request_id: str, **lines: dict[str, Any]) -> wire.ReturnRequest:
    """A request to return *lines* by their ids."""
    sent = [{"line_id": line_id, **came} for line_id, came in lines.items()]
    body = {"decision_id": decision_id, "request_id": request_id, "lines": sent}
    return json_format.ParseDict(body, wire.ReturnRequest())


async def test_measured_goods_come_back_in_parts() -> None:
    """.482 kg at 10.00 a kg is 4.82, less 5 % 4.58; what is left at the end has what is left."""
    rules = builders.ruleset(builders.offer("cheese", 500))
    async with door(rules) as d:
        reply = await d.decisions.Decide(request(line("a", **cheese("0.482"))), timeout=SECONDS)
        first = reply.decision.decision_id
        await d.decisions.Redeem(redeem(first), timeout=SECONDS)
        one = await d.decisions.Return(
            returning(first, REQUEST_ID, a=cheese("0.1")), timeout=SECONDS
        )
        more = await failure_of(
            d.decisions.Return(returning(first, UNKNOWN_ID, a={"quantity": 1}), timeout=SECONDS)
        )
        last = await d.decisions.Return(
            returning(first, OTHER_ID, a=cheese("0.382")), timeout=SECONDS
        )
        found = await get(d, first)

    assert usd(4, 580_000_000) == _plain(reply.decision.line_prices[0].final_price)
    # 4.58 x .382 / .482 is 3.6298: what is kept is rounded up.
    assert usd(0, 950_000_000) == _plain(one.refund)
    (kept,) = one.kept_lines
    assert (1, "0.382", pb.UNIT_KILOGRAM) == (
        kept.quantity,
        kept.measured_quantity.amount,
        kept.measured_quantity.unit,
    )
    assert usd(3, 630_000_000) == _plain(kept.final_price) == _plain(last.refund)
    assert "of line `a` 0.382 kg are left, and 0.482 kg came back" in more.message
    assert pb.RESERVATION_STATE_RETURNED == last.reservation.state
    assert b'"measured":[482,"kg"]' in found.record
    assert ["0.1", "0.382"] == [r.returned_lines[0].measured_quantity.amount for r in found.returns]


def _plain(money: Money) -> dict[str, Any]:
    return usd(money.units, money.nanos)


@pytest.mark.parametrize(
    ("sold", "why"),
    [
        (cheese("0.482"), None),
        (cheese("0.480"), "with 0.482 kg, and sold with 0.48 kg"),
        (cheese("0.482", "UNIT_POUND"), "with 0.482 kg, and sold with 0.482 lb"),
        ({"quantity": 1}, "with 0.482 kg, and sold with 1 piece"),
    ],
)
async def test_another_weight_is_another_basket(sold: dict[str, Any], why: str | None) -> None:
    """What was weighed again must be decided again."""
    async with door(builders.ruleset(builders.offer("cheese", 500))) as d:
        reply = await d.decisions.Decide(request(line("a", **cheese("0.482"))), timeout=SECONDS)
        asked = redeem(reply.decision.decision_id)
        asked.sold_lines.append(json_format.ParseDict({"line_id": "a", **sold}, wire.SoldLine()))
        if why is None:
            await d.decisions.Redeem(asked, timeout=SECONDS)
            return
        failure = await failure_of(d.decisions.Redeem(asked, timeout=SECONDS))

    assert "BASKET_CHANGED" == failure.info.reason
    assert why in failure.message


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (cheese("0.1", "UNIT_POUND"), "is in another unit than what was sold: `0.482 kg`"),
        (cheese("0"), "amount must be above zero"),
        ({**cheese("0.1"), "quantity": 2}, "quantity must be 1 where there is a measured_quantity"),
    ],
)
async def test_a_return_of_measured_goods_names_what_is_wrong_with_it(
    came: dict[str, Any], why: str
) -> None:
    """Nothing is refunded."""
    async with door(builders.ruleset(builders.offer("cheese", 500))) as d:
        reply = await d.decisions.Decide(request(line("a", **cheese("0.482"))), timeout=SECONDS)
        first = reply.decision.decision_id
        await d.decisions.Redeem(redeem(first), timeout=SECONDS)
        failure = await failure_of(
            d.decisions.Return(returning(first, OTHER_ID, a=came), timeout=SECONDS)
        )

    assert "INVALID_REQUEST" == failure.info.reason
    assert [why] == [violation.description for violation in failure.bad.field_violations]


async def test_pieces_do_not_come_back_by_weight() -> None:
    """A line that was counted has no unit."""
    async with door(builders.ruleset(builders.offer("cheese", 500))) as d:
        first = await decided(d)
        await d.decisions.Redeem(redeem(first), timeout=SECONDS)
        came = returning(first, OTHER_ID, l1=cheese("0.1"))
        failure = await failure_of(d.decisions.Return(came, timeout=SECONDS))

    (violation,) = failure.bad.field_violations
    assert ("lines[0].measured_quantity", "OTHER_UNIT") == (violation.field, violation.reason)
