"""Printed tables: nothing cut, nothing coloured in a pipe, nothing obeyed by a terminal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sconto.cli.log_rows import Row, print_rows
from sconto.cli.output import print_table

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


def test_a_table_in_a_pipe_is_plain_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts get every character of a cell and no colours."""
    long = "x" * 120
    print_table("Title", ("what", ">how many"), [(long, "3")])
    said = capsys.readouterr().out

    assert f"  {long}   " in said
    assert "\x1b" not in said


def test_what_a_shopper_sent_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither terminal codes nor markup in an id have any effect."""
    print_table("Title", ("line",), [("\x1b[2J[red]1[/red]",)])

    assert r"\x1b[2J[red]1[/red]" in capsys.readouterr().out


def test_a_list_has_stable_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs find the same keys in every row, also where there was no discount."""
    rows = [ROW, replace(ROW, offer_ids=(), discount_minor=0, reason="NOT_ELIGIBLE")]
    print_rows(rows, more=True, form="json")
    said = json.loads(capsys.readouterr().out)

    assert ["decisions", "more"] == list(said)
    keys = [
        "decision_id", "as_of_time", "shopper_ref", "channel", "jurisdiction", "offer_ids",
        "discount_minor", "currency", "reason", "rung",
    ]  # fmt: skip
    assert [keys, keys] == [list(row) for row in said["decisions"]]


def test_a_list_says_that_there_is_more(capsys: pytest.CaptureFixture[str]) -> None:
    """A list that was cut short never looks complete."""
    print_rows([ROW], more=True, form="text")

    assert "1 decision, and older ones: raise `--limit`" in capsys.readouterr().out
