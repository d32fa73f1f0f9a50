"""What a model is shown of a request: the very numbers that training saw."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sconto.domain.context import Facts
from sconto.domain.exchange import Exchange
from sconto.domain.ruleset import FactSpec, FactType
from sconto.scoring.arrays import ids, numbers
from sconto.scoring.manifest import ModelColumns
from sconto.scoring.reading import reading_of

SENT = ModelColumns(
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


def test_money_in_another_currency_is_brought_to_that_of_the_shop() -> None:
    """A model was trained on euros: 862 yen are 5.304615, and 12.50 EUR stay what they are."""
    facts: Facts = {"shopper.spend": 862}
    exchange = Exchange("EUR", 13, 8)  # 162.5 yen for a euro, in yen for a cent
    found = reading_of(SENT, DECLARED, "JPY", exchange).row(facts)[0][0, 2]

    assert np.float32(862 / 162.5) == found


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


def test_a_signal_stands_for_a_fact_that_is_not_declared() -> None:
    """What is counted here need not be sent; a fact of the shopper comes first."""
    declared = {
        "signal.spend": FactSpec("signal.spend", FactType.MONEY),
        "signal.visits-7d": FactSpec("signal.visits-7d", FactType.INTEGER),
    }
    columns = SENT.model_copy(update={"numeric": ("whole", "visits_7d", "spend")})
    facts: Facts = {"signal.visits-7d": 3, "signal.spend": 1250, "shopper.spend": 4}
    counted, _ = reading_of(columns, declared, "USD").row(facts)
    sent, _ = reading_of(columns, declared | DECLARED, "USD").row(facts)

    assert [3.0, 12.5] == counted[0, 1:].tolist()
    assert [3.0, pytest.approx(0.04)] == sent[0, 1:].tolist()


def test_inputs_that_the_rules_can_not_fill_are_named() -> None:
    """Undeclared, or of a type that can't be read: the column is missing, and is said to be."""
    declared = {
        **DECLARED,
        "shopper.whole": FactSpec("shopper.whole", FactType.TEXT),
        "shopper.band": FactSpec("shopper.band", FactType.MONEY),
    }
    del declared["shopper.ratio"]
    reading = reading_of(SENT, declared, "USD")
    found, categories = reading.row({"shopper.whole": "x", "shopper.band": 3, "shopper.spend": 5})

    assert ("", "", "shopper.spend", "shopper.regular", "", *reading.facts[5:]) == reading.facts
    assert [True, True, False, True] == np.isnan(found)[0].tolist()
    assert [[0, 0, 0]] == categories.tolist()
