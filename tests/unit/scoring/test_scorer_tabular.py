"""A data recipe's model in the scorer: one row for a request, and every promise of scoring."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Facts
from sconto.domain.money import PPM_ONE
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import FactSpec, FactType
from sconto.domain.scores import Scores
from sconto.scoring.scorer import OnnxScorer
from sconto.scoring.tabular_answer import TabularRow, arms_of
from support import builders
from support.tabular_models import COLUMNS, DECLARED, STEPS, graph, model_folder

FACTS: Facts = {"shopper.visits": 3, "shopper.spend": 1250, "shopper.band": "low"}


def context(facts: Facts = FACTS) -> DecisionContext:
    """A request of a shopper with *facts*."""
    return replace(builders.context(), shopper=facts)


def candidates(*ladder: int) -> tuple[Candidate, ...]:
    """Candidates of one offer in per cent of everything, one for each step of its ladder."""
    return candidates_for(context(), builders.ruleset(builders.offer("cheese", *ladder)))


ALLOWED = candidates(500, 1000, 2000, 3000, 5000)


@pytest.fixture
def scorer(tmp_path: Path) -> Iterator[OnnxScorer]:
    """The small model, with a limit that a test machine keeps."""
    opened = OnnxScorer(model_folder(tmp_path), limit_seconds=5.0)
    yield opened
    opened.close()


def scored(scorer: OnnxScorer, facts: Facts = FACTS) -> Scores:
    """The scores for *facts*."""
    found = scorer.score(context(facts), ALLOWED, DECLARED)
    assert isinstance(found, Scores)
    return found


def test_scores_are_those_of_the_members_mean(scorer: OnnxScorer) -> None:
    """Facts, ids, logits and depths meet as the recipe's training has them."""
    logits = STEPS.astype(np.float64) + 0.3 + 0.125 + 2
    wanted = (1 / (1 + np.exp(-logits))).mean(axis=0)
    found = scored(scorer)

    assert pytest.approx(wanted[1] * PPM_ONE, abs=1) == found.purchase_ppm[1]
    assert pytest.approx(wanted[2] * PPM_ONE, abs=1) == found.purchase_ppm[3]
    assert pytest.approx([wanted[0] * PPM_ONE] * 5, abs=1) == found.baseline_ppm
    assert found.purchase_ppm[3] == found.purchase_ppm[4]
    assert sorted({*found.purchase_ppm}) == list(found.purchase_ppm[:4])


def test_a_missing_fact_still_scores(scorer: OnnxScorer) -> None:
    """Nothing known about the shopper is an answer of its own, not a failure."""
    assert scored(scorer, {}).purchase_ppm != scored(scorer).purchase_ppm


def test_what_the_model_was_shown_is_enough_to_run_it_again(scorer: OnnxScorer) -> None:
    """The record's bytes and the model alone give the recorded scores."""
    found = scored(scorer, {"shopper.visits": 3, "shopper.band": "low"})
    f, c, n = struct.unpack_from("<HHH", found.features)
    numbers = np.frombuffer(found.features, "<f4", f, 6)[None]
    ids = np.frombuffer(found.features, "<i4", c, 6 + 4 * f)[None].astype(np.int64)
    place = np.frombuffer(found.features, "<f8", n, 6 + 4 * f + 4 * c)
    again = TabularRow(numbers, ids, arms_of(COLUMNS), place)
    said, base = again.probabilities(scorer._session.run(["logits"], again.feeds())[0])

    assert 6 + 4 * f + 4 * c + 8 * n == len(found.features)
    assert found.purchase_ppm == tuple(np.rint(said * PPM_ONE).astype(int).tolist())
    assert found.baseline_ppm == tuple(np.rint(base * PPM_ONE).astype(int).tolist())


def test_arms_without_depths_score_the_offers_of_their_names(tmp_path: Path) -> None:
    """An offer is an arm by its id; another offer is said to change nothing."""
    arms = ("none", "a_tenth", "third")
    columns = COLUMNS.model_copy(update={"arms": arms, "depths": (None, None, None)})
    digest, sent = columns.digest(), columns.model_dump(mode="json")
    folder = model_folder(tmp_path, columns=sent, feature_schema_sha256=digest)
    scorer = OnnxScorer(folder, limit_seconds=5.0)
    offers = (builders.offer(name, 500, 1000) for name in ("a-tenth", "other", "third"))
    named = candidates_for(context(), builders.ruleset(*offers))
    found = scorer.score(context(), named, DECLARED)
    scorer.close()

    assert isinstance(found, Scores)
    assert ["a-tenth"] * 2 + ["other"] * 2 + ["third"] * 2 == [c.offer.id for c in named]
    nothing, tenth, third = found.baseline_ppm[0], found.purchase_ppm[0], found.purchase_ppm[4]
    assert nothing < tenth < third
    assert (tenth, tenth, nothing, nothing, third, third) == found.purchase_ppm


def test_an_arm_called_discount_stands_for_every_other_offer(tmp_path: Path) -> None:
    """A model that learnt what giving something does, whatever it is, scores all offers alike."""
    columns = COLUMNS.model_copy(
        update={"arms": ("none", "discount", "third"), "depths": (0.0, None, None)}
    )
    digest, sent = columns.digest(), columns.model_dump(mode="json")
    folder = model_folder(tmp_path, columns=sent, feature_schema_sha256=digest)
    scorer = OnnxScorer(folder, limit_seconds=5.0)
    offers = (builders.offer(name, 500) for name in ("one", "third", "two"))
    found = scorer.score(context(), candidates_for(context(), builders.ruleset(*offers)), DECLARED)
    scorer.close()

    assert isinstance(found, Scores)
    one, third, two = found.purchase_ppm
    assert found.baseline_ppm[0] < one == two < third


def test_a_model_that_falls_with_depth_is_the_next_rung(tmp_path: Path) -> None:
    """A broken model is passed over, and the caller gets a cause."""
    scorer = OnnxScorer(model_folder(tmp_path, graph(STEPS[:, ::-1].copy())), limit_seconds=5.0)
    cause = scorer.score(context(), ALLOWED, DECLARED)
    scorer.close()

    assert RungCause.MODEL_FAILED is cause


def test_a_number_that_is_none_is_the_next_rung(tmp_path: Path) -> None:
    """Non-finite output is never ranked by."""
    broken = graph(np.full_like(STEPS, np.nan))
    scorer = OnnxScorer(model_folder(tmp_path, broken), limit_seconds=5.0)
    cause = scorer.score(context(), ALLOWED, DECLARED)
    scorer.close()

    assert RungCause.MODEL_NOT_FINITE is cause


def test_facts_that_the_rules_do_not_declare_are_told_once(
    scorer: OnnxScorer, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator must learn that a model runs half blind, but not at every request."""
    declared = {k: v for k, v in DECLARED.items() if k != "shopper.spend"}
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert isinstance(scorer.score(context({}), ALLOWED, declared), Scores)

    assert 1 == len(caplog.records)
    assert "shopper.spend" in caplog.text


def test_signals_of_the_context_are_seen(scorer: OnnxScorer) -> None:
    """A number that the server counts reaches the model as one that was sent would."""
    declared = {k: v for k, v in DECLARED.items() if k != "shopper.visits"}
    declared["signal.visits"] = FactSpec("signal.visits", FactType.INTEGER)
    facts = {k: v for k, v in FACTS.items() if k != "shopper.visits"}
    counted = replace(context(facts), signals={"signal.visits": 3})
    found = scorer.score(counted, ALLOWED, declared)

    assert isinstance(found, Scores)
    assert scored(scorer).purchase_ppm == found.purchase_ppm


def test_other_declarations_are_read_anew(scorer: OnnxScorer) -> None:
    """After a reload of the rules a fact may be held in another way; the number stays the same."""
    before = scored(scorer).purchase_ppm
    spec = replace(DECLARED["shopper.spend"], places=4)
    facts = {**FACTS, "shopper.spend": 125_000}
    after = scorer.score(context(facts), ALLOWED, {**DECLARED, "shopper.spend": spec})

    assert isinstance(after, Scores)
    assert before == after.purchase_ppm
