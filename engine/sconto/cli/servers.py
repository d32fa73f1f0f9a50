"""The servers that a command calls, and how they know who calls: options, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import click

from sconto.cli.options import FILE, address, option
from sconto.errors import Rejected, Unavailable

if TYPE_CHECKING:
    from sconto.client import Identity

_CallableT = TypeVar("_CallableT", bound=Callable[..., Any])

_META: Final = "sconto.credentials"
_HELP: Final = {
    "ca": "Call over TLS, and trust servers with a certificate that these authorities signed.",
    "client_certificate": "Show this chain of certificates, in PEM; with --client-key.",
    "client_key": "The key of that certificate, in PEM.",
    "token_file": "Send the token in this file, a JWT.",
}


class Credentials(NamedTuple):
    """What the options of the running command say."""

    ca: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    token_file: Path | None = None

    @property
    def tls(self) -> bool:
        """Whether to call over TLS."""
        return bool(self.ca or self.client_certificate)

    def identity(self, server: str) -> Identity:
        """How to call *server*.

        Raises Rejected where others could read the token, and for half of a certificate.
        """
        from sconto.client import Identity

        if bool(self.client_certificate) is not bool(self.client_key):
            message = "a certificate and its key go together"
            raise Rejected(message, "give both `--client-certificate` and `--client-key`")
        paths = (self.ca, self.client_certificate, self.client_key)
        ca, certificate, key = (_read(path) if path else None for path in paths)
        if self.token_file is None:
            return Identity(ca, certificate, key)
        if not self.tls and not _is_here(server):
            message = f"the token would travel to `{server}` unencrypted"
            raise Rejected(message, "give `--ca`, the authorities of the server's certificate")
        token = _read(self.token_file).decode("ascii", "replace").strip()
        return Identity(ca, certificate, key, lambda: token)


def current_credentials() -> Credentials:
    """The credentials of the command that runs; none outside of one."""
    context = click.get_current_context(silent=True)
    return Credentials(**context.meta.get(_META, {})) if context else Credentials()


def _calling(function: _CallableT) -> _CallableT:
    """Give a command that calls servers the options of Credentials.

    `current_credentials` has their values.
    """
    for name in reversed(Credentials._fields):
        flag = f"--{name.replace('_', '-')}"
        add = option(
            flag,
            type=FILE,
            envvar=f"SCONTO_{name.upper()}",
            expose_value=False,
            callback=partial(_keep, name),
            help=_HELP[name],
        )
        function = add(function)
    return function


def _keep(name: str, context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta.setdefault(_META, {})[name] = value


def _addresses(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    for value in values:
        address(ctx, param, value)
    return values


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"can't read `{path}`: {(error.strerror or 'it can not be opened').lower()}"
        raise Unavailable(message, "check the path") from error


def _is_here(server: str) -> bool:
    host = server.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _server(**settings: Any) -> Callable[[_CallableT], _CallableT]:
    named = option("--server", callback=address, metavar="HOST:PORT", **settings)
    return lambda function: named(_calling(function))


def _servers(**settings: Any) -> Callable[[_CallableT], _CallableT]:
    named = option(
        "--server",
        "servers",
        multiple=True,
        callback=_addresses,
        metavar="HOST:PORT",
        help="A running server; repeat it for several.",
        **settings,
    )
    return lambda function: named(_calling(function))


SERVER = _server(help="Ask this running server instead of reading files.")
"""A server, where files can be read instead."""

REQUIRED_SERVER = _server(required=True, help="The running server.")
"""The server, for a command that needs one."""

SERVERS = _servers()
"""Several servers."""

REQUIRED_SERVERS = _servers(required=True)
"""At least one server."""
