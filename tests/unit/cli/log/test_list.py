"""Lists of decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sconto.cli.log.list import Listed, Row, print_listed
from sconto.cli.main import main

ROW = Row(
    decision_id="01a20af7-4842-731d-814a-81998c44ae5e",
    as_of_time="2026-11-24T00:31:47.201000Z",
    shopper_ref="5a9523bb39ee0d1c",
    channel="store",
    jurisdiction="US-TN",
    offer_ids=("cheese",),
    discount_minor=250,
    currency="USD",
    reason="CHOSEN",
    rung="MODEL",
)


def test_a_list_has_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs find the same keys in every row, also where there was no discount."""
    rows = [ROW, replace(ROW, offer_ids=(), discount_minor=0, reason="NOT_ELIGIBLE")]
    print_listed(Listed(rows, [], "7"), "json")
    said = json.loads(capsys.readouterr().out)

    assert ["decisions", "more", "next_page_token"] == list(said)
    keys = [
        "decision_id", "as_of_time", "shopper_ref", "channel", "jurisdiction", "offer_ids",
        "discount_minor", "currency", "reason", "rung",
    ]  # fmt: skip
    assert [keys, keys] == [list(row) for row in said["decisions"]]


def test_a_list_says_that_there_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    """A list that was cut short never looks complete."""
    print_listed(Listed([ROW], [], "7"), "text")

    assert (
        "1 decision, and older ones: raise `--limit` or add `--page-token 7`"
        in capsys.readouterr().out
    )


def test_reasons_are_listed_as_everywhere_else(capsys: pytest.CaptureFixture[str]) -> None:
    """In capital letters, although any case is taken."""
    assert main(["log", "list", "--reason", "nonsense"])
    said = capsys.readouterr().err

    assert "NOT_BEST" in said
    assert "not_best" not in said


def test_a_reason_is_taken_in_any_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is asked for next is the log, which is not there."""
    assert main(["log", "list", "--reason", "not_best", "--data", str(tmp_path / "none")])

    assert "not_best" not in capsys.readouterr().err.lower()
