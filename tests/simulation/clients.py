"""Shoppers at tills: they decide, redeem, release, bring things back, and try again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache

from google.protobuf.message import Message

from sconto.api.status import ROWS
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.rules_service_pb2 import PublishRulesRequest
from simulation import rules
from simulation.database import CODES
from simulation.oracle import Oracle
from simulation.replica import REFUSED, Replica, Reply
from simulation.world import Violation, World

PATIENCE_S = 240
"""A client that has not been answered so long after all was healed never will be."""


class Client:
    """One caller, who asks any replica, and another one when there is no answer."""

    def __init__(
        self, world: World, replicas: Sequence[Replica], oracle: Oracle, name: str
    ) -> None:
        self.world = world
        self.name = name
        self._replicas = replicas
        self._oracle = oracle

    async def call(self, method: str, request: Message, *, ambiguous: bool = False) -> Reply:
        """The final answer to *request*, after as many tries as it takes.

        *ambiguous*: another request was sent with the same request_id.
        """
        request_id, raw = request.request_id, request.SerializeToString()
        while True:
            replica = self.world.chance.choice(self._replicas)
            reply = await self._once(replica, method, raw)
            what = "no answer" if reply is None else reply.reason or "OK"
            self.world.say(self.name, f"{method} {request_id[:8]} at {replica.name}: {what}")
            self.world.saw(f"{method}: {what}")
            if reply is None or reply is REFUSED or (reply.reason and ROWS[reply.reason].retry):
                await asyncio.sleep(self.world.between(0.5, 12))
                continue
            if reply.reason:
                self._oracle.refused(method, request_id, reply.reason, ambiguous=ambiguous)
            else:
                about = getattr(request, "decision_id", "")
                self._oracle.acknowledged(method, request_id, about, reply.raw)
            return reply

    async def _once(self, replica: Replica, method: str, raw: bytes) -> Reply | None:
        """The answer of one replica, or None when it did not come in time."""
        world = self.world
        future = world.loop.create_future()

        def arrived(reply: Reply | None) -> None:
            if not future.done():
                future.set_result(reply)

        def answer(reply: Reply) -> None:
            world.send(replica.name, self.name, lambda: arrived(reply))

        world.send(self.name, replica.name, lambda: replica.receive(method, raw, answer))
        patience = world.loop.call_later(world.chance.choice((1, 3, 8)), arrived, None)
        reply: Reply | None = await future
        patience.cancel()
        return reply


class Shopper(Client):
    """A shopper with some baskets, at one till or at two."""

    async def shop(self, baskets: int) -> None:
        """Buy, or not, so many times."""
        for _ in range(baskets):
            await asyncio.sleep(self.world.between(0, 12))
            if self.world.happens(0.25):
                # On two devices at once.
                (decided, _) = await asyncio.gather(self._decide(""), self._decide(""))
            else:
                decided = await self._decide("")
            if decided is not None and self.world.happens(0.2):
                decided = await self._decide(decided.decision_id) or decided
            if decided is not None and decided.HasField("reservation"):
                await self._follow(decided.decision_id)

    async def _decide(self, replaces: str) -> wire.DecideResponse | None:
        """What was decided; None when it was refused."""
        world = self.world
        request = _decide_request(self.name, world.new_id(), replaces)
        request.basket.lines[0].quantity = world.chance.choice((1, 1, 2))
        if world.happens(0.3):
            request.codes.append(world.chance.choice(CODES))
        calls = [request]
        if world.happens(0.25):
            calls.append(request)
        if ambiguous := world.happens(0.15):
            other = wire.DecideRequest.FromString(request.SerializeToString())
            other.basket.lines[0].quantity = 3
            calls.append(other)
        replies = await asyncio.gather(
            *(self.call("Decide", sent, ambiguous=ambiguous) for sent in calls)
        )
        answered = {
            s.SerializeToString() for s, r in zip(calls, replies, strict=True) if not r.reason
        }
        if len(answered) > 1:
            raise Violation(f"{request.request_id} was answered to two bodies")
        given = [wire.DecideResponse.FromString(r.raw).decision for r in replies if not r.reason]
        if len({decision.decision_id for decision in given}) > 1:
            raise Violation(f"{request.request_id} has {len(given)} decisions")
        if not given and not replaces:
            raise Violation(f"{request.request_id} was refused to all who sent it")
        return given[0] if given else None

    async def _follow(self, decision_id: str) -> None:
        """Do to the reservation what shoppers do, alone or in a race."""
        what = self.world.chance.choice(
            (
                ("Redeem",),
                ("Redeem",),
                ("Redeem", "Redeem"),
                ("Redeem", "Release"),
                ("Release",),
                (),
            )
        )
        if self.world.happens(0.2):
            # Just before the time is up, or just after it.
            await asyncio.sleep(self.world.between(40, 75))
        replies = await asyncio.gather(*(self._step(method, decision_id) for method in what))
        if "Redeem" in what and self.world.happens(0.4):
            await asyncio.sleep(self.world.between(0, 5))
            times = self.world.chance.choice((1, 1, 2))
            await asyncio.gather(*(self._return(decision_id) for _ in range(times)))
        if what == ("Redeem", "Redeem") and sum(not r.reason for r in replies) > 1:
            raise Violation(f"{decision_id} was redeemed at two tills")

    async def _step(self, method: str, decision_id: str) -> Reply:
        request_type = wire.RedeemRequest if method == "Redeem" else wire.ReleaseRequest
        request = request_type(request_id=self.world.new_id(), decision_id=decision_id)
        return await self.call(method, request)

    async def _return(self, decision_id: str) -> Reply:
        lines = [wire.ReturnedLine(line_id="a", quantity=1)]
        request = wire.ReturnRequest(
            request_id=self.world.new_id(), decision_id=decision_id, lines=lines
        )
        return await self.call("Return", request)


class Desk(Client):
    """Somebody who publishes rules."""

    async def publish(self) -> None:
        """Publish one ruleset after the other."""
        for version in rules.versions()[1:]:
            await asyncio.sleep(self.world.between(1, 25))
            request = PublishRulesRequest(
                request_id=self.world.new_id(),
                envelope=version.envelope,
                documents=version.documents,
            )
            await self.call("PublishRules", request)


@cache
def _basket() -> bytes:
    request = wire.DecideRequest(channel="store", jurisdiction="DE", currency_code="EUR")
    for line_id, units in (("a", 12), ("b", 8)):
        line = request.basket.lines.add(line_id=line_id, product_id=f"p-{line_id}", quantity=1)
        line.list_price.currency_code = line.unit_cost.currency_code = "EUR"
        line.list_price.units = units
        line.unit_cost.units = units // 2
    return request.SerializeToString()


def _decide_request(shopper: str, request_id: str, replaces: str) -> wire.DecideRequest:
    request = wire.DecideRequest.FromString(_basket())
    request.shopper.shopper_id = shopper
    request.request_id = request_id
    request.replaces = replaces
    return request
