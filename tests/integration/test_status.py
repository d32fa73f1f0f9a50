"""Status and health over gRPC: what is in force, and what became of changed rules."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import pytest
from grpc_health.v1 import health_pb2

from sconto.api.server import RULES_HEALTH
from sconto.api.status_service import MAX_FINDINGS
from sconto.app.in_force import Attempt, Outcome, Timing
from sconto.app.reload import Reloader, ReloadPorts
from sconto.errors import RuleFinding
from sconto.rulebook.gate import CheckLimits, check_apart
from sconto.rulebook.policies import policy_from
from sconto.store.memory import MemoryStore
from sconto.v1 import status_service_pb2 as wire
from support import builders
from support.rule_files import copied_rules
from support.served import RULES
from unit.api.door import SECONDS, Door, door
from unit.api.requests import request

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
HANG = "import time; time.sleep(600)"
CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
UNFIT = "raise SystemExit(9)"


async def status(d: Door) -> wire.GetStatusResponse:
    """GetStatus's reply."""
    found: wire.GetStatusResponse = await d.status.GetStatus(
        wire.GetStatusRequest(), timeout=SECONDS
    )
    return found


async def health(d: Door, name: str) -> int:
    """What health says of *name*."""
    asked = health_pb2.HealthCheckRequest(service=name)
    found = await d.health.Check(asked, timeout=SECONDS)
    return int(found.status)


async def test_status_says_what_is_in_force_and_for_how_long() -> None:
    """Version, start, digest, age, sizes and model are told; there was no reload yet."""
    rules = builders.ruleset(builders.offer("cheese", 500))
    async with door(rules) as d:
        d.clock.now_us += 90 * 1_000_000
        found = await status(d)

    assert ("test", {"runtime": "fixed"}) == (found.version, dict(found.model))
    assert builders.AS_OF_US == found.start_time.ToMicroseconds()
    assert (rules.digest, 90, len(rules.rules), 1) == (
        found.rules.digest,
        found.rules.age.seconds,
        found.rules.rule_count,
        found.rules.offer_count,
    )
    assert builders.AS_OF_US == found.rules.active_since_time.ToMicroseconds()
    assert not found.rules.HasField("last_reload")


async def test_status_counts_what_the_model_did_not_know() -> None:
    """Decisions scored, with an unknown input, refused for too many; inputs without a fact."""
    async with door() as d:
        scoring = (await status(d)).scoring

    assert (7, 2, 1, ["tier"]) == (
        scoring.scored_count,
        scoring.partly_unknown_count,
        scoring.refused_unknown_count,
        list(scoring.unfilled_inputs),
    )


async def test_status_sends_the_first_findings_and_their_number() -> None:
    """A hundred findings don't make a reply that nobody can read."""
    findings = tuple(RuleFinding("a.yaml", n, 2, "SCH-003", "m", "h", "") for n in range(1, 31))
    async with door() as d:
        d.policy.last = Attempt(
            5, Outcome.REFUSED, error="bad", findings=findings, timing=Timing(1_500_000)
        )
        d.policy.pending = True
        last = (found := await status(d)).rules.last_reload

    assert found.rules.pending
    assert (wire.RELOAD_OUTCOME_REFUSED, "bad", 30) == (
        last.outcome,
        last.error,
        last.finding_count,
    )
    assert list(range(1, MAX_FINDINGS + 1)) == [f.line for f in last.findings]
    assert 1_500_000 == last.check_duration.ToMicroseconds()


async def test_health_tells_the_rules_apart_from_the_server() -> None:
    """While changed rules are refused, calls are answered and say SERVING."""
    async with door() as d:
        first = await health(d, RULES_HEALTH)
        await d.server.tell_rules("", well=False)
        refused = await health(d, RULES_HEALTH), await health(d, "")
        await d.server.tell_rules("", well=True)
        mended = await health(d, RULES_HEALTH)

    assert (SERVING, (NOT_SERVING, SERVING), SERVING) == (first, refused, mended)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (HANG, "the check of the rules did not end within 1 s"),
        (CRASH, "the check of the rules ended with exit code -11 (SIGSEGV)"),
        (UNFIT, "the check of the rules ended with exit code 9"),
    ],
    ids=["hangs", "crashes", "fails"],
)
async def test_a_check_that_goes_wrong_leaves_the_old_rules_deciding(code: str, told: str) -> None:
    """The server answers with the ruleset it had, and says what became of the new one."""
    check = partial(check_apart, RULES, CheckLimits(1, 1024**3), (sys.executable, "-c", code))
    rules = builders.ruleset(builders.offer("cheese", 500))
    async with door(rules) as d:
        heard: asyncio.Queue[bool] = asyncio.Queue()

        async def tell(well: bool) -> None:
            await d.server.tell_rules("", well)
            await heard.put(well)

        ports = ReloadPorts(check, policy_from, MemoryStore(), d.clock, tell)
        reloader = Reloader(d.policy, ports)
        running = asyncio.create_task(reloader.run())
        reloader.note_change()
        during = await d.decisions.Decide(request(), timeout=SECONDS)
        assert not await heard.get()
        after = await d.decisions.Decide(request(validate_only=True), timeout=SECONDS)
        found, of_rules = await status(d), await health(d, RULES_HEALTH)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert (rules.digest, rules.digest) == (
        during.decision.ruleset_digest,
        after.decision.ruleset_digest,
    )
    assert (told, NOT_SERVING) == (found.rules.last_reload.error, of_rules)


async def test_files_that_are_mended_are_served_again(tmp_path: Path) -> None:
    """From refused to loaded, with the real check."""
    folder = copied_rules(tmp_path)
    check = partial(check_apart, folder, CheckLimits(60, 1024**3))
    extra = folder / "offers" / "extra.yaml"
    async with door() as d:
        heard: asyncio.Queue[bool] = asyncio.Queue()
        ports = ReloadPorts(check, policy_from, MemoryStore(), d.clock, heard.put)
        reloader = Reloader(d.policy, ports)
        running = asyncio.create_task(reloader.run())
        extra.write_text("kind: offer\n")
        reloader.note_change()
        refused = await heard.get(), (await status(d)).rules
        extra.unlink()
        reloader.note_change()
        mended = await heard.get(), (await status(d)).rules
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert (False, 0) == (refused[0], refused[1].reload_count)
    assert str(extra) in {f.file for f in refused[1].last_reload.findings}
    assert (True, 1) == (mended[0], mended[1].reload_count)
    assert wire.RELOAD_OUTCOME_LOADED == mended[1].last_reload.outcome
