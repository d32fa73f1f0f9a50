"""Several servers side by side: agreed when they decide alike, and will, and all are well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sconto.cli.rules.status_text import ServerStatus, agreed, print_statuses
from sconto.v1 import publication_pb2
from sconto.v1 import status_service_pb2 as wire

DIGEST = f"sha256:{'ab' * 32}"
OTHER = f"sha256:{'cd' * 32}"


def status(server: str, digest: str = DIGEST, **rules: Any) -> ServerStatus:
    """A server that is well, unless *rules* say otherwise."""
    made = publication_pb2.Publication(
        digest=digest, author="anna", approver="ben", commit="9f8e7d6c5b4a" + "0" * 28
    )
    told = {"digest": digest, "publication": made, **rules}
    return ServerStatus(server, wire.GetStatusResponse(rules=wire.RulesStatus(**told)))


WAITING = publication_pb2.Publication(digest=OTHER, author="anna")
FAILURE = wire.FailedPublication(reason="OUT_OF_TURN", error="it was signed before")
REFUSED = wire.ReloadAttempt(outcome=wire.RELOAD_OUTCOME_REFUSED)


@pytest.mark.parametrize(
    ("second", "agree", "state"),
    [
        (status("b"), True, "well"),
        (status("b", last_failure=FAILURE), True, "well"),
        (status("b", OTHER), False, "well"),
        (status("b", pending_publication=WAITING), False, "well"),
        (status("b", last_reload=REFUSED), False, "changed files are refused"),
        (
            status("b", publication_overdue=True),
            False,
            "published rules can't be put in force",
        ),
        (ServerStatus("b", None, "no server answered at `b`"), False, "not reached"),
    ],
)
def test_servers_agree_or_not(second: ServerStatus, agree: bool, state: str) -> None:
    """Another digest, another one waiting, trouble or silence: each is told."""
    assert state == second.state
    assert agree is agreed([status("a"), second])


def test_the_table_says_who_and_what(capsys: pytest.CaptureFixture[str]) -> None:
    """Digest, author, approver, commit and state on one line; what waits and failed below."""
    found = [
        status("a:1", pending_publication=WAITING, last_failure=FAILURE),
        ServerStatus("b:2", None, "no server answered at `b:2`"),
    ]
    print_statuses(found, "text")
    said = capsys.readouterr().out

    line = next(line for line in said.splitlines() if line.startswith("  a:1"))
    assert ["a:1", DIGEST[:19], "0", "s", "anna", "ben", "9f8e7d6c5b4a", "well"] == line.split()
    assert f"a:1: {OTHER[:19]} by anna waits for " in said
    assert "OUT_OF_TURN: it was signed before" in said
    assert "b:2: no server answered at `b:2`" in said


def test_a_program_gets_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has the verdict, and for each server its state and everything it said."""
    print_statuses([status("a:1"), status("b:2", OTHER)], "json")
    said = json.loads(capsys.readouterr().out)

    assert said["agreed"] is False
    assert ["a:1", "b:2"] == [s["server"] for s in said["servers"]]
    assert ["anna", "anna"] == [s["rules"]["publication"]["author"] for s in said["servers"]]
    assert "publication_overdue" in said["servers"][0]["rules"]


def test_servers_that_disagree_are_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who looks at two similar digests is not left to compare them."""
    print_statuses([status("a"), status("b", OTHER)], "text")

    assert capsys.readouterr().out.endswith("the servers disagree\n")
