"""A server in several processes: one port, exact budgets, and an end that nobody overlooks."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sconto.api.server import RULES_HEALTH
from sconto.app.audit import find_decision, replays
from sconto.app.log_query import LogQuery
from sconto.app.ports import RulesStep
from sconto.app.statements import Statement
from sconto.bootstrap import compile_documents, now_us
from sconto.domain.canonical import digest
from sconto.rulebook.loader import load_folder
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_pb2
from sconto.v1 import rules_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from sconto.v1.rules_service_pb2_grpc import RulesServiceStub
from sconto.v1.status_service_pb2 import GetStatusRequest, RulesStatus
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support.publishing import envelope, people_yaml, renamed
from support.rule_files import copied_rules
from support.served import RULES, Served, fresh_id, grocery_request, served

SECONDS = 60
BROKEN = Path(__file__).parents[1] / "fault" / "broken_committer.py"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Line:
    """A connection of its own, which one process answers."""

    def __init__(self, address: str) -> None:
        # Channels of one process share a connection unless told otherwise.
        self.channel = grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)])
        self._decisions = DecisionServiceStub(self.channel)
        self._health = health_pb2_grpc.HealthStub(self.channel)

    def decide(self, request: Any) -> Any:
        """The reply to *request*."""
        return self._decisions.Decide(request, timeout=SECONDS)

    def health(self, name: str = "") -> int:
        """What health says of *name*."""
        asked = health_pb2.HealthCheckRequest(service=name)
        return int(self._health.Check(asked, timeout=SECONDS).status)

    def watch(self) -> Iterator[int]:
        """What health says of the server from now on."""
        for found in self._health.Watch(health_pb2.HealthCheckRequest(), timeout=SECONDS):
            yield found.status

    def rules(self) -> RulesStatus:
        """What status says of the rules."""
        return self._status().rules

    def publish(self, documents: bytes) -> str:
        """Publish *documents*, signed by anna and ben; return their digest."""
        said = Statement(RulesStep.PUBLICATION, digest(documents), "anna", "a test", now_us())
        request = wire.PublishRulesRequest(
            request_id=fresh_id(),
            envelope=envelope(said, "anna", "ben").to_bytes(),
            documents=documents,
        )
        RulesServiceStub(self.channel).PublishRules(request, timeout=SECONDS)
        return said.digest

    def roll_back(self, wanted: str) -> None:
        """Go back to the ruleset *wanted*, in an emergency."""
        said = Statement(RulesStep.ROLLBACK, wanted, "ella", "a test", now_us())
        request = wire.RollbackRulesRequest(
            request_id=fresh_id(), envelope=envelope(said, "ella").to_bytes()
        )
        RulesServiceStub(self.channel).RollbackRules(request, timeout=SECONDS)

    def process(self) -> tuple[int, int]:
        """What tells the process at the other end from others: when it began."""
        began = self._status().start_time
        return began.seconds, began.nanos

    def _status(self) -> Any:
        stub = StatusServiceStub(self.channel)
        return stub.GetStatus(GetStatusRequest(), timeout=SECONDS)


@contextmanager
def lines(address: str, count: int = 2) -> Iterator[list[Line]]:
    """One connection to each of *count* processes; the kernel picks one for each that is made."""
    with ExitStack() as stack:
        found: dict[tuple[int, int], Line] = {}
        deadline = time.monotonic() + SECONDS
        while len(found) < count:
            assert time.monotonic() < deadline, f"only {len(found)} processes answer"
            line = Line(address)
            stack.callback(line.channel.close)
            try:
                found.setdefault(line.process(), line)
            except grpc.RpcError:
                time.sleep(0.05)  # it ended while it was asked
        yield list(found.values())


def workers(server: Served) -> list[int]:
    """The ids of the processes that answer for *server*."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"serving.worker" in _command(int(child))]


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_until(true: Callable[[], object]) -> None:
    """Return once *true* holds."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def checked(data: Path, answered: list[str]) -> None:
    """Assert that every decision *answered* is in the log of *data*, which agrees with itself."""
    with closing(SqliteStore(data / "decisions.sqlite")) as store:
        assert store.discrepancies() == ()
        for decision_id in answered:
            assert replays(store, find_decision(store, decision_id), compile_documents)


class Callers:
    """Callers who decide at several processes at once, until told to end."""

    def __init__(self, found: list[Line]) -> None:
        self.answered: list[str] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(line,)) for line in found * 3]
        for thread in self._threads:
            thread.start()

    def until(self, count: int) -> None:
        """Return once *count* more decisions were answered."""
        wanted = len(self.answered) + count
        wait_until(lambda: len(self.answered) >= wanted)

    def end(self) -> list[str]:
        """Have all of them end, and return what was answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.answered

    def _call(self, line: Line) -> None:
        while not self._stop.is_set():
            try:
                reply = line.decide(grocery_request(fresh_id(), fresh_id()))
            except grpc.RpcError:
                time.sleep(0.01)
                continue
            self.answered.append(reply.decision.decision_id)


def test_processes_share_a_port_and_a_budget_and_drain(tmp_path: Path) -> None:
    """200 reservations of one shopper at once, at every process: the cap is never passed.

    Told to end, calls in flight are answered, health says NOT_SERVING first, and the code is 0.
    """
    requests = [grocery_request(fresh_id(), "card-1") for _ in range(200)]
    with (
        served(tmp_path, processes=2, drain_seconds=0.5) as server,
        lines(server.address) as found,
    ):
        left = workers(server)
        assert 2 == len(left)
        assert [SERVING] * 2 == [line.health() for line in found]
        second_is_refused(tmp_path / "second", server)
        with ThreadPoolExecutor(48) as pool:
            asked = [pool.submit(found[n % 2].decide, r) for n, r in enumerate(requests)]
            decisions = [future.result().decision for future in asked]
        with closing(sqlite3.connect(tmp_path / "decisions.sqlite")) as file:
            kept = file.execute("SELECT count(*) FROM reservations").fetchone()
        answered = drained(server, found, left)
        assert server.process.stdout is not None
        assert "" == server.process.stdout.read()

    given = [d for d in decisions if d.discounts]
    assert 200 == len({d.decision_id for d in decisions})
    assert 0 < len(given) < 200
    assert (len(given),) == kept
    checked(tmp_path, [*answered, *(d.decision_id for d in decisions)])


def drained(server: Served, found: list[Line], left: list[int]) -> list[str]:
    """End *server* while calls come; what was answered, all of which must be kept."""
    told = [line.watch() for line in found]
    assert [SERVING] * 2 == [next(one) for one in told]
    callers = Callers(found)
    callers.until(30)
    server.process.terminate()
    assert [NOT_SERVING] * 2 == [next(one) for one in told]
    assert 0 == server.process.wait(timeout=SECONDS)
    answered = callers.end()
    assert [b"", b""] == [_command(pid) for pid in left]
    return answered


def second_is_refused(data: Path, first: Served) -> None:
    """Assert that another server can't have the port: only processes of one server share it."""
    port = int(first.address.rpartition(":")[2])
    with (
        pytest.raises(AssertionError, match="did not say where it listens"),
        served(data, processes=2, port=port),
    ):
        pass


def test_a_killed_process_is_replaced_and_without_the_committer_nobody_answers(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Others go on, as many as before do again, and one request has one answer.

    The process that commits takes the service with it: health says so, and all that was answered
    is kept.
    """
    with served(tmp_path, processes=2) as server:
        with lines(server.address) as found:
            callers = Callers(found)
            callers.until(30)
            killed = workers(server)[0]
            os.kill(killed, signal.SIGKILL)
            callers.until(30)
            wait_until(lambda: len({*workers(server)} - {killed}) == 2)
            answered = callers.end()
        with lines(server.address) as found:
            decided_once(found)
            left = workers(server)
            told = found[0].watch()
            assert SERVING == next(told)
            callers = Callers(found)
            callers.until(30)
            server.kill()
            assert NOT_SERVING == next(told)
            wait_until(lambda: not any(b"serving.worker" in _command(pid) for pid in left))
            answered += callers.end()
    assert 2 == capfd.readouterr().err.count("error: the process that commits is gone")
    checked(tmp_path, answered)


def decided_once(found: list[Line]) -> None:
    """Assert that a request sent to two processes at once gets one answer, and one record."""
    for _ in range(20):
        request = grocery_request(fresh_id(), fresh_id())
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(lambda line, r=request: line.decide(r), found))
        again = [line.decide(request) for line in found]

        assert 1 == len({r.decision.SerializeToString() for r in (*replies, *again)})
        assert [False, True] == sorted(r.replayed for r in replies)
        assert all(r.replayed for r in again)


def test_a_fault_of_the_committer_ends_the_server(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No answer is given, everybody ends, and the exit code and a line say why."""
    with (
        served(tmp_path, processes=2, program=(sys.executable, str(BROKEN))) as server,
        lines(server.address) as found,
    ):
        with pytest.raises(grpc.RpcError) as refused:
            found[0].decide(grocery_request(fresh_id()))
        assert 3 == server.process.wait(timeout=SECONDS)

    assert grpc.StatusCode.UNAVAILABLE is refused.value.code()
    assert "error: commits have ended: no room\nhelp: " in capfd.readouterr().err
    with closing(SqliteStore(tmp_path / "decisions.sqlite")) as store:
        assert store.decisions(LogQuery()) == ()


def test_changed_rules_and_publications_reach_every_process(tmp_path: Path) -> None:
    """Good ones decide everywhere, bad ones nowhere, and a process that is replaced says so too.

    What is published at one process, and rolled back at another, decides at all.
    """
    people = tmp_path / "people.yaml"
    people.write_text(people_yaml())
    rules = copied_rules(tmp_path)
    offer = rules / "offers" / "cheese.yaml"
    with served(tmp_path / "data", rules=rules, people=people, processes=2) as server:
        with lines(server.address) as found:
            first = found[0].rules().digest
            offer.write_text(offer.read_text().replace("name: ", "name: New ", 1))
            wait_until(lambda: all(line.rules().digest != first for line in found))
            (second,) = {line.rules().digest for line in found}
            offer.write_text("no: offer\n")
            wait_until(lambda: all(line.rules().last_reload.finding_count for line in found))
            assert [NOT_SERVING] * 2 == [line.health(RULES_HEALTH) for line in found]
            os.kill(workers(server)[0], signal.SIGKILL)
            wait_until(lambda: len(workers(server)) == 2)
        with lines(server.address) as found:
            wait_until(lambda: all(line.rules().last_reload.finding_count for line in found))
            assert {NOT_SERVING} == {line.health(RULES_HEALTH) for line in found}
            decide_by(found, second)
            assert [SERVING] * 2 == [line.health() for line in found]
            published = found[0].publish(renamed(load_folder(RULES).documents, "New"))
            decide_by(found, published)
            os.kill(workers(server)[0], signal.SIGKILL)
            wait_until(lambda: len(workers(server)) == 2)
        with lines(server.address) as found:
            decide_by(found, published)
            assert all(line.rules().HasField("publication") for line in found)
            found[1].roll_back(second)
            decide_by(found, second)


def decide_by(found: list[Line], wanted: str) -> None:
    """Assert that the ruleset *wanted* decides at every process, soon."""
    wait_until(lambda: all(line.rules().digest == wanted for line in found))
    decided: decision_pb2.Decision = found[0].decide(grocery_request(fresh_id())).decision
    assert decided.ruleset_digest == wanted
