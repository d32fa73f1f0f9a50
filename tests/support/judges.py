"""Judges for tests: the reference evaluator, one that never fires, and one that always fails."""

from __future__ import annotations

from collections.abc import Sequence

from sconto.domain.context import Facts
from sconto.domain.judging import Columns, Judges, Verdicts
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleEngineFailed
from sconto.rulebook.judge.reference import ReferenceJudge


class SilentJudge:
    """Says that no rule speaks, whatever the facts: a rule engine with a bug."""

    engine = "silent"

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """No verdict is true or unknown."""
        return [Verdicts(0, 0) for _ in about]


class BrokenJudge:
    """Fails at every call, as an engine whose handle is gone."""

    engine = "broken"

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """Raise RuleEngineFailed."""
        raise RuleEngineFailed("the handle is gone")


def _segment_judges(ruleset: Ruleset) -> tuple[ReferenceJudge, ...]:
    levels = ruleset.segment_levels
    return tuple(ReferenceJudge([s.condition for s in level]) for level in levels)


def _line_judge(ruleset: Ruleset) -> ReferenceJudge:
    return ReferenceJudge(tuple(ruleset.line_conditions.values()))


def reference(ruleset: Ruleset) -> Judges:
    """The reference evaluator for all of *ruleset*."""
    rules = ReferenceJudge([r.condition for r in ruleset.rules])
    return Judges(_segment_judges(ruleset), rules, _line_judge(ruleset))


def silent(ruleset: Ruleset) -> Judges:
    """Right about segments, blind to every rule."""
    return Judges(_segment_judges(ruleset), SilentJudge(), _line_judge(ruleset))


def broken(ruleset: Ruleset) -> Judges:
    """Right about segments, then the rules can't be judged."""
    return Judges(_segment_judges(ruleset), BrokenJudge(), _line_judge(ruleset))
