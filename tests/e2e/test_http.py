"""The HTTP door of a real server: in several processes, beside gRPC, and to its end."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from sconto.v1 import decision_service_pb2 as wire
from sconto.v1.decision_service_pb2_grpc import DecisionServiceStub
from support.http_calls import DECISIONS, SECONDS, send
from support.served import ROOT, RULES, SCONTO, fresh_id, grocery_request, served

DECIDE = f"{DECISIONS}/Decide"
GUIDE = (ROOT / "docs" / "checkout.md").read_text()


@pytest.mark.parametrize("processes", [1, 2])
def test_duplicates_through_both_doors_at_once_get_one_answer(
    tmp_path: Path, processes: int
) -> None:
    """Whichever process and door they come to; then the server ends and both ports are free."""
    request = grocery_request(fresh_id())
    with (
        served(tmp_path, processes=processes, http=True) as server,
        grpc.insecure_channel(server.address) as channel,
        ThreadPoolExecutor(16) as pool,
    ):
        stub = DecisionServiceStub(channel)

        def decide(number: int) -> wire.DecideResponse:
            if number % 2:
                return stub.Decide(request, timeout=SECONDS)
            answer = send(server.http_port, DECIDE, request)
            assert 200 == answer.status
            return answer.message(wire.DecideResponse())

        replies = [*pool.map(decide, range(40))]
        assert 0 == server.stop()

    assert 1 == sum(not reply.replayed for reply in replies)
    assert 1 == len({r.decision.SerializeToString(deterministic=True) for r in replies})
    assert replies[0].decision.discounts
    with pytest.raises(ConnectionRefusedError):
        send(server.http_port, "/healthz", verb="GET")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
def test_the_call_of_the_guide_is_answered(tmp_path: Path) -> None:
    """Copied as it stands, it gets a decision."""
    found = re.search(r"```sh\n(curl .*?)```", GUIDE, re.DOTALL)
    body = re.search(r"as `basket.json`:\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    assert body is not None
    (tmp_path / "basket.json").write_text(body[1])
    with served(tmp_path, http=True) as server:
        command = found[1].replace("8471", str(server.http_port)).replace("500m", "60S")
        ran = subprocess.run(
            ["sh", "-c", command],
            capture_output=True, text=True, check=True, timeout=SECONDS, cwd=tmp_path,
        )  # fmt: skip

    assert '"decisionId": "' in ran.stdout


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_address_that_somebody_has_is_refused(tmp_path: Path, processes: str) -> None:
    """The server does not start on less than it was told to serve."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = serve(tmp_path, "--processes", processes, "--http", f"127.0.0.1:{port}")

    assert 3 == ran.returncode
    assert f"can't listen on `127.0.0.1:{port}`" in ran.stderr


def test_without_the_extra_the_command_names_it(tmp_path: Path) -> None:
    """Nothing is served, and the advice can be copied."""
    missing = 'raise ModuleNotFoundError("No module named uvicorn", name="uvicorn")\n'
    (tmp_path / "uvicorn.py").write_text(missing)
    paths = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])

    ran = serve(tmp_path, "--http", "127.0.0.1:0", PYTHONPATH=paths)

    assert 3 == ran.returncode
    assert "`uvicorn`" in ran.stderr
    assert ".[http]" in ran.stderr


@pytest.mark.parametrize("address", ["8471", "127.0.0.1", "127.0.0.1:http", ":8471", "a:65536"])
def test_what_is_no_address_is_wrong_usage(tmp_path: Path, address: str) -> None:
    """The option takes HOST:PORT."""
    ran = serve(tmp_path, "--http", address)

    assert 2 == ran.returncode
    assert f"`{address}` is not HOST:PORT" in ran.stderr


def serve(data: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`sconto serve`, which must end by itself."""
    command = [SCONTO, "serve", "--rules", str(RULES), "--data", str(data / "data"), "--port", "0"]
    return subprocess.run(
        [*command, *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
