"""All that a store can be asked to write: the ports' writes, and its own upkeep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sconto.app.ports import (
    CodesWrite,
    DecisionWrite,
    EventsWrite,
    PricesWrite,
    PublicationWrite,
    StepWrite,
)
from sconto.app.transparency.kept import CheckpointWrite
from sconto.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class RulesetWrite:
    """The rule documents that *digest* names."""

    digest: str
    documents: bytes


@dataclass(frozen=True, slots=True)
class Forgetting:
    """The end of events that happened before *before_us*, among the *limit* kept first."""

    before_us: int
    limit: int


@dataclass(frozen=True, slots=True)
class Trial:
    """Nothing, made durable: shows whether writes can be."""


Write: TypeAlias = (
    DecisionWrite
    | StepWrite
    | EventsWrite
    | PublicationWrite
    | RulesetWrite
    | Forgetting
    | CodesWrite
    | PricesWrite
    | CheckpointWrite
    | Trial
)


def not_durable(error: Exception) -> StoreUnavailable:
    """The error for the caller of a write that *error* stopped."""
    return StoreUnavailable(f"the write could not be made durable: {error}")
