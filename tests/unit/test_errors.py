"""What every error keeps on its way between processes."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from typing import Any

import sconto
from sconto.errors import (
    CallRefused,
    FieldViolation,
    InvalidRequest,
    InvalidRules,
    PublicationRefused,
    RuleFinding,
    ScontoError,
    WrongState,
)
from sconto.learning.data.recipe import RecipeFaulty
from sconto.serving.messages import Failed
from sconto.serving.supervisor import ProcessFailed

FINDINGS = (
    RuleFinding("rules/shop.yaml", 2, 7, "SCH-003", "unknown key", "remove it", "  2 | a\n"),
    RuleFinding("rules/offers/a.yaml", 1, 1, "SCH-002", "missing key", "add it", ""),
)


def every_error() -> list[type[ScontoError]]:
    """Every error class, in whatever module of the package it is defined."""
    for module in pkgutil.walk_packages(sconto.__path__, "sconto."):
        importlib.import_module(module.name)
    found: list[type[ScontoError]] = []
    waiting = [ScontoError]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].__subclasses__()
    return sorted(found, key=lambda kind: kind.__name__)


MADE: dict[type[ScontoError], tuple[Any, ...]] = {
    InvalidRules: (FINDINGS,),
    RecipeFaulty: (FINDINGS,),
    InvalidRequest: ((FieldViolation("lines[0]", "too many"), FieldViolation("id", "too long")),),
    PublicationRefused: ("RULES_CHANGED", "another ruleset is in force", FINDINGS),
    ProcessFailed: (Failed("it ended", "look at its log"),),
    WrongState: ("RESERVATION_EXPIRED", "it expired"),
    CallRefused: ("TOKEN_INVALID", "it is not valid", 1),
}
"""What errors are made of that need more than a message."""


def made(kind: type[ScontoError]) -> ScontoError:
    """One of *kind*, with every field that it can have."""
    parts = next((p for k, p in MADE.items() if issubclass(kind, k)), ("something is wrong",))
    return kind(*parts)


def test_every_error_is_the_same_after_pickling() -> None:
    """The class, the message and every field survive the way to another process."""
    for kind in every_error():
        error = made(kind)
        error.add_note("while reading")

        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled here

        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)
