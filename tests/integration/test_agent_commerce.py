"""Discounts as agents of shoppers are told them: UCP and ACP, on the HTTP door."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from uuid import UUID

import pytest
from google.protobuf import json_format
from google.rpc.error_details_pb2 import BadRequest

from integration.test_http import BothDoors, both_doors
from sconto.api.http.agents import ACP, BY_REASON, INELIGIBLE, REJECTIONS, UCP, rejection
from sconto.domain.codes import CodeStatus
from sconto.domain.reasons import ReasonCode, RungCause
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from support import agent_commerce
from support.agent_commerce import ACP_DISCOUNTS, ACP_MESSAGE, UCP_DISCOUNTS, UCP_MESSAGE
from unit.api.door import SECONDS
from unit.api.requests import line, request

BASKETS = 300


class Asked:
    """One basket, what was decided, and both forms of it."""

    def __init__(self, request: wire.DecideRequest, ucp: Any, acp: Any) -> None:
        self.request = request
        self.ucp = ucp
        self.acp = acp
        self.decision = json_format.ParseDict(ucp["decision"], pb.Decision())


@pytest.fixture(scope="module")
def baskets() -> list[Asked]:
    """Random baskets with random codes, each decided once."""
    return asyncio.run(_ask(BASKETS))


async def _ask(count: int) -> list[Asked]:
    random = Random(20260417)
    # Without a model every lane gives what it has, so that several discounts come together.
    missing = RungCause.MODEL_MISSING
    async with both_doors(agent_commerce.shop(), cause=missing) as doors:
        return [await _both(doors, agent_commerce.basket_request(random)) for _ in range(count)]


async def _both(doors: BothDoors, asked: wire.DecideRequest) -> Asked:
    ucp, acp = await doors.send(UCP, asked), await doors.send(ACP, asked)
    assert [200, 200] == [ucp.status, acp.status], ucp.body
    return Asked(asked, ucp.json(), acp.json())


def test_both_forms_are_of_one_decision(baskets: list[Asked]) -> None:
    """Asked for again in another form, nothing is decided or used anew."""
    for asked in baskets:
        assert asked.ucp["decision"] == asked.acp["decision"]
        assert [False, True] == [asked.ucp["replayed"], asked.acp["replayed"]]


def test_allocations_add_up_and_point_at_lines(baskets: list[Asked]) -> None:
    """To the amount of each discount, and together to what each line loses."""
    for asked in baskets:
        assert asked.ucp["discounts"]["applied"] or not asked.decision.discounts
        off = dict.fromkeys((line.line_id for line in asked.request.basket.lines), 0)
        for priority, applied in enumerate(asked.ucp["discounts"]["applied"], 1):
            parts = applied["allocations"]
            assert applied["amount"] == sum(part["amount"] for part in parts)
            assert priority == applied["priority"]
            for part in parts:
                place = int(part["path"].removeprefix("$.line_items[").removesuffix("]"))
                off[asked.request.basket.lines[place].line_id] += part["amount"]
        assert off == {price.line_id: minor(price.discount) for price in asked.decision.line_prices}


def minor(amount: Any) -> int:
    """Cents of an amount in dollars."""
    cents: int = amount.units * 100 + amount.nanos // 10_000_000
    return cents


def test_every_code_is_applied_or_rejected(baskets: list[Asked]) -> None:
    """Each once, with a reason of the closed list and a message that points at it."""
    for asked in baskets:
        codes = [*asked.request.codes]
        discounts, messages = asked.acp["discounts"], asked.acp["messages"]
        applied = {given["code"] for given in discounts["applied"] if "code" in given}
        rejected = {refused["code"]: refused["reason"] for refused in discounts["rejected"]}
        assert codes == discounts["codes"] == asked.ucp["discounts"]["codes"]
        assert {*codes} == applied | {*rejected}
        assert not applied & {*rejected}
        warned = {m["param"]: m["code"] for m in messages if m["type"] == "warning"}
        assert warned == {f"$.discounts.codes[{codes.index(c)}]": r for c, r in rejected.items()}
        for given in discounts["applied"]:
            assert given["automatic"] == ("code" not in given)


def test_the_baskets_show_every_end_of_a_code(baskets: list[Asked]) -> None:
    """Applied ones, automatic discounts, several at once, and each kind of rejection."""
    discounts = [asked.acp["discounts"] for asked in baskets]
    reasons = {refused["reason"] for d in discounts for refused in d["rejected"]}

    assert reasons == {*REJECTIONS.values(), *BY_REASON.values()}
    assert {True, False} == {given["automatic"] for d in discounts for given in d["applied"]}
    assert 2 <= max(len(d["applied"]) for d in discounts)


def test_the_answers_pass_the_schemas_of_the_standards(baskets: list[Asked]) -> None:
    """Discounts and messages of both."""
    for asked in baskets:
        assert [] == agent_commerce.errors(UCP_DISCOUNTS, asked.ucp["discounts"])
        assert [] == agent_commerce.errors(ACP_DISCOUNTS, asked.acp["discounts"])
        for message in asked.ucp["messages"]:
            assert [] == agent_commerce.errors(UCP_MESSAGE, message)
        for message in asked.acp["messages"]:
            assert [] == agent_commerce.errors(ACP_MESSAGE, message)


def test_the_schemas_find_fault_where_there_is_some() -> None:
    """What they are given above is really judged."""
    assert agent_commerce.errors(UCP_DISCOUNTS, {"applied": [{"title": "x", "amount": -1}]})
    assert agent_commerce.errors(ACP_DISCOUNTS, {"rejected": [{"code": "x", "reason": "x"}]})
    assert agent_commerce.errors(ACP_MESSAGE, {"type": "warning", "code": "x"})
    assert agent_commerce.errors(UCP_MESSAGE, {"type": "warning"})


@pytest.mark.parametrize("status", [s for s in CodeStatus if s is not CodeStatus.APPLIED])
@pytest.mark.parametrize("reason", [None, *ReasonCode])
def test_whatever_becomes_of_a_code_has_a_name_in_the_standards(
    status: CodeStatus, reason: ReasonCode | None
) -> None:
    """For every status, and every reason to withhold what it opens."""
    named = rejection(pb.CodeResult(status=status.value, reason=reason.value if reason else 0))

    valid = status in {CodeStatus.NOT_CHOSEN, CodeStatus.WITHHELD}
    by_reason = BY_REASON.get(reason, INELIGIBLE) if valid and reason else REJECTIONS[status]
    assert named == by_reason


async def test_limits_are_really_used_and_given_back() -> None:
    """Three shoppers may use it; a fourth is told so, until one lets go."""
    async with both_doors(agent_commerce.shop()) as doors:
        requests = [_wine(number) for number in range(5)]
        answers = [await doors.send(ACP, asked) for asked in requests[:4]]
        first = answers[0].json()["decision"]["decisionId"]
        release = wire.ReleaseRequest(request_id=requests[0].request_id, decision_id=first)
        await doors.grpc.decisions.Release(release, timeout=SECONDS)
        last = await doors.send(ACP, requests[4])

    applied = [[a.get("code") for a in x.json()["discounts"]["applied"]] for x in [*answers, last]]
    assert [True, True, True, False, True] == ["wine-5" in codes for codes in applied]
    assert "discount_code_usage_limit_reached" in answers[3].body.decode()


def _wine(number: int) -> wire.DecideRequest:
    asked = request(line(category="WINE", quantity=3), codes=["wine-5"])
    asked.request_id = str(UUID(int=number + 1))
    asked.shopper.shopper_id = f"agent-{number}"
    return asked


async def test_a_read_mask_is_refused() -> None:
    """The form is made of several fields, and one request has one answer in every form."""
    asked = _wine(0)
    asked.read_mask.paths.append("discounts")
    async with both_doors(agent_commerce.shop()) as doors:
        refused = await doors.send(UCP, asked)

    bad = BadRequest()
    refused.error().details[1].Unpack(bad)
    assert (400, ["read_mask"]) == (refused.status, [v.field for v in bad.field_violations])
