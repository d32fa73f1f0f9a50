"""How errors reach a person: one line, one line of help, and a code that a script can act on."""

from __future__ import annotations

import sys

import click
import pytest

from sconto.cli.exit_codes import Exit, printable, report
from sconto.cli.main import main, sconto
from sconto.errors import (
    CorruptRecord,
    FieldViolation,
    InvalidRequest,
    InvalidRules,
    ModelUnusable,
    NotFound,
    Rejected,
    RuleFinding,
    ScontoError,
    StoreUnavailable,
    Unavailable,
)

FINDING = RuleFinding("a.yaml", 3, 5, "SCH-003", "unknown key `x`", "remove it", "")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (Exit.REFUSED, InvalidRequest((FieldViolation("basket", "is missing"),))),
        (Exit.REFUSED, NotFound("there is no decision `x`")),
        (Exit.USAGE, click.UsageError("no such option")),
        (Exit.UNAVAILABLE, InvalidRules((FINDING,))),
        (Exit.UNAVAILABLE, ModelUnusable("the model has another digest")),
        (Exit.UNAVAILABLE, StoreUnavailable("the store can't be read")),
        (Exit.UNAVAILABLE, CorruptRecord("the stored bytes are not JSON")),
        (Exit.UNAVAILABLE, FileNotFoundError(2, "No such file or directory", "x.json")),
        (Exit.UNAVAILABLE, click.ClickException("the server did not start")),
        (Exit.REFUSED, Rejected("no", "try again")),
        (Exit.UNAVAILABLE, Unavailable("no", "try again")),
        (Exit.FAULT, KeyError("x")),
    ],
)
def test_every_error_has_an_exit_code_and_advice(code: Exit, error: Exception) -> None:
    """A script can tell from the code alone whether to mend its input or to come back later."""
    reported = report(error)

    assert code == reported.code
    assert reported.advice


@pytest.mark.parametrize(
    "error",
    [ScontoError("first\nsecond \x1b[31mred"), KeyError("x"), OSError(2, "No such file", "a\nb")],
)
def test_an_error_is_one_line_and_its_help_another(error: Exception) -> None:
    """Whatever an error holds, it can neither break the form nor steer the terminal."""
    lines = str(report(error)).splitlines()

    assert ["error:", "help:"] == [line.split(" ")[0] for line in lines]
    assert all(line.isprintable() for line in lines)


def test_control_characters_are_shown_as_escapes() -> None:
    """A line id that holds terminal codes is printed as what it is, not obeyed."""
    assert r"a\x1b[31mé" == printable("a\x1b[31mé")


def test_a_fault_is_reported_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even a bug shows a traceback; it says where it is and asks to be reported."""

    def broken() -> None:
        raise RuntimeError("boom")

    monkeypatch.setitem(sconto.commands, "version", click.Command("version", callback=broken))

    assert Exit.FAULT == main(["version"])
    said = capsys.readouterr().err
    assert said.startswith("error: a fault in sconto itself: RuntimeError: boom at broken, line ")
    assert "Traceback" not in said


def test_an_interrupted_command_ends_as_shells_expect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C gives 130, so that a calling script stops too."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(sconto.commands, "version", click.Command("version", callback=interrupted))

    assert Exit.INTERRUPTED == main(["version"])


@pytest.mark.parametrize(
    ("module", "extra", "args"),
    [
        ("sconto.learning.networks.process_group", "train", ["learn", "train", "recipe.yaml"]),
        ("sconto.cli.play.run", "play", ["play"]),
    ],
)
def test_a_missing_extra_is_named(
    module: str,
    extra: str,
    args: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Serving installs no torch and no data set; who needs them is told what to install."""
    monkeypatch.setitem(sys.modules, module, None)

    assert Exit.UNAVAILABLE == main(args)
    assert f"help: in a clone: .venv/bin/pip install -e '.[{extra}]'\n" in capsys.readouterr().err
