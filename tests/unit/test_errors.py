"""What every error keeps on its way between processes."""

from __future__ import annotations

import importlib
import pickle
import pkgutil

import sconto
from sconto.errors import (
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


def made(kind: type[ScontoError]) -> ScontoError:
    """One of *kind*, with every field that it can have."""
    if issubclass(kind, InvalidRules | RecipeFaulty):
        return kind(FINDINGS)
    if issubclass(kind, InvalidRequest):
        return kind((FieldViolation("lines[0]", "too many"), FieldViolation("id", "too long")))
    if issubclass(kind, PublicationRefused):
        return kind("RULES_CHANGED", "another ruleset is in force", FINDINGS)
    if issubclass(kind, ProcessFailed):
        return kind(Failed("it ended", "look at its log"))
    if issubclass(kind, WrongState):
        return kind("RESERVATION_EXPIRED", "it expired")
    return kind("something is wrong")


def test_every_error_is_the_same_after_pickling() -> None:
    """The class, the message and every field survive the way to another process."""
    for kind in every_error():
        error = made(kind)
        error.add_note("while reading")

        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - pickled here

        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)
