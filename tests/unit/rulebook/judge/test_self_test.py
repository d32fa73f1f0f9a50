"""The self-test finds an engine that loses or invents a verdict, whichever rule it is about."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sconto.domain.condition import Condition, facts_needed
from sconto.domain.context import Facts
from sconto.domain.judging import Columns, Verdicts
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.judge.conjunctions import always_known
from sconto.rulebook.judge.reference import ReferenceJudge
from sconto.rulebook.judge.self_test import VerdictLost, self_test
from sconto.rulebook.loader import load_folder
from support.served import RULES


@pytest.fixture(scope="module")
def retail() -> Ruleset:
    """The shipped retail rules."""
    return load_folder(RULES)


class Forgetful(ReferenceJudge):
    """An engine that never says `true` (or `unknown`) of one condition."""

    def __init__(self, conditions: Sequence[Condition], lost: int, kind: str) -> None:
        super().__init__(conditions)
        self._lost = lost
        self._kind = kind

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """All verdicts but the lost one."""
        kept = ~(1 << self._lost)
        right = super().judge(shared, own, about)
        if self._kind == "true":
            return [Verdicts(v.true & kept, v.unknown) for v in right]
        return [Verdicts(v.true, v.unknown & kept) for v in right]


def test_the_shipped_rules_pass(retail: Ruleset) -> None:
    """The real engine agrees with the reference evaluator on every rule."""
    self_test(retail)


@pytest.mark.parametrize("kind", ["true", "unknown"])
def test_a_lost_verdict_is_found_and_named(retail: Ruleset, kind: str) -> None:
    """Whichever rule the engine is blind to, the self-test names it."""
    asked = [r for r in retail.rules if kind == "true" or _can_be_unknown(r.condition)]
    assert asked
    for rule in asked:
        number = retail.rules.index(rule)

        def build(conditions: Sequence[Condition], lost: int = number) -> ReferenceJudge:
            of_rules = len(conditions) == len(retail.rules)
            return Forgetful(conditions, lost, kind) if of_rules else ReferenceJudge(conditions)

        with pytest.raises(VerdictLost, match=f"`{rule.id}`"):
            self_test(retail, build)


def _can_be_unknown(condition: Condition) -> bool:
    return any(not always_known(fact) for fact in facts_needed(condition))


def test_a_verdict_that_is_wrong_at_one_value_only_is_found(retail: Ruleset) -> None:
    """A bound that is off by one shows at the bound."""

    class OffByOne(ReferenceJudge):
        """Sees every day one too late."""

        def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
            """The verdicts of the next day."""
            day = shared.get("context.day")
            moved = {**shared, "context.day": day + 1} if isinstance(day, int) else shared
            return super().judge(moved, own, about)

    with pytest.raises(VerdictLost):
        self_test(retail, OffByOne)
