"""Traces of calls by OpenTelemetry: one span a call, and one for each stage of a decision.

By hand, since the ready-made interceptor of gRPC costs more than a decision's network does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from sconto.app.made import STAGES, Made

SAMPLED: Final = 0.01
"""The share of calls that are followed, unless the caller or OTEL_TRACES_SAMPLER says otherwise."""
_OF_CALLER: Final = TraceContextTextMapPropagator()


class Traces:
    """Follows the calls of one process; a Watch of the api.

    Spans hold ids, names and codes, and no text of an error, which may quote what was sent.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("sconto")

    @contextmanager
    def during(self, tenant: str, method: str, context: Any) -> Iterator[None]:
        """See Watch; goes on with the trace of the caller's `traceparent` (W3C Trace Context)."""
        sent: MutableMapping[str, str] = {
            name: str(value) for name, value in context.invocation_metadata() or ()
        }
        with self._tracer.start_as_current_span(
            method,
            _OF_CALLER.extract(sent),
            kind=trace.SpanKind.SERVER,
            attributes={
                "rpc.system": "grpc",
                "rpc.method": method,
                **({"sconto.tenant": tenant} if tenant else {}),
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", getattr(error, "code", type(error).__name__))
                span.set_status(trace.StatusCode.ERROR)
                raise

    def failed(self, tenant: str, method: str, code: str) -> None:
        """See Watch; the span has ended with it already."""

    def decided(self, _: str, made: Made) -> None:
        """See Watch."""
        span = trace.get_current_span()
        if not span.is_recording():
            return
        decision = made.decision
        span.set_attributes(
            {
                "sconto.decision_id": made.decision_id,
                "sconto.dry_run": not made.decision_id,
                "sconto.ruleset": decision.ruleset.digest,
                "sconto.reason": decision.reason.name,
                "sconto.rung": decision.rung.name,
                "sconto.rung_cause": decision.cause.name,
            }
        )
        # What the stages were timed by has no date.
        apart = time.time_ns() - time.perf_counter_ns()
        for stage, (begun, ended) in zip(STAGES, pairwise(made.instants), strict=False):
            self._tracer.start_span(stage, start_time=begun + apart).end(ended + apart)

    def close(self) -> None:
        """Send what is left, and end the thread that sends."""
        self._provider.shutdown()


def traces_to_collector() -> Traces:
    """Traces that are sent by OTLP, to where and how often the variables OTEL_* say."""
    # Only here: tests have no collector.
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    named = {} if "OTEL_SERVICE_NAME" in os.environ else {SERVICE_NAME: "sconto"}
    sampler: Sampler | None = ParentBased(TraceIdRatioBased(SAMPLED))
    if "OTEL_TRACES_SAMPLER" in os.environ:
        sampler = None
    provider = TracerProvider(sampler, Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)
