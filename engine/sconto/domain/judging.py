"""What the domain asks of a rule engine: the truth of every rule for every candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sconto.domain.context import Facts, FactValue

Columns = Mapping[str, Sequence[FactValue | None]]
"""Facts of several candidates: for each fact its values, one a candidate; None where missing."""


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

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """The verdicts on each candidate; there are as many as *about* has entries.

        The facts of a candidate are its own, and those in *shared* that are the same for all.
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


def columns_of(rows: Sequence[Facts]) -> Columns:
    """The facts of each of *rows*, side by side."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def facts_of(shared: Facts, own: Columns, number: int) -> dict[str, FactValue]:
    """All facts of candidate *number*: what is *shared*, where there is no column of its *own*."""
    facts = dict(shared)
    for name, values in own.items():
        value = values[number]
        if value is not None:
            facts[name] = value
        else:
            facts.pop(name, None)
    return facts
