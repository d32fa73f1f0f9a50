"""Rules published to a running server: on time, under load, through a kill, and back again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc

from fault.publisher import START_US, command, publisher, unchecked
from sconto.api.server import RULES_HEALTH
from sconto.app.audit import find_decision, replays
from sconto.app.ports import RulesStep
from sconto.app.statements import Statement
from sconto.bootstrap import compile_documents, now_us
from sconto.domain.canonical import digest
from sconto.errors import CorruptRecord
from sconto.rulebook.gate import CheckLimits
from sconto.rulebook.loader import load_folder
from sconto.serving.initial_rules import begin
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_pb2
from sconto.v1 import rules_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.rules_service_pb2_grpc import RulesServiceStub
from sconto.v1.status_service_pb2 import GetStatusRequest, RulesStatus
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support.publishing import envelope, people_yaml, renamed
from support.rule_files import copied_rules
from support.served import RULES, fresh_id, grocery_request, served

SECONDS = 60
SCONTO = Path(sys.executable).parent / "sconto"
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass(frozen=True, slots=True)
class Shop:
    """A channel to a running server."""

    channel: grpc.Channel

    def decide(self) -> decision_pb2.Decision:
        """A fresh decision."""
        asked = grocery_request(fresh_id(), shopper_id=fresh_id())
        reply = DecisionServiceStub(self.channel).Decide(asked, timeout=SECONDS)
        found: decision_pb2.Decision = reply.decision
        return found

    def publish(self, documents: bytes, at_us: int | None = None) -> str:
        """Publish *documents*, signed by anna and ben; return their digest."""
        said = Statement(RulesStep.PUBLICATION, digest(documents), "anna", "a test", now_us())
        request = wire.PublishRulesRequest(
            request_id=fresh_id(),
            envelope=envelope(said, "anna", "ben").to_bytes(),
            documents=documents,
            activate_time=None if at_us is None else stamp(at_us),
        )
        found = RulesServiceStub(self.channel).PublishRules(request, timeout=SECONDS)
        return str(found.publication.digest)

    def roll_back(self, wanted: str) -> None:
        """Go back to *wanted*, in an emergency."""
        said = Statement(RulesStep.ROLLBACK, wanted, "ella", "a test", now_us())
        request = wire.RollbackRulesRequest(
            request_id=fresh_id(), envelope=envelope(said, "ella").to_bytes()
        )
        RulesServiceStub(self.channel).RollbackRules(request, timeout=SECONDS)

    def rules(self) -> RulesStatus:
        """What status says of the rules."""
        found = StatusServiceStub(self.channel).GetStatus(GetStatusRequest(), timeout=SECONDS)
        rules: RulesStatus = found.rules
        return rules

    def wait_until(self, true: Callable[[RulesStatus], bool]) -> RulesStatus:
        """The first status for which *true* holds."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if true(found := self.rules()):
                return found
            time.sleep(0.05)
        raise AssertionError(f"the rules never got there: {self.rules()}")

    def wait_for_health(self, *, well: bool) -> None:
        """Return once health says of the rules that they are *well*, or not."""
        asked = health_pb2.HealthCheckRequest(service=RULES_HEALTH)
        stub = health_pb2_grpc.HealthStub(self.channel)
        wanted = health_pb2.HealthCheckResponse.SERVING if well else NOT_SERVING
        self.wait_until(lambda _: stub.Check(asked, timeout=SECONDS).status == wanted)


def stamp(at_us: int) -> Timestamp:
    """*at_us* as the wire has it."""
    made = Timestamp()
    made.FromMicroseconds(at_us)
    return made


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file of people."""
    path = tmp_path / "people.yaml"
    path.write_text(people_yaml())
    return path


@contextmanager
def shop(data: Path, rules: Path, people: Path | None) -> Iterator[Shop]:
    """A server that is killed, not stopped, when the block is over."""
    with (
        served(data, rules=rules, model=None, people=people) as server,
        grpc.insecure_channel(server.address) as channel,
    ):
        yield Shop(channel)


@pytest.mark.slow
def test_published_rules_outlive_kills_and_files(tmp_path: Path, people: Path) -> None:
    """On time, after a kill too; files have nothing to say any more; back again at once."""
    rules, data = copied_rules(tmp_path), tmp_path / "data"
    from_files = load_folder(rules)
    first, second = (renamed(from_files.documents, name) for name in ("one", "two"))
    with shop(data, rules, people) as s:
        before = s.decide()
        offer = rules / "offers" / "cheese.yaml"
        offer.write_text(f"{offer.read_text()}nonsense: 1\n")
        s.wait_until(lambda found: bool(found.last_reload.error))
        s.wait_for_health(well=False)
        at_us = now_us() + 300_000
        s.publish(first, at_us)
        active = s.wait_until(lambda found: found.digest == digest(first))
        during = s.decide()
        s.wait_for_health(well=True)
        offer.write_text(offer.read_text().replace("name: ", "name: New ", 1))
        at_second_us = now_us() + 500_000
        s.publish(second, at_second_us)
    time.sleep(max(0, at_second_us - now_us()) / 1_000_000)
    with shop(data, rules, people) as s:
        resumed, late = s.decide(), s.rules()
        s.roll_back(from_files.digest)
        back = s.decide()
    with shop(data, rules, None) as s:
        last, unasked = s.decide(), s.rules()

    assert at_us <= active.publication.active_time.ToMicroseconds()
    assert at_second_us <= late.publication.active_time.ToMicroseconds()
    assert ("anna", "ben") == (late.publication.author, late.publication.approver)
    assert ("ella", "") == (unasked.publication.author, unasked.publication.approver)
    decisions = (before, during, resumed, back, last)
    digests = (from_files.digest, digest(first), digest(second), *[from_files.digest] * 2)
    assert digests == tuple(d.ruleset_digest for d in decisions)
    with closing(SqliteStore(data / "decisions.sqlite")) as store:
        assert store.discrepancies() == ()
        for decision in decisions:
            found = find_decision(store, decision.decision_id)
            assert replays(store, found, compile_documents)
        kinds = [entry.kind for entry in store.publications(0)]
    assert ["publication", "activation"] * 2 + ["rollback", "activation"] == kinds


def test_a_spoilt_list_of_people_is_not_started_with(tmp_path: Path, people: Path) -> None:
    """A server that was told whom to trust does not start without knowing them."""
    people.write_text(people.read_text().replace("roles", "role", 1))
    words = ["serve", "--port", "0", "--data", tmp_path / "data"]
    words += ["--rules", RULES, "--people", people]
    done = subprocess.run(
        [SCONTO, *words], capture_output=True, check=False, text=True, timeout=SECONDS
    )

    assert 3 == done.returncode
    assert done.stderr.startswith(f"error: {people}:3:5: key `roles` is missing (and 1 more)\n")
    assert done.stderr.endswith("help: mend the file of people at the place named\n")
    assert not (tmp_path / "data").exists()


async def test_a_log_without_its_ruleset_is_not_started_with(tmp_path: Path) -> None:
    """What decides is known and gone: nothing else may take its place."""
    settings = Settings(rules=RULES, data=tmp_path)
    with closing(SqliteStore(settings.log_file)) as store:
        made = publisher(store, lambda: START_US)
        await made.act(command("new"), RulesStep.PUBLICATION, lambda _: b"reply")
    with closing(sqlite3.connect(settings.log_file)) as db, db:
        db.execute("DELETE FROM rulesets")

    with pytest.raises(CorruptRecord, match="is not kept"):
        await begin(settings, partial(unchecked, b""), CheckLimits(60, 1024**3))


@pytest.mark.slow
def test_decisions_during_publications_never_fail(tmp_path: Path, people: Path) -> None:
    """Callers see nothing of a change but the digest, and never an older one again."""
    rules = copied_rules(tmp_path)
    documents = load_folder(rules).documents
    versions = [renamed(documents, f"version {n}") for n in range(3)]
    order = [digest(documents), *map(digest, versions)]
    seen: list[list[int]] = []
    stop = threading.Event()

    def call(s: Shop) -> None:
        mine: list[int] = []
        seen.append(mine)
        while not stop.is_set():
            mine.append(order.index(s.decide().ruleset_digest))

    with shop(tmp_path / "data", rules, people) as s:
        callers = [threading.Thread(target=call, args=(s,)) for _ in range(4)]
        for caller in callers:
            caller.start()
        after = []
        for version in versions:
            s.publish(version)
            after.append(order.index(s.decide().ruleset_digest))
        stop.set()
        for caller in callers:
            caller.join(SECONDS)

    assert [1, 2, 3] == after
    assert 4 == len(seen)
    assert all(mine and mine == sorted(mine) for mine in seen)
    assert {0} < {n for mine in seen for n in mine}
