"""The Store contract, held by every store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.stores import STORES, opened
from contract.writes import (
    HASH,
    LIFETIME_US,
    START_US,
    decision,
    draw,
    replacing,
    returning,
    step,
)
from sconto.app.lifecycle import NEXT_STATE
from sconto.app.log_query import LogQuery
from sconto.app.ports import (
    BudgetRefused,
    Committed,
    LogEntry,
    Reservation,
    ReservationState,
    Step,
    StepRefused,
    Store,
    StoredAnswer,
)
from sconto.domain.canonical import digest
from sconto.domain.reasons import ReasonCode
from sconto.store.sqlite import SqliteStore


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


async def test_a_decision_is_found_with_all_it_wrote(store: Store) -> None:
    """A committed decision's entry, answer, balance and reservation can be read back."""
    outcome = await store.commit_decision(decision(1, draw("a/all/total", 3)))

    entry = LogEntry(
        *(1, "decision", "d1", START_US + 1_000_000, b"record 1"),
        user_ref="u1",
        request_key="Decide/1",
    )
    assert outcome == Committed(1)
    assert store.decision("d1") == entry
    assert store.history("d1") == (entry,)
    assert store.answer("Decide/1") == StoredAnswer(HASH, b"reply 1")
    assert store.usage(["a/all/total"]) == {"a/all/total": 3}
    assert store.reservation("d1") == Reservation(
        "d1",
        ReservationState.HELD,
        START_US + 1_000_000 + LIFETIME_US,
        (draw("a/all/total", 3),),
    )


def test_nothing_is_found_in_an_empty_store(store: Store) -> None:
    """Every read of what was never written says that there is none."""
    assert store.decision("d1") is None
    assert store.history("d1") == ()
    assert store.answer("Decide/1") is None
    assert store.usage(["a/all/total"]) == {}
    assert store.reservation("d1") is None
    assert store.due(START_US, 10) == ()
    assert store.decisions(LogQuery()) == ()
    assert store.ruleset_documents("sha256:0") is None


async def test_a_decision_without_a_discount_reserves_nothing(store: Store) -> None:
    """A decision for no discount has an entry and no reservation."""
    await store.commit_decision(decision(1, offer=""))

    assert store.decision("d1") is not None
    assert store.reservation("d1") is None


async def test_an_offer_without_budgets_can_be_redeemed(store: Store) -> None:
    """A reservation that draws on no budget still has a state."""
    write = decision(1, draw("a/all/total"))
    bare = write._replace(draws=())
    await store.commit_decision(bare)

    assert await store.commit_step(step(1, Step.REDEEM)) == Committed(2)
    reservation = store.reservation("d1")
    assert reservation is not None
    assert reservation.state is ReservationState.REDEEMED
    assert reservation.draws == ()


async def test_a_draw_past_its_limit_leaves_nothing_behind(store: Store) -> None:
    """When one of several draws can't be made, none is, and there is no entry and no answer."""
    tight = draw("b/u1/total", 4, 3)
    outcome = await store.commit_decision(decision(1, draw("a/all/total", 2), tight))

    assert outcome == BudgetRefused(tight)
    assert store.usage(["a/all/total", "b/u1/total"]) == {}
    assert store.decision("d1") is None
    assert store.answer("Decide/1") is None
    assert await store.commit_decision(decision(2)) == Committed(1)


async def test_a_budget_can_be_drawn_to_its_limit_exactly(store: Store) -> None:
    """The limit itself can be reached, and not one unit more."""
    first = await store.commit_decision(decision(1, draw("a/all/total", 10, 10)))
    second = await store.commit_decision(decision(2, draw("a/all/total", 1, 10)))

    assert first == Committed(1)
    assert second == BudgetRefused(draw("a/all/total", 1, 10))


async def test_a_pace_binds_like_a_limit(store: Store) -> None:
    """Decisions made at once can't run ahead of a budget's pace together."""
    paced = draw("a/all/total", 6, 20)._replace(pace=10)

    assert await store.commit_decision(decision(1, paced)) == Committed(1)
    assert await store.commit_decision(decision(2, paced)) == BudgetRefused(paced)
    assert store.usage(["a/all/total"]) == {"a/all/total": 6}


async def test_two_draws_on_one_key_count_together(store: Store) -> None:
    """A decision that draws twice on a key is refused when the sum passes the limit."""
    taken = draw("a/all/total", 6, 10)
    outcome = await store.commit_decision(decision(1, taken, taken))

    assert outcome == BudgetRefused(taken)


async def test_a_limit_lowered_later_binds_at_once(store: Store) -> None:
    """A draw is measured against its own limit, whatever was allowed before."""
    await store.commit_decision(decision(1, draw("a/all/total", 5, 10)))
    lowered = draw("a/all/total", 1, 5)

    assert await store.commit_decision(decision(2, lowered)) == BudgetRefused(lowered)


async def test_a_second_write_with_the_same_key_gets_the_first_answer(store: Store) -> None:
    """The same request_key gives the stored bytes back and changes nothing."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    again = decision(2, draw("a/all/total"), request="Decide/1")

    assert await store.commit_decision(again) == StoredAnswer(HASH, b"reply 1")
    assert store.usage(["a/all/total"]) == {"a/all/total": 1}
    assert store.decision("d2") is None


async def test_the_same_key_in_one_batch_makes_one_record(store: Store) -> None:
    """Of writes with one request_key, one commits and the rest get its answer."""
    writes = [decision(n, draw("a/all/total"), request="Decide/same") for n in range(1, 21)]
    outcomes = await asyncio.gather(*(store.commit_decision(w) for w in writes))

    replies = [o.reply for o in outcomes if isinstance(o, StoredAnswer)]
    assert outcomes.count(Committed(1)) == 1
    assert replies == [b"reply 1"] * 19
    assert len(store.decisions(LogQuery())) == 1
    assert store.usage(["a/all/total"]) == {"a/all/total": 1}


async def test_a_repeated_step_gets_the_first_answer(store: Store) -> None:
    """The same request_key for a step gives the stored bytes back, though the state has moved."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    await store.commit_step(step(1, Step.REDEEM))

    assert await store.commit_step(step(1, Step.REDEEM)) == StoredAnswer(HASH, b"redemption 1")
    assert [e.kind for e in store.history("d1")] == ["decision", "redemption"]


async def test_redeeming_keeps_the_budget_taken(store: Store) -> None:
    """Redeemed budget stays used."""
    await store.commit_decision(decision(1, draw("a/all/total", 3)))
    await store.commit_step(step(1, Step.REDEEM))

    assert store.usage(["a/all/total"]) == {"a/all/total": 3}


@pytest.mark.parametrize("redeemed_first", [False, True])
async def test_a_release_gives_back_once(store: Store, *, redeemed_first: bool) -> None:
    """Releasing what is held or redeemed returns its budget; a second release is refused."""
    await store.commit_decision(decision(1, draw("a/all/total", 3), draw("b/u1/total", 2)))
    await store.commit_decision(decision(2, draw("a/all/total", 4)))
    if redeemed_first:
        await store.commit_step(step(1, Step.REDEEM))
    await store.commit_step(step(1, Step.RELEASE))
    again = await store.commit_step(step(1, Step.RELEASE, request="release/again"))

    assert again == StepRefused(ReservationState.RELEASED)
    assert store.usage(["a/all/total", "b/u1/total"]) == {"a/all/total": 4}
    assert store.answer("release/again") is None


async def test_budget_given_back_can_be_taken_again(store: Store) -> None:
    """A release makes room for the next decision."""
    await store.commit_decision(decision(1, draw("a/all/total", 10)))
    await store.commit_step(step(1, Step.RELEASE))

    assert await store.commit_decision(decision(2, draw("a/all/total", 10))) == Committed(3)


@pytest.mark.parametrize(
    ("before", "kind", "after_us", "refused"),
    [
        ((), Step.REDEEM, LIFETIME_US - 1, None),
        ((), Step.REDEEM, LIFETIME_US, ReservationState.HELD),
        ((), Step.RELEASE, LIFETIME_US, None),
        ((), Step.EXPIRE, LIFETIME_US - 1, ReservationState.HELD),
        ((), Step.EXPIRE, LIFETIME_US, None),
        ((Step.REDEEM,), Step.EXPIRE, LIFETIME_US, ReservationState.REDEEMED),
        ((Step.REDEEM,), Step.RELEASE, LIFETIME_US, None),
        ((Step.RELEASE,), Step.REDEEM, 2, ReservationState.RELEASED),
        ((Step.RELEASE,), Step.EXPIRE, LIFETIME_US, ReservationState.RELEASED),
    ],
)
async def test_a_step_needs_a_state_that_allows_it(
    store: Store,
    before: tuple[Step, ...],
    kind: Step,
    after_us: int,
    refused: ReservationState | None,
) -> None:
    """Every step is taken or refused by the state and the time, and a refusal leaves no entry."""
    await store.commit_decision(decision(1, draw("a/all/total")))
    for earlier in before:
        await store.commit_step(step(1, earlier))
    outcome = await store.commit_step(step(1, kind, after_us=after_us, request=""))

    taken = [] if refused else [kind.value]
    assert outcome == (StepRefused(refused) if refused else Committed(len(before) + 2))
    assert [e.kind for e in store.history("d1")][len(before) + 1 :] == taken


async def test_a_redemption_after_expiry_is_refused(store: Store) -> None:
    """What lapsed can't be redeemed, and its budget is free."""
    await store.commit_decision(decision(1, draw("a/all/total", 3)))
    await store.commit_step(step(1, Step.EXPIRE, after_us=LIFETIME_US))

    assert await store.commit_step(step(1, Step.REDEEM)) == StepRefused(ReservationState.EXPIRED)
    assert store.usage(["a/all/total"]) == {}


async def test_a_step_without_a_reservation_is_refused(store: Store) -> None:
    """There is no step for what reserved nothing."""
    await store.commit_decision(decision(1))

    assert await store.commit_step(step(1, Step.REDEEM)) == StepRefused(None)


async def test_due_lists_held_reservations_oldest_first(store: Store) -> None:
    """Only what is held and past its time is due, oldest first, at most as many as asked for."""
    for n in (3, 1, 2, 4):
        await store.commit_decision(decision(n, draw("a/all/total")))
    await store.commit_step(step(2, Step.REDEEM))
    third_lapses_us = START_US + 3_000_000 + LIFETIME_US

    assert [r.decision_id for r in store.due(third_lapses_us, 10)] == ["d1", "d3"]
    assert [r.decision_id for r in store.due(third_lapses_us, 1)] == ["d1"]
    assert store.due(third_lapses_us, 1)[0].draws == (draw("a/all/total"),)


async def test_decisions_are_found_by_what_they_are_about(store: Store) -> None:
    """Each selector narrows the list, and together they narrow it further."""
    capped = (ReasonCode.CHOSEN, ReasonCode.SHOPPER_CAP_REACHED)
    await store.commit_decision(decision(1, user="u1", offer="dairy10"))
    await store.commit_decision(decision(2, user="u1", offer="", reasons=capped[1:]))
    await store.commit_decision(decision(3, user="u2", offer="dairy10", reasons=capped))
    await store.commit_decision(decision(4, user="u2", offer="wine5"))

    def found(query: LogQuery) -> list[int]:
        return [e.seq for e in store.decisions(query)]

    assert found(LogQuery()) == [4, 3, 2, 1]
    assert found(LogQuery(user_ref="u1")) == [2, 1]
    assert found(LogQuery(offer_id="dairy10")) == [3, 1]
    assert found(LogQuery(reason=ReasonCode.SHOPPER_CAP_REACHED)) == [3, 2]
    assert found(LogQuery(reason=ReasonCode.GUARDRAIL_RECHECK_FAILED)) == []
    assert found(LogQuery(from_us=START_US + 2_000_000, to_us=START_US + 4_000_000)) == [3, 2]
    assert found(LogQuery(user_ref="u2", offer_id="dairy10", reason=ReasonCode.CHOSEN)) == [3]


async def test_decisions_are_found_by_codes_and_by_what_became_of_them(store: Store) -> None:
    """Each once, however often something came back, alone and together with other filters."""
    taken = draw("a/all/total")
    for n in range(1, 6):
        sets = frozenset({"welcome", *(["gift"] if n % 2 else [])})
        await store.commit_decision(decision(n, taken, user=f"u{n % 2}")._replace(code_sets=sets))
    await store.commit_decision(replacing(5, decision(6, taken)))
    for n in (1, 2):
        await store.commit_step(step(n, Step.REDEEM))
    await store.commit_step(returning(1, 1, taken, discount=60))
    await store.commit_step(returning(1, 2, taken, discount=30))
    await store.commit_step(returning(2, 1, taken, discount=60))

    def found(query: LogQuery) -> list[int]:
        return [int(e.decision_id[1:]) for e in store.decisions(query)]

    assert found(LogQuery(code_set="welcome")) == [5, 4, 3, 2, 1]
    assert found(LogQuery(code_set="gift", limit=2)) == [5, 3]
    assert found(LogQuery(code_set="gift", before_seq=5)) == [3, 1]
    assert found(LogQuery(code_set="other")) == []
    assert found(LogQuery(replaced=True)) == [5]
    assert found(LogQuery(replaced=True, code_set="gift", offer_id="dairy10")) == [5]
    assert found(LogQuery(returned=True)) == [2, 1]
    assert found(LogQuery(returned=True, before_seq=2)) == [1]
    assert found(LogQuery(returned=True, code_set="gift")) == [1]
    assert found(LogQuery(returned=True, user_ref="u0", code_set="welcome")) == [2]
    assert found(LogQuery(returned=True, replaced=True)) == []


async def test_a_decision_is_found_by_each_of_its_offers(store: Store) -> None:
    """Several discounts of one decision are one entry under each of their offers, page by page."""
    for n in range(1, 6):
        await store.commit_decision(decision(n, offer=("dairy10", f"wine{n % 2}")))

    def found(query: LogQuery) -> list[int]:
        return [e.seq for e in store.decisions(query)]

    assert found(LogQuery(offer_id="dairy10")) == [5, 4, 3, 2, 1]
    assert found(LogQuery(offer_id="wine1")) == [5, 3, 1]
    assert found(LogQuery(offer_id="wine1", before_seq=5, limit=1)) == [3]
    assert found(LogQuery(offer_id="wine1", user_ref="u2")) == []


async def test_two_draws_on_one_key_come_back_together(store: Store) -> None:
    """What a decision took from a key in two draws is used, held and given back as their sum."""
    first, second = draw("a/all/total", 2), draw("a/all/total", 3)
    await store.commit_decision(decision(1, first, second))
    held = store.reservation("d1")
    before = store.usage(["a/all/total"])
    await store.commit_step(step(1, Step.RELEASE))

    assert held is not None
    assert held.draws == (first, second)
    assert before == {"a/all/total": 5}
    assert store.usage(["a/all/total"]) == {}


async def test_pages_hold_every_decision_once(store: Store) -> None:
    """Going on from the last number of each page lists all decisions and no step, newest first."""
    for n in range(1, 8):
        await store.commit_decision(decision(n, draw("a/all/total")))
        await store.commit_step(step(n, Step.REDEEM))
    pages: list[list[str]] = []
    before: int | None = None
    while page := store.decisions(LogQuery(user_ref="u1", before_seq=before, limit=3)):
        pages.append([e.decision_id for e in page])
        before = page[-1].seq

    assert pages == [["d7", "d6", "d5"], ["d4", "d3", "d2"], ["d1"]]


async def test_rule_documents_are_kept_as_first_given(store: Store) -> None:
    """The documents of a digest are read back, and keeping them again changes nothing."""
    name = digest(b"offers")
    await store.keep_ruleset(name, b"offers")
    await store.keep_ruleset(name, b"offers")

    assert store.ruleset_documents(name) == b"offers"
    assert store.ruleset_documents("sha256:2") is None


async def test_a_decision_replaces_another_in_one_commit(store: Store) -> None:
    """Its budget is free for the new one, and both entries are in the log, one after the other."""
    await store.commit_decision(decision(1, draw("a/all/total", 8)))
    outcome = await store.commit_decision(replacing(1, decision(2, draw("a/all/total", 9))))

    first, second = store.reservation("d1"), store.reservation("d2")
    assert outcome == Committed(3)
    assert store.usage(["a/all/total"]) == {"a/all/total": 9}
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == (ReservationState.REPLACED, ReservationState.HELD)
    assert [e.kind for e in store.history("d1")] == ["decision", "replacement"]


async def test_a_replacement_that_does_not_fit_leaves_the_first(store: Store) -> None:
    """What can't be committed hands nothing back."""
    await store.commit_decision(decision(1, draw("a/all/total", 8)))
    outcome = await store.commit_decision(replacing(1, decision(2, draw("a/all/total", 11))))

    first = store.reservation("d1")
    assert isinstance(outcome, BudgetRefused)
    assert store.usage(["a/all/total"]) == {"a/all/total": 8}
    assert first is not None
    assert first.state is ReservationState.HELD


@pytest.mark.parametrize("before", [Step.REDEEM, Step.RELEASE, Step.REPLACE])
async def test_only_what_is_held_is_replaced(store: Store, before: Step) -> None:
    """Of two that replace the same decision one is refused, and so is what came too late."""
    await store.commit_decision(decision(1, draw("a/all/total", 2)))
    if before is Step.REPLACE:
        await store.commit_decision(replacing(1, decision(2, draw("a/all/total"))))
    else:
        await store.commit_step(step(1, before))
    used = store.usage(["a/all/total"])
    outcome = await store.commit_decision(replacing(1, decision(3, draw("a/all/total"))))

    assert outcome == StepRefused(NEXT_STATE[before])
    assert store.usage(["a/all/total"]) == used
    assert store.decision("d3") is None


async def test_events_of_a_decision_can_be_left_out(store: Store) -> None:
    """What a decision made happen is not counted where it is about to be replaced."""
    for n in (1, 2):
        await store.commit_decision(decision(n, draw("a/all/total")))
    until_us = START_US + 3_000_000
    every = store.behaviour("u1", START_US, until_us)
    others = store.behaviour("u1", START_US, until_us, without="d1")
    await store.commit_decision(replacing(1, decision(3, draw("a/all/total"))))
    after = store.behaviour("u1", START_US, until_us + 1)

    assert [e.amount for e in every.events] == [100, 200]
    assert [e.amount for e in others.events] == [200]
    assert [e.amount for e in after.events] == [200, 300]


async def test_returns_give_budgets_back_in_parts(store: Store) -> None:
    """The rest stays drawn, and the shopper's own events have the discount that is left."""
    await store.commit_decision(decision(1, draw("a/all/total", 8), draw("b/all/total")))
    await store.commit_step(step(1, Step.REDEEM))
    left = (draw("a/all/total", 3), draw("b/all/total"))
    first = await store.commit_step(returning(1, 1, *left, discount=40))
    used, reservation = store.usage(["a/all/total", "b/all/total"]), store.reservation("d1")
    events = store.behaviour("u1", START_US, START_US + 5_000_000).events
    second = await store.commit_step(returning(1, 2, discount=0, last=True))

    assert (first, second) == (Committed(3), Committed(4))
    assert used == {"a/all/total": 3, "b/all/total": 1}
    assert reservation is not None
    assert (reservation.draws, reservation.returns) == (left, 1)
    assert [e.amount for e in events] == [40, 40]
    assert store.usage(["a/all/total", "b/all/total"]) == {}
    assert store.behaviour("u1", START_US, START_US + 5_000_000).events == ()
    assert [e.kind for e in store.history("d1")] == ["decision", "redemption", "return", "return"]
    if isinstance(store, SqliteStore):
        assert store.discrepancies() == ()


async def test_a_return_needs_a_redemption_and_its_turn(store: Store) -> None:
    """What was not sold, and what was worked out without another return, is refused."""
    await store.commit_decision(decision(1, draw("a/all/total", 8)))
    early = await store.commit_step(returning(1, 1, discount=40))
    await store.commit_step(step(1, Step.REDEEM))
    kept = draw("a/all/total", 3)
    await store.commit_step(returning(1, 1, kept, discount=40))
    twin = replace(returning(1, 1, kept, discount=40), request_key="return/twin")
    late = await store.commit_step(twin)

    assert early == StepRefused(ReservationState.HELD)
    assert late == StepRefused(ReservationState.REDEEMED)
    assert store.usage(["a/all/total"]) == {"a/all/total": 3}


async def test_a_release_after_a_return_gives_back_the_rest(store: Store) -> None:
    """And no more than that; nor does a discount that is gone come back to the events."""
    await store.commit_decision(decision(1, draw("a/all/total", 8)))
    await store.commit_step(step(1, Step.REDEEM))
    await store.commit_step(returning(1, 1, draw("a/all/total", 3), discount=0))
    early = await store.commit_step(step(1, Step.RELEASE, after_us=9))
    late = replace(step(1, Step.RELEASE, after_us=9), returns=1)
    released = await store.commit_step(late)

    assert early == StepRefused(ReservationState.REDEEMED)
    assert released == Committed(4)
    assert store.usage(["a/all/total"]) == {}
    assert store.behaviour("u1", START_US, START_US + 5_000_000).events == ()
    if isinstance(store, SqliteStore):
        assert store.discrepancies() == ()
