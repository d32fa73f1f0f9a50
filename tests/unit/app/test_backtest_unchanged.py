"""What is taken from the log without judging it again, and what must not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.app.backtest.comparison import NEW, RulesetComparison
from sconto.app.backtest.outcome import Outcome
from sconto.app.backtest.redecide import Redecider
from sconto.app.backtest.task import decide_alone
from sconto.app.ports import Policy
from sconto.domain.context import SentCode
from sconto.domain.judging import Judges
from sconto.domain.lane import Lane
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.domain.scope import Scope
from support import builders
from support.backtests import MemoryLog, sides
from support.judges import BrokenJudge

LANES = (Lane("first"), Lane("second"))
BEEF = Scope(categories=frozenset({"BEEF"}))


def _off(offer_id: str, amount: int, lane: str = "first") -> Offer:
    kind = OfferKind.AMOUNT
    plain = builders.offer(offer_id, amount, kind=kind, budgets=("campaign",))
    return replace(plain, lane=lane)


def _rules(name: str, limit: int, *offers: Offer) -> Ruleset:
    made = builders.ruleset(*offers, budgets=[builders.budget("campaign", limit)], lanes=LANES)
    return replace(made, digest=f"sha256:{name}")


def _log(made_on: Ruleset) -> MemoryLog:
    log = MemoryLog()
    log.decide(builders.context(), made_on)
    return log


def _given(outcome: Outcome) -> list[str]:
    return [given.offer_id for given in outcome.given]


def _both(log: MemoryLog, new: Ruleset, made_on: Ruleset) -> tuple[list[str], list[str]]:
    old, now = decide_alone(log.kept[0], sides(log, None, new, made_on)).answers
    return _given(old.outcome), _given(now.outcome)


def test_what_no_longer_fits_on_top_is_decided_again() -> None:
    """Each discount fits alone as before; together they pass the new limit."""
    offers = _off("a", 100), _off("b", 100, "second")
    made_on = _rules("made-on", 1000, *offers)

    assert (["a", "b"], ["a"]) == _both(_log(made_on), _rules("new", 199, *offers), made_on)
    assert (["a", "b"], ["a", "b"]) == _both(_log(made_on), _rules("new", 200, *offers), made_on)


def test_an_exclusive_offer_is_held_against_what_lanes_give_now() -> None:
    """The record does not hold what the lanes would have given, so nothing is concluded from it."""
    alone = replace(_off("x", 150), exclusive=True)
    offers = _off("a", 100), _off("b", 100, "second"), alone
    made_on = _rules("made-on", 1000, *offers)

    assert (["x"], ["a"]) == _both(_log(made_on), _rules("new", 190, *offers), made_on)


@pytest.mark.parametrize(
    ("change", "judged"),
    [
        ({}, False),
        ({"scope": BEEF, "ladder": (70,)}, False),
        ({"scope": builders.EVERYTHING, "ladder": (70,)}, True),
    ],
)
def test_only_what_the_change_speaks_about_is_judged_again(
    change: dict[str, object], *, judged: bool
) -> None:
    """A judge that always fails shows it: it withholds everything, once it is asked."""
    beef = replace(_off("beef", 60), scope=BEEF)
    made_on = _rules("made-on", 1000, _off("a", 100), beef)
    new = _rules("new", 900, _off("a", 100), replace(beef, **change))  # type: ignore[arg-type]
    log = _log(made_on)
    broken = BrokenJudge()
    policy = Policy(new, Judges((), broken, broken))
    again = Redecider(policy, lambda _: made_on, log.behaviour)
    outcome = (
        decide_alone(log.kept[0], RulesetComparison(None, again, lambda _: made_on))
        .answers[NEW]
        .outcome
    )

    assert ([] if judged else ["a"]) == _given(outcome)
    assert judged or [900] == [use.limit for use in outcome.uses]


def test_a_changed_frame_decides_everything_again() -> None:
    """Lanes, facts or chance that differ can touch any decision."""
    made_on = _rules("made-on", 1000, _off("a", 100))
    other = replace(_rules("new", 1000, _off("a", 100)), zones={"US-WI": "America/New_York"})
    log = _log(made_on)
    policy = Policy(other, Judges((), BrokenJudge(), BrokenJudge()))
    again = Redecider(policy, lambda _: made_on, log.behaviour)
    outcome = (
        decide_alone(log.kept[0], RulesetComparison(None, again, lambda _: made_on))
        .answers[NEW]
        .outcome
    )

    assert [] == _given(outcome)


def test_a_code_that_may_be_used_less_often_is_decided_again() -> None:
    """Its limit is no budget of the offer, so the log's answer may not be kept."""

    def with_code(name: str, uses: int) -> Ruleset:
        plain = _rules(name, 1000, _off("a", 100))
        limit = builders.budget("uses", uses, measure=BudgetMeasure.USE)
        code_set = builders.code_set("welcome", "a", limits=["uses"])
        budgets = {**plain.budgets, "uses": limit}
        return replace(plain, budgets=budgets, code_sets={"welcome": code_set})

    made_on, log = with_code("made-on", 2), MemoryLog()
    for _ in range(2):
        log.decide(builders.context(codes=[SentCode("welcome", "ref")]), made_on)
    old, new = decide_alone(log.kept[1], sides(log, None, with_code("new", 1), made_on)).answers

    assert (["a"], []) == (_given(old.outcome), _given(new.outcome))
