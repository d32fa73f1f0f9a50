"""The address that several processes of one server listen on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


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


def _addresses(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str | int, ...]]]:
    found = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return [(*one[:4], one[4]) for one in found]


def _hold(held: socket.socket, address: tuple[str | int, ...]) -> int:
    if held.family == socket.AF_INET6:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    # Calls that ended a minute ago must not keep a server from starting again ...
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(address)
    # ... but afterwards only sockets that share on purpose may come beside this one.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    port: int = held.getsockname()[1]
    return port
