"""Where a server listens."""

from __future__ import annotations

import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from sconto.serving.address import check_exposure
from sconto.settings import Address, Settings, in_address
from support.served import LISTENING, RULES, SCONTO


def _has_ipv6() -> bool:
    try:
        with closing(socket.socket(socket.AF_INET6)) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_server_listens_on_ipv6(processes: str, tmp_path: object) -> None:
    """Without brackets, as options of other programs have it."""
    command = [SCONTO, "serve", "--host", "::1", "--port", "0", "--processes", processes]
    command += ["--rules", str(RULES), "--data", f"{tmp_path}/data"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = LISTENING.search(process.stdout.readline())
        process.terminate()

    assert found is not None
    assert found[1].startswith("[::1]:")
    assert 0 == process.returncode


def test_only_addresses_of_ipv6_have_brackets() -> None:
    """Once, however they come."""
    hosts = ["::1", "[::1]", "127.0.0.1", "localhost"]

    assert ["[::1]", "[::1]", "127.0.0.1", "localhost"] == [in_address(h) for h in hosts]


@pytest.mark.parametrize(
    "where",
    [("--host", "0.0.0.0"), ("--host", "::"), ("--http", "0.0.0.0:0")],  # noqa: S104
)
def test_a_server_that_anybody_could_call_does_not_start(
    where: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither over gRPC nor over HTTP, and it says what to do instead."""
    data = tmp_path / "data"

    code = main(["serve", *where, "--port", "0", "--rules", str(RULES), "--data", str(data)])

    assert Exit.REFUSED == code
    assert "other machines reach" in (said := capsys.readouterr().err)
    assert "--trust-network" in said
    assert not data.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"])
def test_this_machine_may_always_call(host: str) -> None:
    """However its own address is written."""
    check_exposure(Settings(Path(), Path(), host=host, http=Address(host, 0)))


def test_a_network_is_trusted_in_so_many_words() -> None:
    """Where something in front of the server checks who calls."""
    check_exposure(Settings(Path(), Path(), host="0.0.0.0", trust_network=True))  # noqa: S104
