"""Decide without and with TLS, tokens and certificates of callers, in turns on one machine."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.console import Console
from rich.table import Table

from load import DECIDE, Load, Traffic, put_load
from measures import load_average, over_rounds
from options import FOLDER, MODEL
from ruleset_files import write_ruleset
from sconto.api.access import Access, Credentials
from sconto.bootstrap import admission, now_us
from sconto.serving.background import running_server
from sconto.settings import Settings

CANDIDATES, RULES, SEED, BASKETS = 30, 100, 1, 512
CALLERS: Final = """\
kind: callers
tokens: {issuer: "https://login.example/", audience: sconto, keys: jwks.json}
callers:
  - {name: shop, subjects: [shop], certificates: [shop], roles: [checkout]}
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that signs itself, in files."""

    certificate: Path
    key: Path

    @classmethod
    def make(cls, folder: Path, name: str) -> Certificate:
        """One for *name*, and for this machine."""
        key = generate_private_key(SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
        made = (
            x509.CertificateBuilder(subject, subject, key.public_key(), 1)
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(key, SHA256())
        )
        files = cls(folder / f"{name}.crt", folder / f"{name}.key")
        files.certificate.write_bytes(made.public_bytes(Encoding.PEM))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        files.key.touch(0o600)
        files.key.write_bytes(pem)
        return files


@dataclass(frozen=True, slots=True)
class Mode:
    """How a server is called: *settings* of it, and what the calls are sent with."""

    name: str
    settings: Settings
    traffic: Traffic


def modes(folder: Path, model: Path) -> list[Mode]:
    """Four servers over the same rules, each with a folder of its own."""
    rules = folder / "rules"
    rules.mkdir()
    write_ruleset(rules, CANDIDATES, RULES, SEED)
    server, shop = Certificate.make(folder, "server"), Certificate.make(folder, "shop")
    (folder / "callers.yaml").write_text(CALLERS)
    token = _token(folder / "jwks.json")
    ca = server.certificate.read_bytes()
    own = (shop.key.read_bytes(), shop.certificate.read_bytes())

    plain = Settings(rules, folder / "plain", model, port=0)
    tls = replace(plain, tls_certificate=server.certificate, tls_key=server.key)
    known = replace(tls, callers=folder / "callers.yaml")
    certified = replace(known, client_ca=shop.certificate)
    sent = Traffic(0, DECIDE, SEED, BASKETS, callers=1, seconds=1.0)
    encrypted = replace(sent, pem=(ca, None, None))
    return [
        Mode("plain", plain, sent),
        Mode("TLS", replace(tls, data=folder / "tls"), encrypted),
        Mode("TLS, token", replace(known, data=folder / "token"), replace(encrypted, token=token)),
        Mode(
            "TLS, certificate",
            replace(certified, data=folder / "certificate"),
            replace(sent, pem=(ca, *own)),
        ),
    ]


async def admission_us(callers: Path, token: str) -> dict[str, float]:
    """Processor time of finding out whose call it is, by what the call has."""
    by_token = Credentials([f"Bearer {token}"], (), "")
    by_certificate = Credentials((), ["127.0.0.1", "shop"], "")

    async def timed(credentials: Credentials, times: int, *, fresh: bool) -> float:
        method = Access(admission(callers), now_us).to(DECIDE.removeprefix("/"))
        if not fresh:
            await method.admit(credentials)
        made = [Access(admission(callers), now_us).to(method.path) for _ in range(times * fresh)]
        begun = time.process_time()
        for one in made or [method] * times:
            await one.admit(credentials)
        return (time.process_time() - begun) / times * 1e6

    return {
        "a token, verified": await timed(by_token, 200, fresh=True),
        "a token, known": await timed(by_token, 20_000, fresh=False),
        "a certificate": await timed(by_certificate, 20_000, fresh=False),
    }


def _token(jwks: Path) -> str:
    key = Ed25519PrivateKey.generate()
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    jwks.write_text(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": x}]}))
    until = int(time.time()) + 86_400  # noqa: TID251 - a server's clock decides
    claims = {"iss": "https://login.example/", "aud": "sconto", "sub": "shop", "exp": until}
    return jwt.encode(claims, key, "EdDSA", headers={"kid": "a"})


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Rounds to take the median of.")
@click.option("--seconds", default=1.0, show_default=True, help="Length of one measurement.")
@MODEL
@FOLDER
def main(rounds: int, seconds: float, model: Path, folder: Path) -> None:
    """Measure what TLS and knowing the caller cost a Decide over one connection."""
    with tempfile.TemporaryDirectory(dir=folder) as work, ExitStack() as stack:
        servers = []
        for mode in modes(Path(work).resolve(), model):
            port = stack.enter_context(running_server(mode.settings))
            servers.append((mode.name, replace(mode.traffic, port=port, seconds=seconds)))
        alone: dict[str, list[Load]] = {name: [] for name, _ in servers}
        eight: dict[str, list[Load]] = {name: [] for name, _ in servers}
        token = servers[2][1].token
        folder_of_callers = Path(work).resolve() / "callers.yaml"
        admitted = asyncio.run(admission_us(folder_of_callers, token))
        for _ in range(rounds):
            for name, traffic in servers:
                alone[name].append(put_load(traffic))
                eight[name].append(put_load(replace(traffic, callers=8)))
    title = f"Decide, {CANDIDATES} candidates, {RULES} rules; load average {load_average()}"
    table = Table("", "1 caller: median us", "8 callers: calls/s", title=title)
    for name, loads in alone.items():
        latency = over_rounds([one.latency_us.p50 for one in loads])
        rate = over_rounds([one.rate for one in eight[name]])
        table.add_row(
            name,
            f"{latency.median:,.0f} ({latency.least:,.0f} to {latency.greatest:,.0f})",
            f"{rate.median:,.0f} ({rate.least:,.0f} to {rate.greatest:,.0f})",
        )
    console = Console(width=110)
    console.print(table)
    for what, us in admitted.items():
        console.print(f"{what}: {us:,.1f} us of the processor")


if __name__ == "__main__":
    main()
