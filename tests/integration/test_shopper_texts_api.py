"""At the door a shopper reads titles and sentences in their language, in every method."""

from __future__ import annotations

from dataclasses import replace

import grpc
import pytest

from sconto.domain.lane import Lane
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import Ruleset
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from support.offers import of
from unit.api.door import SECONDS, door
from unit.api.requests import line, request, usd


def rules(*languages: str) -> Ruleset:
    """10 % off; 5.00 off from 12.50 of cheese on, in a lane of its own."""
    ten = replace(builders.offer("ten", 1000), name="Ten", titles={"de": "Zehn"}, lane="ten")
    five = builders.offer(
        "five", 500, kind=OfferKind.AMOUNT, scope=of("CHEESE"), minimum_spend=1250
    )
    five = replace(five, name="Five", titles={"en": "Five off", "de": "Fünf weg"})
    lanes = (Lane("main"), Lane("ten"))
    return replace(builders.ruleset(five, ten, lanes=lanes), languages=languages)


CHEESE = line(unit_cost=usd(1))
MASK = {"read_mask": "discounts,nearMisses,codes"}


async def test_a_reply_is_in_the_language_of_the_request() -> None:
    """Titles of what is given, sentences about codes and about what could be had."""
    asked = request(CHEESE, codes=["NOSUCH"], language_code="de-CH", **MASK)
    async with door(rules("en", "de")) as d:
        reply = (await d.decisions.Decide(asked, timeout=SECONDS)).decision
        again = (await d.decisions.Decide(asked, timeout=SECONDS)).decision
        stored = await d.decisions.GetDecision(
            wire.GetDecisionRequest(decision_id=reply.decision_id), timeout=SECONDS
        )

    (near,) = reply.near_misses
    assert ["Zehn"] == [given.title for given in reply.discounts]
    assert ("Fünf weg", "Noch 2,50\u00a0$ einkaufen und 4,00\u00a0$ sparen: Fünf weg.") == (
        near.title, near.sentence,
    )  # fmt: skip
    assert "Diesen Code gibt es nicht." == reply.codes[0].sentence
    assert again == reply
    assert ("", "There is no such code.") == (
        stored.decision.discounts[0].title, stored.decision.codes[0].sentence,
    )  # fmt: skip
    assert b"Zehn" not in stored.record


async def test_what_a_language_lacks_is_in_the_first_one() -> None:
    """The title, or else the name; without a language too."""
    async with door(rules("en", "de")) as d:
        plain = (await d.decisions.Decide(request(CHEESE, **MASK), timeout=SECONDS)).decision

    assert ["Ten"] == [given.title for given in plain.discounts]
    assert "Spend $2.50 more and save $4.00: Five off." == plain.near_misses[0].sentence


async def test_a_shop_without_languages_sends_no_titles() -> None:
    """Its replies have the bytes that they had before."""
    async with door(rules()) as d:
        plain = (await d.decisions.Decide(request(CHEESE, **MASK), timeout=SECONDS)).decision

    assert ("", "", "") == (
        plain.discounts[0].title, plain.near_misses[0].title, plain.near_misses[0].sentence,
    )  # fmt: skip


async def test_many_at_once_have_titles_and_refuse_what_is_no_language() -> None:
    """A listing page is in one language."""
    one = request(CHEESE, validate_only=True)
    batch = wire.BatchDecideRequest(
        shopper=one.shopper,
        channel=one.channel,
        jurisdiction=one.jurisdiction,
        currency_code=one.currency_code,
        baskets=[one.basket],
        language_code="de",
    )
    async with door(rules("en", "de")) as d:
        reply = await d.decisions.BatchDecide(batch, timeout=SECONDS)
        batch.language_code = "d_e"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await d.decisions.BatchDecide(batch, timeout=SECONDS)

    assert ["Zehn"] == [given.title for given in reply.decisions[0].discounts]
    assert "language_code" in str(refused.value.details())
