"""Codes at the door: what a checkout sends, what it is told, and what is kept of it."""

from __future__ import annotations

from typing import Final

import grpc

from sconto.app.guesses import BY_SHOPPER, WINDOW_US
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Ruleset
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.audit_service_pb2 import ListDecisionsRequest
from support import builders
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.requests import line, request

APPLIED, UNKNOWN = pb.CODE_STATUS_APPLIED, pb.CODE_STATUS_UNKNOWN
ID: Final = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a{:04d}"


def welcome(limit: int = 1) -> Ruleset:
    """10 % off cheese for whoever has the code, *limit* times for each shopper."""
    use, shopper = BudgetMeasure.USE, BudgetHolder.SHOPPER
    return builders.ruleset(
        budgets=[builders.budget("each", limit, measure=use, holder=shopper)],
        code_sets=[builders.code_set(text="WE1C0ME10", limits=["each"])],
    )


async def decide(d: Door, number: int, *codes: str, shopper: str = "anna") -> pb.Decision:
    """The decision on request *number* with *codes*."""
    sent = request(request_id=ID.format(number), codes=list(codes), shopper={"shopper_id": shopper})
    reply: wire.DecideResponse = await d.decisions.Decide(sent, timeout=SECONDS)
    return reply.decision


async def test_the_reply_says_of_each_code_what_it_did() -> None:
    """In the order of sending, with its plain sentence; the discount is given."""
    async with door(welcome()) as d:
        decision = await decide(d, 1, "nobody's", "welcome-10")
        found = await d.decisions.GetDecision(
            wire.GetDecisionRequest(decision_id=decision.decision_id), timeout=SECONDS
        )

    assert [UNKNOWN, APPLIED] == [code.status for code in decision.codes]
    assert ["There is no such code.", "The code is applied."] == [
        code.sentence for code in decision.codes
    ]
    assert [[], ["cheese"]] == [list(code.offer_ids) for code in decision.codes]
    assert ["cheese"] == [given.offer_id for given in decision.discounts]
    assert decision.codes == found.decision.codes
    assert "A code of welcome was sent (cheese): The code is applied." in found.explanation
    assert b"welcome-10" not in found.record


async def test_a_used_code_comes_back_with_a_release() -> None:
    """Each shopper has their own use; a released one can be made again."""
    async with door(welcome()) as d:
        first = await decide(d, 1, "WELCOME10")
        again = await decide(d, 2, "WELCOME10")
        other = await decide(d, 3, "WELCOME10", shopper="berta")
        await d.decisions.Release(
            wire.ReleaseRequest(decision_id=first.decision_id, request_id=ID.format(4)),
            timeout=SECONDS,
        )
        later = await decide(d, 5, "WELCOME10")

    assert [APPLIED] == [code.status for code in first.codes]
    assert [pb.CODE_STATUS_USED_UP_BY_SHOPPER] == [code.status for code in again.codes]
    assert [APPLIED, APPLIED] == [d.codes[0].status for d in (other, later)]
    assert [[], ["cheese"]] == [[g.offer_id for g in d.discounts] for d in (again, later)]


async def test_without_a_code_nothing_speaks_of_codes() -> None:
    """Neither the reply nor the record, but for the reason of the candidate."""
    async with door(welcome()) as d:
        decision = await decide(d, 1)
        found = await d.decisions.GetDecision(
            wire.GetDecisionRequest(decision_id=decision.decision_id), timeout=SECONDS
        )

    assert ([], pb.REASON_CODE_CODE_REQUIRED) == (list(decision.codes), decision.reason)
    assert b'"codes"' not in found.record


async def test_unusable_codes_are_refused_without_being_told_again() -> None:
    """Too many, empty or too long: the violation names the field and repeats no code."""
    async with door(welcome(), MemoryStore()) as d:
        sent = request(codes=["secret" * 20, ""])
        refused = await failure_of(d.decisions.Decide(sent, timeout=SECONDS))
        many = await failure_of(d.decisions.Decide(request(codes=["a"] * 11), timeout=SECONDS))

    assert ["codes[0]", "codes[1]"] == refused.fields
    assert all("secret" not in v.description for v in refused.bad.field_violations)
    assert ["codes"] == many.fields


async def test_who_guesses_has_to_wait() -> None:
    """The refusal says how long; without codes, and for other shoppers, decisions go on."""
    async with door(welcome()) as d:
        for number in range(BY_SHOPPER):
            assert [UNKNOWN] == [c.status for c in (await decide(d, number, "guess")).codes]
        number += 1
        late = request(request_id=ID.format(number), codes=["welcome-10"])
        refused = await failure_of(d.decisions.Decide(late, timeout=SECONDS))
        without = await decide(d, number + 1)
        other = await decide(d, number + 2, "welcome-10", shopper="berta")
        seconds = refused.retry.retry_delay.seconds
        d.clock.now_us += seconds * 1_000_000
        waited = await decide(d, number + 3, "welcome-10")

    assert grpc.StatusCode.RESOURCE_EXHAUSTED is refused.code
    assert "TOO_MANY_UNKNOWN_CODES" == refused.info.reason
    assert 0 < seconds <= WINDOW_US // 1_000_000 // BY_SHOPPER
    assert [[], [APPLIED], [APPLIED]] == [
        [code.status for code in decision.codes] for decision in (without, other, waited)
    ]


async def test_dry_runs_are_guesses_too_and_repetitions_are_none() -> None:
    """A request that is sent again gets the answer that it got, however often."""
    async with door(welcome()) as d:
        for _ in range(BY_SHOPPER * 2):
            await decide(d, 1, "guess")
        again = await decide(d, 2, "guess")
        dry = request(request_id="", validate_only=True, codes=["guess"] * 8)
        await d.decisions.Decide(dry, timeout=SECONDS)
        refused = await failure_of(d.decisions.Decide(dry, timeout=SECONDS))

    assert [UNKNOWN] == [code.status for code in again.codes]
    assert "TOO_MANY_UNKNOWN_CODES" == refused.info.reason


async def test_an_edited_basket_keeps_its_code() -> None:
    """The last use of a code goes over to the decision that replaces the first; it is still one."""
    async with door(welcome()) as d:
        first = await decide(d, 1, "welcome-10")
        sent = request(
            line(quantity=2), request_id=ID.format(2), codes=["welcome-10"],
            replaces=first.decision_id,
        )  # fmt: skip
        second = (await d.decisions.Decide(sent, timeout=SECONDS)).decision
        third = await decide(d, 3, "welcome-10")

    assert [APPLIED, APPLIED] == [first.codes[0].status, second.codes[0].status]
    assert [pb.CODE_STATUS_USED_UP_BY_SHOPPER] == [code.status for code in third.codes]


async def test_a_code_comes_back_with_the_last_piece() -> None:
    """A return of a part keeps the use; once nothing is kept, the code can be used again."""
    async with door(welcome()) as d:
        sent = request(line(quantity=2), request_id=ID.format(1), codes=["welcome-10"])
        decision_id = (await d.decisions.Decide(sent, timeout=SECONDS)).decision.decision_id
        redeem = wire.RedeemRequest(decision_id=decision_id, request_id=ID.format(2))
        await d.decisions.Redeem(redeem, timeout=SECONDS)
        found = []
        for number in (3, 5):
            back = wire.ReturnRequest(decision_id=decision_id, request_id=ID.format(number))
            back.lines.add(line_id="l1", quantity=1)
            await d.decisions.Return(back, timeout=SECONDS)
            found.append((await decide(d, number + 1, "welcome-10")).codes[0].status)

    assert [pb.CODE_STATUS_USED_UP_BY_SHOPPER, APPLIED] == found


async def test_decisions_are_listed_by_codes_returns_and_replacements() -> None:
    """The filters of ListDecisions, each alone."""
    async with door(welcome(limit=3)) as d:
        first = await decide(d, 1, "welcome-10")
        without = await decide(d, 2)
        sent = request(request_id=ID.format(3), codes=["welcome-10"], replaces=first.decision_id)
        second = (await d.decisions.Decide(sent, timeout=SECONDS)).decision
        redeem = wire.RedeemRequest(decision_id=second.decision_id, request_id=ID.format(4))
        await d.decisions.Redeem(redeem, timeout=SECONDS)
        back = wire.ReturnRequest(decision_id=second.decision_id, request_id=ID.format(5))
        back.lines.add(line_id="l1", quantity=1)
        await d.decisions.Return(back, timeout=SECONDS)
        filters = ({}, {"code_set": "welcome"}, {"replaced": True}, {"returned": True})
        replies = [
            await d.audit.ListDecisions(ListDecisionsRequest(**asked), timeout=SECONDS)
            for asked in filters
        ]

    one, two, three = (x.decision_id for x in (first, without, second))
    assert [[three, two, one], [three, one], [one], [three]] == [
        [found.decision_id for found in reply.decisions] for reply in replies
    ]
