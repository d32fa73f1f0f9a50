"""The judges of a ruleset: durable-rules, and the reference evaluator when that fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from sconto.domain.condition import Condition
from sconto.domain.context import Facts
from sconto.domain.judging import Columns, Judge, Judges, Verdicts
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.judge.reference import REFERENCE, ReferenceJudge
from sconto.rulebook.judge.rete import EngineBroken, ReteJudge

MAX_REBUILDS: Final = 3
"""A ruleset that breaks the engine more often than this stays with the reference evaluator."""

_log = logging.getLogger(__name__)

Build = Callable[[Sequence[Condition]], Judge]


class GuardedJudge:
    """Judges with the rule engine; once that fails, with the reference evaluator meanwhile.

    A failed engine is never asked again: a new one is built in the background, off the request
    path, and takes over when it is ready. Verdicts are the same whoever judges.
    """

    def __init__(
        self,
        conditions: Sequence[Condition],
        build: Build = ReteJudge,
        beside: tuple[Judge, ...] = (),
    ) -> None:
        self._conditions = tuple(conditions)
        self._build = build
        self._beside = beside
        self._reference = ReferenceJudge(self._conditions)
        self._engine: Judge | None = build(self._conditions)
        self._rebuilds = 0
        self._closed = False
        self._swap = threading.Lock()

    @property
    def engine(self) -> str:
        """What judges at present; the reference evaluator when it does so in any judge *beside*."""
        judge = self._engine
        if judge is None or any(other.engine == REFERENCE for other in self._beside):
            return REFERENCE
        return judge.engine

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """The verdicts on each candidate; see the Judge protocol."""
        judge = self._engine
        if judge is not None:
            try:
                return judge.judge(shared, own, about)
            except EngineBroken as error:
                self._abandon(judge, error)
        return self._reference.judge(shared, own, about)

    def _abandon(self, judge: Judge, error: EngineBroken) -> None:
        # Its handles are leaked on purpose: deleting a broken one can bring the process down.
        if self._engine is not judge:
            return
        self._engine = None
        _log.error("rule engine failed, the reference evaluator judges: %s", error)
        if self._rebuilds < MAX_REBUILDS:
            self._rebuilds += 1
            threading.Thread(target=self._rebuild, name="rule-engine-rebuild", daemon=True).start()

    def _rebuild(self) -> None:
        try:
            built = self._build(self._conditions)
        except EngineBroken:
            _log.exception("rule engine could not be built again")
            return
        with self._swap:
            closed = self._closed
            self._engine = None if closed else built
        if closed:
            _close(built)
        else:
            _log.warning("rule engine judges again after rebuild %d", self._rebuilds)

    def close(self) -> None:
        """Give the engine's memory back, also that of one still being built.

        A handle that broke is left alone. Nobody may be judging.
        """
        with self._swap:
            engine, self._engine, self._closed = self._engine, None, True
        if engine is not None:
            _close(engine)


def _close(judge: Judge) -> None:
    if isinstance(judge, ReteJudge):
        judge.close()


def judges_for(ruleset: Ruleset) -> Judges:
    """The judges of *ruleset*: one for each level of segments, and one for its rules."""
    segments = tuple(
        GuardedJudge([segment.condition for segment in level]) for level in ruleset.segment_levels
    )
    conditions = [rule.condition for rule in ruleset.rules]
    lines = GuardedJudge(tuple(ruleset.line_conditions.values()))
    rules = GuardedJudge(conditions, beside=(*segments, lines))
    return Judges(segments=segments, rules=rules, lines=lines)


def reference_judges(ruleset: Ruleset) -> Judges:
    """The reference evaluator alone, as judges of *ruleset*."""
    segments = tuple(
        ReferenceJudge([segment.condition for segment in level]) for level in ruleset.segment_levels
    )
    rules = ReferenceJudge([rule.condition for rule in ruleset.rules])
    return Judges(segments, rules, ReferenceJudge(tuple(ruleset.line_conditions.values())))
