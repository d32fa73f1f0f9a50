"""Everything an operator can set, with its default and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Address(NamedTuple):
    """Where to listen; port 0 takes a free one."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> Address:
        """The address HOST:PORT; raises ValueError when *text* has no port."""
        host, _, port = text.rpartition(":")
        return cls(host, int(port))


class TlsFiles(NamedTuple):
    """The files behind TLS, all in PEM."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def in_address(host: str) -> str:
    """*host* as it stands before a port: an address of IPv6 in brackets (RFC 3986, 3.2.2)."""
    bare = host.strip("[]")
    return f"[{bare}]" if ":" in bare else bare


class TenantSettings(NamedTuple):
    """How a server runs for one of its tenants."""

    settings: Settings
    """Those of the server, with what is the tenant's own."""
    calls_in_flight: int | None = None
    """At most so many of its callers at once; None: an equal share of the server's."""
    calls_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How one server runs. Rules and models are deployment data: given by path."""

    rules: Path
    """The folder of rule files, which decide until something is published."""
    data: Path
    """Where the decision log and the key live; made when missing."""
    model: Path | None = None
    """The model's folder; None answers by rules alone."""
    people: Path | None = None
    """The file of people who may publish rules; None takes no publications."""
    callers: Path | None = None
    """The file of those who may call; None lets everybody call."""
    tenants: Path | None = None
    """The file of tenants, each with rules, data, model, people and store of its own, which then
    are not given here; None serves one shop."""
    store: str | None = None
    """The URL of the PostgreSQL database that holds the log instead; replicas share one."""
    keys: Path | None = None
    """The folder of the key that signs the log; None is beside `data`, by its name and `.keys`."""
    host: str = "127.0.0.1"
    """Another address than a loopback one needs `trust_network`."""
    port: int = 8470
    """0 takes a free one."""
    http: Address | None = None
    """Where the same methods are answered over HTTP with JSON; None answers gRPC alone."""
    tls_certificate: Path | None = None
    """With the certificates between it and the authority; None answers without encryption."""
    tls_key: Path | None = None
    """The key of `tls_certificate`."""
    client_ca: Path | None = None
    """Authorities one of which must have signed the certificate of every caller."""
    trust_network: bool = False
    """Whether everybody who reaches the port may call, also from other machines."""
    metrics: Address | None = None
    """Where Prometheus reads metrics; None makes none."""
    log_format: str = "text"
    """How the server's log is written: `text` for people, `json` for programs."""
    traces: bool = False
    """Whether calls are followed by OpenTelemetry."""
    begin_anew: bool = False
    """Whether a log may be made beside an old key, or a key beside an old log."""
    processes: int = 1
    """How many processes answer; with more than one, another one commits for all of them."""
    model_timeout_ms: int = 20
    """A model slower than this is passed over: a shopper is waiting at a till."""
    drain_seconds: float = 0.5
    """Between saying NOT_SERVING and refusing calls, so that load balancers can notice."""
    rules_check_seconds: int = 30
    """Rules that need longer to load, compile and pass their test are not served."""
    rules_check_bytes: int = 1024**3
    """Address space of the process that checks rules: ten times what a large ruleset needs."""
    reflection: bool | None = None
    """Whether the server describes itself to tools such as grpcurl, and to everybody; None: only
    where everybody may call."""

    @property
    def tls(self) -> TlsFiles | None:
        """The files behind TLS, if it has them."""
        if self.tls_certificate and self.tls_key:
            return TlsFiles(self.tls_certificate, self.tls_key, self.client_ca)
        return None

    @property
    def log_file(self) -> Path:
        """The SQLite file of the decision log, budgets and reservations, without a `store`."""
        return self.data / "decisions.sqlite"

    @property
    def key_file(self) -> Path:
        """The key that turns shopper ids into the references of the log."""
        return self.data / "user_ref.key"

    @property
    def log_key_file(self) -> Path:
        """The key that signs the log: whoever has it and the log can make up another one."""
        folder = self.keys or self.data.with_name(f"{self.data.name}.keys")
        return folder / "log.key"
