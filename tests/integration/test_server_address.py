"""Where a server listens."""

from __future__ import annotations

import socket
import subprocess
from contextlib import closing

import pytest

from sconto.settings import in_address
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
