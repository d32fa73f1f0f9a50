"""The addresses that a server listens on, in one process or several."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from typing import NamedTuple

from sconto.errors import Rejected
from sconto.settings import Address, Settings


class Ports(NamedTuple):
    """Where a server answers; *http* and *metrics* are None when it does not there."""

    grpc: int
    http: int | None
    metrics: int | None = None


def check_exposure(settings: Settings) -> None:
    """Raise Rejected where machines other than this one could call, and nothing says who may."""
    known = settings.tls is not None and (settings.callers or settings.client_ca)
    if settings.trust_network or known:
        return
    lacking = "tokens would travel unencrypted" if settings.callers else "anybody could call"
    for host, port in ((settings.host, settings.port), *filter(None, (settings.http,))):
        if not all(ip_address(str(found[4][0])).is_loopback for found in _addresses(host, port)):
            advice = (
                "listen on 127.0.0.1, give `--tls-certificate`, `--tls-key` and `--callers`, or "
                "say `--trust-network` where something in front of the server sees to it"
            )
            raise Rejected(f"other machines reach `{host}`, and {lacking}", advice)


@contextmanager
def reserved(host: str, port: int) -> Iterator[int]:
    """*port* of *host*, or a free one for 0, for processes of this user to listen on together.

    Raises OSError when somebody else has it, another server of the same user included.
    """
    with ExitStack() as stack:
        try:
            for family, kind, protocol, _, address in _addresses(host, port):
                held = stack.enter_context(socket.socket(family, kind, protocol))
                port = _hold(held, (address[0], port, *address[2:]))
        except OSError as error:
            raise OSError(f"can't listen on `{host}:{port}`") from error
        # Bound but not listening, it gets no calls, and keeps the port while processes change.
        yield port


def bound(address: Address, *, shared: bool) -> list[socket.socket]:
    """Sockets to listen on at *address*; other processes of the server may when *shared*.

    Raises OSError when somebody else has it.
    """
    host, port = address
    with ExitStack() as stack:
        sockets = []
        try:
            for family, kind, protocol, _, found in _addresses(host, port):
                one = stack.enter_context(socket.socket(family, kind, protocol))
                if shared:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                port = _bind(one, (found[0], port, *found[2:]))
                sockets.append(one)
        except OSError as error:
            raise OSError(f"can't listen on `{host}:{port}`") from error
        stack.pop_all()
        return sockets


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str | int, ...]]]:
    found = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return [(*one[:4], one[4]) for one in found]


def _bind(bound: socket.socket, address: tuple[str | int, ...]) -> int:
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    # Calls that ended a minute ago must not keep a server from starting again.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(address)
    port: int = bound.getsockname()[1]
    return port


def _hold(held: socket.socket, address: tuple[str | int, ...]) -> int:
    port = _bind(held, address)
    # From here on only sockets that share on purpose may come beside this one.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return port
