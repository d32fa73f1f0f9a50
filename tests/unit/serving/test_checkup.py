"""What `sconto doctor` finds of a machine and its files, one fault at a time."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sconto.bootstrap import now_us
from sconto.errors import Unavailable
from sconto.serving import checkup
from sconto.serving.checkup import LOOKS, Check, State, looked
from sconto.settings import Address, Settings
from sconto.store.folder import held, key_and_log
from support.certificates import Authority
from support.commands import ran
from support.served import RULES

Fault = Callable[[Settings, pytest.MonkeyPatch], Settings | None]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings on which a server starts."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    made = Settings(RULES, data, port=0)
    key_and_log(made.key_file, made.log_file)
    return made


def of(name: str, settings: Settings) -> list[Check]:
    """What the check *name* finds."""
    return list(looked(name, LOOKS[name], settings))


def contents(folder: Path) -> dict[str, bytes]:
    """The files in *folder*, but for those that SQLite makes to read."""
    beside = ("-wal", "-shm")
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith(beside)}


def test_all_is_well_and_nothing_is_changed(settings: Settings) -> None:
    """Every check that applies says ok, has no cure, and leaves the folder as it is."""
    before = contents(settings.data)
    found = checkup.checkup(settings)

    assert {State.OK} == {check.state for check in found}
    assert {""} == {check.cure for check in found}
    assert {*LOOKS} - {"people", "callers", "TLS", "extras"} == {check.name for check in found}
    assert before == contents(settings.data)


def fails(*_: Any) -> None:
    """A disk that fails."""
    raise OSError(5, "Input/output error")


def set_to(module: Any, name: str, value: Any) -> Fault:
    """A fault that makes *name* of *module* another."""

    def fault(_: Settings, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(module, name, value)

    return fault


def without_log(settings: Settings, _: pytest.MonkeyPatch) -> None:
    """Only the key is there."""
    settings.log_file.unlink()


def another_key(settings: Settings, _: pytest.MonkeyPatch) -> None:
    """The key of another log."""
    settings.key_file.write_bytes(b"k" * 32)


def open_key(settings: Settings, _: pytest.MonkeyPatch) -> None:
    """Everybody may read the key."""
    settings.key_file.chmod(0o644)


def no_log_key(settings: Settings, _: pytest.MonkeyPatch) -> None:
    """The file of the key that signs the log holds something else."""
    settings.log_key_file.parent.mkdir(parents=True, exist_ok=True)
    settings.log_key_file.write_text("no key")
    settings.log_key_file.chmod(0o600)


def open_folder(settings: Settings, _: pytest.MonkeyPatch) -> None:
    """Everybody may look into the folder."""
    settings.data.chmod(0o755)


HANDLES: Any = lambda _: (1_024, 4_096)  # noqa: E731
DISK: Any = lambda _: SimpleNamespace(free=5_000_000)  # noqa: E731

FAULTS: dict[str, tuple[str, Fault, State, str]] = {
    "no rules": ("rules", lambda s, _: replace(s, rules=s.data), State.WRONG, "rules lint"),
    "no callers": (
        "callers",
        lambda s, _: replace(s, callers=s.data / "c"),
        State.WRONG,
        "callers",
    ),
    "no people": ("people", lambda s, _: replace(s, people=s.data / "p"), State.WRONG, "people"),
    "no sync": ("data folder", set_to(os, "fsync", fails), State.WRONG, "you may use it"),
    "network": (
        "data folder",
        set_to(checkup, "_file_system", lambda _: "nfs4"),
        State.WRONG,
        "di",
    ),
    "open folder": ("data folder", open_folder, State.WARNING, "chmod 700"),
    "full disk": ("disk space", set_to(shutil, "disk_usage", DISK), State.WARNING, "make room"),
    "no log": ("key and log", without_log, State.WRONG, "put the log back"),
    "other key": ("key and log", another_key, State.WRONG, "put the key back"),
    "open key": ("key and log", open_key, State.WRONG, "chmod 600"),
    "no log key": ("log key", no_log_key, State.WRONG, "put the log's own key back"),
    "anew": ("key and log", lambda s, _: replace(s, begin_anew=True), State.WARNING, "take it"),
    "clock": ("clock", set_to(checkup, "now_us", lambda: 10**15), State.WRONG, "NTP"),
    "exposed": ("ports", lambda s, _: replace(s, host="0.0.0.0"), State.WRONG, "listen on 127"),  # noqa: S104
    "handles": ("file handles", set_to(resource, "getrlimit", HANDLES), State.WARNING, "ulimit -n"),
    "no TLS": (
        "TLS",
        lambda s, _: replace(s, tls_certificate=s.data / "c", tls_key=s.data / "k"),
        State.WRONG,
        "name a chain",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_its_cure(
    fault: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeps a server from starting is wrong; what will trouble it is a warning."""
    name, make, state, cure = FAULTS[fault]
    found = of(name, make(settings, monkeypatch) or settings)[-1]

    assert (state, name) == (found.state, found.name)
    assert cure in found.cure


def test_a_taken_port_is_wrong_unless_a_server_is_on_the_folder(settings: Settings) -> None:
    """Whoever asks about a running server is not told that its ports are taken."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = replace(settings, metrics=Address("127.0.0.1", taken.getsockname()[1]))
        first, second = of("ports", busy)
        with held(settings.data, now_us()):
            running = of("ports", busy)

    assert (State.OK, State.WRONG) == (first.state, second.state)
    assert "give another port" in second.cure
    assert [State.WARNING] == [check.state for check in running]
    assert f"process {os.getpid()}" in running[0].found


def test_a_certificate_that_ends_soon_is_a_warning(settings: Settings, tmp_path: Path) -> None:
    """Before it has ended, somebody has time to have it renewed."""
    ends = datetime.fromtimestamp(now_us() / 1_000_000, UTC) + timedelta(days=12, hours=1)
    certificate, key, _ = Authority(tmp_path).issue("localhost", until=ends)
    (found,) = of("TLS", replace(settings, tls_certificate=certificate, tls_key=key))

    assert State.WARNING == found.state
    assert f"good until {ends:%Y-%m-%d}, 12 days" in found.found


def test_an_extra_that_is_not_installed_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the server says so in the middle of a deployment."""
    monkeypatch.setattr(checkup, "find_spec", lambda name: None if "telem" in name else name)
    asked = replace(settings, http=Address("127.0.0.1", 0), traces=True)
    http, tracing = of("extras", asked)

    assert (State.OK, State.WRONG) == (http.state, tracing.state)
    assert "sconto[tracing]" in tracing.cure


def test_the_command_takes_the_settings_of_the_server(settings: Settings, tmp_path: Path) -> None:
    """What a file says is looked at; the exit code and the JSON form are for programs."""
    text = f"rules: {RULES}\ndata: data\nport: 0\n"
    (tmp_path / "sconto.yaml").write_text(text)
    asked = ("doctor", "--settings", tmp_path / "sconto.yaml", "--format", "json")

    well = ran(*asked)
    settings.log_file.unlink()
    wrong = ran(*asked)

    assert (0, 1) == (well.code, wrong.code)
    assert well.json["fit"] is None
    bad = [check for check in wrong.json["checks"] if check["state"] != "ok"]
    assert ["key and log"] == [check["name"] for check in bad]


def test_a_store_that_is_away_is_not_explained_as_to_a_checkout(settings: Settings) -> None:
    """Nobody who starts a server has a request to send again."""
    (found,) = of("key and log", replace(settings, store="postgresql://nobody@127.0.0.1:1/none"))

    assert State.WRONG == found.state
    assert "see that the store is there, and can be reached" == found.cure


def test_a_check_that_raises_is_a_finding(settings: Settings) -> None:
    """The rest is looked at all the same."""

    def raises(_: Settings) -> Any:
        raise Unavailable("it is away", "bring it back")
        yield

    (found,) = looked("thing", raises, settings)
    assert Check("thing", State.WRONG, "it is away", "bring it back") == found


def test_callers_with_certificates_need_an_authority(settings: Settings) -> None:
    """Without one nobody is asked for a certificate."""
    path = settings.data / "callers.yaml"
    path.write_text(
        "kind: callers\ncallers:\n  - {name: till, certificates: [till], roles: [checkout]}\n"
    )
    known = replace(settings, callers=path)

    assert [State.WARNING] == [check.state for check in of("callers", known)]
    (found,) = of("callers", replace(known, client_ca=path))
    assert State.OK is found.state
