"""What a model can be told of a shopper: what the rules declare, and what the server counts."""

from __future__ import annotations

from dataclasses import replace

from sconto.domain.behaviour import Measure, Signal, signal_values
from sconto.domain.ruleset import FactSpec, FactType
from support import builders

DAY_US = 24 * 3_600 * 1_000_000


def test_facts_and_signals_are_told_by_their_names() -> None:
    """Counts are whole numbers and sums are money, under the names that contexts hold them by."""
    signals = (
        Signal("spent-7d", frozenset({"purchase"}), Measure.SUM, 7 * DAY_US),
        Signal("visits-7d", frozenset({"visit"}), Measure.COUNT, 7 * DAY_US),
    )
    told = replace(builders.ruleset(), signals=signals).model_facts

    assert told.items() >= builders.FACTS.items()
    assert FactSpec("signal.spent-7d", FactType.MONEY) == told["signal.spent-7d"]
    assert FactSpec("signal.visits-7d", FactType.INTEGER) == told["signal.visits-7d"]
    assert signal_values(signals, (), 0).keys() == told.keys() - builders.FACTS.keys()
