"""A server in a process of its own, for demonstrations and benchmarks."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

from sconto.errors import ScontoError, Unavailable
from sconto.settings import Settings

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
ADVICE: Final = "check the paths and options given"


@contextmanager
def running_server(settings: Settings) -> Iterator[int]:
    """The port of a server on *settings*, drained and stopped on the way out."""
    context = multiprocessing.get_context("spawn")
    local, remote = context.Pipe()
    process = context.Process(target=_serve, args=(settings, remote), name="sconto-server")
    process.start()
    remote.close()
    try:
        yield _port(local)
    finally:
        process.terminate()
        process.join(STOP_SECONDS)


def _port(local: Connection) -> int:
    """The port the server listens on; raises Unavailable when it could not start."""
    if not local.poll(START_SECONDS):
        raise Unavailable(f"the server did not start within {START_SECONDS:.0f} s", ADVICE)
    try:
        port: int | str = local.recv()
    except EOFError:
        port = "the server stopped while it started"
    if isinstance(port, str):
        raise Unavailable(port, ADVICE)
    return port


def _serve(settings: Settings, remote: Connection) -> None:
    from sconto.serving.run import run_server  # noqa: PLC0415 - only the server's process needs it

    try:
        run_server(settings, lambda ports: remote.send(ports.grpc))
    except (ScontoError, OSError) as error:
        remote.send(str(error))
