"""Metrics in one process: what is counted as lost, and what is said of rules and budgets."""

from __future__ import annotations

import urllib.request
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, values

from sconto.app.made import Made
from sconto.errors import StoreUnavailable
from sconto.serving.exposed import exposed
from sconto.serving.measuring import rules_state
from sconto.settings import Address
from sconto.telemetry.metrics import CallMetrics, CommitMetrics, MeasuredWriter
from sconto.telemetry.state import BudgetLabels, StateMetrics, StoreState

NOTHING: Any = None
ALONE = {"tenant": ""}


def test_an_answer_without_a_durable_record_is_counted_as_lost() -> None:
    """The counter that must stay 0 does not by itself; dry runs have no record."""
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)

    metrics.decided("", Made("", NOTHING, None, ()))
    assert 0 == registry.get_sample_value("sconto_records_lost_total", ALONE)

    metrics.decided("", Made("0199f3c2", NOTHING, None, ()))
    assert 1 == registry.get_sample_value("sconto_records_lost_total", ALONE)


def test_a_cancelled_call_and_one_that_fails_are_not_in_flight_any_more() -> None:
    """However a call ends, it is counted once."""
    registry = CollectorRegistry()
    metrics = CallMetrics(registry)

    with pytest.raises(ValueError, match="x"), metrics.during("", "Decide", NOTHING):
        raise ValueError("x")
    metrics.failed("", "Decide", "INTERNAL")

    assert 0 == registry.get_sample_value("sconto_calls_in_flight", ALONE)
    named = {**ALONE, "method": "Decide", "code": "INTERNAL"}
    assert 1 == registry.get_sample_value("sconto_calls_total", named)


def test_writes_that_fail_are_counted_one_by_one() -> None:
    """A commit may fail for some of its writes, or for all."""
    registry = CollectorRegistry()
    outcomes = [StoreUnavailable("full"), 1, StoreUnavailable("full")]
    inner = SimpleNamespace(commit=lambda _: outcomes, rest=NOTHING, close=NOTHING)

    assert outcomes == MeasuredWriter(inner, CommitMetrics(registry)).commit([1, 2, 3])
    assert 2 == registry.get_sample_value("sconto_writes_failed_total", ALONE)
    assert 3 == registry.get_sample_value("sconto_commit_writes_sum", ALONE)


def test_a_budget_that_the_rules_have_no_more_has_no_figure() -> None:
    """What was said last must not be taken for what is so."""
    registry = CollectorRegistry()
    state, labels = StateMetrics(registry, "1"), BudgetLabels("old", "", "uses")
    state.tell("", StoreState(1, 1, 0, {labels: (3, 5)}))
    assert 3 == registry.get_sample_value("sconto_budget_used", {**ALONE, **labels._asdict()})

    state.tell("", StoreState(1, 1, 0, {}))

    used = registry.get_sample_value("sconto_budget_used", {**ALONE, **labels._asdict()})
    assert used is not None
    assert used != used  # noqa: PLR0124 - that is what "not a number" means


def test_figures_are_read_though_the_library_was_imported_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It would keep them in memory, where no other process sees them."""
    monkeypatch.setattr(values, "ValueClass", values.ValueClass)
    with exposed(Address("127.0.0.1", 0)) as at:
        assert at is not None
        CallMetrics(CollectorRegistry()).failed("", "Decide", "INTERNAL")
        with urllib.request.urlopen(f"http://127.0.0.1:{at.port}/metrics") as reply:
            said = reply.read().decode()

    assert 'sconto_calls_total{code="INTERNAL",method="Decide",tenant=""} 1.0' in said
    assert 'sconto_records_lost_total{tenant=""} 0.0' in said


@pytest.mark.parametrize(
    ("pending_us", "overdue", "published_us", "lag_us"),
    [(None, False, None, 0), (900, True, 100, 100), (900, False, 600, 50), (None, False, 900, 0)],
)
def test_the_lag_is_of_the_newest_publication(
    pending_us: int | None, overdue: bool, published_us: int | None, lag_us: int
) -> None:
    """Of the one that waits when it is overdue, else of the one in force; files have none."""

    def due(at_us: int | None) -> Any:
        return None if at_us is None else SimpleNamespace(activate_us=at_us)

    held = SimpleNamespace(publication=due(published_us), since_us=650)
    log = SimpleNamespace(pending=due(pending_us))
    activator: Any = SimpleNamespace(holder=held, log=log, overdue=overdue, well=True)

    assert lag_us == rules_state(activator, now_us=1_000).lag_us
