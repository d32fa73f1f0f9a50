"""Codes for one use, kept by every store, and used once whoever asks at once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.stores import STORES, opened
from sconto.app.code_batches import CodeCount, code_counts, keep_codes
from sconto.app.code_ref import code_ref, sent_codes
from sconto.app.lifecycle import expire_due, take_step
from sconto.app.ports import CodesWrite, Step, Store
from sconto.domain.canonical import canonical, parse
from sconto.domain.ruleset import BudgetHolder, BudgetMeasure, Ruleset
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore
from support import builders, deciding

KEY = b"k" * 32
FIXTURES = Path(__file__).parents[1] / "fixtures"
REFS = tuple(f"{n:032x}" for n in range(5))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


def gifts() -> Ruleset:
    """10 % off cheese for whoever has one of the codes of `gift`."""
    use, each = BudgetMeasure.USE, BudgetHolder.CODE
    return builders.ruleset(
        builders.offer("cheese"),
        builders.offer("other", minimum_spend=5000),
        budgets=[builders.budget("gift-per-code", 1, measure=use, holder=each)],
        code_sets=[
            builders.code_set("gift", limits=["gift-per-code"]),
            builders.code_set("shared", "other", text="SHARED"),
        ],
    )


async def outcome(store: Store, number: int, text: str, who: str = "u1") -> dict[str, Any]:
    """What comes of decision *number* with the code *text*."""
    ruleset = gifts()
    decider = replace(deciding.decider(store), new_id=lambda: f"d{number}")
    context = builders.context(codes=sent_codes(KEY, [text], ruleset), user_ref=who)
    asked = deciding.command(ruleset, context, request_id=f"r{number}")
    record = parse((await decider.decide(asked, canonical)).reply)
    found: dict[str, Any] = record["outcome"]
    return found


def status(found: dict[str, Any]) -> str:
    """What became of the code."""
    return str(found["codes"][0]["status"])


async def test_codes_are_kept_once_and_found_by_their_hash(store: Store) -> None:
    """A code stays with the set that had it first; what was never kept is not found."""
    first = await store.commit_codes(CodesWrite("gift", REFS[:3]))
    again = await store.commit_codes(CodesWrite("other", REFS[1:4]))

    assert (3, 1) == (first, again)
    assert {REFS[0]: "gift", REFS[2]: "gift", REFS[3]: "other"} == store.code_sets(
        [REFS[0], REFS[2], REFS[3], REFS[4]]
    )
    assert {"gift": 3, "other": 1} == store.codes_kept()


async def test_one_code_gives_one_discount_whoever_asks_at_once(store: Store) -> None:
    """Of twelve decisions one has the discount; the others say that the code is used up."""
    await keep_codes(store, KEY, "gift", ["GIFT-1234"])
    found = await asyncio.gather(
        *[outcome(store, n, "gift-1234", who=f"u{n % 3}") for n in range(12)]
    )

    assert ["APPLIED"] + ["USED_UP"] * 11 == sorted(map(status, found))
    assert [1] == [len(f["discounts"]) for f in found if f["discounts"]]
    assert (CodeCount("gift", 1, 1),) == code_counts(store)


async def test_a_code_comes_back_with_a_release_and_with_time(store: Store) -> None:
    """It can be used again; once redeemed and not returned, it can't."""
    await keep_codes(store, KEY, "gift", ["GIFT-1234"])

    async def step(kind: Step, number: int) -> None:
        await take_step(
            store, lambda: deciding.NOW_US, kind, decision_id=f"d{number}", request_id="",
            request_key=f"{kind.value}/{number}", request_hash=b"", render=lambda _: b"",
        )  # fmt: skip

    assert "APPLIED" == status(await outcome(store, 1, "GIFT1234"))
    await step(Step.RELEASE, 1)
    assert "APPLIED" == status(await outcome(store, 2, "GIFT1234"))
    await expire_due(store, lambda: deciding.NOW_US + 1_800_000_000)
    assert "APPLIED" == status(await outcome(store, 3, "GIFT1234"))
    await step(Step.REDEEM, 3)
    await expire_due(store, lambda: deciding.NOW_US + 1_800_000_000)
    assert "USED_UP" == status(await outcome(store, 4, "GIFT1234"))


async def test_nothing_helps_who_guesses(store: Store) -> None:
    """Codes of nobody, of a set that the rules don't have, and of a shared set are answered alike.

    To the byte, but for the hash of what was sent.
    """
    await keep_codes(store, KEY, "gone", ["GONE-1234"])
    await keep_codes(store, KEY, "shared", ["SPARE-1234"])
    found = [await outcome(store, n, t) for n, t in enumerate(["none", "GONE1234", "SPARE1234"])]

    assert found[0] == found[1] == found[2]
    assert "UNKNOWN" == status(found[0])


async def test_without_a_code_for_one_use_no_code_is_looked_up() -> None:
    """Neither without codes, nor with shared ones alone; otherwise once for all that were sent."""
    asked: list[list[str]] = []

    class Watched(MemoryStore):
        def code_sets(self, refs: Any) -> Any:
            asked.append(list(refs))
            return super().code_sets(refs)

    ruleset, store = gifts(), Watched()
    for number, texts in enumerate([[], ["shared"], ["a-code", "shared", "b-code"]]):
        context = builders.context(codes=sent_codes(KEY, texts, ruleset))
        command = deciding.command(ruleset, context, request_id=f"r{number}")
        await deciding.decider(store).decide(command, canonical)

    assert [[code_ref(KEY, "AC0DE"), code_ref(KEY, "BC0DE")]] == asked


async def test_unknown_codes_are_events_that_nothing_takes_back(store: Store) -> None:
    """One for each of them, in the same transaction as the decision, beside its own event."""
    await keep_codes(store, KEY, "gift", ["GIFT-1234"])
    ruleset = gifts()
    codes = sent_codes(KEY, ["GIFT1234", "wrong", "wronger"], ruleset)
    command = deciding.command(ruleset, builders.context(codes=codes))
    await deciding.decider(store).decide(command, canonical)

    def events(until_us: int) -> list[str]:
        return sorted(event.kind for event in store.behaviour("u1", 0, until_us).events)

    given = ["code_unknown", "code_unknown", "discount_given"]
    assert given == events(deciding.NOW_US)
    without = store.behaviour("u1", 0, deciding.NOW_US, without="d1").events
    assert ["code_unknown"] * 2 == [event.kind for event in without]
    later = deciding.NOW_US + 1_800_000_000
    assert 1 == await expire_due(store, lambda: later)
    assert ["code_unknown"] * 2 == events(later)


def test_a_store_from_before_codes_gets_their_table(tmp_path: Path) -> None:
    """Opening it is enough; nothing else of it changes."""
    path = tmp_path / "log.db"
    shutil.copy(FIXTURES / "record-3-retail.sqlite", path)
    with closing(SqliteStore(path)) as store:
        assert 1 == asyncio.run(store.commit_codes(CodesWrite("gift", REFS[:1])))
        assert () == store.discrepancies()


def test_a_code_is_found_by_its_key_alone(tmp_path: Path) -> None:
    """Millions of codes cost a decision no more than one."""
    with closing(SqliteStore(tmp_path / "log.db")) as store:
        plan = store._select(
            "EXPLAIN QUERY PLAN SELECT set_id FROM codes WHERE ref IN (?, ?)", (b"1", b"2")
        )

    assert ["SEARCH codes USING PRIMARY KEY (ref=?)"] == [row[-1] for row in plan]
