"""Judges that evaluate condition by condition and candidate by candidate."""

from __future__ import annotations

from collections.abc import Sequence

from sconto.domain.condition import Condition, Truth, evaluate
from sconto.domain.context import Facts
from sconto.domain.judging import Judges, Verdicts
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.judge.reference import ReferenceJudge


class Plain:
    """Judges a fixed tuple of conditions."""

    engine = "plain"

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._conditions = tuple(conditions)

    def judge(
        self, request: Facts, candidates: Sequence[Facts], about: Sequence[int]
    ) -> list[Verdicts]:
        """The verdicts on each candidate, in the order given."""
        return [
            self._verdicts({**request, **own}, asked)
            for own, asked in zip(candidates, about, strict=True)
        ]

    def _verdicts(self, facts: Facts, asked: int) -> Verdicts:
        truths = [
            evaluate(condition, facts) if asked >> bit & 1 else Truth.FALSE
            for bit, condition in enumerate(self._conditions)
        ]
        true = sum(1 << bit for bit, truth in enumerate(truths) if truth is Truth.TRUE)
        unknown = sum(1 << bit for bit, truth in enumerate(truths) if truth is Truth.UNKNOWN)
        return Verdicts(true, unknown)


def judges_of(ruleset: Ruleset) -> Judges:
    """The judges of *ruleset*."""
    levels = tuple(Plain([s.condition for s in level]) for level in ruleset.segment_levels)
    rules = Plain([rule.condition for rule in ruleset.rules])
    lines = ReferenceJudge(tuple(ruleset.line_conditions.values()))
    return Judges(levels, rules, lines)
