"""A real server that wants TLS and tokens, and commands that call it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from google.protobuf import json_format

from sconto.cli.exit_codes import Exit
from sconto.cli.main import main
from support import tokens
from support.certificates import Authority
from support.served import fresh_id, grocery_request, served

CALLERS = """\
kind: callers
tokens: {issuer: "https://login.shop.example/", audience: sconto, keys: jwks.json}
callers:
  - {name: till, subjects: [till], roles: [checkout, operator]}
  - {name: anna, subjects: [anna], roles: [compliance]}
"""


def test_commands_call_a_server_that_knows_its_callers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each may do what its role allows: the checkout decides, compliance reads it."""
    authority = Authority(tmp_path)
    files = authority.issue("server", "127.0.0.1")
    (tmp_path / "jwks.json").write_bytes(tokens.jwks("first"))
    (tmp_path / "callers.yaml").write_text(CALLERS)
    for name in ("till", "anna"):
        sent = tokens.token(name, exp=int(time.time()) + 600)  # noqa: TID251 - real servers' time
        (tmp_path / name).write_text(sent)
    asked = tmp_path / "request.json"
    asked.write_text(json_format.MessageToJson(grocery_request(fresh_id())))
    options = ["--callers", str(tmp_path / "callers.yaml")]
    options += ["--tls-certificate", str(files.certificate), "--tls-key", str(files.key)]

    with served(tmp_path / "data", model=None, options=options) as server:
        common = ["--server", server.address, "--ca", str(authority.ca), "--format", "json"]

        def run(name: str, *command: str) -> tuple[int, str]:
            code = main([*command, *common, "--token-file", str(tmp_path / name)])
            return code, capsys.readouterr().out

        decided = run("till", "decide", str(asked))
        decision_id = json.loads(decided[1])["decision"]["decisionId"]
        codes = [
            run("till", "status")[0],
            run("anna", "log", "show", decision_id)[0],
            run("anna", "decide", str(asked))[0],
            main(["status", *common]),
        ]

    assert [Exit.OK, Exit.OK, Exit.REFUSED, Exit.REFUSED] == codes
    assert "CREDENTIALS" not in (said := capsys.readouterr().err)
    assert "the call does not say who calls" in said
