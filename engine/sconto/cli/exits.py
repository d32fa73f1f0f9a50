"""How a command ends: its exit code, and one line on standard error when it went wrong."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import click

from sconto.errors import InvalidRequest, NotFound, RequestIdReused, ScontoError, WrongState


class Exit(IntEnum):
    """What a script can tell from the exit code; stable."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNAVAILABLE = 3
    FAULT = 70
    """EX_SOFTWARE of sysexits(3)."""
    INTERRUPTED = 130
    """128 + SIGINT, as shells say it."""


MEANINGS: Final = {
    Exit.OK: "done",
    Exit.REFUSED: "findings, refused, or not found",
    Exit.USAGE: "the command was written wrong",
    Exit.UNAVAILABLE: "something could not be loaded or reached",
    Exit.FAULT: "a fault in Sconto itself",
    Exit.INTERRUPTED: "interrupted",
}
"""What each exit code means, for the help texts."""

_REFUSALS: Final = (InvalidRequest, NotFound, RequestIdReused, WrongState)


class Failure(Exception):
    """A command can't go on: what is wrong, what to do about it, and the exit code."""

    def __init__(self, message: str, advice: str, code: Exit) -> None:
        self.advice = advice
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Report:
    """An error as a person at a terminal sees it."""

    message: str
    advice: str
    code: Exit

    def __str__(self) -> str:
        return f"error: {one_line(self.message)}\nhelp: {one_line(self.advice)}"


def one_line(text: str) -> str:
    """*text* on one line, with nothing in it that could steer a terminal."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """*text* with every character that is not printable written as its escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def missing_extra(error: ModuleNotFoundError, extra: str) -> Failure:
    """What to say when a command's libraries come with an *extra* that is not installed."""
    message = f"this command needs `{error.name}`, which is not installed"
    return Failure(message, f"in a clone: .venv/bin/pip install -e '.[{extra}]'", Exit.UNAVAILABLE)


def report(error: Exception) -> Report:
    """What to say about *error*, and the exit code that says it to a script."""
    match error:
        case Failure():
            return Report(str(error), error.advice, error.code)
        case click.UsageError():
            return Report(_lower(error.format_message()), _usage_advice(error), Exit.USAGE)
        case click.ClickException():
            advice = "check the paths and options given"
            return Report(_lower(error.format_message()), advice, Exit.UNAVAILABLE)
        case ScontoError():
            refused = isinstance(error, _REFUSALS)
            return Report(str(error), error.help, Exit.REFUSED if refused else Exit.UNAVAILABLE)
        case OSError():
            return _system(error)
        case _:
            return _fault(error)


def _usage_advice(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "sconto"
    return f"run `{path} --help`"


def _system(error: OSError) -> Report:
    where = f"`{error.filename}`: " if error.filename else ""
    message = f"{where}{(error.strerror or str(error)).lower()}"
    return Report(message, "check that it is there and that you may use it", Exit.UNAVAILABLE)


def _fault(error: Exception) -> Report:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    message = f"a fault in sconto itself: {type(error).__name__}: {error}{where}"
    return Report(message, "please report this line and the command", Exit.FAULT)


def _lower(message: str) -> str:
    """Click's *message* in this project's form: lower case, backticks, no final period."""
    said = message.rstrip(".").replace("'", "`")
    return said[:1].lower() + said[1:]
