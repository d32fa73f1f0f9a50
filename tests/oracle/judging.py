"""What the domain asks of a rule engine: the truth of every rule for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sconto.domain.context import Facts


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For one candidate: bit i of *true* (or *unknown*) says that rule i is true (or unknown)."""

    true: int
    unknown: int


EVERYTHING: Final = -1
"""The entry of *about* that asks for every condition."""


class Judge(Protocol):
    """Judges a fixed tuple of conditions, numbered from 0."""

    @property
    def engine(self) -> str:
        """What judges at present, with its version; it goes into the record."""
        ...

    def judge(
        self, request: Facts, candidates: Sequence[Facts], about: Sequence[int]
    ) -> list[Verdicts]:
        """The verdicts on each candidate, whose facts are *request* plus its own.

        Only the conditions whose bit is set in its entry of *about* are judged on a candidate.
        MUST agree with `sconto.domain.condition.evaluate` for every rule and candidate.
        MUST raise RuleEngineFailed rather than return a verdict it is not sure of.
        """
        ...


@dataclass(frozen=True, slots=True)
class Judges:
    """The judges of one ruleset: for each level of segments, for its lines, and for its rules."""

    segments: tuple[Judge, ...]
    rules: Judge
    lines: Judge
    """Judges `Ruleset.line_conditions`, in their order, on the facts of basket lines."""

    @property
    def engine(self) -> str:
        """What judges at present: the rule engine, or the reference evaluator in its place."""
        return self.rules.engine
