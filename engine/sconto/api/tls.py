"""TLS of both doors: a certificate and its key, and the authority that signs those of callers."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import grpc
from cryptography import x509

from sconto.app.ports import Clock
from sconto.app.renewed import Renewed
from sconto.errors import Unavailable
from sconto.files import read_private, states_of
from sconto.settings import TlsFiles

ADVICE: Final = "name a chain of certificates and its key, both in PEM, the key without passphrase"


class Certificate(NamedTuple):
    """A certificate with its key, as each door takes it."""

    grpc: grpc.ServerCertificateConfiguration
    http: ssl.SSLContext


class Certificates:
    """The certificate in *files*, taken again when they change.

    Raises Unavailable when it can't be used: it must be valid by *clock* and fit its key.
    """

    def __init__(self, files: TlsFiles, clock: Clock) -> None:
        read = partial(_read, files, clock)
        self.renewed = Renewed("TLS certificate", partial(states_of, (*filter(None, files),)), read)
        self._of_callers = files.client_ca is not None

    def for_grpc(self) -> grpc.ServerCredentials:
        """What a gRPC server listens with."""
        first = self.renewed.current
        fetch = self._newer_than(first)
        # grpc takes None for "no change"; its stubs don't know.
        return grpc.dynamic_ssl_server_credentials(
            first.grpc,
            fetch,  # type: ignore[arg-type]
            self._of_callers,
        )

    def for_http(self) -> ssl.SSLContext:
        """What an HTTP server listens with."""
        context = self.renewed.current.http

        def show_newest(connection: ssl.SSLObject, _name: str | None, _context: Any) -> None:
            connection.context = self.renewed.current.http

        # Called for every connection, also for one that names no server.
        context.sni_callback = show_newest
        return context

    def _newer_than(
        self, shown: Certificate
    ) -> Callable[[], grpc.ServerCertificateConfiguration | None]:
        def fetch() -> grpc.ServerCertificateConfiguration | None:
            """What gRPC asks for at every connection: another certificate, or None."""
            nonlocal shown
            if (newest := self.renewed.current) is shown:
                return None
            shown = newest
            return newest.grpc

        return fetch


def _read(files: TlsFiles, clock: Clock) -> Certificate:
    try:
        chain, key, client_ca = _bytes(files)
        context = _context(files, client_ca)
        if _bytes(files) != (chain, key, client_ca):
            raise Unavailable(f"`{files.certificate}` changed while it was read", ADVICE)
        _check_date(files.certificate, chain, clock)
    except (OSError, ValueError) as error:
        # An error of OpenSSL is an OSError.
        message = f"`{files.certificate}` with `{files.key}` can't be used for TLS: {error}"
        raise Unavailable(message, ADVICE) from error
    shown = grpc.ssl_server_certificate_configuration([(key, chain)], client_ca)
    return Certificate(shown, context)


def _bytes(files: TlsFiles) -> tuple[bytes, bytes, bytes | None]:
    client_ca = files.client_ca.read_bytes() if files.client_ca else None
    return files.certificate.read_bytes(), read_private(files.key), client_ca


def _context(files: TlsFiles, client_ca: bytes | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Without a passphrase OpenSSL would ask at the terminal for that of a locked key.
    context.load_cert_chain(files.certificate, files.key, password="")
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _trust(context, client_ca, files.client_ca)
    return context


def _trust(context: ssl.SSLContext, client_ca: bytes, path: Path | None) -> None:
    try:
        context.load_verify_locations(cadata=client_ca.decode("ascii"))
    except (ValueError, ssl.SSLError) as error:
        raise Unavailable(f"`{path}` holds no certificates in PEM: {error}", ADVICE) from error


def _check_date(path: Path, chain: bytes, clock: Clock) -> None:
    until = x509.load_pem_x509_certificates(chain)[0].not_valid_after_utc
    if until <= datetime.fromtimestamp(clock() / 1_000_000, UTC):
        raise Unavailable(f"the certificate `{path}` was valid until {until:%Y-%m-%d}", ADVICE)
