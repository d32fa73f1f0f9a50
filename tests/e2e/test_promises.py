"""What a checkout is promised, kept by a real server process over real restarts."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from sconto.app.audit import find_decision, replays
from sconto.bootstrap import compile_documents
from sconto.store.sqlite import SqliteStore
from sconto.v1 import decision_pb2
from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.served import fresh_id, grocery_request, served

SECONDS = 20


class Shop(NamedTuple):
    """The address of a running server, and its data folder."""

    address: str
    data: Path


def decide(address: str, request: wire.DecideRequest) -> wire.DecideResponse:
    """The reply of the server at *address*."""
    with grpc.insecure_channel(address) as channel:
        return DecisionServiceStub(channel).Decide(request, timeout=SECONDS)


def test_the_same_request_gets_the_same_bytes_after_a_restart(tmp_path: Path) -> None:
    """One record and one reservation, whatever happens between two sendings of a request."""
    request = grocery_request(fresh_id())
    with served(tmp_path) as server:
        first = decide(server.address, request)
        again = decide(server.address, request)
        server.kill()
    with served(tmp_path) as server:
        after = decide(server.address, request)
        refuses_another_body(server.address, request)
        assert 0 == server.stop()

    assert first.decision.discounts
    assert not first.replayed
    assert again.replayed
    assert after.replayed
    stored = first.decision.SerializeToString()
    assert stored == again.decision.SerializeToString() == after.decision.SerializeToString()
    assert 1 == len(logged(tmp_path, first.decision.decision_id))


def refuses_another_body(address: str, request: wire.DecideRequest) -> None:
    """Assert that the server knows the request_id of *request*, and says so in a typed refusal."""
    other = wire.DecideRequest()
    other.CopyFrom(request)
    other.channel = "app"
    with pytest.raises(grpc.RpcError) as refused:
        decide(address, other)

    status = rpc_status.from_call(refused.value)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert ("REQUEST_ID_REUSED", "sconto") == (info.reason, info.domain)


def logged(data: Path, decision_id: str) -> list[str]:
    """The kinds of the log entries about a decision."""
    store = SqliteStore(data / "decisions.sqlite")
    try:
        return [entry.kind for entry in store.history(decision_id)]
    finally:
        store.close()


def test_every_answered_decision_survives_a_kill(tmp_path: Path) -> None:
    """A server killed under concurrent callers: what it answered is in the log and replays."""
    requests = [grocery_request(fresh_id(), f"shopper-{i}") for i in range(60)]
    answered: list[str] = []
    with served(tmp_path) as server, grpc.insecure_channel(server.address) as channel:
        stub = DecisionServiceStub(channel)

        def ask(request: wire.DecideRequest) -> None:
            try:
                answered.append(stub.Decide(request, timeout=SECONDS).decision.decision_id)
            except grpc.RpcError:
                return
            if len(answered) == 20:
                server.process.kill()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, requests))

    store = SqliteStore(tmp_path / "decisions.sqlite")
    try:
        assert 20 <= len(answered)
        for decision_id in answered:
            assert replays(store, find_decision(store, decision_id), compile_documents)
    finally:
        store.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A server for tests that leave it running."""
    data = tmp_path_factory.mktemp("shop")
    with served(data) as server:
        yield Shop(server.address, data)


def test_no_record_means_no_discount(shop: Shop) -> None:
    """A store that can't write answers UNAVAILABLE, and the discount is not given."""
    decide(shop.address, grocery_request(fresh_id()))
    request = grocery_request(fresh_id())
    with closing(sqlite3.connect(shop.data / "decisions.sqlite", timeout=SECONDS)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(grpc.RpcError) as refused:
            decide(shop.address, request)
    retried = decide(shop.address, request)

    assert grpc.StatusCode.UNAVAILABLE is refused.value.code()
    assert not retried.replayed


def test_without_a_model_rules_alone_answer(tmp_path: Path) -> None:
    """The rung and its cause are in the reply, and a discount is still given."""
    with served(tmp_path, model=None) as server:
        reply = decide(server.address, grocery_request(fresh_id()))

    assert decision_pb2.RUNG_RULES_ONLY == reply.decision.rung
    assert decision_pb2.RUNG_CAUSE_MODEL_MISSING == reply.decision.rung_cause
    assert [500] == [d.percent_bp for d in reply.decision.discounts]


def test_a_dry_run_answers_the_same_and_keeps_nothing(shop: Shop) -> None:
    """validate_only goes the same way, reserves nothing and leaves no record."""
    shopper = fresh_id()
    dry = decide(shop.address, grocery_request("", shopper, validate_only=True)).decision
    live = decide(shop.address, grocery_request(fresh_id(), shopper)).decision

    assert "" == dry.decision_id
    assert not dry.HasField("reservation")
    assert dry.discounts == live.discounts
    assert list(dry.line_prices) == list(live.line_prices)
