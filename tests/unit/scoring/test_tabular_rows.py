"""What a data recipe's model is shown of a request, and how its answer becomes scores."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.context import Facts
from sconto.domain.ruleset import FactSpec, FactType
from sconto.scoring.tabular import ids, numbers
from sconto.scoring.tabular_manifest import TabularColumns
from sconto.scoring.tabular_rows import TabularRow, reading_of
from support.tabular_models import COLUMNS, DEPTHS

SENT = TabularColumns(
    numeric=("whole", "ratio", "spend", "regular"),
    categorical=("band", "wave", "member"),
    vocabularies=(("high", "low"), ("1", "2"), ("false", "true")),
    arms=("none", "some"),
    depths=(0.0, 0.1),
    outcome="bought",
)
DECLARED = {
    spec.name: spec
    for spec in (
        FactSpec("shopper.whole", FactType.INTEGER),
        FactSpec("shopper.ratio", FactType.DECIMAL, places=6),
        FactSpec("shopper.spend", FactType.MONEY),
        FactSpec("shopper.regular", FactType.BOOLEAN),
        FactSpec("shopper.band", FactType.TEXT),
        FactSpec("shopper.wave", FactType.INTEGER),
        FactSpec("shopper.member", FactType.BOOLEAN),
    )
}


def row(place: list[float], columns: TabularColumns = COLUMNS) -> TabularRow:
    """A row with candidates at *place*; its facts don't matter."""
    return TabularRow(columns, np.zeros((1, 2)), np.zeros((1, 1)), np.array(place))  # type: ignore[arg-type]


@given(
    st.integers(-(2**53), 2**53),
    st.integers(-(10**12), 10**12),
    st.integers(0, 2 * 10**9),
    st.booleans(),
)
def test_serving_sees_the_numbers_that_training_saw(
    whole: int, millionths: int, cents: int, regular: bool
) -> None:
    """A fact is the number that was sent, however the rules hold it; to the last bit."""
    facts: Facts = {
        "shopper.whole": whole,
        "shopper.ratio": millionths,
        "shopper.spend": cents,
        "shopper.regular": regular,
    }
    trained = {
        "whole": [float(whole)],
        "ratio": [float(Decimal(millionths).scaleb(-6))],
        "spend": [float(Decimal(cents).scaleb(-2))],
        "regular": [float(regular)],
    }
    served, _ = reading_of(SENT, DECLARED, "USD").row(facts)

    assert numbers(trained, SENT.numeric, 1).tobytes() == served.tobytes()


def test_money_is_in_major_units_of_its_currency() -> None:
    """Yen have no cents, and dinars have a thousand parts."""
    facts: Facts = {"shopper.spend": 1250}
    found = [
        reading_of(SENT, DECLARED, currency).row(facts)[0][0, 2]
        for currency in ("JPY", "USD", "KWD")
    ]

    assert [1250.0, 12.5, 1.25] == found


def test_categories_are_the_texts_that_training_saw() -> None:
    """Text, whole numbers and truth are written as DuckDB writes them; the rest is unknown."""
    reading = reading_of(SENT, DECLARED, "USD")
    _, known = reading.row({"shopper.band": "low", "shopper.wave": 2, "shopper.member": True})
    _, strange = reading.row({"shopper.band": "other", "shopper.wave": 7})
    texts = {"band": ["low"], "wave": ["2"], "member": ["true"]}

    assert ids(texts, SENT.categorical, SENT.vocabularies, 1).tolist() == known.tolist()
    assert [[0, 0, 0]] == strange.tolist()


def test_what_is_not_known_is_missing() -> None:
    """No facts: every number is NaN, and every category the unknown."""
    found, categories = reading_of(SENT, DECLARED, "USD").row({})

    assert np.isnan(found).all()
    assert [[0, 0, 0]] == categories.tolist()


def test_facts_that_the_rules_do_not_tell_are_named() -> None:
    """Undeclared, or of a type that can't be read: the column is missing, and is said to be."""
    declared = {
        **DECLARED,
        "shopper.whole": FactSpec("shopper.whole", FactType.TEXT),
        "shopper.band": FactSpec("shopper.band", FactType.MONEY),
    }
    del declared["shopper.ratio"]
    reading = reading_of(SENT, declared, "USD")
    found, categories = reading.row({"shopper.whole": "x", "shopper.band": 3, "shopper.spend": 5})

    assert ("shopper.whole", "shopper.ratio", "shopper.band") == reading.unheard
    assert [True, True, False, True] == np.isnan(found)[0].tolist()
    assert [[0, 0, 0]] == categories.tolist()


LOGITS = st.lists(
    st.lists(st.floats(-30, 30, width=32), min_size=3, max_size=3), min_size=1, max_size=4
)


@given(LOGITS, st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_deeper_candidate_never_scores_less(
    members: list[list[float]], asked: list[float]
) -> None:
    """Whatever the members answer, as long as it never falls; to the millionth."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    said, base = row([*sorted(asked), 0.0]).probabilities(rising)
    ppm = np.rint(said * 1e6)

    assert (np.diff(ppm[:-1]) >= 0).all()
    assert (ppm >= np.rint(base * 1e6)).all()
    assert said[-1] == base[0]


@given(LOGITS)
def test_a_candidate_at_an_arms_depth_has_its_probability(members: list[list[float]]) -> None:
    """At the depths that were learnt the score is what the report judged: the members' mean."""
    rising = np.sort(np.array(members, dtype=np.float32), axis=1)[:, None, :]
    said, _ = row([*DEPTHS]).probabilities(rising)
    wanted = (1 / (1 + np.exp(-rising[:, 0, :].astype(np.float64)))).mean(axis=0)

    assert np.allclose(wanted, said, rtol=1e-12, atol=0)


def test_between_two_depths_logits_are_on_a_line_and_beyond_they_are_flat() -> None:
    """Half way in depth is half way in logit; nothing is claimed beyond what was learnt."""
    said, _ = row([0.2, 0.3, 0.9]).probabilities(np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32))

    assert (
        pytest.approx([1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-2))]) == said
    )


def test_a_shallowest_arm_above_nothing_stands_for_nothing() -> None:
    """Where the first arm has a depth, shallower candidates and no discount score as it does."""
    columns = TabularColumns(**{**COLUMNS.model_dump(), "depths": (0.05, 0.1, 0.3)})
    logits = np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32)
    said, base = row([0.01, 0.05], columns).probabilities(logits)

    assert [0.5, 0.5] == said.tolist() == base.tolist()


def test_a_curve_that_falls_is_no_answer() -> None:
    """Less for more can't come of a network that was built not to: the model is broken."""
    with pytest.raises(ValueError, match="expects less"):
        row([0.1]).probabilities(np.array([[[0.0, -0.1, 2.0]]], dtype=np.float32))


def test_arms_without_depths_are_known_by_their_offers() -> None:
    """An offer has its arm's probability; one that no arm is named after changes nothing."""
    columns = TabularColumns(**{**COLUMNS.model_dump(), "depths": (0.0, None, None)})
    logits = np.array([[[0.0, 1.0, -1.0]]], dtype=np.float32)
    said, base = row([1.0, 2.0, -1.0], columns).probabilities(logits)

    assert pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0.5]) == said
    assert [0.5, 0.5, 0.5] == base.tolist()
