"""A disk that fails, hangs or is full: callers get UNAVAILABLE soon, and health says so."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.faulty import failing
from support.served import SCONTO, Served, fresh_id, grocery_request, served

pytestmark = pytest.mark.slow

PATIENCE = 60
AT_MOST = 10
"""Seconds in which every call must have an answer, whatever the disk does."""
CALLERS = 16
LOG = "decisions.sqlite"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
HEALTH_SECONDS = 1.0


class Client:
    """A connection to the server."""

    def __init__(self, server: Served) -> None:
        self.channel = grpc.insecure_channel(server.address)
        self._decisions = DecisionServiceStub(self.channel)
        self._health = health_pb2_grpc.HealthStub(self.channel)

    def decide(self) -> wire.DecideResponse:
        """A fresh decision."""
        request = grocery_request(fresh_id())
        reply: wire.DecideResponse = self._decisions.Decide(request, timeout=AT_MOST)
        return reply

    def failure(self) -> grpc.RpcError | None:
        """What a fresh decision fails with."""
        try:
            self.decide()
        except grpc.RpcError as error:
            return error
        return None

    def health(self, name: str = "") -> int:
        """What health says of *name*, at once."""
        asked = health_pb2.HealthCheckRequest(service=name)
        return int(self._health.Check(asked, timeout=HEALTH_SECONDS).status)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Served, Client]]:
    """The folder of one server, which gets over every fault, the server and a connection to it."""
    data = tmp_path_factory.mktemp("data")
    with serving(data) as (server, client):
        yield data, server, client
        assert 0 == server.stop()
    is_sound(data)


@contextmanager
def serving(data: Path, processes: int = 1) -> Iterator[tuple[Served, Client]]:
    """A server over *data* that has answered, and a connection to it."""
    with served(data, processes=processes) as server:
        client = Client(server)
        with client.channel:
            client.decide()
            yield server, client


def wait_until(true: Callable[[], object]) -> None:
    """Return once *true* holds."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def all_unavailable(client: Client) -> None:
    """Many calls at once end soon in UNAVAILABLE that a program can read."""
    with ThreadPoolExecutor(CALLERS) as callers:
        failures = list(callers.map(lambda _: client.failure(), range(CALLERS)))
    for failure in failures:
        assert failure is not None, "a call was answered that could not be recorded"
        assert failure.code() is grpc.StatusCode.UNAVAILABLE, failure
        status = rpc_status.from_call(failure)
        assert status is not None
        info, retry = ErrorInfo(), RetryInfo()
        assert status.details[0].Unpack(info)
        assert status.details[1].Unpack(retry)
        assert info.reason == "STORE_UNAVAILABLE"


def recovers(client: Client) -> None:
    """The same server answers again by itself."""
    wait_until(lambda: client.health() == SERVING)
    assert client.decide().decision.decision_id


def is_sound(data: Path) -> None:
    """The store's file has no contradiction."""
    with closing(SqliteStore(data / LOG)) as store:
        assert store.discrepancies() == ()


FAULTS = {
    "no lock can be had": ("fcntl", "error=EIO", (f"{LOG}-shm",)),
    "the disk fails": ("fdatasync", "error=EIO", ()),
    "the disk is full": ("pwrite64", "error=ENOSPC", ()),
    "the disk is read-only": ("pwrite64", "error=EROFS", ()),
    "the disk hangs": ("fdatasync", "delay_enter=6s", ()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_disk(fault: str, running: tuple[Path, Served, Client]) -> None:
    """Calls end in UNAVAILABLE, health says NOT_SERVING, and both end with the fault."""
    call, how, files = FAULTS[fault]
    data, server, client = running
    with failing(server.process.pid, call, how, *(data / f for f in files)):
        all_unavailable(client)
        wait_until(lambda: client.health() == NOT_SERVING)
        assert client.health("sconto.v1.DecisionService") == NOT_SERVING
        all_unavailable(client)
    recovers(client)
    is_sound(data)


def test_a_fault_of_the_process_that_commits(tmp_path: Path) -> None:
    """The processes that answer learn of it, and that it is over."""
    with serving(tmp_path, processes=2) as (server, client):
        with failing(server.process.pid, "fdatasync", "error=EIO"):
            all_unavailable(client)
            wait_until(lambda: client.health() == NOT_SERVING)
        recovers(client)
        assert 0 == server.stop()
    is_sound(tmp_path)


def test_somebody_holds_the_lock(running: tuple[Path, Served, Client]) -> None:
    """A backup that locks the log for good makes calls end, and the server recovers after it."""
    data, _, client = running
    with closing(sqlite3.connect(data / LOG, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        all_unavailable(client)
        wait_until(lambda: client.health() == NOT_SERVING)
    recovers(client)
    is_sound(data)


def test_no_more_may_be_written(running: tuple[Path, Served, Client]) -> None:
    """A limit on the size of files is a full disk."""
    data, server, client = running
    pid, before = server.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    all_unavailable(client)
    wait_until(lambda: client.health() == NOT_SERVING)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    recovers(client)
    is_sound(data)


def test_an_entry_is_lost_while_the_server_runs(running: tuple[Path, Served, Client]) -> None:
    """A write that the disk dropped is found and named; nothing is answered from what is left."""
    data, _, client = running
    for _ in range(5):
        client.decide()
    with closing(sqlite3.connect(data / LOG)) as other:
        (kept,) = other.execute("SELECT record FROM log WHERE seq = 3").fetchone()
        other.execute("UPDATE log SET record = zeroblob(9) WHERE seq = 3")
        other.commit()
        wait_until(lambda: client.health() == NOT_SERVING)
        all_unavailable(client)
        assert "entry 3 of the log is damaged" in str(client.failure())
        assert "entry 3 of the log is damaged" in checked(data, 1)
        other.execute("UPDATE log SET record = ? WHERE seq = 3", (kept,))
        other.commit()
    recovers(client)
    assert checked(data, 0).endswith(": nothing is wrong\n")


def test_a_page_is_overwritten(tmp_path: Path) -> None:
    """The server says NOT_SERVING within seconds, and the check names the table."""
    with serving(tmp_path) as (server, client):
        for _ in range(40):
            client.decide()
        assert 0 == server.stop()
    with closing(sqlite3.connect(tmp_path / LOG)) as file:
        (size,) = file.execute("PRAGMA page_size").fetchone()
        find = "SELECT pageno FROM dbstat WHERE name = 'log' AND pagetype = 'leaf'"
        leaves = file.execute(find).fetchall()
    ((page,),) = leaves[5:6]
    with (tmp_path / LOG).open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(bytes(size))
    with served(tmp_path) as server, Client(server).channel:
        client = Client(server)
        wait_until(lambda: client.health() == NOT_SERVING)
        all_unavailable(client)
    assert "`log`" in checked(tmp_path, 1)


def checked(data: Path, code: int) -> str:
    """What `sconto store check` says of *data*, with the exit code *code*."""
    command = [SCONTO, "store", "check", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert code == done.returncode, done.stderr
    return done.stdout
