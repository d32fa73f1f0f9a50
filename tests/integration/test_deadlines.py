"""Callers that don't wait: the model gets what they leave, and half a decision never stays."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest
from google.protobuf import json_format

from sconto.domain.canonical import parse
from sconto.domain.reasons import RungCause
from sconto.domain.scores import Scores
from sconto.serving.address import bound
from sconto.settings import Address
from sconto.store.sqlite import SqliteStore
from support import builders, http_calls
from support.deciding import FixedScorer
from support.http_calls import DECISIONS
from unit.api import door as door_module
from unit.api.door import AT_ONCE, SECONDS, door, get
from unit.api.requests import request


class Asked(FixedScorer):
    """Keeps the time that it was left."""

    left: list[int | None]

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        self.left = []

    def score(self, *asked: Any) -> Scores | RungCause:
        """See Scorer."""
        self.left.append(asked[3])
        return (
            super().score(*asked) if asked[3] is None or asked[3] > 0 else RungCause.DEADLINE_NEAR
        )


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """The scorer of the server."""
    made, decider = Asked(), door_module.deciding.decider
    monkeypatch.setattr(
        door_module.deciding,
        "decider",
        lambda *given, **named: replace(decider(*given, **named), scorer=made),
    )
    return made


async def test_the_model_gets_what_is_left_of_the_deadline(scorer: Asked) -> None:
    """Over both doors; without a deadline it has its own limit alone."""
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    asked = request(validate_only=True)
    async with door(settings=replace(AT_ONCE, http_sockets=sockets)) as d:
        await d.decisions.Decide(asked)
        await d.decisions.Decide(asked, timeout=SECONDS)
        assert d.server.http_port is not None
        headers = {**http_calls.JSON, "grpc-timeout": f"{SECONDS}S"}
        await asyncio.to_thread(
            *(http_calls.send, d.server.http_port, f"{DECISIONS}/Decide"),
            *(json_format.MessageToJson(asked), headers),
        )

    assert scorer.left[0] is None
    # gRPC sends deadlines rounded up.
    assert all(0 < (left or 0) < (SECONDS + 1) * 1_000_000 for left in scorer.left[1:]), scorer.left
    assert 3 == len(scorer.left)


@pytest.mark.usefixtures("scorer")
async def test_too_little_time_is_a_cause_in_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is on the rules-only rung, and says why."""
    monkeypatch.setattr("sconto.app.decide.AFTER_SCORES_US", SECONDS * 1_000_000)
    async with door() as d:
        reply = await d.decisions.Decide(request(), timeout=SECONDS)
        found = await get(d, reply.decision.decision_id)

    outcome = parse(found.record)["outcome"]
    assert ("RULES_ONLY", "DEADLINE_NEAR") == (outcome["rung"], outcome["rung_cause"])
    assert "the caller would not have waited for the model" in " ".join(found.explanation)


async def test_a_cancelled_call_leaves_nothing_or_a_whole_decision(tmp_path: Path) -> None:
    """Whenever it is cancelled; asked again, it is decided once."""
    offer = builders.offer("cheese", 1000, budgets=("campaign",))
    rules = builders.ruleset(offer, budgets=(builders.budget("campaign", 1_000_000),))
    random, ids = Random(7), [f"0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a{n:04d}" for n in range(60)]
    with closing(SqliteStore(tmp_path / "decisions.sqlite")) as store:
        async with door(rules, store) as d:
            for request_id in ids:
                call = d.decisions.Decide(request(request_id=request_id), timeout=SECONDS)
                await asyncio.sleep(random.uniform(0, 0.006))
                call.cancel()
                with suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
                    await call
            replies = [await d.decisions.Decide(request(request_id=i), timeout=60) for i in ids]
            drawn = 0
            for reply in replies:
                held = store.reservation(reply.decision.decision_id)
                assert held is not None
                drawn += sum(draw.amount for draw in held.draws)

        assert len(ids) == store.newest_seq() == len({r.decision.decision_id for r in replies})
        assert {drawn} == set(store.usage(["campaign/all/total"]).values())
