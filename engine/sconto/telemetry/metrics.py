"""Figures for Prometheus: what they are called, what they count, and where they are made.

Labels have few values, all known beforehand or named by the rules: nothing of shoppers.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from sconto.app.made import STAGES, Made
from sconto.domain.decision import Decision
from sconto.domain.reasons import ReasonCode
from sconto.errors import StoreUnavailable

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
SECOND_NS: Final = 1_000_000_000
WRITES: Final = (1, 4, 16, 64, 256)


class CallMetrics:
    """Counts the calls and decisions of one process; a Watch of the api."""

    def __init__(self, registry: CollectorRegistry, tenants: Iterable[str] = ("",)) -> None:
        counter = partial(Counter, registry=registry)
        self._calls = counter(
            "sconto_calls",
            "Calls that ended, by gRPC status code.",
            ("tenant", "method", "code"),
        )
        self._seconds = Histogram(
            "sconto_call_duration_seconds",
            "Time from a whole request to its reply or error.",
            ("tenant", "method"),
            buckets=SECONDS,
            registry=registry,
        )
        self._in_flight = Gauge(
            "sconto_calls_in_flight",
            "Calls that are being answered.",
            ("tenant",),
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._decisions = counter(
            "sconto_decisions",
            "Decisions that were recorded and answered; dry runs and repeated answers are none.",
            ("tenant", "outcome", "rung", "cause"),
        )
        self._without = counter(
            "sconto_decisions_without_discount",
            "Those of them without a discount, by the reason of the candidate that came furthest.",
            ("tenant", "reason"),
        )
        self._candidates = counter(
            "sconto_candidates",
            "Candidates of recorded decisions, by what became of them: floors and caps too.",
            ("tenant", "reason"),
        )
        self._reviews = counter(
            "sconto_reviews",
            "What rules asked a person to look at in recorded decisions, by reason; "
            "ABOVE_PRICE_CEILING: a price stays above a ceiling, discount or not.",
            ("tenant", "reason"),
        )
        self._stages = Histogram(
            "sconto_decision_stage_duration_seconds",
            "Time of each stage of a decision.",
            ("tenant", "stage"),
            buckets=SECONDS,
            registry=registry,
        )
        self._lost = counter(
            "sconto_records_lost",
            "Decisions that were answered though the store had not said that their record is "
            "durable. Must stay 0.",
            ("tenant",),
        )
        # What must stay 0 is to be seen at 0.
        for tenant in tenants:
            self._lost.labels(tenant)

    @contextmanager
    def during(self, tenant: str, method: str, _: Any) -> Iterator[None]:
        """See Watch."""
        began = perf_counter()
        self._in_flight.labels(tenant).inc()
        try:
            yield
            self._calls.labels(tenant, method, "OK").inc()
        except asyncio.CancelledError:
            self._calls.labels(tenant, method, "CANCELLED").inc()
            raise
        finally:
            self._in_flight.labels(tenant).dec()
            self._seconds.labels(tenant, method).observe(perf_counter() - began)

    def failed(self, tenant: str, method: str, code: str) -> None:
        """See Watch."""
        self._calls.labels(tenant, method, code).inc()

    def decided(self, tenant: str, made: Made) -> None:
        """See Watch."""
        if not made.decision_id:
            return
        if made.committed is None:
            self._lost.labels(tenant).inc()
            return
        decision = made.decision
        outcome = "discount" if decision.stack.candidates else "none"
        self._decisions.labels(tenant, outcome, decision.rung.name, decision.cause.name).inc()
        if outcome == "none":
            self._without.labels(tenant, decision.reason.name).inc()
        for reason, count in became_of_candidates(decision).items():
            self._candidates.labels(tenant, reason.name).inc(count)
        for finding in (*decision.reviews, *decision.above_ceiling):
            self._reviews.labels(tenant, finding.code.name).inc()
        for stage, (begun, ended) in zip(STAGES, pairwise(made.instants), strict=True):
            self._stages.labels(tenant, stage).observe((ended - begun) / SECOND_NS)


def became_of_candidates(decision: Decision) -> Count[ReasonCode]:
    """How many candidates of *decision* have each reason code."""
    withheld = Count(found[0].code for found in decision.shortlist.assessment[1] if found)
    return withheld + Count(ranked.code for ranked in decision.choice.ranked)


class CommitMetrics:
    """Counts what the process that commits commits for one tenant."""

    def __init__(self, registry: CollectorRegistry, tenant: str = "") -> None:
        self._tenant = tenant
        self._seconds = Histogram(
            "sconto_commit_duration_seconds",
            "Time of one commit, with all its writes.",
            ("tenant",),
            buckets=SECONDS,
            registry=registry,
        )
        self._writes = Histogram(
            "sconto_commit_writes",
            "Writes in one commit.",
            ("tenant",),
            buckets=WRITES,
            registry=registry,
        )
        self._failed = Counter(
            "sconto_writes_failed",
            "Writes that were not made durable; their callers got UNAVAILABLE.",
            ("tenant",),
            registry=registry,
        )

    def committed(self, outcomes: Sequence[Any], seconds: float) -> None:
        """Count one commit of writes that had these *outcomes*."""
        self._seconds.labels(self._tenant).observe(seconds)
        self._writes.labels(self._tenant).observe(len(outcomes))
        failed = sum(isinstance(o, StoreUnavailable) for o in outcomes)
        self._failed.labels(self._tenant).inc(failed)


class MeasuredWriter:
    """A Writer of the store that counts what goes through *writer*."""

    def __init__(self, writer: Any, metrics: CommitMetrics) -> None:
        self._commit = writer.commit
        self._metrics = metrics
        self.rest: Callable[[], None] = writer.rest
        self.close: Callable[[], None] = writer.close

    def commit(self, writes: Sequence[Any]) -> list[Any]:
        """See Writer."""
        began = perf_counter()
        outcomes: list[Any] = self._commit(writes)
        self._metrics.committed(outcomes, perf_counter() - began)
        return outcomes
