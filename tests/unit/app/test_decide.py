"""Deciding with the world attached: races for budget, repeated requests, dry runs, full disks."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sconto.app.decide import MAX_ROUNDS
from sconto.app.log_query import LogQuery
from sconto.app.ports import NO_ANSWER, ReservationState, Step, StepWrite, StoredAnswer
from sconto.domain.behaviour import GIVEN, Measure, Signal
from sconto.domain.canonical import canonical, parse
from sconto.domain.condition import Comparison, Op
from sconto.domain.offer import OfferKind
from sconto.domain.reasons import RungCause
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Ruleset
from sconto.errors import (
    InvalidRequest,
    NotFound,
    RequestIdReused,
    StoreUnavailable,
    WrongState,
)
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore
from support import builders, judges
from support.deciding import ContendedStore, FullDiskStore, RacingStore, command, decider

BASKET = builders.context()


def _rules(*budgets: Budget) -> Ruleset:
    """5 % (0.50) or 10 % (1.00) off, both from a campaign's budget."""
    fund = budgets or (builders.budget("campaign", 100),)
    names = tuple(b.id for b in fund)
    return builders.ruleset(builders.offer("cheese", 500, 1000, budgets=names), budgets=fund)


def _capped(at_most: int) -> Ruleset:
    """5 % off, *at_most* so many times to a shopper within a millisecond."""
    given = Signal("given-lately", frozenset({GIVEN}), Measure.COUNT, 1_000)
    cap = builders.eligibility("often-enough", Comparison(given.name, Op.GE, at_most))
    ruleset = builders.ruleset(builders.offer("cheese", 500), eligibility=[cap])
    return replace(ruleset, signals=(given,))


async def test_the_answer_is_in_the_log_before_it_is_given() -> None:
    """The reply is made from the very record that was stored, and the budget is held for it."""
    store = MemoryStore()
    answer = await decider(store).decide(command(_rules(), BASKET), canonical)
    (entry,) = store.decisions(LogQuery())
    held = store.reservation("d1")

    assert entry.record == answer.reply
    assert not answer.replayed
    assert {"campaign/all/total": 50} == store.usage(["campaign/all/total"])
    assert held is not None
    assert (ReservationState.HELD, builders.AS_OF_US + 1_800_000_000) == (
        held.state,
        held.expires_us,
    )


async def test_a_choice_is_made_again_when_its_budget_is_gone() -> None:
    """Somebody else took what the first choice needed, so a choice that still fits is made."""
    offers = (
        builders.offer("a", 500, budgets=("campaign",)),
        builders.offer("b", 99, kind=OfferKind.AMOUNT),
    )
    ruleset = builders.ruleset(*offers, budgets=[builders.budget("campaign", 100)])
    store = RacingStore(60)
    answer = await decider(store).decide(command(ruleset, BASKET), canonical)
    reasons = {c["offer_id"]: c["reason"] for c in read_record(answer.reply)["candidates"]}

    assert [{"a"}, {"b"}] == [write.offer_ids for write in store.commits]
    assert {"a": "BUDGET_SPENT", "b": "CHOSEN"} == reasons
    assert {"campaign/all/total": 60} == store.usage(["campaign/all/total"])


@pytest.mark.parametrize("at_once", [1, 2, 5])
async def test_a_frequency_cap_counts_decisions_made_at_the_same_instant(
    tmp_path: Path, at_once: int
) -> None:
    """In several processes: one discount is given, the others say which rule withholds theirs."""
    ruleset = _capped(1)
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        processes = [
            replace(decider(store), new_id=lambda made_id=f"d{n}": made_id) for n in range(at_once)
        ]
        answers = await asyncio.gather(
            *[
                process.decide(command(ruleset, BASKET, request_id=f"r{n}"), canonical)
                for n, process in enumerate(processes)
            ]
        )
        log = store.decisions(LogQuery())
    reasons = sorted(parse(answer.reply)["outcome"]["reason"] for answer in answers)

    assert ["CHOSEN"] + ["NOT_ELIGIBLE"] * (at_once - 1) == reasons
    for entry in log:
        record = read_record(entry.record)
        assert entry.record == replay(record, ruleset, judges.reference(ruleset))


async def test_a_count_withholds_nothing_from_those_within_it(tmp_path: Path) -> None:
    """Many decisions about one shopper at once are all given what their cap allows."""
    ruleset = _capped(12)
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        deciding = decider(store)
        commands = [command(ruleset, BASKET, request_id=f"r{n}") for n in range(15)]
        answers = await asyncio.gather(*[deciding.decide(c, canonical) for c in commands])
    reasons = Counter(parse(answer.reply)["outcome"]["reason"] for answer in answers)

    assert {"CHOSEN": 12, "NOT_ELIGIBLE": 3} == reasons


async def test_a_discount_of_a_later_instant_is_not_missed(tmp_path: Path) -> None:
    """Who read the clock before another decision, and the log after it, still counts it."""
    ruleset, clock = _capped(1), iter(range(builders.AS_OF_US + 10, builders.AS_OF_US + 99))
    moment = replace(BASKET.moment, as_of_us=builders.AS_OF_US + 5)
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        deciding = replace(decider(store), clock=lambda: next(clock))
        later = command(ruleset, replace(BASKET, moment=moment))
        given = await deciding.decide(later, canonical)
        second = await deciding.decide(command(ruleset, BASKET, request_id="r2"), canonical)
        behind = replace(decider(store), new_id=lambda: "behind")
        third = await behind.decide(command(ruleset, BASKET, request_id="r3"), canonical)
    outcomes = [parse(answer.reply)["outcome"] for answer in (given, second, third)]

    assert ["CHOSEN", "NOT_ELIGIBLE"] == [outcome["reason"] for outcome in outcomes[:2]]
    assert ([], "BUDGET_CONTENDED") == (outcomes[2]["discounts"], outcomes[2]["rung_cause"])


async def test_a_budget_that_is_gone_for_all_leaves_no_discount() -> None:
    """With nothing else to choose, the answer is a recorded `none`, on the rung it was made."""
    store = RacingStore(100)
    answer = await decider(store).decide(command(_rules(), BASKET), canonical)
    outcome = parse(answer.reply)["outcome"]

    assert ([], "BUDGET_SPENT", "MODEL") == (
        outcome["discounts"],
        outcome["reason"],
        outcome["rung"],
    )
    assert None is store.reservation("d1")


async def test_a_race_that_never_ends_ends_in_no_discount() -> None:
    """After the last round nothing is given, the record says why, and it still replays."""
    store, ruleset = ContendedStore(), _rules()
    answer = await decider(store).decide(command(ruleset, BASKET), canonical)
    record = read_record(answer.reply)
    outcome = record["outcome"]

    assert MAX_ROUNDS + 1 == len(store.commits)
    assert ("NO_DISCOUNT", "BUDGET_CONTENDED", 0, []) == (
        outcome["rung"],
        outcome["rung_cause"],
        outcome["discount"],
        outcome["reserved"],
    )
    assert answer.reply == replay(record, ruleset, judges.reference(ruleset))


async def test_what_can_not_be_stored_is_not_given() -> None:
    """The caller hears that the store is unavailable, and nothing is left behind."""
    store = FullDiskStore()
    with pytest.raises(StoreUnavailable):
        await decider(store).decide(command(_rules(), BASKET), canonical)

    assert () == store.decisions(LogQuery())
    assert {} == store.usage(["campaign/all/total"])


async def test_a_dry_run_decides_alike_and_writes_nothing() -> None:
    """Its record differs from the real one by the decision id alone."""
    dry, real = RacingStore(), MemoryStore()
    tried = await decider(dry).decide(command(_rules(), BASKET, validate_only=True), canonical)
    made = await decider(real).decide(command(_rules(), BASKET), canonical)

    assert ([], None) == (dry.commits, dry.answer("Decide/r1"))
    assert parse(made.reply) == {**parse(tried.reply), "decision_id": "d1"}


async def test_the_same_request_twice_is_decided_once() -> None:
    """The second caller gets the first one's bytes; one record, one reservation."""
    store = MemoryStore()
    engine = decider(store)
    first = await engine.decide(command(_rules(), BASKET), canonical)
    second = await engine.decide(command(_rules(), BASKET), canonical)

    assert first.reply == second.reply
    assert (False, True) == (first.replayed, second.replayed)
    assert 1 == len(store.decisions(LogQuery()))
    assert {"campaign/all/total": 50} == store.usage(["campaign/all/total"])


async def test_the_same_request_id_with_another_body_is_refused() -> None:
    """Whether it was answered long ago or just now by a faster caller."""
    store = MemoryStore()
    engine = decider(store)
    await engine.decide(command(_rules(), BASKET), canonical)

    with pytest.raises(RequestIdReused):
        await engine.decide(command(_rules(), BASKET, body=b"other"), canonical)
    assert 1 == len(store.decisions(LogQuery()))


@pytest.mark.parametrize("body", [b"body", b"other"])
async def test_a_faster_twin_wins(body: bytes) -> None:
    """When the answer appears while this one was decided, its bytes are given, or it is refused."""
    store = RacingStore(StoredAnswer(b"body", b"their reply"))
    asked = decider(store).decide(command(_rules(), BASKET, body=body), canonical)
    if body != b"body":
        with pytest.raises(RequestIdReused):
            await asked
        return
    answer = await asked

    assert (b"their reply", True) == (answer.reply, answer.replayed)
    assert () == store.decisions(LogQuery())


@pytest.mark.parametrize("cause", [c for c in RungCause if c.name.startswith("MODEL")])
async def test_without_scores_rules_alone_decide_and_say_so(cause: RungCause) -> None:
    """The cheapest allowed candidate is given, on the rules-only rung, with the model's cause."""
    answer = await decider(MemoryStore(), cause).decide(command(_rules(), BASKET), canonical)
    record = parse(answer.reply)
    outcome = record["outcome"]

    assert ("RULES_ONLY", cause.name, [500]) == (
        outcome["rung"],
        outcome["rung_cause"],
        [given["depth"] for given in outcome["discounts"]],
    )
    assert None is record["model"]


async def test_a_shopper_at_the_cap_gets_nothing_more() -> None:
    """The second basket of the same shopper finds the cap reached, and the record says whose."""
    cap = builders.budget("cap", 1, measure=BudgetMeasure.COUNT, holder=BudgetHolder.SHOPPER)
    engine = decider(MemoryStore())
    await engine.decide(command(_rules(cap), BASKET), canonical)
    answer = await engine.decide(command(_rules(cap), BASKET, request_id="r2"), canonical)

    assert "SHOPPER_CAP_REACHED" == parse(answer.reply)["outcome"]["reason"]


async def test_a_replaced_decision_hands_its_budget_to_the_new_one() -> None:
    """A campaign that is spent by the first decision has room for the one that replaces it."""
    ruleset, store = _rules(builders.budget("campaign", 50)), MemoryStore()
    deciding = decider(store)
    await deciding.decide(command(ruleset, BASKET), canonical)
    other = await deciding.decide(command(ruleset, BASKET, request_id="r2"), canonical)
    edited = command(ruleset, BASKET, request_id="r3", replaces="d1")
    answer = await deciding.decide(edited, canonical)
    record = read_record(answer.reply)

    assert "BUDGET_SPENT" == read_record(other.reply)["outcome"]["reason"]
    assert "CHOSEN" == record["outcome"]["reason"]
    assert "d1" == record["replaces"]
    assert {"campaign/all/total": 50} == store.usage(["campaign/all/total"])
    assert answer.reply == replay(record, ruleset, judges.reference(ruleset))


async def test_a_frequency_cap_does_not_count_what_is_replaced() -> None:
    """An edit of the basket is no second discount."""
    ruleset, deciding = _capped(1), decider(MemoryStore())
    await deciding.decide(command(ruleset, BASKET), canonical)
    dry = command(ruleset, BASKET, request_id="", replaces="d1", validate_only=True)
    answers = [
        await deciding.decide(dry, canonical),
        await deciding.decide(command(ruleset, BASKET, request_id="r2", replaces="d1"), canonical),
        await deciding.decide(command(ruleset, BASKET, request_id="r3"), canonical),
    ]
    reasons = [parse(answer.reply)["outcome"]["reason"] for answer in answers]

    assert ["CHOSEN", "CHOSEN", "NOT_ELIGIBLE"] == reasons


async def test_of_two_devices_that_edit_one_basket_one_is_told(tmp_path: Path) -> None:
    """Both replace the same decision at once: one does, and the other is refused."""
    ruleset = _rules(builders.budget("campaign", 50))
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        deciding = decider(store)
        await store.keep_ruleset(ruleset.digest, ruleset.documents)
        await deciding.decide(command(ruleset, BASKET), canonical)
        edits = [command(ruleset, BASKET, request_id=f"r{n}", replaces="d1") for n in range(2, 10)]
        answers = await asyncio.gather(
            *[deciding.decide(edit, canonical) for edit in edits], return_exceptions=True
        )
        used, wrong = store.usage(["campaign/all/total"]), store.discrepancies()
    refused = [a.state_code for a in answers if isinstance(a, WrongState)]

    assert ["ALREADY_REPLACED"] * 7 == refused
    assert {"campaign/all/total": 50} == used
    assert () == wrong


@pytest.mark.parametrize("counts", [True, False])
async def test_an_edit_that_is_sent_twice_at_once_is_made_once(
    tmp_path: Path, *, counts: bool
) -> None:
    """A client that did not wait gets the same answer, and not that another one was faster."""
    ruleset = _capped(1) if counts else _rules()
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        deciding = decider(store)
        await deciding.decide(command(ruleset, BASKET), canonical)
        edit = command(ruleset, BASKET, request_id="r2", replaces="d1")
        answers = await asyncio.gather(*[deciding.decide(edit, canonical) for _ in range(4)])

    assert 1 == len({answer.reply for answer in answers})
    assert [False, True, True, True] == sorted(answer.replayed for answer in answers)


@pytest.mark.parametrize("step", [Step.RELEASE, Step.EXPIRE])
async def test_what_holds_nothing_any_more_can_be_replaced(step: Step) -> None:
    """After a release or a lapse there is nothing to hand back, and the edit is decided."""
    ruleset, store = _rules(), MemoryStore()
    deciding = decider(store)
    await deciding.decide(command(ruleset, BASKET), canonical)
    after_us = builders.AS_OF_US + (1_800_000_000 if step is Step.EXPIRE else 0)
    await store.commit_step(StepWrite("", NO_ANSWER, "d1", step, after_us, b""))
    edited = command(ruleset, BASKET, request_id="r2", replaces="d1")
    await deciding.decide(edited, canonical)

    assert {"campaign/all/total": 50} == store.usage(["campaign/all/total"])


async def test_only_a_decision_of_the_same_shopper_is_replaced() -> None:
    """Another shopper's decision, one that is not there, and one that was redeemed are refused."""
    ruleset, store = _rules(), MemoryStore()
    deciding = decider(store)
    await deciding.decide(command(ruleset, BASKET), canonical)
    stranger = replace(BASKET, user_ref="somebody-else")

    with pytest.raises(InvalidRequest, match="replaces: names a decision about another shopper"):
        await deciding.decide(command(ruleset, stranger, request_id="r2", replaces="d1"), canonical)
    with pytest.raises(NotFound):
        await deciding.decide(command(ruleset, BASKET, request_id="r2", replaces="d7"), canonical)
    await store.commit_step(StepWrite("", NO_ANSWER, "d1", Step.REDEEM, builders.AS_OF_US, b""))
    with pytest.raises(WrongState, match="redeemed before"):
        await deciding.decide(command(ruleset, BASKET, request_id="r2", replaces="d1"), canonical)
    assert {"campaign/all/total": 50} == store.usage(["campaign/all/total"])
