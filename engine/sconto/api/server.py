"""The running server: the services over gRPC and, where asked for, HTTP; and a quiet end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from sconto.api.access import Access
from sconto.api.decide_stream import DecideStream
from sconto.api.endpoint import MAX_REQUEST_BYTES
from sconto.api.in_flight import InFlight
from sconto.api.tenants import Services, Tenants
from sconto.api.tls import Certificates

if TYPE_CHECKING:
    from sconto.api.http.listen import HttpServer

CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
    # Finds dead peers behind load balancers that forget idle connections after minutes.
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Clients may ping this often, also between baskets; faster is answered with GOAWAY.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
    # gRPC drops calls above these at random, as CANCELLED; ours are counted, and told why.
    ("grpc.server.max_pending_requests", 16_384),
    ("grpc.server.max_pending_requests_hard_limit", 32_768),
    # New replicas get their share of long-lived connections (gRFC A9); calls in flight may end.
    ("grpc.max_connection_age_ms", 1_200_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
)

MOST_CALLS: Final = 1_000
"""At once through one door."""

RULES_HEALTH: Final = "sconto.v1.Rules"
"""Health's name for the rules: NOT_SERVING while what should be in force is not, of any tenant."""

_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server listens and stops. *port* 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    shared_port: bool = False
    """Whether other processes of the same server listen there too. A second server on the port
    would be a mistake, silently sharing the traffic."""
    http_sockets: Sequence[socket.socket] = ()
    """Bound sockets on which the methods are answered over HTTP too; none: they are not."""
    access: Access | None = None
    """Who may call what; None lets everybody."""
    certificates: Certificates | None = None
    """What both doors show; None answers without encryption."""
    max_concurrent_calls: int = MOST_CALLS
    """More at once through one door are refused as RESOURCE_EXHAUSTED, rather than all of them
    being slow."""
    reflection: bool = True
    drain_seconds: float = 0.5
    """Between saying NOT_SERVING and refusing calls, so that load balancers can notice; and again
    before connections end, so that whoever calls all the same is refused in good order."""
    grace_seconds: float = 10.0
    """What calls in flight get to end."""


class RunningServer:
    """A server that answers; `port` is where, and `http_port` where over HTTP, if it does."""

    def __init__(
        self,
        server: grpc.aio.Server,
        port: int,
        health: health_aio.HealthServicer,
        settings: ServerSettings,
        http: HttpServer | None,
        services: Services,
        in_flight: InFlight,
        tenants: Tenants,
    ) -> None:
        self._right_rules: dict[str, bool] = {}
        self._working = dict.fromkeys(tenants.names, True)
        self.port = port
        self.http_port = http.port if http else None
        self._server = server
        self._health = health
        self._settings = settings
        self._http = http
        self._services = services
        self._streams = [
            m for methods in services.values() for m in methods if isinstance(m, DecideStream)
        ]
        self._in_flight = in_flight

    async def tell_rules(self, tenant: str, well: bool) -> None:
        """Say by health whether the right rules decide, of every tenant; calls are answered."""
        self._right_rules[tenant] = well
        right = all(self._right_rules.values())
        await self._health.set(RULES_HEALTH, _SERVING if right else _NOT_SERVING)

    async def tell_store(self, tenant: str, works: bool) -> None:
        """Say by health whether the store of any tenant works; calls are tried either way."""
        self._working[tenant] = works
        # Traffic that is taken away is that of all of them.
        works = any(self._working.values())
        if self._http:
            self._http.tell(serving=works)
        for name in ("", *self._services):
            await self._health.set(name, _SERVING if works else _NOT_SERVING)

    async def drain(self) -> None:
        """Say NOT_SERVING, wait, let calls in flight end, stop; afterwards nothing runs."""
        if self._http:
            self._http.drain()
        await self._health.enter_graceful_shutdown()
        await asyncio.sleep(self._settings.drain_seconds)
        for stream in self._streams:
            stream.end()
        stopping = [self._stop()]
        if self._http:
            stopping.append(self._http.stop())
        await asyncio.gather(*stopping)

    async def _stop(self) -> None:
        begun = asyncio.get_running_loop().time()
        await self._in_flight.end(self._settings.grace_seconds)
        # gRPC cuts off calls that come between its end and the client's learning of it, as
        # CANCELLED, which no client tries again. So those that come now are told after that.
        pause = self._settings.drain_seconds
        await asyncio.sleep(pause)
        waited = asyncio.get_running_loop().time() - begun
        grace = max(2 * pause, self._settings.grace_seconds - waited)
        stopping = asyncio.ensure_future(self._server.stop(grace))
        await asyncio.sleep(pause / 2)
        self._in_flight.told.set()
        await stopping


async def start_server(tenants: Tenants, settings: ServerSettings) -> RunningServer:
    """Have *tenants* answer on the host and port of *settings*, and on its HTTP sockets.

    Raises OSError when the address can't be had.
    """
    server = grpc.aio.server(
        options=(*CHANNEL_OPTIONS, ("grpc.so_reuseport", int(settings.shared_port)))
    )
    in_flight = InFlight(settings.max_concurrent_calls)
    services, access = tenants.services(), settings.access
    for name, endpoints in services.items():
        handlers = {
            e.name: e.handler(in_flight, access.to(f"{name}/{e.name}") if access else None)
            for e in endpoints
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
    health = await _add_health(server, (*services, RULES_HEALTH))
    if settings.reflection:
        names = (*services, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
        reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server)
    port = _bind(server, f"{settings.host}:{settings.port}", settings.certificates)
    await server.start()
    http = None
    if settings.http_sockets:
        http = await _start_http(services, tenants, settings)
    return RunningServer(server, port, health, settings, http, services, in_flight, tenants)


async def _start_http(services: Services, tenants: Tenants, settings: ServerSettings) -> HttpServer:
    # Only here: it needs an extra.
    from sconto.api.http.door import HttpDoor  # noqa: PLC0415
    from sconto.api.http.listen import start_http  # noqa: PLC0415

    door = HttpDoor(services, tenants.offer_name, settings.max_concurrent_calls, settings.access)
    tls = settings.certificates.for_http() if settings.certificates else None
    return await start_http(door, settings.http_sockets, settings.grace_seconds, tls)


async def _add_health(server: grpc.aio.Server, names: tuple[str, ...]) -> health_aio.HealthServicer:
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    for name in ("", *names):
        await health.set(name, _SERVING)
    return health


def _bind(server: grpc.aio.Server, address: str, certificates: Certificates | None) -> int:
    try:
        if certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, certificates.for_grpc())
    except RuntimeError as error:
        raise OSError(f"can't listen on `{address}`") from error
