"""A backtest that is decided ahead and side by side gives what deciding one by one gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from zlib import crc32

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sconto.app.backtest import run as running
from sconto.app.backtest.budget_state import shared_holders
from sconto.app.backtest.compared_amounts import Recorder, within
from sconto.app.backtest.comparison import RulesetComparison
from sconto.app.backtest.unchanged import Unchanged
from sconto.domain.budget import ledger_keys
from sconto.domain.context import DecisionContext
from sconto.domain.decision import decide
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import GuardrailKind, Ruleset
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.shortlist import shortlist
from sconto.rulebook.compile.engine_rules import guardrail_as_rule
from support import backtests, builders, judges
from support.backtests import Model, ScoresOf, a_log, backtested, one_by_one, sides
from support.worlds import _context, _odds, world_of_seed
from support.worlds_offers import CATEGORIES
from support.worlds_rules import TOKYO, VALIDITIES, any_ruleset

SHARED = shared_holders(dict.fromkeys(builders.PLACES, ""))


def _named(ruleset: Ruleset, name: str) -> Ruleset:
    return replace(ruleset, digest=f"sha256:{name}")


def _contexts(random: Random, count: int) -> list[DecisionContext]:
    """Requests of a few shoppers over a few hours, at most two days."""
    found = []
    for i in range(count):
        context = replace(_context(random), user_ref=f"u{random.randint(0, 3)}")
        day, hour = builders.DAY + timedelta(days=i // (count // 2 + 1)), 6 + i % 12
        moment = replace(
            context.moment,
            as_of_us=builders.AS_OF_US + i * 1_000_000,
            local_date=day,
            weekday=day.weekday(),
            hour=hour,
            elsewhere={TOKYO: (day + timedelta(days=1), hour)},
        )
        found.append(replace(context, moment=moment))
    return found


def _tight(random: Random, ruleset: Ruleset) -> Ruleset:
    """*ruleset* with other limits and paces, so that the same requests meet other budgets."""
    budgets = {
        name: replace(
            budget,
            limit=max(1, budget.limit * random.choice((30, 100, 170)) // 100),
            ahead_bp=random.choice((budget.ahead_bp, 0, 2000)),
            validity=budget.validity or builders.ALWAYS,
        )
        for name, budget in ruleset.budgets.items()
    }
    return replace(ruleset, budgets=budgets)


def _edited(random: Random, ruleset: Ruleset) -> Ruleset:
    """*ruleset* with an offer changed or added, or a cap added, that is about some goods only."""
    goods = Scope(categories=frozenset({random.choice(CATEGORIES)}))
    match random.choice(("nothing", "ladder", "offer", "cap")):
        case "ladder":
            first, *others = ruleset.offers
            return replace(ruleset, offers=(replace(first, ladder=first.ladder[:1]), *others))
        case "offer":
            validity = random.choice(VALIDITIES)
            lane = random.choice(ruleset.lanes).id
            added = builders.offer(
                "zz", 700, 900, scope=goods, budgets=("campaign",), validity=validity
            )
            return replace(ruleset, offers=(*ruleset.offers, replace(added, lane=lane)))
        case "cap":
            cap = builders.guardrail("zz", GuardrailKind.DISCOUNT_CAP, scope=goods, amount=200)
            rule = guardrail_as_rule(cap, builders.PLACES)
            limits = (*ruleset.guardrails, cap)
            return replace(ruleset, guardrails=limits, rules=(*ruleset.rules, rule))
        case _:
            return ruleset


def _scores_of(random: Random) -> ScoresOf:
    """Scores that hang on nothing but the candidate, so that the log's are those of any rules."""
    if random.random() < 0.3:
        return lambda _: None
    odds = [_odds(random) for _ in range(5)]

    def scores(candidates: object) -> Scores:
        own = [odds[crc32(c.id.encode()) % len(odds)] for c in candidates]  # type: ignore[attr-defined]
        return builders.scores(own)

    return scores


def _story(seed: int) -> tuple[Ruleset, Ruleset, backtests.MemoryLog, ScoresOf]:
    random = Random(seed)
    made_on = any_ruleset(random)
    if random.random() < 0.7:
        plain = {name: replace(b, shadow=None) for name, b in made_on.budgets.items()}
        made_on = replace(made_on, budgets=plain)
    made_on = _named(made_on, "made-on")
    scores_of = _scores_of(random)
    log = a_log(random, made_on, _contexts(random, 24), scores_of)
    return made_on, _named(_edited(random, _tight(random, made_on)), "new"), log, scores_of


def _left(log: backtests.MemoryLog, both: RulesetComparison, new: Ruleset, made_on: Ruleset) -> int:
    """Decisions that the change can't touch, on the views of the log."""
    unchanged = Unchanged(made_on, new)
    readings = [both.read(e.record) for e in log.kept if e.kind == "decision"]
    return sum(
        unchanged.answer(r, {k: r.used(k) for k in ledger_keys(r.context, new)}) is not None
        for r in readings
    )


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "STRETCH", 5)


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32 - 1), at_once=st.integers(0, 3))
def test_deciding_ahead_gives_what_deciding_one_by_one_gives(seed: int, at_once: int) -> None:
    """Tight and paced budgets, give-backs and chance change nothing about that, nor do workers."""
    made_on, new, log, scores_of = _story(seed)
    both = sides(log, None, new, made_on, model=Model(scores_of))
    heard, run = backtested(log, both, SHARED, at_once)

    event(f"guesses that did not hold: {any(run.again)}")
    event(f"left as they were: {_left(log, both, new, made_on) * 4 // 24} of 4")
    assert one_by_one(log, new, scores_of) == [(seq, answer) for seq, _, answer in heard.told]
    assert one_by_one(log, made_on, scores_of) == [(seq, answer) for seq, answer, _ in heard.told]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), from_entry=st.integers(1, 24))
def test_a_later_start_goes_on_from_what_was_used(seed: int, from_entry: int) -> None:
    """What decisions before the first held counts, and goes back when the log gives it back."""
    made_on, new, log, scores_of = _story(seed)
    span = log.span(builders.AS_OF_US + from_entry * 1_000_000 - 1_000_000, None)
    both = sides(log, made_on, new, made_on, model=Model(scores_of))
    heard, _ = backtested(log, both, SHARED, span=span)
    last = span.last

    for ruleset, told in ((made_on, 1), (new, 2)):
        expected = [
            one for one in one_by_one(log, ruleset, scores_of, span.first) if one[0] <= last
        ]
        assert expected == [(one[0], one[told]) for one in heard.told]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_ruleset_against_itself_changes_nothing(seed: int) -> None:
    """Its own decisions stand as they are in the log, and none has to be decided again."""
    made_on, _, log, _ = _story(seed)
    heard, run = backtested(log, sides(log, made_on, made_on, made_on), SHARED, at_once=0)

    assert all(old == new for _, old, new in heard.told)
    assert [0, 0] == run.again
    assert 24 == len(heard.told)


@settings(deadline=None, max_examples=200)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_decision_is_the_same_within_its_bounds(seed: int) -> None:
    """Whatever view lies within the bounds that were noted gives the same choice and reasons."""
    random, world = Random(seed), world_of_seed(seed)
    context, ruleset = world.context, world.ruleset
    listed = shortlist(context, ruleset, judges.reference(ruleset))
    scores = world.scores(listed.allowed)
    watch = Recorder()
    used = {key: world.view.get(key, 0) for key in ledger_keys(context, ruleset)}
    first = decide(context, ruleset, listed, scores, RungCause.NONE, watch.view(used))
    bounds = {key: (low, high) for key, low, high in watch.noted()}
    other = {
        key: random.randint(max(0, bounds[key][0]), min(bounds[key][1], amount + 2000))
        if key in bounds
        else random.randint(0, 10_000)
        for key, amount in used.items()
    }
    again = decide(context, ruleset, listed, scores, RungCause.NONE, other)

    assert within(watch.noted(), other)
    assert (first.choice, first.draws, first.reason) == (again.choice, again.draws, again.reason)
