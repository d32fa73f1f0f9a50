"""What a model does not know never makes a discount look better, for models trained here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sconto.domain.context import Facts
from sconto.domain.objective import Objective
from sconto.domain.pricing import candidates_for
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.scores import Scores
from sconto.learning.examples import Examples
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from sconto.learning.networks.serve import Artefact, write_model
from sconto.scoring.manifest import MadeFrom
from sconto.scoring.scorer import OnnxScorer
from support import builders
from unit.learning.networks.rows import rows

pytestmark = pytest.mark.slow

ROWS = 400
NUMBERS = ("a", "b", "c")
ASSUMED = Objective(response=((1_000, 520_000), (5_000, 650_000)), response_source="a test")
MADE_FROM = MadeFrom(recipe="r", recipe_sha256="0" * 64, examples_sha256={}, libraries={})
LADDER = (500, 1_000, 1_500, 2_000, 4_000, 9_000)
DECLARED = {
    **{f"shopper.{name}": FactSpec(name, FactType.INTEGER) for name in NUMBERS},
    "shopper.kind": FactSpec("kind", FactType.TEXT),
}
SHAPES = {"depths": (0.0, 0.1, 0.2, 0.4), "offers": (0.0, None, None), "one arm": (None,)}


@dataclass(frozen=True, slots=True)
class Served:
    """A trained model behind its scorer, and the rows that taught it."""

    train: Examples
    scorer: OnnxScorer
    ruleset: Ruleset

    def scores(self, facts: Facts) -> Scores:
        """The scores of all candidates."""
        context = replace(builders.context(), shopper=facts)
        found = self.scorer.score(context, candidates_for(context, self.ruleset), self.ruleset)
        assert isinstance(found, Scores)
        return found

    def facts(self, row: int) -> dict[str, int | str]:
        """The facts of a training row."""
        numbers = zip(NUMBERS, self.train.numeric[row].tolist(), strict=True)
        kind = self.train.columns.vocabularies[0][self.train.categorical[row, 0] - 1]
        return {"shopper.kind": kind, **{f"shopper.{name}": int(v) for name, v in numbers}}


def complete(depths: tuple[float | None, ...]) -> Examples:
    """Rows of whole numbers, with nothing missing."""
    made = rows(ROWS, depths=depths)
    numeric = np.rint(np.nan_to_num(made.numeric, nan=7.0))
    return replace(made, numeric=numeric, categorical=np.maximum(made.categorical, 1))


def served(folder: Path, depths: tuple[float | None, ...]) -> Served:
    """A small ensemble, trained on complete rows."""
    train = complete(depths)
    how = Fitting(epochs=6, members=3, batch=64, rate=1e-2)
    model = NetworkModel("small", Shape(hidden=16, dropout=0.1), how)
    model.fit(train, None, 1)
    write_model(folder, model.members, train, Artefact("small", "v1", MADE_FROM, "sale", 1.0))
    names = train.columns.arms[1:] if depths[-1:] == (None,) else ("cheese",)
    offers = (builders.offer(name, *LADDER) for name in names or ("cheese",))
    ruleset = replace(builders.ruleset(*offers), facts=DECLARED, objective=ASSUMED)
    return Served(train, OnnxScorer(folder, limit_seconds=5.0), ruleset)


@pytest.fixture(scope="module", params=SHAPES.values(), ids=SHAPES)
def model(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A model whose arms are depths, one whose arms are offers, and one with a single arm."""
    found = served(tmp_path_factory.mktemp("model"), request.param)
    yield found
    found.scorer.close()


def lower(scores: Scores, caution_permille: int) -> list[int]:
    """How much of each candidate's uplift is sure, in ppm, as the choice counts it."""
    columns = (scores.probability_ppm, scores.baseline_ppm, scores.spread_ppm, scores.doubt_ppm)
    return [
        p - base - doubt - -(-spread * caution_permille // 1_000)
        for p, base, spread, doubt in zip(*columns, strict=True)
    ]


@given(
    st.integers(0, ROWS - 1),
    st.sets(st.sampled_from(sorted(DECLARED)), min_size=1),
    st.integers(0, 2_000),
    st.booleans(),
)
@settings(max_examples=300)
def test_hiding_inputs_never_makes_a_discount_surer(
    model: Served, row: int, hidden: set[str], caution: int, unseen: bool
) -> None:
    """Facts that are left out, or a category never seen: no candidate's lower bound may rise."""
    facts = model.facts(row)
    less = {name: value for name, value in facts.items() if name not in hidden}
    if unseen and "shopper.kind" in hidden:
        less["shopper.kind"] = "never seen"
    whole, partly = model.scores(facts), model.scores(less)

    assert () == whole.unknown
    assert hidden == {f"shopper.{name}" for name in partly.unknown}
    bounds = zip(lower(partly, caution), lower(whole, caution), strict=True)
    assert all(less_known <= known for less_known, known in bounds)


@given(st.integers(0, ROWS - 1), st.text(min_size=1, max_size=8))
@settings(max_examples=60)
def test_a_category_never_seen_does_not_jump(model: Served, row: int, name: str) -> None:
    """What is not known is answered like something among what is, and not beyond all of it."""
    facts, listed = model.facts(row), model.train.columns.vocabularies[0]
    known = [model.scores({**facts, "shopper.kind": kind}).probability_ppm for kind in listed]
    strange = model.scores({**facts, "shopper.kind": f"?{name}"}).probability_ppm

    for found, *others in zip(strange, *known, strict=True):
        assert min(others) - 50_000 <= found <= max(others) + 50_000
