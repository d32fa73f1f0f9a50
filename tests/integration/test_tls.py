"""Both doors over TLS: who is trusted, and certificates that are renewed while the server runs."""

from __future__ import annotations

import asyncio
import http.client
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography import x509

from sconto.api.tls import Certificates
from sconto.bootstrap import now_us
from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.errors import Unavailable
from sconto.serving.address import bound
from sconto.settings import Address, TlsFiles
from sconto.v1.status_service_pb2 import GetStatusRequest
from sconto.v1.status_service_pb2_grpc import StatusServiceStub
from support.certificates import Authority
from unit.api.door import AT_ONCE, SECONDS, Door, door

HERE = ("127.0.0.1", "localhost")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom callers trust."""
    return Authority(tmp_path)


@asynccontextmanager
async def encrypted(files: TlsFiles) -> AsyncIterator[tuple[Door, Certificates]]:
    """A server that answers over gRPC and HTTP with TLS."""
    certificates = Certificates(files, now_us)
    sockets = bound(Address("127.0.0.1", 0), shared=False)
    async with door(
        settings=replace(AT_ONCE, certificates=certificates, http_sockets=sockets)
    ) as d:
        yield d, certificates


def trusting(ca: Path, own: TlsFiles | None = None) -> grpc.ChannelCredentials:
    """What a caller needs that trusts *ca* and shows the certificate *own*."""
    key, chain = (own.key.read_bytes(), own.certificate.read_bytes()) if own else (None, None)
    return grpc.ssl_channel_credentials(ca.read_bytes(), key, chain)


async def over_grpc(d: Door, ca: Path, own: TlsFiles | None = None) -> grpc.StatusCode:
    """How a call ends that trusts *ca* and shows the certificate *own*."""
    credentials = trusting(ca, own)
    async with grpc.aio.secure_channel(f"127.0.0.1:{d.server.port}", credentials) as channel:
        call = StatusServiceStub(channel).GetStatus(GetStatusRequest(), timeout=SECONDS)
        return await call.code()


async def over_http(d: Door, ca: Path, own: TlsFiles | None = None) -> int:
    """The status of a call over HTTP; 0 where TLS fails."""
    context = ssl.create_default_context(cafile=ca)
    if own:
        context.load_cert_chain(own.certificate, own.key)
    assert d.server.http_port is not None
    line = http.client.HTTPSConnection(
        "127.0.0.1", d.server.http_port, context=context, timeout=SECONDS
    )
    try:
        await asyncio.to_thread(line.request, "GET", "/healthz")
        return (await asyncio.to_thread(line.getresponse)).status
    except (ssl.SSLError, ConnectionError):
        return 0
    finally:
        line.close()


async def shown(port: int | None) -> int:
    """The serial number of the certificate that a server shows."""
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port or 0))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def serial(files: TlsFiles) -> int:
    """The serial number of a certificate."""
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number


async def test_both_doors_answer_who_trusts_the_authority(
    authority: Authority, tmp_path: Path
) -> None:
    """And nobody who trusts another one takes the server for what it is not."""
    other = Authority(tmp_path, "other")
    async with encrypted(authority.issue("server", *HERE)) as (d, _):
        assert grpc.StatusCode.OK is await over_grpc(d, authority.ca)
        assert 200 == await over_http(d, authority.ca)
        assert grpc.StatusCode.UNAVAILABLE is await over_grpc(d, other.ca)
        assert 0 == await over_http(d, other.ca)


async def test_callers_need_a_certificate_where_an_authority_of_theirs_is_named(
    authority: Authority, tmp_path: Path
) -> None:
    """Of that authority, and not of another one."""
    others = Authority(tmp_path, "others")
    files = authority.issue("server", *HERE, client_ca=authority.ca)
    shop, stranger = authority.issue("shop", "shop"), others.issue("stranger", "shop")
    async with encrypted(files) as (d, _):
        grpc_codes = [await over_grpc(d, authority.ca, own) for own in (shop, stranger, None)]
        http_codes = [await over_http(d, authority.ca, own) for own in (shop, stranger, None)]

    refused = grpc.StatusCode.UNAVAILABLE
    assert [grpc.StatusCode.OK, refused, refused] == grpc_codes
    assert [200, 0, 0] == http_codes


async def test_a_renewed_certificate_is_shown_without_a_restart(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad one never takes the place of a good one, and is logged once."""
    caplog.set_level(logging.INFO)
    first = serial(files := authority.issue("server", *HERE))
    async with encrypted(files) as (d, certificates):
        doors = (d.server.port, d.server.http_port)
        assert [first, first] == [await shown(port) for port in doors]
        second = serial(authority.issue("server", *HERE))
        assert [first, first] == [await shown(port) for port in doors]
        certificates.renewed.look()
        assert [second, second] == [await shown(port) for port in doors]

        files.certificate.write_text("-----BEGIN CERTIFICATE-----\n")
        certificates.renewed.look()
        certificates.renewed.look()
        assert [second, second] == [await shown(port) for port in doors]

    said = [r.getMessage() for r in caplog.records if "TLS certificate" in r.getMessage()]
    assert ["the changed TLS certificate is taken"] == said[:1]
    assert "is not taken, the one before goes on" in said[1]
    assert 2 == len(said)


def unusable(files: TlsFiles) -> str:
    """What is said of files that can't be used."""
    with pytest.raises(Unavailable) as raised:
        Certificates(files, now_us)
    return str(raised.value)


def test_files_that_can_not_be_used_are_refused(authority: Authority) -> None:
    """At the start as later."""
    good, other = authority.issue("server", *HERE), authority.issue("other", *HERE)
    yesterday = datetime.now(UTC) - timedelta(days=1)  # noqa: TID251 - certificates are of today
    old = authority.issue("old", *HERE, until=yesterday)

    assert "can't be used for TLS" in unusable(TlsFiles(good.certificate, other.key))
    assert "can't be used for TLS" in unusable(TlsFiles(good.certificate, Path("missing")))
    assert "holds no certificates" in unusable(TlsFiles(*good[:2], client_ca=good.key))
    assert "was valid until" in unusable(old)
    good.key.chmod(0o604)
    assert "everybody on this machine may use the key" in unusable(good)


async def test_commands_call_over_tls(
    authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the authority, and a certificate where the server wants one."""
    shop = authority.issue("shop", "shop")
    own = ["--client-certificate", str(shop.certificate), "--client-key", str(shop.key)]
    files = authority.issue("server", *HERE, client_ca=authority.ca)
    async with encrypted(files) as (d, _):
        ask = ["status", "--server", f"127.0.0.1:{d.server.port}", "--ca", str(authority.ca)]
        codes = [await asyncio.to_thread(main, [*ask, *more]) for more in (own, [], own[:2])]

    assert [Exit.OK, Exit.UNAVAILABLE, Exit.REFUSED] == codes
    assert "--client-key" in capsys.readouterr().err


def test_a_token_does_not_travel_unencrypted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not to another machine."""
    token = tmp_path / "token"
    token.write_text("secret")
    code = main(["status", "--server", "192.0.2.1:8470", "--token-file", str(token)])

    assert Exit.REFUSED == code
    assert "unencrypted" in capsys.readouterr().err
