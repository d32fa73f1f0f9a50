"""Scoring fails open: whatever the model does, the caller gets scores or a cause."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.domain.candidate import Candidate
from sconto.domain.context import DecisionContext, Line, Moment
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import RungCause
from sconto.domain.ruleset import Ruleset
from sconto.domain.scope import Scope
from sconto.domain.scores import Scores
from sconto.domain.validity import Validity
from sconto.scoring.rows import rows_for
from sconto.scoring.scorer import LATE_IN_A_ROW, REST_CALLS, NoModel, OnnxScorer

SHIPPED = Path(__file__).parents[3] / "models" / "retail" / "v1"
ALWAYS = Validity(date(2000, 1, 1), date(2100, 1, 1))


class Stub:
    """A session that gives what it is told, or does what it is told."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def run(self, names: list[str], feeds: dict[str, Any], options: Any) -> list[Any]:
        """The answer as a column of the batch's length, or that of the function."""
        rows = len(feeds["depth"])
        if callable(self.answer):
            return [self.answer(rows, options)]
        return [np.full((rows, 1), self.answer, dtype=np.float32)]


def line(line_id: str, category: str, price: int, **facts: int) -> Line:
    """One line of a basket."""
    named = {f"line.{k}": v for k, v in facts.items()}
    return Line(line_id, "p", category, "GROCERY", "", 1, price, price // 2, named)


def context(*lines: Line) -> DecisionContext:
    """A decision context with *lines*."""
    moment = Moment(1_511_000_000_000_000, "America/Chicago", date(2017, 11, 18), 5, 4, "t")
    shopper = {"shopper.baskets_56d": 9, "shopper.spend_56d": 30_000}
    return DecisionContext("u", "store", "US-TN", "USD", moment, {}, shopper, lines, ())


def offer(offer_id: str, *ladder: int, category: str = "") -> Offer:
    """A percent offer on a category, or on everything."""
    scope = Scope(categories=frozenset({category} - {""}))
    return Offer(offer_id, offer_id, OfferKind.PERCENT, ladder, scope, 0, 0, (), ALWAYS)


def candidates(where: DecisionContext, *offers: Offer) -> tuple[Candidate, ...]:
    """Every candidate of *offers* for *where*."""
    ruleset = Ruleset(
        "d", "USD", {}, frozenset(), 1, {}, (), tuple(offers), (), (), {}, (), (), b""
    )
    return candidates_for(where, ruleset)


BASKET = context(
    line("1", "CHEESE", 400, category_baskets_56d=3, category_days_since=5),
    line("2", "BEEF", 900, category_baskets_56d=1),
    line("3", "CHEESE", 350),
)
ALLOWED = candidates(BASKET, offer("a", 500, 1000, 2000, category="CHEESE"), offer("b", 1000))


@pytest.fixture
def scorer() -> Iterator[OnnxScorer]:
    """The shipped model, with a limit that a test machine keeps."""
    opened = OnnxScorer(SHIPPED, limit_seconds=5.0)
    yield opened
    opened.close()


def test_scores_are_probabilities_that_never_fall_with_depth(scorer: OnnxScorer) -> None:
    """Deeper steps of one offer are at least as likely to sell, and never less than nothing."""
    scores = scorer.score(BASKET, ALLOWED, {})

    assert isinstance(scores, Scores)
    assert sorted(scores.purchase_ppm[:3]) == list(scores.purchase_ppm[:3])
    assert all(b <= p for b, p in zip(scores.baseline_ppm, scores.purchase_ppm, strict=True))
    assert 1 == len(set(scores.baseline_ppm[:3]))


def test_the_focal_category_is_the_largest_discounted_one() -> None:
    """An offer on everything is scored on the category that costs most, with the rest as rest."""
    rows = rows_for(
        BASKET, ALLOWED, {"line.category": {"BEEF": 1, "CHEESE": 2}, "line.department": {}}
    )

    assert [[1, 0], [2, 0]] == rows.distinct.ids.tolist()
    assert [1, 1, 1, 0, 0, 1] == rows.index.tolist()
    assert [5, 5, 5, 4] == rows.baseline.tolist()


def test_rows_are_the_same_whatever_the_order_of_candidates() -> None:
    """A candidate's row depends on it and the context alone."""
    names: dict[str, dict[str, int]] = {"line.category": {}, "line.department": {}}
    one = rows_for(BASKET, ALLOWED, names).feeds()
    other = rows_for(BASKET, ALLOWED[::-1], names).feeds()

    for name, rows in one.items():
        assert rows[:4].tolist() == other[name][3::-1].tolist()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_the_next_rung(scorer: OnnxScorer, number: float) -> None:
    """Non-finite output is never ranked by."""
    scorer._session = Stub(number)

    assert RungCause.MODEL_NOT_FINITE is scorer.score(BASKET, ALLOWED, {})


@pytest.mark.parametrize("number", [1.5, -0.1])
def test_a_number_that_is_no_probability_is_the_next_rung(
    scorer: OnnxScorer, number: float
) -> None:
    """A model that leaves [0, 1] is broken, and a broken model is passed over."""
    scorer._session = Stub(number)

    assert RungCause.MODEL_FAILED is scorer.score(BASKET, ALLOWED, {})


def test_a_model_that_raises_is_the_next_rung(scorer: OnnxScorer) -> None:
    """No exception of the runtime reaches the caller."""

    def fail(rows: int, options: Any) -> Any:
        raise RuntimeError("broken")

    scorer._session = Stub(fail)

    assert RungCause.MODEL_FAILED is scorer.score(BASKET, ALLOWED, {})


def test_a_late_model_is_stopped_and_passed_over() -> None:
    """The watchdog ends the run through its options, and the answer is the next rung."""
    scorer = OnnxScorer(SHIPPED, limit_seconds=0.05)
    stopped = threading.Event()

    def hang(rows: int, options: Any) -> Any:
        while not options.terminate:
            stopped.wait(0.001)
        raise RuntimeError("terminated")

    scorer._session = Stub(hang)
    cause = scorer.score(BASKET, ALLOWED, {})
    scorer.close()

    assert RungCause.MODEL_LATE is cause


def test_a_model_that_is_always_late_rests(scorer: OnnxScorer) -> None:
    """After a few late runs the model is not asked for a while, then tried again."""
    calls: list[int] = []

    def late(rows: int, options: Any) -> Any:
        calls.append(rows)
        options.terminate = True
        raise RuntimeError("terminated")

    scorer._session = Stub(late)
    causes = {scorer.score(BASKET, ALLOWED, {}) for _ in range(LATE_IN_A_ROW + REST_CALLS)}

    assert {RungCause.MODEL_LATE} == causes
    assert LATE_IN_A_ROW == len(calls)
    scorer.score(BASKET, ALLOWED, {})
    assert LATE_IN_A_ROW + 1 == len(calls)


def test_nothing_to_score_asks_nothing(scorer: OnnxScorer) -> None:
    """An empty shortlist stays on the model rung without a run."""
    scorer._session = Stub(float("nan"))

    assert isinstance(scorer.score(BASKET, (), {}), Scores)


def test_no_model_is_its_own_cause() -> None:
    """Serving without a model is said as such."""
    assert RungCause.MODEL_MISSING is NoModel().score(BASKET, ALLOWED, {})


def test_what_the_model_was_shown_is_kept(scorer: OnnxScorer) -> None:
    """The packed features change when a fact that the model sees changes."""
    other = replace(BASKET, shopper={**BASKET.shopper, "shopper.baskets_56d": 2})
    one, two = scorer.score(BASKET, ALLOWED, {}), scorer.score(other, ALLOWED, {})

    assert isinstance(one, Scores)
    assert isinstance(two, Scores)
    assert one.features != two.features


def test_a_manifest_for_other_features_is_refused(tmp_path: Path) -> None:
    """A model serves only under the feature definitions it learnt with."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "m"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["feature_schema_sha256"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(Exception, match="other feature definitions"):
        OnnxScorer(folder, limit_seconds=1.0)
