"""Traces of real calls, kept in memory."""

from __future__ import annotations

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from sconto.app.made import STAGES
from sconto.telemetry.traces import Traces
from support import builders
from unit.api.door import SECONDS, door
from unit.api.requests import request

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Followed:
    """Traces that are kept, of one call in *ratio*."""

    def __init__(self, ratio: float) -> None:
        self._kept = InMemorySpanExporter()
        provider = TracerProvider(ParentBased(TraceIdRatioBased(ratio)))
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.traces = Traces(provider)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """The spans by name."""
        return {span.name: span for span in self._kept.get_finished_spans()}


async def test_a_decision_is_followed_with_its_id_and_stages() -> None:
    """The span says which decision it was, by which rules, and what took the time."""
    rules, followed = builders.ruleset(builders.offer("cheese", 500)), Followed(1.0)
    async with door(rules, watches=(followed.traces,)) as d:
        reply = await d.decisions.Decide(request(), timeout=SECONDS)

    spans = followed.spans
    call = spans["Decide"]
    assert call.attributes is not None
    assert reply.decision.decision_id == call.attributes["sconto.decision_id"]
    assert rules.digest == call.attributes["sconto.ruleset"]
    assert "CHOSEN" == call.attributes["sconto.reason"]
    assert {"Decide", *STAGES} == spans.keys()
    for stage in STAGES:
        assert spans[stage].parent is not None
        assert call.context.span_id == spans[stage].parent.span_id


@pytest.mark.parametrize(("flag", "followed"), [("01", True), ("00", False)])
async def test_the_trace_of_the_caller_goes_on(flag: str, followed: bool) -> None:
    """By `traceparent` of W3C; whoever follows the call decides whether we do."""
    traced = Followed(0.0 if followed else 1.0)
    metadata = (("traceparent", f"00-{TRACE}-{PARENT}-{flag}"),)
    async with door(watches=(traced.traces,)) as d:
        await d.decisions.Decide(request(), timeout=SECONDS, metadata=metadata)

    assert followed == ("Decide" in traced.spans)
    if followed:
        call = traced.spans["Decide"]
        assert int(TRACE, 16) == call.context.trace_id
        assert call.parent is not None
        assert int(PARENT, 16) == call.parent.span_id


async def test_a_call_that_fails_says_why_and_nothing_that_was_sent() -> None:
    """The kind of error, without its text."""
    followed = Followed(1.0)
    async with door(watches=(followed.traces,)) as d:
        with pytest.raises(grpc.aio.AioRpcError):
            await d.decisions.Decide(request(currency_code="XYZ"), timeout=SECONDS)

    call = followed.spans["Decide"]
    assert call.attributes is not None
    assert "INVALID_REQUEST" == call.attributes["error.type"]
    assert not call.status.is_ok
    assert not call.events
    assert "XYZ" not in call.to_json()
