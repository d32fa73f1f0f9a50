"""A real server with two tenants: one decides while the other can't be opened."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path

import grpc

from sconto.v1 import decision_service_pb2_grpc as stubs
from support import tokens
from support.served import LISTENING, RULES, SCONTO, fresh_id, grocery_request

TENANTS = """\
kind: tenants
tenants:
  - {name: north, rules: north, data: data/north}
  - {name: south, rules: south, data: data/south}
"""
CALLERS = """\
kind: callers
tokens: {issuer: "https://login.shop.example/", audience: sconto, keys: jwks.json}
callers:
  - {name: north-till, tenant: north, subjects: [north], roles: [checkout]}
  - {name: south-till, tenant: south, subjects: [south], roles: [checkout]}
"""


def test_one_is_served_while_another_cannot_be_opened(tmp_path: Path) -> None:
    """Its callers are told; once its rules are mended it is served too, without a restart.

    Slow, since rules are checked three times; with several processes, each has to be told.
    """
    shutil.copytree(RULES.parent / "legal", tmp_path / "legal")
    for name in ("north", "south"):
        shutil.copytree(RULES, tmp_path / name)
    (tmp_path / "tenants.yaml").write_text(TENANTS)
    (tmp_path / "callers.yaml").write_text(CALLERS)
    (tmp_path / "jwks.json").write_bytes(tokens.jwks("first"))
    shop = tmp_path / "north" / "shop.yaml"
    good = shop.read_text()
    shop.write_text("kind: shop\n")
    command = [SCONTO, "serve", "--port", "0", "--processes", "2"]
    command += ["--tenants", str(tmp_path / "tenants.yaml")]
    command += ["--callers", str(tmp_path / "callers.yaml")]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            found = LISTENING.search(process.stdout.readline())
            assert found is not None
            with grpc.insecure_channel(found[1]) as channel:
                first = [ended(channel, name) for name in ("north", "south")]
                shop.write_text(good)
                until = time.monotonic() + 60
                while (north := ended(channel, "north")) != "OK" and time.monotonic() < until:
                    time.sleep(0.2)
        finally:
            process.terminate()
    said = (tmp_path / "log").read_text()

    assert (["UNAVAILABLE", "OK"], "OK", 0) == (first, north, process.returncode)
    assert re.search(r"tenant `north` is not served: .*shop.yaml:1:1", said)
    assert "tenant `north` is served again" in said


def ended(channel: grpc.Channel, name: str) -> str:
    """The status of a decision of the till of *name*."""
    sent = tokens.token(name, exp=int(time.time()) + 600)  # noqa: TID251 - real servers' time
    metadata = (("authorization", f"Bearer {sent}"),)
    decide = stubs.DecisionServiceStub(channel).Decide
    call = decide.future(grocery_request(fresh_id()), metadata=metadata, timeout=20)
    return str(call.code().name)
