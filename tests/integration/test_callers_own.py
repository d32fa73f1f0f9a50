"""What a caller decided is its own: for others it is not there."""

from __future__ import annotations

from typing import Any

import pytest

from sconto.app.audit import find_decision
from sconto.domain.canonical import parse
from sconto.domain.replay import replay
from sconto.rulebook.policies import reference_policy
from sconto.store.memory import MemoryStore
from sconto.v1 import decision_service_pb2 as wire
from support import builders
from unit.api.door import Door, decided, door, failure_of
from unit.api.known import as_, known_callers
from unit.api.requests import request

OTHER_ID = "0d5f8ae2-3c53-4a0c-9c1f-1f1b7f6a0002"
UNKNOWN = "0198c0de-0000-7000-8000-000000009999"


async def decided_by(d: Door, name: str, **changes: Any) -> str:
    """The id of a decision that *name* asked for."""
    reply = await d.decisions.Decide(request(**changes), **as_(name))
    return str(reply.decision.decision_id)


def steps(decision_id: str) -> dict[str, Any]:
    """Everything that can be done with a decision."""
    named = {"request_id": OTHER_ID, "decision_id": decision_id}
    returned = [wire.ReturnedLine(line_id="l1", quantity=1)]
    return {
        "GetDecision": wire.GetDecisionRequest(decision_id=decision_id),
        "Redeem": wire.RedeemRequest(**named),
        "Release": wire.ReleaseRequest(**named),
        "Return": wire.ReturnRequest(lines=returned, **named),
        "Decide": request(request_id=OTHER_ID, replaces=decision_id),
    }


@pytest.mark.parametrize("method", steps(""))
async def test_the_decision_of_another_caller_is_not_there(method: str) -> None:
    """The answer is that to an id nobody has, so that trying ids tells nothing."""
    async with known_callers() as d:
        decision_id = await decided_by(d, "till")
        call = getattr(d.decisions, method)
        tried = await failure_of(call(steps(decision_id)[method], **as_("web")))
        unknown = await failure_of(call(steps(UNKNOWN)[method], **as_("web")))
        paid = wire.RedeemRequest(request_id=OTHER_ID, decision_id=decision_id)
        assert await d.decisions.Redeem(paid, **as_("till"))

    assert "DECISION_NOT_FOUND" == tried.info.reason == unknown.info.reason
    assert tried.message.replace(decision_id, UNKNOWN) == unknown.message


async def test_request_ids_count_by_caller() -> None:
    """One caller can neither get nor block the answer to another."""
    async with known_callers() as d:
        first, second = await decided_by(d, "till"), await decided_by(d, "web")
        again = await d.decisions.Decide(request(), **as_("till"))

    assert first != second
    assert (first, True) == (again.decision.decision_id, again.replayed)


async def test_compliance_reads_every_decision_and_that_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """By the shopper's reference, never by the id."""
    store = MemoryStore()
    async with known_callers(store=store) as d:
        decision_id = await decided_by(d, "till")
        asked = wire.GetDecisionRequest(decision_id=decision_id)
        found = await d.decisions.GetDecision(asked, **as_("anna"))
        own = await d.decisions.GetDecision(asked, **as_("till"))
    ref = find_decision(store, decision_id).record["context"]["user_ref"]
    said = [r.getMessage() for r in caplog.records if r.getMessage().startswith("read:")]

    assert "`till` asked for it." in found.explanation
    assert found == own
    assert [
        f"read: {name} called GetDecision: decision={decision_id} shopper={ref}"
        for name in ("anna", "till")
    ] == said


async def test_a_record_names_its_caller_and_replays() -> None:
    """Where callers are known; without them a record is what it always was."""
    rules, store = builders.ruleset(), MemoryStore()
    async with known_callers(rules, store) as d:
        known = find_decision(store, await decided_by(d, "till"))
    async with door(rules, plain := MemoryStore()) as d:
        nobody = find_decision(plain, await decided(d))
    judges = reference_policy(rules).judges

    assert "till" == known.record["caller"]
    assert known.raw == replay(known.record, rules, judges)
    assert "caller" not in parse(nobody.raw)


async def test_what_was_decided_before_there_were_callers_is_everybodys() -> None:
    """What it reserved has to be redeemed, and what was sold may come back for months."""
    store = MemoryStore()
    async with door(store=store) as d:
        decision_id = await decided(d)
    async with known_callers(store=store) as d:
        paid = wire.RedeemRequest(request_id=OTHER_ID, decision_id=decision_id)
        assert await d.decisions.Redeem(paid, **as_("web"))
