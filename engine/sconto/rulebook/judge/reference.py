"""The reference evaluator: plain Python over the same conditions; oracle, and stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sconto.domain.condition import Condition, Truth, evaluate
from sconto.domain.context import Facts
from sconto.domain.judging import Columns, Verdicts, facts_of
from sconto.errors import RuleEngineFailed

REFERENCE: Final = "reference evaluator"


class ReferenceJudge:
    """Judges conditions one by one, as `sconto.domain.condition.evaluate` does.

    Raises RuleEngineFailed when a fact can't be compared with what its rule compares it with.
    """

    engine = REFERENCE

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._conditions = tuple(conditions)

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """The verdicts on each candidate; see the Judge protocol."""
        return [self._verdicts(facts_of(shared, own, i), bits) for i, bits in enumerate(about)]

    def _verdicts(self, facts: Facts, about: int) -> Verdicts:
        true = unknown = 0
        for number, condition in enumerate(self._conditions):
            if not about >> number & 1:
                continue
            try:
                truth = evaluate(condition, facts)
            except TypeError as error:
                raise RuleEngineFailed("a fact has another type than its rules") from error
            if truth is Truth.TRUE:
                true |= 1 << number
            elif truth is Truth.UNKNOWN:
                unknown |= 1 << number
        return Verdicts(true, unknown)
