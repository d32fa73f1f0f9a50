"""The scorer: one row for a request, what is unknown, and every promise of scoring."""

from __future__ import annotations

import logging
import struct
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.app.ports import ScorerCounts
from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Facts
from sconto.domain.money import PPM_ONE
from sconto.domain.objective import Objective, Outcome
from sconto.domain.offer import Offer
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.scores import Scores
from sconto.scoring.answer import Row, arms_of
from sconto.scoring.scorer import LATE_IN_A_ROW, REST_CALLS, NoModel, OnnxScorer
from support import builders
from support.models import COLUMNS, DECLARED, KNOWLEDGE, MEMBERS, STEPS, graph, model_folder

FACTS: Facts = {"shopper.visits": 3, "shopper.spend": 1250, "shopper.band": "low"}
LADDER = builders.offer("cheese", 500, 1000, 2000, 3000, 5000)


def context(facts: Facts = FACTS) -> DecisionContext:
    """A request of a shopper with *facts*."""
    return replace(builders.context(), shopper=facts)


def rules(*offers: Offer, facts: Mapping[str, FactSpec] = DECLARED, **changed: Any) -> Ruleset:
    """A ruleset of *offers* that declares *facts*."""
    return replace(builders.ruleset(*(offers or (LADDER,))), facts=facts, **changed)


RULES = rules()


def candidates(ruleset: Ruleset = RULES) -> tuple[Candidate, ...]:
    """The candidates of *ruleset*."""
    return candidates_for(context(), ruleset)


ALLOWED = candidates()


class Stub:
    """A session that gives what it is told to."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def run(self, names: list[str], feeds: dict[str, Any], options: Any) -> list[Any]:
        """The logit for all, or what the function gives."""
        if callable(self.answer):
            return [self.answer(options)]
        return [np.full((MEMBERS, 1, 3), self.answer, dtype=np.float32)]


@pytest.fixture
def scorer(tmp_path: Path) -> Iterator[OnnxScorer]:
    """The small model, with a limit that a test machine keeps."""
    opened = OnnxScorer(model_folder(tmp_path), limit_seconds=5.0)
    yield opened
    opened.close()


def scored(scorer: OnnxScorer, facts: Facts = FACTS, ruleset: Ruleset = RULES) -> Scores:
    """The scores of all candidates for *facts*."""
    found = scorer.score(context(facts), candidates(ruleset), ruleset)
    assert isinstance(found, Scores)
    return found


def opened(folder: Path, model: bytes | None = None, **changed: Any) -> OnnxScorer:
    """The scorer of the small model, with some of its manifest *changed*."""
    return OnnxScorer(model_folder(folder, model, **changed), limit_seconds=5.0)


def with_columns(folder: Path, model: bytes | None = None, **changed: Any) -> OnnxScorer:
    """The scorer of the small model with other columns."""
    columns = COLUMNS.model_copy(update=changed)
    doubt = [own[: len(columns.arms)] for own in KNOWLEDGE["doubt"]]
    return opened(
        folder,
        model,
        columns=columns.model_dump(mode="json"),
        feature_schema_sha256=columns.digest(),
        knowledge={**KNOWLEDGE, "doubt": doubt},
    )


def test_scores_are_those_of_the_members_mean(scorer: OnnxScorer) -> None:
    """Facts, ids, logits and depths meet as the recipe's training has them."""
    logits = STEPS.astype(np.float64) + 0.3 + 0.125 + 2
    own = 1 / (1 + np.exp(-logits))
    wanted, spread = own.mean(axis=0), (own - own[:, :1]).std(axis=0)
    found = scored(scorer)

    assert pytest.approx(wanted[1] * PPM_ONE, abs=1) == found.probability_ppm[1]
    assert pytest.approx(wanted[2] * PPM_ONE, abs=1) == found.probability_ppm[3]
    assert pytest.approx([wanted[0] * PPM_ONE] * 5, abs=1) == found.baseline_ppm
    assert found.probability_ppm[3] == found.probability_ppm[4]
    assert sorted({*found.probability_ppm}) == list(found.probability_ppm[:4])
    assert 0 <= found.spread_ppm[1] - spread[1] * PPM_ONE < 1.1
    assert Outcome.SALE is found.outcome
    assert ((0,) * 5, (), "") == (found.doubt_ppm, found.unknown, found.assumed)


def test_what_the_model_was_shown_is_enough_to_run_it_again(scorer: OnnxScorer) -> None:
    """The record's bytes and the model alone give the recorded scores."""
    found = scored(scorer, {"shopper.visits": 3, "shopper.band": "low"})
    f, c, n = struct.unpack_from("<HHH", found.features)
    numbers = np.frombuffer(found.features, "<f4", f, 6)[None]
    ids = np.frombuffer(found.features, "<i4", c, 6 + 4 * f)[None].astype(np.int64)
    places = np.frombuffer(found.features, "<f8", n, 6 + 4 * f + 4 * c).tolist()
    row = Row(numbers, ids, places)
    arms = arms_of(COLUMNS, Objective())
    assert arms is not None
    again = row.answer(scorer._session.run(["logits"], row.feeds())[0], arms)

    assert 6 + 4 * f + 4 * c + 8 * n == len(found.features)
    assert found.probability_ppm == tuple(round(p * PPM_ONE) for p in again.probability)
    assert found.baseline_ppm[0] == round(again.baseline * PPM_ONE)
    assert found.features != scored(scorer).features


@pytest.mark.parametrize(
    ("facts", "unknown", "doubt"),
    [
        ({}, ("visits", "spend", "band"), 0.222),
        ({"shopper.visits": 3, "shopper.spend": 1250}, ("band",), 0.2),
        ({**FACTS, "shopper.band": "never seen"}, ("band",), 0.2),
        ({**FACTS, "shopper.visits": 101}, ("visits",), 0.002),
        ({**FACTS, "shopper.spend": -1}, ("spend",), 0.02),
        ({**FACTS, "shopper.visits": 100}, (), 0),
    ],
)
def test_what_is_unknown_is_named_and_doubted(
    scorer: OnnxScorer, facts: Facts, unknown: tuple[str, ...], doubt: float
) -> None:
    """Missing, never listed, or outside the range of training; doubts of several add up."""
    found = scored(scorer, facts)

    assert unknown == found.unknown
    assert pytest.approx(doubt * PPM_ONE, abs=1) == found.doubt_ppm[4]
    assert sorted(found.doubt_ppm) == list(found.doubt_ppm)


def test_what_was_often_missing_in_training_is_not_unknown(tmp_path: Path) -> None:
    """The model has learnt what it means that the input is missing."""
    scorer = opened(tmp_path, knowledge={**KNOWLEDGE, "unknown_share": [0.05, 0.049, 0.5]})
    found = scored(scorer, {})
    scorer.close()

    assert ("spend",) == found.unknown


def test_a_text_that_training_never_saw_is_unknown_however_often_it_saw_none(
    tmp_path: Path,
) -> None:
    """A missing category may be a state that was learnt; another text never is."""
    scorer = opened(tmp_path, knowledge={**KNOWLEDGE, "unknown_share": [0.0, 0.0, 0.5]})
    category = next(fact for fact, value in FACTS.items() if isinstance(value, str))
    absent = scored(scorer, {name: value for name, value in FACTS.items() if name != category})
    strange = scored(scorer, {**FACTS, category: "never seen"})
    scorer.close()

    assert ((), 1) == (absent.unknown, len(strange.unknown))
    assert absent.probability_ppm == strange.probability_ppm
    assert strange.doubt_ppm[-1] > 0


def test_a_number_that_training_never_had_is_not_shown(tmp_path: Path) -> None:
    """No weight was taught by it, so it must not move the answer."""
    ranges = [None, [0.0, 1000.0]]
    scorer = opened(
        tmp_path, knowledge={**KNOWLEDGE, "ranges": ranges, "unknown_share": [1.0, 0, 0]}
    )
    without = {name: value for name, value in FACTS.items() if name != "shopper.visits"}
    one, other = scored(scorer), scored(scorer, without)
    scorer.close()

    assert other == one
    assert () == one.unknown


def test_too_much_unknown_is_the_next_rung(tmp_path: Path) -> None:
    """Beyond the share that the recipe declares, rules alone answer, and it is counted."""
    scorer = opened(tmp_path, knowledge={**KNOWLEDGE, "most_unknown": 0.34})
    one = scorer.score(context({**FACTS, "shopper.band": "x"}), ALLOWED, RULES)
    two = scorer.score(context({"shopper.band": "low"}), ALLOWED, RULES)
    scored(scorer)
    scorer.close()

    assert isinstance(one, Scores)
    assert RungCause.INPUTS_UNKNOWN is two
    assert ScorerCounts(scored=2, partly_unknown=1, refused_unknown=1) == scorer.counts


def test_doubt_is_no_more_than_certainty(tmp_path: Path) -> None:
    """Several great doubts together are still a probability."""
    scorer = opened(tmp_path, knowledge={**KNOWLEDGE, "doubt": [[0.0, 0.9, 0.9]] * 3})
    found = scored(scorer, {})
    scorer.close()

    assert {PPM_ONE} == {*found.doubt_ppm}


def test_one_arm_is_scored_by_the_assumed_response(tmp_path: Path) -> None:
    """It is named with its source; without one the model says nothing of discounts."""
    columns = {"arms": ("all",), "depths": (None,)}
    scorer = with_columns(tmp_path, graph(STEPS[:, :1].copy()), **columns)
    assumed = Objective(response=((1_000, 600_000),), response_source="the pricing team")
    found = scored(scorer, ruleset=rules(objective=assumed))
    cause = scorer.score(context(), ALLOWED, RULES)
    scorer.close()
    alone = found.baseline_ppm[0]

    assert "the pricing team" == found.assumed
    assert alone < found.probability_ppm[1]
    assert found.spread_ppm[0] < found.spread_ppm[1] == found.spread_ppm[4]
    assert RungCause.RESPONSE_MISSING is cause


def test_arms_without_depths_score_the_offers_of_their_names(tmp_path: Path) -> None:
    """An offer is an arm by its id; another offer is said to change nothing."""
    arms = ("none", "a_tenth", "third")
    scorer = with_columns(tmp_path, arms=arms, depths=(None, None, None))
    ruleset = rules(*(builders.offer(name, 500, 1000) for name in ("a-tenth", "other", "third")))
    found = scored(scorer, ruleset=ruleset)
    scorer.close()

    offers = [c.offer.id for c in candidates(ruleset)]
    assert ["a-tenth"] * 2 + ["other"] * 2 + ["third"] * 2 == offers
    nothing, tenth, third = (
        found.baseline_ppm[0],
        found.probability_ppm[0],
        found.probability_ppm[4],
    )
    assert nothing < tenth < third
    assert (tenth, tenth, nothing, nothing, third, third) == found.probability_ppm


def test_an_arm_called_discount_stands_for_every_other_offer(tmp_path: Path) -> None:
    """A model that learnt what giving something does, whatever it is, scores all offers alike."""
    scorer = with_columns(tmp_path, arms=("none", "discount", "third"), depths=(0.0, None, None))
    ruleset = rules(*(builders.offer(name, 500) for name in ("one", "third", "two")))
    found = scored(scorer, ruleset=ruleset)
    scorer.close()

    one, third, two = found.probability_ppm
    assert found.baseline_ppm[0] < one == two < third


def test_a_model_that_falls_with_depth_is_the_next_rung(tmp_path: Path) -> None:
    """A broken model is passed over, and the caller gets a cause."""
    scorer = opened(tmp_path, graph(STEPS[:, ::-1].copy()))
    cause = scorer.score(context(), ALLOWED, RULES)
    scorer.close()

    assert RungCause.MODEL_FAILED is cause


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_the_next_rung(scorer: OnnxScorer, number: float) -> None:
    """Non-finite output is never ranked by."""
    scorer._session = Stub(number)

    assert RungCause.MODEL_NOT_FINITE is scorer.score(context(), ALLOWED, RULES)


def test_a_model_that_raises_is_the_next_rung(scorer: OnnxScorer) -> None:
    """No exception of the runtime reaches the caller."""

    def fail(options: Any) -> Any:
        raise RuntimeError("broken")

    scorer._session = Stub(fail)

    assert RungCause.MODEL_FAILED is scorer.score(context(), ALLOWED, RULES)
    assert ScorerCounts() == scorer.counts


def test_a_late_model_is_stopped_and_passed_over(tmp_path: Path) -> None:
    """The watchdog ends the run through its options, and the answer is the next rung."""
    scorer = OnnxScorer(model_folder(tmp_path), limit_seconds=0.05)
    stopped = threading.Event()

    def hang(options: Any) -> Any:
        while not options.terminate:
            stopped.wait(0.001)
        raise RuntimeError("terminated")

    scorer._session = Stub(hang)
    cause = scorer.score(context(), ALLOWED, RULES)
    scorer.close()

    assert RungCause.MODEL_LATE is cause


def test_a_model_that_is_always_late_rests(scorer: OnnxScorer) -> None:
    """After a few late runs the model is not run for a while, then tried again."""
    calls: list[int] = []

    def late(options: Any) -> Any:
        calls.append(1)
        options.terminate = True
        raise RuntimeError("terminated")

    scorer._session = Stub(late)
    causes = {scorer.score(context(), ALLOWED, RULES) for _ in range(LATE_IN_A_ROW + REST_CALLS)}

    assert {RungCause.MODEL_LATE} == causes
    assert LATE_IN_A_ROW == len(calls)
    scorer.score(context(), ALLOWED, RULES)
    assert LATE_IN_A_ROW + 1 == len(calls)


def test_a_caller_in_a_hurry_gets_the_next_rung(scorer: OnnxScorer) -> None:
    """With a cause of its own, and the model is not to blame, however often it happens."""
    runs: list[int] = []

    def hang(options: Any) -> Any:
        runs.append(1)
        while not options.terminate:
            threading.Event().wait(0.001)
        raise RuntimeError("terminated")

    good, scorer._session = scorer._session, Stub(hang)
    causes = [scorer.score(context(), ALLOWED, RULES, left) for left in (0, -1, 1_000) * 4]
    scorer._session = good

    assert {RungCause.DEADLINE_NEAR} == set(causes)
    assert 4 == len(runs)
    assert isinstance(scorer.score(context(), ALLOWED, RULES, 60_000_000), Scores)


def test_nothing_to_score_runs_nothing(scorer: OnnxScorer) -> None:
    """An empty shortlist stays on the model rung without a run."""
    scorer._session = Stub(float("nan"))

    assert isinstance(scorer.score(context(), (), RULES), Scores)


@pytest.mark.parametrize("arms", [3, 1])
def test_more_candidates_cost_no_more_calls(tmp_path: Path, arms: int) -> None:
    """Candidates are numbers in arrays: nothing is called for each of them."""
    assumed = Objective(response=((1_000, 20_000),), response_source="a test")
    depths = COLUMNS.depths[:arms] if arms > 1 else (None,)
    model = graph(STEPS[:, :arms].copy())
    scorer = with_columns(tmp_path, model, arms=COLUMNS.arms[:arms], depths=depths)
    few = rules(objective=assumed)
    many = rules(builders.offer("cheese", *range(100, 3_100, 100)), objective=assumed)
    counts: list[int] = []

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        counts[-1] += event == "call"

    for ruleset in (few, many):
        request = context(), candidates(ruleset), ruleset
        scorer.score(*request)
        counts.append(0)
        sys.setprofile(counted)
        scorer.score(*request)
        sys.setprofile(None)
    scorer.close()

    assert (5, 30) == (len(ALLOWED), len(candidates(many)))
    assert counts[0] == counts[1] > 0


def test_no_model_is_its_own_cause() -> None:
    """Serving without a model is said as such."""
    assert RungCause.MODEL_MISSING is NoModel().score(context(), ALLOWED, RULES)
    assert () == NoModel().unfillable(RULES)


def test_inputs_that_the_rules_can_not_fill_are_named(
    scorer: OnnxScorer, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator must learn that a model runs half blind, before it does, and once."""
    ruleset = rules(facts={k: v for k, v in DECLARED.items() if k != "shopper.spend"})
    with caplog.at_level(logging.WARNING):
        unfillable = scorer.unfillable(ruleset)
        for _ in range(3):
            scored(scorer, {}, ruleset)

    assert ("spend",) == unfillable
    assert 1 == len(caplog.records)
    assert "shopper.spend" in caplog.text
    assert () == scorer.unfillable(RULES)
    assert "shopper.visits" == scorer.filled_by(RULES)["visits"]


def test_signals_of_the_context_are_seen(scorer: OnnxScorer) -> None:
    """A number that the server counts reaches the model as one that was sent would."""
    declared = {k: v for k, v in DECLARED.items() if k != "shopper.visits"}
    declared["signal.visits"] = FactSpec("signal.visits", FactType.INTEGER)
    facts = {k: v for k, v in FACTS.items() if k != "shopper.visits"}
    counted = replace(context(facts), signals={"signal.visits": 3})
    found = scorer.score(counted, ALLOWED, rules(facts=declared))

    assert scored(scorer) == found


def test_other_declarations_are_read_anew(scorer: OnnxScorer) -> None:
    """After a reload of the rules a fact may be held in another way; the number stays the same."""
    before = scored(scorer)
    spec = replace(DECLARED["shopper.spend"], places=4)
    changed = rules(facts={**DECLARED, "shopper.spend": spec})

    assert before == scored(scorer, {**FACTS, "shopper.spend": 125_000}, changed)
