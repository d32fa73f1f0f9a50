"""The HTTP server: uvicorn on sockets that are bound already, without its signals and its log."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections.abc import Sequence
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sconto.api.access import CERTIFICATE_NAMES
from sconto.api.http.door import HttpDoor

HEAD_SECONDS: Final = 10
"""A connection that sends no whole head in this time is closed."""

MAX_CONNECTIONS: Final = 2_000
"""More at once are closed as they come: each may hold a body."""


class Connection(H11Protocol):
    """uvicorn's, which would wait for ever for the head of a request, on any number of them."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait, or close what is one too many."""
        super().connection_made(transport)
        if certificate := transport.get_extra_info("peercert"):
            names = [name for _, name in certificate.get("subjectAltName", ())]
            self.app_state = {**self.app_state, CERTIFICATE_NAMES: names}
        if len(self.connections) > _most_connections():
            transport.abort()
        else:
            self._await_head()

    def on_response_complete(self) -> None:
        """Wait for the next head."""
        super().on_response_complete()
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        super().connection_lost(exc)
        if self._waiting:
            self._waiting.cancel()

    def _await_head(self) -> None:
        if self._waiting:
            self._waiting.cancel()
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        cycle: Any = self.cycle  # None before the first request, whatever its annotation says.
        if cycle is None or cycle.response_complete:
            self.timeout_keep_alive_handler()


def _most_connections() -> int:
    """So many that half of the files that this process may open are left for all else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // 2)


class HttpServer:
    """A server that answers *door* on *sockets*; `port` is where."""

    def __init__(
        self,
        door: HttpDoor,
        sockets: Sequence[socket.socket],
        grace_seconds: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.port: int = sockets[0].getsockname()[1]
        self._door = door
        self._sockets = [*sockets]
        config = uvicorn.Config(
            door,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(grace_seconds)),
        )
        config.load()
        config.ssl = tls
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)

    async def start(self) -> None:
        """Answer from now on."""
        # Not `serve`: it takes the signals of the process, which are for both doors.
        await self._server.startup(sockets=self._sockets)
        self._ticking = asyncio.create_task(self._server.main_loop())

    def tell(self, *, serving: bool) -> None:
        """Have health say whether calls can be answered."""
        self._door.serving = serving

    def drain(self) -> None:
        """Have health say NOT_SERVING from now on."""
        self._door.draining = True

    async def stop(self) -> None:
        """Let calls in flight end, then close everything."""
        self._door.end()
        self._server.should_exit = True
        await self._ticking
        await self._server.shutdown(sockets=self._sockets)


async def start_http(
    door: HttpDoor,
    sockets: Sequence[socket.socket],
    grace_seconds: float,
    tls: ssl.SSLContext | None,
) -> HttpServer:
    """Start answering *door* on *sockets*, which are bound, over *tls* where there is some."""
    server = HttpServer(door, sockets, grace_seconds, tls)
    await server.start()
    return server
