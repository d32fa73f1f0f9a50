"""Printed tables: nothing cut, nothing coloured in a pipe, nothing obeyed by a terminal."""

from __future__ import annotations

import pytest

from sconto.cli.output import print_table


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
