"""The wall around durable-rules: sizes it can't take, and failures it must not hide."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import orjson
import pytest

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op
from sconto.domain.context import Facts, FactValue
from sconto.domain.judging import EVERYTHING, columns_of
from sconto.errors import RuleEngineFailed
from sconto.rulebook.judge import rete
from sconto.rulebook.judge.fallback import MAX_REBUILDS, GuardedJudge
from sconto.rulebook.judge.reference import REFERENCE, ReferenceJudge
from sconto.rulebook.judge.rete import ENGINE, EngineBroken, ReteJudge

REQUEST = {"context.channel": "app"}


REQUEST_POOL: dict[str, Sequence[FactValue]] = {
    "shopper.tier": ("none", "silver", "gold"),
    "shopper.age": range(16, 90),
    "consent.mail": (True, False),
}
OWN_POOL: dict[str, Sequence[FactValue]] = {
    "headroom.floor": range(-300, 300),
    "headroom.cap": range(-300, 300),
}


def _mixed(random: Random, number: int) -> Condition:
    """Rules of four shapes, with constants of their own."""
    tier = Comparison("shopper.tier", Op.EQ, random.choice(("none", "silver", "gold")))
    age = Comparison("shopper.age", random.choice((Op.LT, Op.GE)), random.randrange(16, 90))
    offers = tuple(Comparison("offer.id", Op.EQ, f"o{random.randrange(40)}") for _ in range(2))
    room = Comparison(random.choice(tuple(OWN_POOL)), Op.LT, random.randrange(-300, 300))
    shapes: tuple[tuple[Condition, ...], ...] = (
        (tier, AnyOf(offers), _deeper_than(random.randrange(900))),
        (age, room),
        (Comparison("consent.mail", Op.NE, True), offers[0], room),
        (AnyOf((tier, age)), _deeper_than(random.randrange(900)), room),
    )
    return All(shapes[number % len(shapes)])


def _some(random: Random, pool: Mapping[str, Sequence[FactValue]]) -> dict[str, FactValue]:
    """A value of each fact of *pool*, or none: one in four is missing."""
    return {fact: random.choice(values) for fact, values in pool.items() if random.random() < 0.75}


def _deeper_than(bp: int) -> Comparison:
    return Comparison("candidate.depth_bp", Op.GT, bp)


def _agree(rules: Sequence[Condition], own: Sequence[Facts]) -> None:
    judge = ReteJudge(rules)
    assert ReferenceJudge(rules).judge(
        REQUEST, columns_of(own), [EVERYTHING] * len(own)
    ) == judge.judge(REQUEST, columns_of(own), [EVERYTHING] * len(own))
    judge.close()


@pytest.mark.parametrize("op", [Op.GT, Op.EQ, Op.NE])
def test_600_rules_of_one_shape_are_judged_right(op: Op) -> None:
    """More rules on one fact than the engine's stack and nodes can hold are split over handles."""
    rules = [Comparison("candidate.depth_bp", op, i) for i in range(600)]
    _agree(rules, [{"candidate.depth_bp": bp} for bp in (-1, 0, 299, 599, 600)])


def test_600_rules_of_one_shape_that_may_lack_facts_are_judged_right() -> None:
    """The same holds where the fact that they are about can be missing."""
    tier = Comparison("shopper.tier", Op.EQ, "gold")
    rules = [All((tier, Comparison("headroom.floor", Op.LT, i))) for i in range(600)]
    _agree(rules, [{"headroom.floor": room} for room in (-1, 299, 600)] + [{}])


def test_4000_rules_are_judged_right() -> None:
    """No hang, no crash and no lost verdict with more rules than any shop has, facts missing."""
    random = Random(1)
    rules = [_mixed(random, number) for number in range(4_000)]
    judge, reference = ReteJudge(rules), ReferenceJudge(rules)
    spoke = 0
    for _ in range(12):
        request, own = _some(random, REQUEST_POOL), [_some(random, OWN_POOL) for _ in range(5)]
        own = [{"offer.id": "o1", "candidate.depth_bp": random.randrange(900), **o} for o in own]
        expected = reference.judge(request, columns_of(own), [EVERYTHING] * len(own))
        assert expected == judge.judge(request, columns_of(own), [EVERYTHING] * len(own))
        spoke += sum((v.true | v.unknown).bit_count() for v in expected)
    judge.close()
    assert spoke > 4_000


def test_a_rule_may_need_many_facts_that_can_be_missing() -> None:
    """Each fact that can be missing costs no more than any other."""
    facts = [f"shopper.f{k}" for k in range(20)]
    rules = [All(tuple(Comparison(fact, Op.GE, 1) for fact in facts))]
    known: dict[str, FactValue] = dict.fromkeys(facts, 1)
    judge = ReteJudge(rules)
    for request in (known, {**known, facts[3]: 0}, {**known, facts[3]: -1, facts[4]: 1}, {}):
        for gap in (facts[3], facts[7], "none"):
            some = {fact: value for fact, value in request.items() if fact != gap}
            expected = ReferenceJudge(rules).judge(some, {}, [EVERYTHING])
            assert expected == judge.judge(some, {}, [EVERYTHING])
    judge.close()


def test_200_two_part_rules_of_one_shape_are_judged_right() -> None:
    """Rules that share their first comparison and differ in the second are split as well."""
    rules = [All((Comparison("offer.id", Op.EQ, "a"), _deeper_than(i))) for i in range(200)]
    _agree(rules, [{"offer.id": o, "candidate.depth_bp": 150} for o in ("a", "b")])


def test_300_rules_with_the_same_condition_are_judged_right() -> None:
    """The engine crashes on 256 equal conditions, so equal ones are given to it once."""
    _agree([_deeper_than(5)] * 300, [{"candidate.depth_bp": bp} for bp in (5, 6)])


def test_the_engine_is_given_one_value_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many candidates there are, a batch is one fact and the sentinel."""
    batches: list[Any] = []
    assert_facts = rete.engine.assert_facts

    def keeping(handle: object, facts: str) -> Any:
        batches.append(orjson.loads(facts))
        return assert_facts(handle, facts)

    monkeypatch.setattr(rete.engine, "assert_facts", keeping)
    rules = [Comparison("candidate.depth_bp", Op.EQ, i) for i in range(100)]
    _agree(rules, [{"candidate.depth_bp": i} for i in range(150)])
    assert {2} == {len(batch) for batch in batches}
    assert all("~end" in batch[-1] for batch in batches)


def test_numbers_beyond_the_engine_and_odd_texts_never_reach_it() -> None:
    """What is asserted is the quantised value, so huge numbers and any text are judged right."""
    rules = [_deeper_than(5), Comparison("offer.id", Op.EQ, "1"), Comparison("offer.id", Op.NE, "")]
    texts = ("1", "", "\x00", "\ud800", "x" * 70_000, "true", "1.0")
    _agree(rules, [{"candidate.depth_bp": 2**70, "offer.id": text} for text in texts])
    _agree(rules, [{"candidate.depth_bp": -(2**70), "offer.id": text} for text in texts])


def test_values_that_no_rule_tells_apart_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is asked again only for a value that some rule might judge differently."""
    judged: list[int] = []
    fired = rete._Handle.fired

    def counting(self: Any, value: int) -> list[int]:
        judged.append(value)
        return fired(self, value)

    judge = ReteJudge([Comparison("shopper.baskets", Op.GE, 3), _deeper_than(500)])
    monkeypatch.setattr(rete._Handle, "fired", counting)
    for baskets in (7, 8, 900):
        own = [{"candidate.depth_bp": bp} for bp in (100, 200, 300, 501, 900)]
        judge.judge({"shopper.baskets": baskets}, columns_of(own), [EVERYTHING] * len(own))
    assert [4, 499, 501] == judged


def test_what_a_candidate_is_not_asked_about_is_not_looked_at() -> None:
    """A fact of rules that don't speak about a candidate may be missing, or anything."""
    rules = [Comparison("shopper.baskets", Op.GE, 3), _deeper_than(500)]
    found = ReteJudge(rules).judge(
        {"shopper.baskets": 7}, {"candidate.depth_bp": [None, 600]}, [1, 2]
    )
    assert [(1, 0), (2, 0)] == [(v.true, v.unknown) for v in found]


def test_a_fact_that_is_always_known_can_not_be_left_out() -> None:
    """A missing fact of that kind is a bug of the caller: no verdict is better than a wrong one."""
    with pytest.raises(RuleEngineFailed, match="always known"):
        ReteJudge([_deeper_than(5)]).judge(REQUEST, {}, [EVERYTHING])


@pytest.mark.parametrize("value", ["7", "x"])
def test_a_text_where_rules_want_a_number_gives_no_verdict(value: str) -> None:
    """The engine would compare `"7"` with 5 in its own way; the judge refuses."""
    rules = [Comparison("shopper.baskets", Op.GT, 5)]
    with pytest.raises(RuleEngineFailed):
        ReteJudge(rules).judge({"shopper.baskets": value}, {}, [EVERYTHING])
    with pytest.raises(RuleEngineFailed):
        ReferenceJudge(rules).judge({"shopper.baskets": value}, {}, [EVERYTHING])


def test_a_batch_without_its_end_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine drops facts it can't read without a word; then the sentinel doesn't fire."""
    judge = ReteJudge([_deeper_than(5)])
    monkeypatch.setattr(rete.engine, "start_action_for_state", lambda _h, _o: None)
    with pytest.raises(EngineBroken, match="did not finish"):
        judge.judge(REQUEST, {"candidate.depth_bp": [9]}, [EVERYTHING])


def test_names_with_one_hash_are_refused() -> None:
    """The engine takes names with equal 32-bit FNV-1a hashes for the same name."""
    assert rete._fnv32("user-129599") == rete._fnv32("user-732382")
    term = [{"user-129599": 1}, {"user-732382": 1}]
    with pytest.raises(EngineBroken, match="same hash"):
        rete._refuse_clashes({"q0": {"all": [{"m": {"$and": term}}]}})


def test_when_the_engine_fails_the_reference_answers_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine failure costs no decision, is named in the record, and is mended in time."""
    rules = [AnyOf((_deeper_than(5), Comparison("shopper.baskets", Op.EQ, 0)))]
    own = [{"candidate.depth_bp": bp} for bp in (5, 6)]
    rebuilt, go = threading.Event(), threading.Event()

    def build(conditions: Sequence[Condition]) -> ReteJudge:
        if threading.current_thread() is not threading.main_thread():
            go.wait(10)
            rebuilt.set()
        return ReteJudge(conditions)

    judge = GuardedJudge(rules, build)
    beside = GuardedJudge(rules, beside=(judge,))
    assert (ENGINE, ENGINE) == (judge.engine, beside.engine)
    with monkeypatch.context() as patch:
        patch.setattr(rete.engine, "assert_facts", _fail)
        found = judge.judge({}, columns_of(own), [EVERYTHING] * len(own))
    assert ReferenceJudge(rules).judge({}, columns_of(own), [EVERYTHING] * len(own)) == found
    assert (REFERENCE, REFERENCE) == (judge.engine, beside.engine)
    go.set()
    assert rebuilt.wait(10)
    _join_rebuilds()
    assert (ENGINE, ENGINE) == (judge.engine, beside.engine)
    assert found == judge.judge({}, columns_of(own), [EVERYTHING] * len(own))


def test_an_engine_that_keeps_failing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each broken engine leaks its memory, so rebuilding has an end; answers go on."""
    rules = [_deeper_than(5)]
    own = [{"candidate.depth_bp": 6}]
    judge = GuardedJudge(rules)
    fired = rete._Handle.fired
    monkeypatch.setattr(
        rete._Handle, "fired", lambda self, value: fired(self, value) if not value else _fail()
    )
    for _ in range(MAX_REBUILDS + 2):
        assert ReferenceJudge(rules).judge(
            {}, columns_of(own), [EVERYTHING] * len(own)
        ) == judge.judge({}, columns_of(own), [EVERYTHING] * len(own))
        _join_rebuilds()
    assert judge.engine == REFERENCE


def _fail(*_: object) -> Any:
    raise EngineBroken("error code: 303")


def _join_rebuilds() -> None:
    for thread in threading.enumerate():
        if thread.name == "rule-engine-rebuild":
            thread.join(10)
