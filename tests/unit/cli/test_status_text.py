"""`sconto status` in words: what an operator reads at three in the morning."""

from __future__ import annotations

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from sconto.cli.status_text import age_text, is_refused, print_status
from sconto.v1 import status_service_pb2 as wire

AT = Timestamp(seconds=1_795_456_800)


def status(last: wire.ReloadAttempt | None = None, **rules: object) -> wire.GetStatusResponse:
    """A status with *last* as its last reload."""
    return wire.GetStatusResponse(
        version="1.2",
        start_time=AT,
        rules=wire.RulesStatus(
            digest="sha256:ab",
            active_since_time=AT,
            age=Duration(seconds=93_600),
            rule_count=10,
            offer_count=7,
            last_reload=last,
            **rules,
        ),
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7_260, "2 h 1 min"), (93_600, "1 d 2 h")],
)
def test_an_age_is_told_in_its_two_largest_units(seconds: int, text: str) -> None:
    """Nobody wants the seconds of a week."""
    assert text == age_text(Duration(seconds=seconds))


def test_a_server_that_never_reloaded_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a reload there is nothing to say of one, and the exit code is 0."""
    found = status()
    print_status(found, "text")

    assert not is_refused(found)
    assert [
        "sconto 1.2, serving since 2026-11-23T18:00:00Z",
        "rules       sha256:ab",
        "in force    for 1 d 2 h, since 2026-11-23T18:00:00Z",
        "holds       10 eligibility rules and guardrails, 7 offers",
        "model       none",
        "reloads     0",
    ] == capsys.readouterr().out.splitlines()


def test_what_a_model_did_not_know_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """On one line, with the inputs that no fact fills."""
    found = status()
    found.model["name"] = "loans/1"
    found.scoring.CopyFrom(
        wire.ScoringStatus(
            scored_count=7,
            partly_unknown_count=2,
            refused_unknown_count=1,
            unfilled_inputs=["tier"],
        )
    )
    print_status(found, "text")

    assert (
        "scored      7 decisions, 2 of them with an unknown input; 1 more had too many; "
        "no fact fills tier"
    ) in capsys.readouterr().out.splitlines()


def test_a_refused_reload_is_told_with_its_places(capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding has its file, line and column, and what is left out is counted."""
    finding = wire.RuleFinding(
        file="offers/a.yaml", line=3, column=5, code="SCH-003", message="no `x`", help="remove it"
    )
    last = wire.ReloadAttempt(
        start_time=AT,
        outcome=wire.RELOAD_OUTCOME_REFUSED,
        error="bad",
        findings=[finding],
        finding_count=3,
    )
    found = status(last, pending=True, reload_count=2)
    print_status(found, "text")

    assert is_refused(found)
    assert [
        "reloads     2, one more is pending",
        "last reload refused at 2026-11-23T18:00:00Z",
        "the changed rules are not served: bad",
        "offers/a.yaml:3:5: SCH-003 no `x`",
        "  help: remove it",
        "and 2 more; `sconto rules lint` names all",
    ] == capsys.readouterr().out.splitlines()[5:]


def test_a_loaded_or_unchanged_reload_is_no_failure() -> None:
    """Only a refusal makes the exit code 1."""
    outcomes = (wire.RELOAD_OUTCOME_LOADED, wire.RELOAD_OUTCOME_UNCHANGED)
    assert [False, False] == [is_refused(status(wire.ReloadAttempt(outcome=o))) for o in outcomes]
