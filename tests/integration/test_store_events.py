"""The Store contract about behaviour, held by every store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.stores import STORES, opened
from contract.writes import LIFETIME_US, START_US, decision, draw, events, step, told
from sconto.app.ports import BudgetRefused, Committed, SignalsOutdated, Step, Store, StoredAnswer
from sconto.domain.behaviour import GIVEN, REDEEMED, BehaviourEvent

FOREVER_US = 1 << 62


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


def kinds(store: Store, user: str = "u1", until_us: int = FOREVER_US) -> list[tuple[str, int]]:
    """Kind and amount of every event of *user* up to *until_us*."""
    return [(e.kind, e.amount) for e in store.behaviour(user, 0, until_us).events]


def times(store: Store, since_us: int, until_us: int) -> list[int]:
    """When u1's events in the span happened, counted from START_US like the span."""
    seen = store.behaviour("u1", START_US + since_us, START_US + until_us)
    return [e.at_us - START_US for e in seen.events]


async def test_events_are_found_in_their_span(store: Store) -> None:
    """A span has its end and not its beginning, and its events come oldest first."""
    late_first = events(told("c", 30), told("a", 10, amount=250), told("b", 20))
    assert await store.commit_events(late_first) == 3
    await store.commit_events(events(told("a", 15, user="u2")))

    assert times(store, 9, 30) == [10, 20, 30]
    assert times(store, 10, 29) == [20]
    assert times(store, 30, 99) == []
    first = store.behaviour("u1", START_US, START_US + 10).events
    assert first == (BehaviourEvent("basket_abandoned", START_US + 10, 250),)


async def test_the_newest_number_is_that_of_every_shopper(store: Store) -> None:
    """A reader learns how much of the history there was, even of a shopper who did nothing."""
    none = store.behaviour("u1", 0, FOREVER_US)
    await store.commit_events(events(told("a", user="u2"), told("b", user="u2")))
    others = store.behaviour("u1", 0, FOREVER_US)

    assert (none.events, none.last_seq) == ((), 0)
    assert (others.events, others.last_seq) == ((), 2)


async def test_an_event_sent_again_counts_once_as_it_was_first(store: Store) -> None:
    """In one call or in a later one, an event_id of a shopper is kept once; others may use it."""
    assert await store.commit_events(events(told("a", 10), told("a", 20), told("b", 30))) == 2
    assert await store.commit_events(events(told("a", 40), told("c", 50))) == 1
    assert await store.commit_events(events(told("a", 60, user="u2"))) == 1

    assert times(store, 0, 99) == [10, 30, 50]


async def test_the_same_event_sent_at_once_counts_once(store: Store) -> None:
    """Of calls that wait together with one event, one has kept it and the others say so."""
    calls = [store.commit_events(events(told("a"), told(f"b{n}"))) for n in range(10)]

    assert sorted(await asyncio.gather(*calls)) == [1] * 9 + [2]
    assert len(kinds(store)) == 11


async def test_a_discount_is_an_event_of_its_own(store: Store) -> None:
    """A decision that gives a discount is in its shopper's history, and one that doesn't is not."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_decision(decision(2, offer=""))
    await store.commit_decision(decision(3, draw("a/all/total"), user="u2"))

    assert kinds(store) == [(GIVEN, 100)]
    assert store.behaviour("u1", 0, FOREVER_US).events[0].at_us == START_US + 1_000_000
    assert kinds(store, "u2") == [(GIVEN, 300)]


async def test_a_redemption_is_an_event_of_its_own(store: Store) -> None:
    """Redeeming adds an event with the decision's discount, at its own time, once."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_step(step(1, Step.REDEEM, after_us=7))
    await store.commit_step(step(1, Step.REDEEM, after_us=8))
    await store.commit_step(step(1, Step.REDEEM, after_us=9, request="other"))

    assert kinds(store) == [(GIVEN, 100), (REDEEMED, 100)]
    assert times(store, 1_000_000, 1_000_008) == [1_000_007]


@pytest.mark.parametrize(
    "steps", [(Step.RELEASE,), (Step.EXPIRE,), (Step.REDEEM, Step.RELEASE)], ids=str
)
async def test_what_came_to_nothing_does_not_count(store: Store, steps: tuple[Step, ...]) -> None:
    """A release or expiry takes the decision's events back from then on, and no earlier."""
    await store.commit_events(events(told("a")))
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_decision(decision(2, draw("a/all/total")))
    for nth, kind in enumerate(steps):
        await store.commit_step(step(1, kind, after_us=LIFETIME_US + nth - len(steps) + 1))
    undone_us = START_US + 1_000_000 + LIFETIME_US

    own = [GIVEN, GIVEN] + [REDEEMED] * (len(steps) - 1)
    before = [kind for kind, _ in kinds(store, until_us=undone_us - 1)]
    assert before == ["basket_abandoned", *own]
    assert kinds(store, until_us=undone_us) == [("basket_abandoned", 0), (GIVEN, 200)]


async def test_what_was_not_committed_is_no_event(store: Store) -> None:
    """Neither a decision that its budget refused nor a repeated request adds an event."""
    refused = await store.commit_decision(decision(1, draw("a/all/total", 11)))
    await store.commit_decision(decision(2))
    repeated = await store.commit_decision(decision(3, request="Decide/2"))

    assert isinstance(refused, BudgetRefused)
    assert isinstance(repeated, StoredAnswer)
    assert kinds(store) == [(GIVEN, 200)]


@pytest.mark.parametrize("event_id", ["d1", "discount_given/d1", "sent/d1"])
async def test_no_caller_can_take_the_place_of_an_own_event(store: Store, event_id: str) -> None:
    """Whatever id a caller chooses beforehand, the discount is counted."""
    await store.commit_events(events(told(event_id)))
    await store.commit_decision(decision(1, draw("a/all/total")))

    assert kinds(store) == [("basket_abandoned", 0), (GIVEN, 100)]


async def test_parallel_decisions_lose_no_event(store: Store) -> None:
    """As many discounts are counted as were committed, however many were decided at once."""
    await asyncio.gather(
        *(store.commit_decision(decision(n, draw("a/all/total", 1, 40))) for n in range(1, 61)),
        *(store.commit_events(events(told(f"e{n}"))) for n in range(60)),
    )

    counted = [kind for kind, _ in kinds(store)]
    assert (counted.count(GIVEN), counted.count("basket_abandoned")) == (40, 60)
    assert store.behaviour("u1", 0, FOREVER_US).last_seq == 100


async def test_a_discount_that_rules_did_not_count_stops_the_next_one(store: Store) -> None:
    """Only of the same shopper, only a discount, and only where rules count discounts at all."""
    await store.commit_events(events(told("a")))
    first = await store.commit_decision(decision(1)._replace(behaviour_seq=1))
    counted_before = decision(2)._replace(behaviour_seq=1)

    assert Committed(1) == first
    assert SignalsOutdated() == await store.commit_decision(counted_before)
    assert [(GIVEN, 100)] == kinds(store)[1:]
    for others in (
        decision(3, user="u2")._replace(behaviour_seq=1),
        decision(4, offer="")._replace(behaviour_seq=1),
        decision(5),
        decision(6)._replace(behaviour_seq=store.behaviour("u1", 0, FOREVER_US).last_seq + 2),
    ):
        assert isinstance(await store.commit_decision(others), Committed)


async def test_of_two_discounts_at_once_one_has_to_count_the_other(store: Store) -> None:
    """Both were decided on the same events: the later of them is not written."""
    both = (decision(n)._replace(behaviour_seq=0) for n in (1, 2))
    outcomes = await asyncio.gather(*map(store.commit_decision, both))

    assert {Committed(1), SignalsOutdated()} == set(outcomes)
    assert 1 == len(kinds(store))


async def test_old_events_are_forgotten(store: Store) -> None:
    """What happened before an instant goes, oldest number first and a few at a time."""
    late = told("late", 5)
    await store.commit_events(events(told("a", 10), told("b", 50), told("c", 20), late, told("d")))
    before_us = START_US + 50

    assert await store.forget_events(before_us, 2) == 1
    assert times(store, 0, 99) == [5, 20, 50]
    assert await store.forget_events(before_us, 9) == 2
    assert await store.forget_events(before_us, 9) == 0
    assert times(store, 0, 99) == [50]


async def test_numbers_of_forgotten_events_are_not_given_again(store: Store) -> None:
    """The newest number only grows, though all events are old."""
    await store.commit_events(events(told("a"), told("b"), told("c")))
    gone = await store.forget_events(FOREVER_US, 9)
    await store.commit_events(events(told("d"), told("a")))

    assert gone == 2
    assert store.behaviour("u1", 0, FOREVER_US).last_seq == 5


async def test_a_release_after_its_event_was_forgotten(store: Store) -> None:
    """The discount's events may be gone when it is refunded; the budget comes back all the same."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_step(step(1, Step.REDEEM))
    await store.commit_events(events(told("a", 9_000_000)))
    gone = await store.forget_events(START_US + 5_000_000, 9)
    await store.commit_step(step(1, Step.RELEASE, after_us=9))

    assert gone == 2
    assert kinds(store) == [("basket_abandoned", 0)]
    assert store.usage(["a/all/total"]) == {}


async def test_a_step_in_the_batch_of_its_decision_finds_its_event(store: Store) -> None:
    """A decision, its redemption and its release that wait together leave nothing that counts."""
    await asyncio.gather(
        store.commit_decision(decision(1, draw("a/all/total"))),
        store.commit_step(step(1, Step.REDEEM)),
        store.commit_step(step(1, Step.RELEASE, after_us=5)),
    )

    assert kinds(store) == []
    assert kinds(store, until_us=START_US + 1_000_004) == [(GIVEN, 100), (REDEEMED, 100)]
