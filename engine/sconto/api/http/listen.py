"""The HTTP server: uvicorn on sockets that are bound already, without its signals and its log."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Mapping, Sequence

import uvicorn

from sconto.api.endpoint import Method
from sconto.api.http.agents import NameOf
from sconto.api.http.door import HttpDoor


class HttpServer:
    """A server that answers *door* on *sockets*; `port` is where."""

    def __init__(
        self, door: HttpDoor, sockets: Sequence[socket.socket], grace_seconds: float
    ) -> None:
        self.port: int = sockets[0].getsockname()[1]
        self._door = door
        self._sockets = [*sockets]
        config = uvicorn.Config(
            door,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(grace_seconds)),
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def start(self) -> None:
        """Answer from now on."""
        # Not `serve`: it takes the signals of the process, which are for both doors.
        await self._server.startup(sockets=self._sockets)
        self._ticking = asyncio.create_task(self._server.main_loop())

    def drain(self) -> None:
        """Have health say NOT_SERVING."""
        self._door.draining = True

    async def stop(self) -> None:
        """Let calls in flight end, then close everything."""
        self._server.should_exit = True
        await self._ticking
        await self._server.shutdown(sockets=self._sockets)


async def start_http(
    services: Mapping[str, Iterable[Method]],
    sockets: Sequence[socket.socket],
    name_of: NameOf,
    max_concurrent_calls: int,
    grace_seconds: float,
) -> HttpServer:
    """Start answering the methods of *services* on *sockets*, which are bound; see HttpDoor."""
    server = HttpServer(HttpDoor(services, name_of, max_concurrent_calls), sockets, grace_seconds)
    await server.start()
    return server
