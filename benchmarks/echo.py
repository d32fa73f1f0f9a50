"""A bare gRPC server beside which Decide is measured: the same options, bytes in, bytes out."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any, Final

import grpc
import uvloop

from sconto.api.server import CHANNEL_OPTIONS, ServerSettings
from sconto.serving.address import reserved

METHOD: Final = "/sconto.benchmarks.Echo/Echo"
START_SECONDS: Final = 60.0


@contextmanager
def echo_server(replies: Sequence[bytes], processes: int = 1) -> Iterator[int]:
    """The port of *processes* that answer every call with the next of *replies*."""
    context = multiprocessing.get_context("spawn")
    with reserved(ServerSettings().host, 0) as port, ExitStack() as stack:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(tuple(replies), port, theirs))
            process.start()
            stack.callback(process.join)
            stack.callback(process.terminate)
            if not ours.poll(START_SECONDS):
                raise TimeoutError("the echo server did not start")
            ours.recv()
        yield port


def _serve(replies: Sequence[bytes], port: int, theirs: Connection) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_answer(replies, port, theirs))


async def _answer(replies: Sequence[bytes], port: int, theirs: Connection) -> None:
    following = cycle(replies)

    async def echo(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        del request, context
        return next(following)

    listening = ServerSettings()
    server = grpc.aio.server(
        options=(*CHANNEL_OPTIONS, ("grpc.so_reuseport", 1)),
        maximum_concurrent_rpcs=listening.max_concurrent_calls,
    )
    service, _, name = METHOD.strip("/").partition("/")
    handlers: dict[str, Any] = {name: grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    server.add_insecure_port(f"{listening.host}:{port}")
    await server.start()
    # As the real server does once it is built.
    gc.collect()
    gc.freeze()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    theirs.send(None)
    await stop.wait()
    await server.stop(0)
