"""Tenants of one server: nothing of one is had by a caller of another, by any method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from grpc_health.v1 import health_pb2

from sconto.api.tenants import Tenant
from sconto.app.audit import find_decision
from sconto.app.caller_limits import TenantLimits
from sconto.app.callers import Caller, CallerRole
from sconto.domain.ruleset import Ruleset
from sconto.errors import StoreUnavailable
from sconto.serving.address import bound
from sconto.settings import Address
from sconto.store.memory import MemoryStore
from sconto.v1 import audit_service_pb2 as audit
from sconto.v1 import behaviour_service_pb2 as behaviour
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1 import price_service_pb2 as prices
from sconto.v1 import rules_service_pb2 as rules
from sconto.v1 import status_service_pb2 as status
from support import builders, http_calls, publishing
from unit.api.door import AT_ONCE, SECONDS, Door, Failure, door_to, failure_of, tenant
from unit.api.known import METHODS, access, as_
from unit.api.publications import publish, retail, roll_back
from unit.api.requests import bring_back, redeem, release, request, usd

THIRD_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0003"
UNKNOWN = "0198c0de-0000-7000-8000-000000009999"
OTHER_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0002"
ALL = frozenset(CallerRole)
CALLERS = {name: Caller("till", ALL, tenant=name) for name in ("north", "south")}
"""May do everything, each at its tenant. But for that they are the same, which no file can say: a
decision belongs to its caller too, and that must not be what keeps tenants apart."""


def one_dollar(digest: str) -> Ruleset:
    """10 % off, as long as a dollar lasts: one basket of cheese takes all of it."""
    offer = builders.offer("cheese", 1000, budgets=("campaign",))
    found = builders.ruleset(offer, budgets=[builders.budget(limit=100)])
    return replace(found, digest=digest, events={"seen": False})


@asynccontextmanager
async def two(
    north: MemoryStore | None = None,
    south: MemoryStore | None = None,
    limits: Mapping[str, TenantLimits] | None = None,
    **settings: Any,
) -> AsyncIterator[Door]:
    """A server with two tenants."""
    own = {
        "north": tenant(one_dollar("sha256:north"), north, user_key=b"n" * 32),
        "south": tenant(one_dollar("sha256:south"), south, user_key=b"s" * 32, first_id=501),
    }
    async with opened(own, limits, **settings) as d:
        yield d


@asynccontextmanager
async def opened(
    own: Mapping[str, Tenant], limits: Mapping[str, TenantLimits] | None = None, **settings: Any
) -> AsyncIterator[Door]:
    """A server with the tenants *own*."""
    let_in = access(callers=CALLERS, tenants=limits)
    async with door_to(own, replace(AT_ONCE, access=let_in, reflection=False, **settings)) as d:
        yield d


async def decided(d: Door, name: str, **changes: Any) -> wire.DecideResponse:
    """What *name* is answered."""
    reply: wire.DecideResponse = await d.decisions.Decide(request(**changes), **as_(name))
    return reply


def same(mine: Failure, unknown: Failure, wanted: str, reason: str) -> None:
    """Whatever is wrong with *wanted* is wrong with an id that nobody has."""
    assert reason == mine.info.reason == unknown.info.reason
    assert mine.message.replace(wanted, UNKNOWN) == unknown.message


Probe = Callable[[Door, str], Awaitable[None]]
"""Tries, as a caller of `south`, to have something of a decision of `north`."""


async def _decide(d: Door, decision_id: str) -> None:
    """The same request is another one, and what it would replace is not there."""
    own = await decided(d, "south")
    assert (False, True) == (own.replayed, own.decision.decision_id != decision_id)
    tried = [
        await failure_of(
            d.decisions.Decide(request(request_id=OTHER_ID, replaces=one), **as_("south"))
        )
        for one in (decision_id, UNKNOWN)
    ]
    same(tried[0], tried[1], decision_id, "DECISION_NOT_FOUND")


async def _stream(d: Door, decision_id: str) -> None:
    """As Decide: here a request that `north` had answered."""
    stream = d.decisions.DecideStream(**as_("south"))
    await stream.write(wire.DecideStreamRequest(request=request()))
    answer = await stream.read()
    stream.cancel()
    assert decision_id != answer.response.decision.decision_id


async def _batch(d: Door, _: str) -> None:
    """A budget that `north` has used up is whole."""
    asked = wire.BatchDecideRequest(
        shopper=request().shopper,
        channel="store",
        jurisdiction="US-WI",
        currency_code="USD",
        baskets=[request().basket],
    )
    gave = [await d.decisions.BatchDecide(asked, **as_(name)) for name in ("south", "north")]
    assert [1, 0] == [len(one.decisions[0].discounts) for one in gave]


def _by_id(name: str, asked: Callable[[str], Any]) -> Probe:
    async def probe(d: Door, decision_id: str) -> None:
        method = getattr(d.decisions, name)
        tried = [
            await failure_of(method(asked(one), **as_("south"))) for one in (decision_id, UNKNOWN)
        ]
        same(tried[0], tried[1], decision_id, "DECISION_NOT_FOUND")

    return probe


async def _events(d: Door, _: str) -> None:
    """The same event is new at each."""
    message = behaviour.RecordEventsRequest()
    sent = message.events.add(event_id="e1", shopper_id="anna", kind="seen")
    sent.event_time.FromMicroseconds(builders.AS_OF_US)
    new = [await d.behaviour.RecordEvents(message, **as_(name)) for name in ("north", "south")]
    assert [1, 1] == [one.new_events for one in new]


async def _prices(d: Door, _: str) -> None:
    """Each has a price of its own for the same product and instant."""
    for name, units in (("north", 10), ("south", 11)):
        message = prices.RecordPricesRequest()
        sent = message.prices.add(product_id="p-l1")
        json_format.ParseDict(usd(units), sent.list_price)
        sent.effective_time.FromMicroseconds(builders.AS_OF_US)
        assert 1 == (await d.prices.RecordPrices(message, **as_(name))).new_prices


async def _list(d: Door, decision_id: str) -> None:
    """A list has the caller's own, and a page of `north` leads nowhere."""
    await decided(d, "north", request_id=OTHER_ID)
    page = await d.audit.ListDecisions(audit.ListDecisionsRequest(page_size=1), **as_("north"))
    assert page.next_page_token
    mine = await d.audit.ListDecisions(audit.ListDecisionsRequest(), **as_("south"))
    assert decision_id not in str(mine)
    tokens = (page.next_page_token, "nonsense")
    asked = [audit.ListDecisionsRequest(page_size=1, page_token=token) for token in tokens]
    tried = [await failure_of(d.audit.ListDecisions(one, **as_("south"))) for one in asked]
    assert tried[0].message == tried[1].message
    assert ["page_token"] == tried[0].fields


async def _status(d: Door, _: str) -> None:
    """Each sees its own rules."""
    asked = status.GetStatusRequest()
    seen = [await d.status.GetStatus(asked, **as_(name)) for name in ("north", "south")]
    assert ["sha256:north", "sha256:south"] == [one.rules.digest for one in seen]


DECISIONS = "sconto.v1.DecisionService"
PROBES: dict[str, Probe] = {
    f"{DECISIONS}/BatchDecide": _batch,
    f"{DECISIONS}/GetDecision": _by_id(
        "GetDecision", lambda one: wire.GetDecisionRequest(decision_id=one)
    ),
    f"{DECISIONS}/Redeem": _by_id("Redeem", redeem),
    f"{DECISIONS}/Release": _by_id("Release", release),
    f"{DECISIONS}/Return": _by_id("Return", bring_back),
    f"{DECISIONS}/DecideStream": _stream,
    f"{DECISIONS}/Decide": _decide,
    "sconto.v1.BehaviourService/RecordEvents": _events,
    "sconto.v1.PriceService/RecordPrices": _prices,
    "sconto.v1.AuditService/ListDecisions": _list,
    "sconto.v1.StatusService/GetStatus": _status,
}
RULES = "sconto.v1.RulesService"


@pytest.mark.parametrize("path", PROBES)
async def test_no_method_has_anything_of_another_tenant(path: str) -> None:
    """Names of things of another are names of nothing; what is equal at both is two things."""
    async with two() as d:
        decision_id = (await decided(d, "north")).decision.decision_id
        await PROBES[path](d, decision_id)
        # Nothing that was tried has done anything to it.
        assert await d.decisions.Redeem(redeem(decision_id, THIRD_ID), **as_("north"))


def test_every_method_is_tried() -> None:
    """Whoever adds one says how it keeps tenants apart."""
    of_rules = {path for path in METHODS if path.startswith(RULES)}

    assert METHODS.keys() == PROBES.keys() | of_rules
    assert {
        f"{RULES}/{name}"
        for name in (
            *("PublishRules", "RollbackRules", "ListPublications", "GetPublication", "GetRuleset"),
        )
    } == of_rules


async def test_rules_are_published_to_one_tenant() -> None:
    """The other trusts other people, and what was published is not there."""
    stores = {name: MemoryStore() for name in ("north", "south")}
    for store in stores.values():
        await store.keep_ruleset(retail().digest, retail().documents)
    own = {
        "north": tenant(retail(), stores["north"], publishing.people()),
        "south": tenant(retail(), stores["south"], user_key=b"s" * 32),
    }
    async with opened(own) as d:
        made = (await d.rules.PublishRules(publish(1), **as_("north"))).publication
        off = [
            await failure_of(d.rules.PublishRules(publish(1), **as_("south"))),
            await failure_of(d.rules.RollbackRules(roll_back(made.digest, 2), **as_("south"))),
        ]
        seen = await d.rules.ListPublications(rules.ListPublicationsRequest(), **as_("south"))
        found = [
            await failure_of(
                d.rules.GetPublication(
                    rules.GetPublicationRequest(publication_id=one), **as_("south")
                )
            )
            for one in (made.publication_id, UNKNOWN)
        ]
        nowhere = f"sha256:{'0' * 64}"
        documents = [
            await failure_of(
                d.rules.GetRuleset(rules.GetRulesetRequest(digest=one), **as_("south"))
            )
            for one in (made.digest, nowhere)
        ]
        in_force = await d.status.GetStatus(status.GetStatusRequest(), **as_("south"))

    assert ["PUBLISHING_OFF"] * 2 == [one.info.reason for one in off]
    assert not seen.publications
    same(found[0], found[1], made.publication_id, "PUBLICATION_NOT_FOUND")
    assert documents[0].message.replace(made.digest, nowhere) == documents[1].message
    assert retail().digest == in_force.rules.digest


async def test_budgets_and_shopper_references_are_each_tenants_own() -> None:
    """A budget used up at one is whole at the other, and nobody can tell it is the same shopper."""
    stores = MemoryStore(), MemoryStore()
    async with two(*stores) as d:
        spent = [await decided(d, "north", request_id=one) for one in (OTHER_ID, THIRD_ID)]
        other = await decided(d, "south", request_id=OTHER_ID)

    assert [1, 0, 1] == [len(one.decision.discounts) for one in (*spent, other)]
    refs = {
        find_decision(store, one.decision.decision_id).record["context"]["user_ref"]
        for store, one in zip(stores, (spent[0], other), strict=True)
    }
    assert 2 == len(refs)


class Away(MemoryStore):
    """A store that can't be reached."""

    async def read(self, _: Callable[[], Any]) -> Any:
        """See Store."""
        raise StoreUnavailable("it is away")

    async def check(self) -> None:
        """See Store."""
        raise StoreUnavailable("it is away")


async def test_one_decides_while_the_store_of_another_is_away() -> None:
    """And health says that calls are answered, until nobody's are."""
    async with two(north=Away()) as d:
        failed = await failure_of(d.decisions.Decide(request(), **as_("north")))
        await d.server.tell_store("north", works=False)
        assert await decided(d, "south")
        one = await _healthy(d)
        await d.server.tell_store("south", works=False)
        none = await _healthy(d)

    assert "STORE_UNAVAILABLE" == failed.info.reason
    assert (True, False) == (one, none)


async def _healthy(d: Door) -> bool:
    asked = await d.health.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
    return bool(asked.status == health_pb2.HealthCheckResponse.SERVING)


async def test_one_decides_while_another_is_overloaded() -> None:
    """The callers of a tenant have a number of calls together, and so many streams."""
    limits = {"north": TenantLimits(1), "south": TenantLimits(1, calls_per_second=2)}
    async with two(limits=limits) as d:
        stream = d.decisions.DecideStream(**as_("north"))
        await stream.write(wire.DecideStreamRequest(request=request()))
        within = await stream.read()
        refused = await failure_of(d.decisions.Decide(request(), **as_("north")))
        fine = [await decided(d, "south") for _ in range(2)]
        third = await failure_of(d.decisions.Decide(request(), **as_("south")))
        stream.cancel()

    said = "the callers of `north` together may have 1 calls in flight, and no more"
    assert said == refused.message == within.error.message
    assert grpc.StatusCode.RESOURCE_EXHAUSTED is refused.code
    assert 2 == len(fine)
    assert "may make 2 calls a second" in third.message


async def test_agents_are_answered_by_the_rules_of_their_tenant() -> None:
    """Over HTTP it is the same door."""
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    named = one_dollar("sha256:south")
    named = replace(named, offers=tuple(replace(o, name="Southern cheese") for o in named.offers))
    own = {
        "north": tenant(one_dollar("sha256:north")),
        "south": tenant(named, user_key=b"s" * 32),
    }
    async with opened(own, http_sockets=sockets) as d:
        body = json_format.MessageToJson(request()).encode()
        answers = []
        for name in ("north", "south"):
            headers = {**http_calls.JSON, **dict(as_(name)["metadata"])}
            port = d.server.http_port
            assert port is not None
            sent = await asyncio.to_thread(http_calls.send, port, "/ucp/discounts", body, headers)
            answers.append(sent.body.decode())

    assert ["Southern cheese" in one for one in answers] == [False, True]
