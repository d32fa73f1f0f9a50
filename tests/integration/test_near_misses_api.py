"""Near misses at the door: told when asked for, in real decisions and dry runs, and never kept."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from sconto.app import decide as app_decide
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import Ruleset
from sconto.v1 import decision_pb2 as pb
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from support.offers import buy_get, of
from unit.api.door import SECONDS, Door, door, failure_of
from unit.api.requests import line, request, usd

MASK = {"read_mask": "discounts,nearMisses"}


def near() -> Ruleset:
    """5.00 off from 12.50 of cheese on; the third of three tees free."""
    five = builders.offer(
        "five", 500, kind=OfferKind.AMOUNT, scope=of("CHEESE"), minimum_spend=1250
    )
    return builders.ruleset(five, buy_get(2, 1, scope=of("TEES")))


CHEESE = line(unit_cost=usd(1))


async def decide(d: Door, **changes: Any) -> wire.DecideResponse:
    """The reply about a cheese at 10.00 and two tees at 10.00."""
    tees = line("tee", category="TEES", quantity=2, unit_cost=usd(1))
    reply: wire.DecideResponse = await d.decisions.Decide(
        request(CHEESE, tees, **changes), timeout=SECONDS
    )
    return reply


@pytest.mark.parametrize("dry", [False, True])
async def test_a_reply_tells_them_when_asked(*, dry: bool) -> None:
    """The largest first, each with its change and what comes off then."""
    async with door(near()) as d:
        found = (await decide(d, validate_only=dry, **MASK)).decision.near_misses

    tee, five = found
    assert ("o", "tee", 1, 10) == (
        tee.offer_id, tee.pieces.line_id, tee.pieces.quantity, tee.discount.units,
    )  # fmt: skip
    assert ("five", "l1", 5) == (five.offer_id, five.spend.line_id, five.discount.units)
    assert (2, 500_000_000) == (five.spend.amount.units, five.spend.amount.nanos)
    assert 5 == five.total_discount.units


async def test_a_decision_is_the_same_with_and_without() -> None:
    """They cost nothing when not asked for, stand in no record, and are told again on a retry."""
    other = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0002"
    async with door(near()) as d:
        with patch.object(
            app_decide, "decide_from_context", wraps=app_decide.decide_from_context
        ) as again:
            plain = await decide(d, request_id=other)
            tried = again.call_count
            asked = await decide(d, **MASK)
        replayed = await decide(d, **MASK)
        records = [
            await d.decisions.GetDecision(
                wire.GetDecisionRequest(decision_id=reply.decision.decision_id), timeout=SECONDS
            )
            for reply in (plain, asked)
        ]

    assert 0 == tried < again.call_count
    assert ([], 2) == (list(plain.decision.near_misses), len(asked.decision.near_misses))
    assert (True, asked.decision) == (replayed.replayed, replayed.decision)
    assert all(b"near_misses" not in found.record for found in records)
    assert pb.REASON_CODE_BELOW_MINIMUM_SPEND == records[0].decision.reason
    assert records[0].decision.reason == records[1].decision.reason


async def test_doing_what_was_told_brings_it() -> None:
    """A tee more, with `replaces`: the till gives what the reply had said."""
    async with door(near()) as d:
        told = (await decide(d, **MASK)).decision.near_misses[0]
        tees = line("tee", category="TEES", quantity=2 + told.pieces.quantity, unit_cost=usd(1))
        then = (await d.decisions.Decide(request(CHEESE, tees, validate_only=True))).decision

    assert [(told.offer_id, told.discount)] == [(g.offer_id, g.total) for g in then.discounts]


async def test_a_batch_tells_them_basket_by_basket() -> None:
    """As single dry runs do, for so many baskets that it decides no more often than without."""
    tees = line("tee", category="TEES", quantity=2, unit_cost=usd(1))
    dry = {"validate_only": True, "request_id": "", **MASK}
    async with door(near()) as d:
        singles = [
            (await d.decisions.Decide(request(*basket, **dry), timeout=SECONDS)).decision
            for basket in ([CHEESE], [tees], [line(category="HAM", unit_cost=usd(1))])
        ]
        one = request(CHEESE, **dry)
        page = wire.BatchDecideRequest(
            shopper=one.shopper,
            channel=one.channel,
            jurisdiction=one.jurisdiction,
            currency_code=one.currency_code,
            read_mask=one.read_mask,
        )
        for basket in ([CHEESE], [tees], [line(category="HAM", unit_cost=usd(1))]):
            page.baskets.append(request(*basket).basket)
        together = (await d.decisions.BatchDecide(page, timeout=SECONDS)).decisions
        page.baskets.extend([page.baskets[0]] * 69)
        failed = await failure_of(d.decisions.BatchDecide(page, timeout=SECONDS))

    assert [s.near_misses for s in singles] == [t.near_misses for t in together]
    assert [1, 1, 0] == [len(t.near_misses) for t in together]
    assert ["baskets"] == failed.fields
    assert "between `1` and `71` are allowed with near misses" in failed.message
