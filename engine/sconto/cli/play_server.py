"""A Sconto server in a process of its own, for as long as somebody plays with it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Final

import click

from sconto.errors import ScontoError
from sconto.settings import Settings

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0


@contextmanager
def running_server(settings: Settings) -> Iterator[int]:
    """The port of a server on *settings*, drained and stopped on the way out."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(settings, theirs), name="sconto-server")
    process.start()
    theirs.close()
    try:
        yield _port(ours)
    finally:
        process.terminate()
        process.join(STOP_SECONDS)


def _port(ours: Connection) -> int:
    """The port the server says it listens on; its own words when it could not start."""
    if not ours.poll(START_SECONDS):
        raise click.ClickException(f"the server did not start within {START_SECONDS:.0f} s")
    try:
        port: int | str = ours.recv()
    except EOFError:
        port = "the server stopped while it started"
    if isinstance(port, str):
        raise click.ClickException(port)
    return port


def _serve(settings: Settings, theirs: Connection) -> None:
    from sconto.serving.run import run_server  # noqa: PLC0415 - only the server's process needs it

    try:
        run_server(settings, theirs.send)
    except (ScontoError, OSError) as error:
        theirs.send(str(error))
