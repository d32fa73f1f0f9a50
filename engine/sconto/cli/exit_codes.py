"""Exit codes, and the report of an error on standard error."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import click

from sconto.errors import (
    InvalidRequest,
    NotFound,
    Rejected,
    RequestIdReused,
    ScontoError,
    Unavailable,
    WrongState,
)


class Exit(IntEnum):
    """The exit codes of all commands; stable."""

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

_REFUSALS: Final = (InvalidRequest, NotFound, Rejected, RequestIdReused, WrongState)


@dataclass(frozen=True, slots=True)
class Report:
    """An error as it is printed: message, advice and exit code."""

    message: str
    advice: str
    code: Exit

    def __str__(self) -> str:
        return f"error: {one_line(self.message)}\nhelp: {one_line(self.advice)}"


def one_line(text: str) -> str:
    """*text* on one line, its control characters escaped."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """*text*, with an escape for each character that is not printable."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@contextmanager
def needs_extra(extra: str, otherwise: str = "") -> Iterator[None]:
    """Raise Unavailable, with the *extra* to install, when an import in the block fails.

    *otherwise* says what can be done without it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"this command needs `{error.name}`, which is not installed"
        advice = f"in a clone: .venv/bin/pip install -e '.[{extra}]'{otherwise}"
        raise Unavailable(message, advice) from error


def report(error: Exception) -> Report:
    """The message, advice and exit code for *error*."""
    match error:
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
    text = message.rstrip(".").replace("'", "`")
    return text[:1].lower() + text[1:]
