"""Rules changed under a running server: decisions name their ruleset, bad rules never serve."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sconto.app.audit import find_decision, replays
from sconto.bootstrap import compile_documents
from sconto.store.sqlite import SqliteStore
from sconto.v1 import status_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support.rule_files import copied_rules
from support.served import fresh_id, grocery_request, served

SECONDS = 60
SCONTO = Path(sys.executable).parent / "sconto"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass(frozen=True, slots=True)
class Shop:
    """A channel to a running server."""

    channel: grpc.Channel

    def decide(self) -> Any:
        """A fresh decision."""
        asked = grocery_request(fresh_id())
        return DecisionServiceStub(self.channel).Decide(asked, timeout=SECONDS).decision

    def status(self) -> wire.RulesStatus:
        """What status says of the rules."""
        asked = wire.GetStatusRequest()
        return StatusServiceStub(self.channel).GetStatus(asked, timeout=SECONDS).rules

    def health(self, name: str = "") -> int:
        """What health says of *name*."""
        asked = health_pb2.HealthCheckRequest(service=name)
        found = health_pb2_grpc.HealthStub(self.channel).Check(asked, timeout=SECONDS)
        return int(found.status)

    def wait_until(self, true: Callable[[wire.RulesStatus], bool]) -> wire.RulesStatus:
        """The first status for which *true* holds; polled, as an operator's script would."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if true(found := self.status()):
                return found
            time.sleep(0.05)
        raise AssertionError(f"the rules never got there: {self.status()}")


def outcome(found: wire.RulesStatus) -> int:
    """How the last reload ended."""
    return int(found.last_reload.outcome)


@pytest.mark.slow
def test_changed_rules_take_over_and_bad_ones_never_do(tmp_path: Path) -> None:
    """Change, break, mend: digests follow the good files, status names the bad place."""
    rules = copied_rules(tmp_path)
    offer = rules / "offers" / "cheese.yaml"
    good = offer.read_text().replace("name: ", "name: New ", 1)
    with served(tmp_path / "data", rules=rules) as server:
        with grpc.insecure_channel(server.address) as channel:
            shop = Shop(channel)
            first = shop.decide()

            offer.write_text(good)
            changed = shop.wait_until(lambda s: s.digest != first.ruleset_digest)
            second = shop.decide()

            offer.write_text(f"{good}nonsense: 1\n")
            refused = shop.wait_until(lambda s: outcome(s) == wire.RELOAD_OUTCOME_REFUSED)
            third = shop.decide()
            while_refused = shop.health(), shop.health("sconto.v1.Rules")
            asked = subprocess.run(
                [SCONTO, "status", "--server", server.address, "--format", "json"],
                capture_output=True,
                check=False,
            )

            offer.write_text(good)
            shop.wait_until(lambda s: outcome(s) == wire.RELOAD_OUTCOME_UNCHANGED)
            mended = shop.health("sconto.v1.Rules")
        assert 0 == server.stop()

    assert changed.digest == second.ruleset_digest == third.ruleset_digest == refused.digest
    assert changed.digest != first.ruleset_digest
    (finding,) = refused.last_reload.findings
    assert (str(offer), len(good.splitlines()) + 1, 1) == (
        finding.file,
        finding.line,
        finding.column,
    )
    assert (SERVING, NOT_SERVING) == while_refused
    assert SERVING == mended
    assert 1 == asked.returncode
    told = json.loads(asked.stdout)["rules"]
    assert (changed.digest, "RELOAD_OUTCOME_REFUSED") == (
        told["digest"],
        told["last_reload"]["outcome"],
    )
    with closing(SqliteStore(tmp_path / "data" / "decisions.sqlite")) as store:
        for decision in (first, second, third):
            found = find_decision(store, decision.decision_id)
            assert replays(store, found, compile_documents)


def test_rules_that_fail_their_check_are_not_started_with(tmp_path: Path) -> None:
    """A server does not start on rules with findings, and says where they are."""
    rules = copied_rules(tmp_path)
    offer = rules / "offers" / "cheese.yaml"
    offer.write_text(offer.read_text() + "nonsense: 1\n")
    command = ["serve", "--port", "0", "--rules", rules, "--data", tmp_path / "data"]

    done = subprocess.run(
        [SCONTO, *command], capture_output=True, check=False, text=True, timeout=SECONDS
    )

    assert 3 == done.returncode
    assert done.stderr.startswith(f"error: {offer}:")
    assert ["server.lock"] == [file.name for file in (tmp_path / "data").iterdir()]
