"""A server without a free file handle: UNAVAILABLE, health says so, and it recovers by itself."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from fault.test_disk import NOT_SERVING, Client, all_unavailable, is_sound, recovers, wait_until
from support.served import served

pytestmark = pytest.mark.slow

NONE_FREE = 3
"""Below what is open already: nothing more can be opened."""


@contextmanager
def no_handles(pid: int) -> Iterator[None]:
    """Let the process *pid* open nothing while the block lasts."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (NONE_FREE, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def test_no_file_handle_is_free(tmp_path: Path) -> None:
    """Not even the first call, which opens files that later ones don't, ends in INTERNAL."""
    with served(tmp_path) as server:
        client = Client(server)
        with client.channel:
            client.health()
            with no_handles(server.process.pid):
                first = client.failure()
                assert first is None or first.code() is grpc.StatusCode.UNAVAILABLE, first
                assert first is None or "STORE_UNAVAILABLE" == reason_of(first)
                wait_until(lambda: client.health() == NOT_SERVING)
                all_unavailable(client)
            recovers(client)
            assert 0 == server.stop()
    is_sound(tmp_path)


def reason_of(failure: grpc.RpcError) -> str:
    """What a program is told of *failure*."""
    status, info = rpc_status.from_call(failure), ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return info.reason
