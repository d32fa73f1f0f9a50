"""SIGTERM to a real server under load: a client that retries as the guide says notices nothing."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import grpc
import pytest

from integration.test_api_load import POLICY
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.served import fresh_id, grocery_request, served

pytestmark = pytest.mark.slow

CALLERS = 16
PATIENCE = 60
"""A call of a client whose server ends takes its retries, and no longer."""


@pytest.mark.parametrize("processes", [1, 2])
async def test_no_call_fails_while_a_server_ends(processes: int, tmp_path: Path) -> None:
    """One of two servers is told to end; every call, before and after, has its answer."""
    outcomes: Counter[str] = Counter()
    ending, staying = tmp_path / "ending", tmp_path / "staying"
    with (
        served(staying) as other,
        served(ending, processes=processes, drain_seconds=0.5) as server,
    ):
        addresses = ",".join(one.address for one in (other, server))
        options = [("grpc.service_config", json.dumps(POLICY))]
        async with grpc.aio.insecure_channel(f"ipv4:{addresses}", options) as channel:
            stub, ended = DecisionServiceStub(channel), asyncio.Event()
            callers = [asyncio.create_task(calling(stub, ended, outcomes)) for _ in range(CALLERS)]
            while outcomes.total() < 4 * CALLERS:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            code = await asyncio.to_thread(server.stop)
            ended.set()
            await asyncio.gather(*callers)

    assert 0 == code
    assert {"OK"} == set(outcomes), outcomes


async def calling(stub: DecisionServiceStub, ended: asyncio.Event, outcomes: Counter[str]) -> None:
    """Decide again and again until *ended*, and count what comes of it."""
    while not ended.is_set():
        outcomes[await outcome_of(stub)] += 1


async def outcome_of(stub: DecisionServiceStub) -> str:
    """OK, or what a fresh decision fails with."""
    try:
        await stub.Decide(grocery_request(fresh_id()), timeout=PATIENCE)
    except grpc.aio.AioRpcError as error:
        return f"{error.code().name}: {error.details()}"
    return "OK"
