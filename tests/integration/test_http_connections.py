"""Connections of the HTTP door that send little, late or nothing, and its end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from google.protobuf import json_format
from google.rpc.status_pb2 import Status

from integration.test_http import DECIDE, BothDoors, SlowStore, both_doors
from unit.api.door import AT_ONCE, SECONDS
from unit.api.requests import request

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_BODY = (
    f"POST {DECIDE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Content-Length: 100\r\n\r\n{"
).encode()
FOR_EVER = 3_600


async def opened(
    doors: BothDoors, sent: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that sends *sent*, and then nothing."""
    reader, writer = await asyncio.open_connection("127.0.0.1", doors.port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes the connection."""
    try:
        return await asyncio.wait_for(reader.read(), SECONDS)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("sent", [b"", b"POST /x HT"])
async def test_a_connection_without_a_whole_head_is_closed(
    sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing or a part of one has come."""
    monkeypatch.setattr("sconto.api.http.listen.HEAD_SECONDS", 0.05)
    async with both_doors() as doors:
        reader, writer = await opened(doors, sent)
        came = await rest(reader)
        writer.close()

    assert came == b""


async def test_a_connection_without_a_second_whole_head_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came before was answered, and the time begins anew."""
    monkeypatch.setattr("sconto.api.http.listen.HEAD_SECONDS", FOR_EVER)
    async with both_doors() as doors:
        reader, writer = await opened(doors, HEALTH)
        await reader.readuntil(b"}")
        monkeypatch.setattr("sconto.api.http.listen.HEAD_SECONDS", 0.05)
        writer.write(HEALTH)
        came = await reader.readuntil(b"}")
        writer.write(b"POST /x HT")
        ended = await rest(reader)
        writer.close()

    assert came.startswith(b"HTTP/1.1 200 ")
    assert ended == b""


async def test_a_slow_call_is_not_taken_for_a_connection_without_a_head() -> None:
    """It may take longer than a head."""
    store = SlowStore()
    async with both_doors(store=store) as doors:
        call = asyncio.create_task(doors.send(DECIDE, request()))
        await store.asked.wait()
        assert doors.grpc.server._http is not None
        for connection in [*doors.grpc.server._http._server.server_state.connections]:
            connection._give_up()
        store.told.set()

        assert 200 == (await call).status


@pytest.mark.parametrize(("most", "files"), [(2, 1_000), (1_000, 4)])
async def test_connections_beyond_the_limit_are_closed(
    most: int, files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the process's files are left for gRPC and the log; others find room again."""
    monkeypatch.setattr("sconto.api.http.listen.HEAD_SECONDS", FOR_EVER)
    monkeypatch.setattr("sconto.api.http.listen.MAX_CONNECTIONS", most)
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    async with both_doors() as doors:
        kept = [await opened(doors, b"") for _ in range(2)]
        reader, writer = await opened(doors, b"")
        assert await rest(reader) == b""
        writer.close()
        for _, writer in kept:
            writer.close()
            await writer.wait_closed()
        assert doors.grpc.server._http is not None
        while doors.grpc.server._http._server.server_state.connections:  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0)

        assert 200 == (await doors.send("/healthz", verb="GET")).status


async def waiting(doors: BothDoors) -> None:
    """Return when the server waits for a body."""
    assert doors.grpc.server._http is not None
    while not doors.grpc.server._http._door._bodies:  # noqa: ASYNC110 - nor has the door
        await asyncio.sleep(0)


async def test_half_a_body_does_not_take_the_place_of_a_call() -> None:
    """A whole request is answered, however many are waited for."""
    async with both_doors(settings=replace(AT_ONCE, max_concurrent_calls=1)) as doors:
        _, writer = await opened(doors, HALF_BODY)
        await waiting(doors)
        answer = await doors.send(DECIDE, request())
        writer.close()

    assert 200 == answer.status


async def test_half_a_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a status of HTTP's own, and gRPC's in the body."""
    monkeypatch.setattr("sconto.api.http.door.READ_SECONDS", 0.05)
    async with both_doors() as doors:
        reader, writer = await opened(doors, HALF_BODY)
        head, body = (await rest(reader)).split(b"\r\n\r\n", 1)
        writer.close()

    assert head.startswith(b"HTTP/1.1 408 ")
    assert 4 == json_format.Parse(body, Status()).code


async def test_half_a_body_does_not_hold_a_server_that_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told that nothing happened, long before the grace of calls is over."""
    monkeypatch.setattr("sconto.api.http.door.READ_SECONDS", FOR_EVER)
    monkeypatch.setattr("sconto.api.http.door.LAST_READ_SECONDS", 0.05)
    async with both_doors(settings=replace(AT_ONCE, grace_seconds=FOR_EVER)) as doors:
        reader, writer = await opened(doors, HALF_BODY)
        await waiting(doors)
        await asyncio.wait_for(doors.grpc.server.drain(), SECONDS)
        head, body = (await rest(reader)).split(b"\r\n\r\n", 1)
        writer.close()

    assert head.startswith(b"HTTP/1.1 503 ")
    assert 14 == json_format.Parse(body, Status()).code


async def test_a_call_that_outlives_the_grace_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    """By a status of gRPC, and without a traceback in the log."""
    store = SlowStore()
    async with both_doors(store=store, settings=replace(AT_ONCE, grace_seconds=0)) as doors:
        call = asyncio.create_task(doors.send(DECIDE, request()))
        await store.asked.wait()
        await doors.grpc.server.drain()
        answer = await call

    assert (499, 1) == (answer.status, answer.error().code)
    assert not [record for record in caplog.records if record.exc_info]
