"""Codes in any world: they open offers and nothing else, and their uses never pass a limit."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.app.code_ref import code_ref, sent_codes
from sconto.app.lifecycle import take_step
from sconto.app.log_query import LogQuery
from sconto.app.ports import Step
from sconto.domain.budget import ledger_keys
from sconto.domain.canonical import canonical
from sconto.domain.codes import (
    SYMBOLS,
    CodeSet,
    CodeStatus,
    check_symbol,
    normalised,
    opened_offers,
)
from sconto.domain.context import SentCode
from sconto.domain.record import Provenance, stored
from sconto.domain.record_reading import read_record
from sconto.domain.replay import replay
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period
from sconto.errors import TooManyUnknownCodes, WrongState
from sconto.store.memory import MemoryStore
from support import builders, deciding, judges, oracle
from support.worlds import World, worlds
from support.worlds_rules import VALIDITIES

MANY = settings(deadline=None, max_examples=500)
MADE = Provenance("d1", "r1", 1, {"rules": "reference"}, {})
KEY = b"k" * 32


@given(st.text(max_size=30))
def test_reading_a_code_twice_is_reading_it_once(text: str) -> None:
    """What was read is read as itself, and so is what differs in case, spaces and hyphens only."""
    read = normalised(text)

    assert read == normalised(read)
    assert read == normalised(f" -{text}\u200b ")
    if read:
        assert read == normalised(text.lower()) == normalised(text.upper())


def limits(random: Random, set_id: str) -> list[Budget]:
    """Up to two limits of a code set."""
    holders = random.sample(list(BudgetHolder), random.randint(0, 2))
    use = BudgetMeasure.USE
    return [
        builders.budget(
            f"{set_id}-{h.value}",
            random.randint(1, 2),
            measure=use,
            holder=h,
            period=random.choice(list(Period)),
        )
        for h in holders
    ]


def with_codes(world: World, seed: int) -> World:
    """*world* where some offers need codes, of which some were sent and some used up."""
    random, ruleset = Random(seed), world.ruleset
    offers = [offer.id for offer in ruleset.offers]
    sets: list[CodeSet] = []
    budgets = dict(ruleset.budgets)
    for name in ("set-a", "set-b", "set-c")[: random.randint(1, 3)]:
        opened = random.sample(offers, random.randint(1, len(offers)))
        own = limits(random, name)
        budgets.update({budget.id: budget for budget in own})
        validity = random.choice(VALIDITIES)
        ids = [budget.id for budget in own]
        sets.append(builders.code_set(name, *opened, validity=validity, limits=ids))
    known = [SentCode(s.id, f"ref-{i}") for s in sets for i in range(2)]
    codes = random.sample([*known, SentCode("", "ref-x")], random.randint(0, 3))
    ruleset = replace(ruleset, budgets=budgets, code_sets={s.id: s for s in sets})
    context = replace(world.context, codes=tuple(codes))
    new = set(ledger_keys(context, ruleset)) - set(ledger_keys(world.context, world.ruleset))
    used = {key: random.choice((0, 0, 1, 2)) for key in sorted(new)}
    view = {**world.view, **{key: amount for key, amount in used.items() if amount}}
    return replace(world, ruleset=ruleset, context=context, view=view)


worlds_with_codes = st.builds(with_codes, worlds, st.integers(0, 2**32 - 1))


@MANY
@given(worlds_with_codes)
def test_a_code_never_takes_anything_past_a_limit(world: World) -> None:
    """Floors, margins, caps, budgets and uses hold, and the last check finds nothing."""
    decision = world.decide()
    event(", ".join(sorted({result.status.name for result in decision.codes})))

    assert () == decision.broken
    assert oracle.sums_hold(decision)
    assert oracle.limits_hold(decision.stack, world.context, world.ruleset)
    for draw in decision.draws:
        assert world.view.get(draw.key, 0) + draw.amount <= draw.usable
        if world.ruleset.budgets[draw.budget_id].measure is BudgetMeasure.USE:
            assert 1 == draw.amount


@MANY
@given(worlds_with_codes)
def test_what_needs_a_code_is_given_by_the_one_that_applied(world: World) -> None:
    """Every such offer is named by exactly the codes that applied, each of a set that opens it."""
    decision = world.decide()
    given_ids = {c.offer.id for c in decision.stack.candidates}
    applied = [
        (code, result.offer_ids)
        for code, result in zip(world.context.codes, decision.codes, strict=True)
        if result.status is CodeStatus.APPLIED
    ]
    named = [offer for _, offers in applied for offer in offers]

    assert sorted(given_ids & world.ruleset.need_code) == sorted(named)
    drawn = {draw.budget_id for draw in decision.draws}
    for code, offers in applied:
        opened = world.ruleset.code_sets[code.set_id]
        assert drawn >= set(opened.limits)
        assert set(offers) <= set(opened.offers)
        assert opened.validity.covers(builders.DAY)


@MANY
@given(worlds_with_codes)
def test_codes_with_uses_left_decide_as_if_their_offers_needed_none(world: World) -> None:
    """What opens is the same offer as without code sets, what stays closed is as if not there."""
    world = replace(world, view={})
    opened = opened_offers(world.context, world.ruleset.code_sets)
    closed = world.ruleset.need_code - opened
    offers = tuple(o for o in world.ruleset.offers if o.id not in closed)
    rest = replace(world.ruleset, offers=offers, code_sets={})
    plain = replace(world, ruleset=rest, context=replace(world.context, codes=()))

    assert plain.decide().stack == world.decide().stack


@MANY
@given(worlds_with_codes)
def test_a_decision_with_codes_replays_to_the_same_bytes(world: World) -> None:
    """The record holds all that codes decided by."""
    raw = stored(world.decide(), MADE)

    assert raw == replay(read_record(raw), world.ruleset, judges.reference(world.ruleset))


tries = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["welcome", "Spring-5", "guess"])),
    min_size=1,
    max_size=12,
)
rounds = st.lists(st.tuples(tries, st.lists(st.integers(0, 40), max_size=6)), max_size=4)


@given(rounds=rounds, in_all=st.integers(1, 6), per_shopper=st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_uses_hold_their_limits_under_any_interleaving(
    rounds: list[tuple[list[tuple[str, str]], list[int]]], in_all: int, per_shopper: int
) -> None:
    """Decisions made at once, redeemed and released: the uses held never pass a limit."""
    use, shopper = BudgetMeasure.USE, BudgetHolder.SHOPPER
    budgets = [
        builders.budget("in-all", in_all, measure=use),
        builders.budget("each", per_shopper, measure=use, holder=shopper),
    ]
    sets = [
        builders.code_set("spring", text=normalised("SPRING5")),
        builders.code_set("welcome", text=normalised("WELCOME"), limits=["in-all", "each"]),
    ]
    ruleset = builders.ruleset(budgets=budgets, code_sets=sets)
    store = MemoryStore()
    decider = deciding.decider(store)

    async def ask(number: int, who: str, text: str) -> None:
        codes = sent_codes(KEY, [text], ruleset)
        context = builders.context(user_ref=who, codes=codes)
        command = deciding.command(ruleset, context, request_id=f"r{number}")
        # Who guesses ten times has to wait.
        with suppress(TooManyUnknownCodes):
            await decider.decide(command, canonical)

    async def move(number: int, nth: int) -> None:
        step = Step.REDEEM if number % 2 else Step.RELEASE
        with pytest.raises(WrongState) if store.reservation(f"d{nth}") is None else _allowed():
            await take_step(
                store, decider.clock, step, decision_id=f"d{nth}", request_id="",
                request_key=f"{step.value}/{number}", request_hash=b"", render=lambda _: b"",
            )  # fmt: skip

    async def play() -> None:
        asked = moved = 0
        for wishes, moves in rounds:
            await asyncio.gather(*[ask(asked + n, *wish) for n, wish in enumerate(wishes)])
            asked += len(wishes)
            known = [n for n in moves if store.decision(f"d{n}") is not None]
            await asyncio.gather(*[move(moved + n, nth) for n, nth in enumerate(known)])
            moved += len(known)
            check()

    def check() -> None:
        taken: Counter[str] = Counter()
        uses: Counter[str] = Counter()
        for entry in store.decisions(LogQuery(limit=1000)):
            held = store.reservation(entry.decision_id)
            if held is not None and held.state.value in {"held", "redeemed"}:
                taken.update({draw.key: draw.amount for draw in held.draws})
                context = read_record(entry.record)["context"]
                uses.update([context["user_ref"]] * (context["codes"][0][0] == "welcome"))
        assert uses.total() <= in_all
        assert all(uses[who] <= per_shopper for who in "abc")
        assert uses == +Counter({who: taken[f"each/{who}/total"] for who in "abc"})
        assert +taken == Counter(store.usage([*taken, "in-all/all/total"]))

    asyncio.run(play())


class _allowed:  # noqa: N801 - reads as a statement
    """A step that may be allowed or not."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        """A state that does not allow the step is no failure here."""
        return kind is not None and issubclass(kind, WrongState)


@given(st.lists(st.text("GHJKmnpqRSTVwxyz", min_size=6, max_size=16), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_no_code_stands_in_a_record_or_a_log_line_in_the_clear(texts: list[str]) -> None:
    """Only its set, and a keyed hash that another key makes another one of."""
    sets = [builders.code_set(text=normalised(texts[0]))]
    ruleset, store = builders.ruleset(code_sets=sets), MemoryStore()
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        context = builders.context(codes=sent_codes(KEY, texts, ruleset))
        command = deciding.command(ruleset, context)
        asyncio.run(deciding.decider(store).decide(command, canonical))
    finally:
        logging.getLogger().removeHandler(handler)
    (entry,) = store.decisions(LogQuery())
    said = "\n".join([entry.record.decode(), *lines])

    assert all(text not in said and normalised(text) not in said for text in texts)
    assert all(code_ref(KEY, normalised(text)) in said for text in texts)
    assert all(code_ref(b"o" * 32, normalised(text)) not in said for text in texts)


symbols = st.sampled_from(SYMBOLS)


@given(st.lists(symbols, min_size=2, max_size=15), st.data())
def test_a_check_symbol_tells_of_every_slip(code: list[str], data: st.DataObject) -> None:
    """One symbol misread, or two that changed places, wherever they stand."""
    right = check_symbol("".join(code))
    place = data.draw(st.integers(0, len(code) - 1))
    misread = [*code[:place], data.draw(symbols), *code[place + 1 :]]
    swapped = list(code)
    other = data.draw(st.integers(0, len(code) - 1))
    swapped[place], swapped[other] = code[other], code[place]

    assert (right == check_symbol("".join(misread))) == (misread == code)
    assert (right == check_symbol("".join(swapped))) == (swapped == code)
