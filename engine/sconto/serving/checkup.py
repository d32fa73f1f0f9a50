"""What a server needs of the machine and of its files, looked at before it is started."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from cryptography import x509

from sconto.api.tls import Certificates
from sconto.bootstrap import admission, log_place, now_us, people, tenants_of
from sconto.errors import InvalidTenants, ScontoError, StoreUnavailable
from sconto.rulebook.loader import lint, no_warnings
from sconto.serving.address import check_exposure, reserved
from sconto.settings import Settings, TenantSettings
from sconto.signing.log_key import LogKey
from sconto.store.folder import HOLDER
from sconto.store.read_only import connect_to_read

GIB: Final = 1024**3
FREE_BYTES: Final = GIB
"""Half a million decisions or so."""
HANDLES: Final = 4_096
"""For two thousand callers over HTTP, as many over gRPC, and the rest."""
DAYS_LEFT: Final = 30
BUILT: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right says less."""
NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
)
"""File systems whose locks and memory maps SQLite's write-ahead log can't rely on."""


class State(StrEnum):
    """What a check says."""

    OK = "ok"
    WARNING = "warning"
    """The server starts, and will be in trouble."""
    WRONG = "wrong"
    """The server does not start, or must not."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; the field names are the keys of the JSON form."""

    name: str
    state: State
    found: str
    cure: str = ""
    """What to do about it; empty where nothing has to be done."""


Look = Callable[[Settings], Iterator[Check]]


def checkup(settings: Settings) -> list[Check]:
    """Everything that a server on *settings*, and each of its tenants, needs; changes nothing."""
    try:
        tenants = tenants_of(settings)
    except InvalidTenants as error:
        return [Check("tenants", State.WRONG, str(error), error.help)]
    of_server = {"": TenantSettings(settings)}
    return [
        replace(check, name=of_tenant(tenant, name))
        for name, look in LOOKS.items()
        for tenant, one in (of_server if name in OF_SERVER else tenants).items()
        for check in looked(name, look, one.settings)
    ]


def of_tenant(tenant: str, name: str) -> str:
    """What the check *name* of *tenant* is called."""
    return f"{tenant}: {name}" if tenant else name


def looked(name: str, look: Look, settings: Settings) -> Iterator[Check]:
    """What *look*, called *name*, finds; an error that it raises is a finding."""
    try:
        yield from look(settings)
    except ScontoError as error:
        # What it says by itself is for callers of a server.
        unsaid = error.help == StoreUnavailable.help
        cure = "see that the store is there, and can be reached" if unsaid else error.help
        yield Check(name, State.WRONG, str(error), cure)
    except OSError as error:
        found = f"{error.filename or name}: {error.strerror or error}"
        yield Check(name, State.WRONG, found, "see that it is there, and that you may use it")


def _rules(settings: Settings) -> Iterator[Check]:
    found = [f for f in lint([settings.rules], no_warnings) if f.severity == "error"]
    if not found:
        yield Check("rules", State.OK, f"`{settings.rules}` can be served")
        return
    first, more = found[0], f", and {len(found) - 1} more" if len(found) > 1 else ""
    said = f"{first.file}:{first.line}:{first.col}: {first.message}{more}"
    yield Check("rules", State.WRONG, said, f"run `sconto rules lint {settings.rules}`")


def _people(settings: Settings) -> Iterator[Check]:
    if people(settings) is not None:
        yield Check("people", State.OK, f"`{settings.people}` can be used")


def _callers(settings: Settings) -> Iterator[Check]:
    if settings.callers is None:
        return
    callers = admission(settings.callers, tenants_of(settings)).current.callers
    if callers.by_certificate and settings.client_ca is None:
        cure = "name the authorities of their certificates with `--client-ca`"
        yield Check("callers", State.WARNING, "nobody can show a certificate", cure)
    else:
        yield Check("callers", State.OK, f"`{settings.callers}` can be used")


def _folder(settings: Settings) -> Iterator[Check]:
    folder = _there(settings.data)
    made = "" if folder == settings.data else f", where `{settings.data}` will be made"
    kind = _file_system(folder)
    if kind in NETWORK:
        cure = "give a folder on a disk of this machine, or `--store postgresql://...`"
        yield Check("data folder", State.WRONG, f"`{folder}` is on a network: {kind}", cure)
        return
    with tempfile.TemporaryFile(dir=folder) as file:
        # What SQLite asks for: locks of POSIX, and what is written to stay written.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.write(b"sconto")
        file.flush()
        os.fsync(file.fileno())
    found = f"`{folder}` ({kind}) can be written, locked and synced{made}"
    yield Check("data folder", State.OK, found)
    if not made and (mode := stat.S_IMODE(folder.stat().st_mode)) & 0o077:
        found, cure = f"`{folder}` is open to other users ({mode:o})", f"run `chmod 700 {folder}`"
        yield Check("data folder", State.WARNING, found, cure)


def _space(settings: Settings) -> Iterator[Check]:
    free = shutil.disk_usage(_there(settings.data)).free
    found = f"{free / GIB:.1f} GiB are free"
    if free >= FREE_BYTES:
        yield Check("disk space", State.OK, found)
        return
    cure = "make room: every decision adds about 4 kB, and without any nothing is given"
    yield Check("disk space", State.WARNING, found, cure)


def _key_and_log(settings: Settings) -> Iterator[Check]:
    if settings.begin_anew:
        cure = "take it away once the server has started"
        yield Check("key and log", State.WARNING, "`begin_anew` makes what is missing", cure)
        return
    if log_place(settings).key_fits(settings.key_file):
        yield Check("key and log", State.OK, "they belong together")
    else:
        yield Check("key and log", State.OK, "neither is there: both are made at the start")


def _log_key(settings: Settings) -> Iterator[Check]:
    path = settings.log_key_file
    if path.exists():
        found = f"`{LogKey(path).name}` signs the log, with `{path}`"
    else:
        found = f"the key that signs the log is made at the start, as `{path}`"
    folder = _there(path.parent)
    if os.access(folder, os.W_OK):
        yield Check("log key", State.OK, found)
    else:
        cure = "make it writable for the server, or name another folder with `--keys`"
        yield Check("log key", State.WRONG, f"`{folder}` can't be written", cure)


def _clock(settings: Settings) -> Iterator[Check]:
    now, newest = now_us(), _newest_us(settings.log_file)
    text = f"{datetime.fromtimestamp(now / 1_000_000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    cure = "set the clock, and keep it right with NTP"
    if now < max(newest, int(BUILT.timestamp()) * 1_000_000):
        what = "the newest entry of the log" if newest > now else "this version of Sconto"
        yield Check("clock", State.WRONG, f"it says {text}, which is before {what}", cure)
    else:
        yield Check("clock", State.OK, text)


def _ports(settings: Settings) -> Iterator[Check]:
    check_exposure(settings)
    folders = [one.settings.data for one in tenants_of(settings).values()]
    if folder := next(filter(_is_held, folders), None):
        holder = folder / HOLDER
        by = holder.read_text().strip() if holder.exists() else "somebody"
        cure = "stop that server before another one is started there"
        yield Check("ports", State.WARNING, f"a server is on the data folder: {by}", cure)
        return
    addresses = [(settings.host, settings.port), settings.http, settings.metrics]
    for host, port in filter(None, addresses):
        try:
            with reserved(host, port):
                yield Check("ports", State.OK, f"`{host}:{port}` is free")
        except OSError as error:
            said = f"`{host}:{port}`: {error.__cause__ or error}"
            yield Check("ports", State.WRONG, said, "stop what listens there, or give another port")


def _handles(_: Settings) -> Iterator[Check]:
    most, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"{most} for each process"
    if most >= HANDLES or most == resource.RLIM_INFINITY:
        yield Check("file handles", State.OK, found)
    else:
        cure = f"run `ulimit -n {HANDLES}` before, or set LimitNOFILE of the service"
        yield Check("file handles", State.WARNING, found, cure)


def _tls(settings: Settings) -> Iterator[Check]:
    if settings.tls is None:
        return
    Certificates(settings.tls, now_us)
    first = x509.load_pem_x509_certificates(settings.tls.certificate.read_bytes())[0]
    ends = first.not_valid_after_utc
    days = (ends - datetime.fromtimestamp(now_us() / 1_000_000, UTC)).days
    state = State.OK if days >= DAYS_LEFT else State.WARNING
    cure = "" if days >= DAYS_LEFT else "have it renewed; the server takes the new one by itself"
    yield Check("TLS", state, f"the certificate is good until {ends:%Y-%m-%d}, {days} days", cure)


def _extras(settings: Settings) -> Iterator[Check]:
    needed = {
        ("http", "uvicorn"): settings.http is not None,
        ("tracing", "opentelemetry.exporter"): settings.traces,
    }
    for (extra, module), wanted in needed.items():
        if wanted and not _installed(module):
            cure = f"install `sconto[{extra}]`; in a clone: .venv/bin/pip install -e '.[{extra}]'"
            yield Check("extras", State.WRONG, f"the extra `{extra}` is not installed", cure)
        elif wanted:
            yield Check("extras", State.OK, f"`{extra}` is installed")


OF_SERVER: Final = frozenset({"callers", "ports", "file handles", "TLS", "extras"})
"""What is looked at once, however many tenants there are."""

LOOKS: Final[dict[str, Look]] = {
    "rules": _rules,
    "people": _people,
    "callers": _callers,
    "data folder": _folder,
    "disk space": _space,
    "key and log": _key_and_log,
    "log key": _log_key,
    "clock": _clock,
    "ports": _ports,
    "file handles": _handles,
    "TLS": _tls,
    "extras": _extras,
}


def _installed(module: str) -> bool:
    with suppress(ModuleNotFoundError):
        return find_spec(module) is not None
    return False


def _there(folder: Path) -> Path:
    """*folder*, or the nearest one above it that exists."""
    return next(p for p in (folder, *folder.absolute().parents) if p.is_dir())


def _newest_us(log_file: Path) -> int:
    """When the newest entry of the log was written; 0 without one."""
    if not log_file.exists():
        return 0
    with closing(connect_to_read(log_file)) as connection:
        found = connection.execute("SELECT at_us FROM log ORDER BY seq DESC LIMIT 1").fetchall()
    return int(found[0][0]) if found else 0


def _is_held(folder: Path) -> bool:
    """Whether a server is on the data folder *folder*."""
    if not folder.is_dir():
        return False
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _file_system(folder: Path) -> str:
    """The kind of file system that *folder* is on; `unknown` where the kernel doesn't tell."""
    path, best, kind = folder.resolve(), Path(), "unknown"
    with suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, at, its_kind, *_ = line.split(" ")
            mounted = Path(at.encode().decode("unicode_escape"))
            if path.is_relative_to(mounted) and len(mounted.parts) >= len(best.parts):
                best, kind = mounted, its_kind
    return kind
