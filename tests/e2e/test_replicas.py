"""Servers that share a PostgreSQL database: one log, one truth, and none without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from sconto.offline.copying import check_database
from sconto.store.postgres.store import PostgresStore
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.postgres import database, shared
from support.served import Served, fresh_id, grocery_request, served

SECONDS = 30
SERVING = health_pb2.HealthCheckResponse.SERVING


class Replica:
    """One of the servers, and a connection to it."""

    def __init__(self, server: Served, channel: grpc.Channel) -> None:
        self.server = server
        self._decisions = DecisionServiceStub(channel)
        self._health = health_pb2_grpc.HealthStub(channel)

    def decide(self, request_id: str, shopper: str = "card-1") -> bytes:
        """The bytes of the decision that it answers with."""
        reply = self._decisions.Decide(grocery_request(request_id, shopper), timeout=SECONDS)
        return bytes(reply.decision.SerializeToString(deterministic=True))

    def serves(self) -> bool:
        """What health says."""
        asked = health_pb2.HealthCheckRequest()
        return bool(self._health.Check(asked, timeout=SECONDS).status == SERVING)


@pytest.fixture
def url() -> Iterator[str]:
    """A database with an empty store."""
    with database() as made:
        yield made


@pytest.fixture
def replicas(url: str, tmp_path: Path) -> Iterator[list[Replica]]:
    """A server of one process and one of two."""
    with ExitStack() as stack:
        made = []
        for n in (1, 2):
            one = stack.enter_context(served(tmp_path / str(n), store=url, model=None, processes=n))
            channel = stack.enter_context(grpc.insecure_channel(one.address))
            made.append(Replica(one, channel))
        yield made


def within(seconds: float, true: Callable[[], bool]) -> None:
    """Return once *true* holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_replicas_answer_as_one(url: str, replicas: list[Replica]) -> None:
    """Of the same requests at both each is decided once; without the database none is.

    Health says so, and that all is well again; and what one did before it was killed is kept.
    """
    ids = [fresh_id() for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        asked = [(r, i, f"card-{n % 5}") for n, i in enumerate(ids) for r in replicas]
        replies = list(pool.map(lambda one: one[0].decide(*one[1:]), asked))
    assert replies[::2] == replies[1::2]
    first, second = replicas

    shared().stop()
    with pytest.raises(grpc.RpcError) as refused:
        first.decide(fresh_id())
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    for one in replicas:
        within(SECONDS, lambda one=one: not one.serves())
    shared().start()
    for one in replicas:
        within(SECONDS, one.serves)

    first.server.kill()
    assert replies[0] == second.decide(ids[0], "card-0")
    assert second.server.stop() == 0
    with closing(PostgresStore(url)) as store:
        assert store.newest_seq() == len(ids)
    assert check_database(url)[0] == ()
