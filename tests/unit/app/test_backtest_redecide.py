"""Deciding again on other rules: facts, places, signals and scores that the log does not have."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sconto.app.backtest.comparison import NEW, RulesetComparison
from sconto.app.backtest.outcome import REFUSED_REQUEST, Outcome
from sconto.app.backtest.read import read_logged
from sconto.app.backtest.redecide import Redecider
from sconto.app.backtest.task import decide_alone
from sconto.app.ports import Policy
from sconto.domain.behaviour import Measure, Signal
from sconto.domain.condition import Comparison, Op
from sconto.domain.context import DecisionContext
from sconto.domain.objective import Objective
from sconto.domain.objective import Outcome as OfferAim
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.scores import Scores
from sconto.errors import CorruptRecord
from support import builders, judges
from support.backtests import MemoryLog, sides
from support.deciding import FixedScorer

MADE_ON = replace(builders.ruleset(builders.offer("cheese", 500, 1000)), digest="sha256:made-on")


def _scores(candidates: object) -> Scores:
    assert isinstance(candidates, tuple)
    return builders.scores([(900_000, 100_000)] * len(candidates))


def _log(context: DecisionContext, *, scored: bool = False) -> MemoryLog:
    log = MemoryLog()
    log.decide(context, MADE_ON, _scores if scored else lambda _: None)
    return log


def _new(ruleset: Ruleset) -> Ruleset:
    return replace(ruleset, digest="sha256:new")


def _again(log: MemoryLog, new: Ruleset) -> Outcome:
    """What *new* gives for the first decision of *log*."""
    return decide_alone(log.kept[0], sides(log, None, _new(new), MADE_ON)).answers[NEW].outcome


def test_a_fact_that_is_not_declared_any_more_is_dropped_and_named() -> None:
    """As a server would drop it; a rule can't ask for it."""
    log = _log(builders.context(shopper={"shopper.tier": "gold", "shopper.baskets": 3}))
    specs = {name: s for name, s in builders.FACTS.items() if name != "shopper.tier"}
    specs["shopper.baskets"] = FactSpec("shopper.baskets", FactType.DECIMAL, places=1)
    new = _new(replace(MADE_ON, facts=specs))
    decided = decide_alone(log.kept[0], sides(log, None, new, MADE_ON))

    assert ("shopper.baskets", "shopper.tier") == decided.dropped
    assert ["cheese"] == [g.offer_id for g in decided.answers[NEW].outcome.given]


def test_a_fact_that_the_log_lacks_withholds_and_is_named() -> None:
    """A rule that asks for what nobody sent then gets no answer now either."""
    log = _log(builders.context())
    denial = builders.eligibility("vip", Comparison("shopper.tier", Op.NE, "gold"))
    outcome = _again(log, builders.ruleset(builders.offer("cheese", 500), eligibility=[denial]))

    assert ((), ("shopper.tier",), "FACT_MISSING") == (
        outcome.given,
        outcome.missing,
        outcome.reason,
    )


@pytest.mark.parametrize(
    "new",
    [
        replace(MADE_ON, channels=frozenset({"app"})),
        replace(MADE_ON, zones={"US-TN": "America/Chicago"}),
        replace(MADE_ON, currency="EUR"),
        replace(
            MADE_ON,
            facts={"shopper.tier": FactSpec("shopper.tier", FactType.TEXT, 0, frozenset({"blue"}))},
        ),
    ],
)
def test_a_request_that_would_not_be_taken_gets_nothing(new: Ruleset) -> None:
    """Another channel, place, currency or value of a fact is refused, and says so."""
    log = _log(builders.context(shopper={"shopper.tier": "gold"}))
    outcome = _again(log, new)

    assert ((), REFUSED_REQUEST) == (outcome.given, outcome.reason)


def test_a_signal_that_was_not_counted_is_counted_from_the_events() -> None:
    """At the decision's own instant; one that was counted is taken from the log."""
    log = _log(builders.context())
    signal = Signal("lately", frozenset({"discount_given"}), Measure.COUNT, 60_000_000)
    too_many = Comparison("signal.lately", Op.GE, 1)
    new = builders.ruleset(
        builders.offer("cheese", 500), eligibility=[builders.eligibility("often", too_many)]
    )
    outcome = _again(log, replace(new, signals=(signal,)))

    assert [("u1", builders.AS_OF_US - 60_000_000, builders.AS_OF_US)] == log.seen
    assert ["cheese"] == [g.offer_id for g in outcome.given]


def test_logged_scores_choose_among_the_same_candidates() -> None:
    """A budget or rule that changes leaves the scores what they were."""
    log = _log(builders.context(), scored=True)
    outcome = _again(log, builders.ruleset(builders.offer("cheese", 500, 1000)))

    assert not outcome.not_scored
    assert [("cheese", 500)] == [(g.offer_id, g.depth) for g in outcome.given]


@pytest.mark.parametrize(("least", "given"), [(275, ["cheese"]), (276, [])])
def test_another_least_gain_is_held_against_the_logged_scores(least: int, given: list[str]) -> None:
    """5 % off brings .8 of 4.00 more and costs .9 of .50: 2.75 is gained, and no cent more."""
    log = _log(builders.context(), scored=True)
    objective = Objective(minimum_gain=least)
    outcome = _again(log, replace(MADE_ON, objective=objective))

    assert not outcome.not_scored
    assert given == [g.offer_id for g in outcome.given]


@pytest.mark.parametrize("assumed", ["", "the shop"])
def test_logged_scores_of_another_assumed_response_are_none(assumed: str) -> None:
    """What was learnt stays what it was; what was assumed is assumed anew."""
    log = MemoryLog()
    log.decide(builders.context(), MADE_ON, lambda c: replace(_scores(c), assumed=assumed))
    objective = Objective(response=((1_000, 530_000),), response_source="the shop")

    assert bool(assumed) is _again(log, replace(MADE_ON, objective=objective)).not_scored


def test_an_offer_that_the_model_does_not_speak_of_needs_no_score() -> None:
    """Nothing is claimed of it now, so it is not given, and nothing else changes."""
    log = _log(builders.context(), scored=True)
    other = replace(builders.offer("cheese", 500, 1000), aim=OfferAim.RETURN)

    outcome = _again(log, builders.ruleset(other))

    assert ((), False) == (outcome.given, outcome.not_scored)


def test_a_new_depth_has_no_score_and_rules_alone_choose() -> None:
    """Nobody guesses what it would have been, and the decision is counted as not scored."""
    log = _log(builders.context(), scored=True)
    outcome = _again(log, builders.ruleset(builders.offer("cheese", 400, 500, 1000)))

    assert outcome.not_scored
    assert [("cheese", 400)] == [(g.offer_id, g.depth) for g in outcome.given]


@pytest.mark.parametrize(("cause", "not_scored"), [(None, False), (RungCause.MODEL_FAILED, True)])
def test_with_a_model_a_new_depth_is_scored(cause: RungCause | None, *, not_scored: bool) -> None:
    """All candidates of that decision by the same model; when it fails, rules alone choose."""
    log = _log(builders.context(), scored=True)
    new = _new(builders.ruleset(builders.offer("cheese", 400, 500, 1000)))
    policy = Policy(new, judges.reference(new))
    again = Redecider(policy, lambda _: MADE_ON, log.behaviour, FixedScorer(cause))
    outcome = (
        decide_alone(log.kept[0], RulesetComparison(None, again, lambda _: MADE_ON))
        .answers[NEW]
        .outcome
    )

    assert not_scored is outcome.not_scored
    assert 400 == outcome.given[0].depth


def test_the_suppliers_share_of_what_was_given_is_that_of_its_rules() -> None:
    """From the ruleset that the log keeps; nothing where it is not kept."""
    made_on = replace(
        builders.ruleset(builders.offer("cheese", 1000, supplier_share_bp=4000)),
        digest="sha256:made-on",
    )
    log = MemoryLog()
    log.decide(builders.context(), made_on)
    kept = decide_alone(log.kept[0], sides(log, None, _new(MADE_ON), made_on))
    lost = decide_alone(log.kept[0], sides(log, None, _new(MADE_ON)))

    assert [(100, 60), (100, 100)] == [
        (d.answers[0].outcome.discount, d.answers[0].outcome.cost) for d in (kept, lost)
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"schema": "sconto.decision/1"}',
        b'{"schema": "sconto.decision/3"}',
        b'{"schema": "sconto.decision/3", "context": 7}',
    ],
)
def test_what_is_no_record_of_this_format_is_corrupt(raw: bytes) -> None:
    """No JSON, another format, or parts missing: always the one error."""
    with pytest.raises(CorruptRecord):
        read_logged(raw, lambda _: None)
