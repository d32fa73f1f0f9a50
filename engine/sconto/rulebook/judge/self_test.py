"""A ruleset judged twice before it serves: what the rule engine says must be the reference's.

Every condition is put to the test where it can go wrong: at the constants it compares with, one
above and one below them, and with facts missing. Facts are chosen, not random: the same ruleset
gets the same test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Final

from sconto.domain.condition import Comparison, Condition, comparisons
from sconto.domain.context import Facts, FactValue
from sconto.domain.judging import EVERYTHING, Judge, columns_of
from sconto.domain.ruleset import Ruleset
from sconto.errors import RuleEngineFailed
from sconto.rulebook.judge.conjunctions import Conjunction, always_known, conjunctions, of_candidate
from sconto.rulebook.judge.reference import ReferenceJudge
from sconto.rulebook.judge.rete import ReteJudge

REQUESTS: Final = 30
CANDIDATES: Final = 10
"""Of each request; all conditions are judged on each of them."""

Build = Callable[[Sequence[Condition]], Judge]
Pools = Mapping[str, Sequence[FactValue | None]]
"""Values worth trying, by fact; None stands for a missing fact."""


class VerdictLost(RuleEngineFailed):
    """The rule engine and the reference evaluator disagree on a rule."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """Conditions that one judge judges together, with their names."""

    names: Sequence[str]
    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class _Case:
    """One call of a judge."""

    request: Facts
    candidates: tuple[Facts, ...]
    about: int


def self_test(ruleset: Ruleset, build: Build = ReteJudge) -> None:
    """Pass when the judges that *build* makes agree with the reference on all of *ruleset*.

    Raises VerdictLost with the name of a rule they disagree on, and what building or judging
    raises.
    """
    for judged in _judged(ruleset):
        engine, reference = build(judged.conditions), ReferenceJudge(judged.conditions)
        for case in _cases(judged.conditions):
            about, own = [case.about] * len(case.candidates), columns_of(case.candidates)
            expected = reference.judge(case.request, own, about)
            verdicts = engine.judge(case.request, own, about)
            for right, got in zip(expected, verdicts, strict=True):
                wrong = (right.true ^ got.true) | (right.unknown ^ got.unknown)
                if wrong:
                    name = judged.names[(wrong & -wrong).bit_length() - 1]
                    raise VerdictLost(f"the rule engine judges `{name}` wrongly")


def _judged(ruleset: Ruleset) -> Iterator[_Judged]:
    for level in ruleset.segment_levels:
        yield _Judged([s.id for s in level], [s.condition for s in level])
    lines = ruleset.line_conditions
    yield _Judged(list(lines), list(lines.values()))
    yield _Judged([r.id for r in ruleset.rules], [r.condition for r in ruleset.rules])


def _cases(conditions: Sequence[Condition]) -> Iterator[_Case]:
    pools = _pools(conditions)
    rows = _rows(pools)
    for _ in range(REQUESTS):
        batch = list(islice(rows, CANDIDATES))
        request, _ = _sides(batch[0])
        yield _Case(request, tuple(_sides(row)[1] for row in batch), EVERYTHING)
    for number, condition in enumerate(conditions):
        for conjunction in conjunctions(number, condition):
            for row in _where_it_may_hold(conjunction, next(rows)):
                request, own = _sides(row)
                yield _Case(request, (own,), 1 << number)


def _pools(conditions: Sequence[Condition]) -> Pools:
    constants: dict[str, set[FactValue]] = {}
    for comparison in (c for condition in conditions for c in comparisons(condition)):
        constants.setdefault(comparison.fact, set()).add(comparison.value)
    return {
        fact: [*_around(values), *([] if always_known(fact) else [None])]
        for fact, values in sorted(constants.items())
    }


def _around(constants: set[FactValue]) -> list[FactValue]:
    """The values that tell *constants* of one fact apart: each of them, and its neighbours."""
    if all(isinstance(value, bool) for value in constants):
        return [False, True]
    numbers = {int(v) + step for v in constants if not isinstance(v, str) for step in (-1, 0, 1)}
    texts = {text for v in constants if isinstance(v, str) for text in (v, f"{v}~")}
    return [*sorted(numbers), *sorted(texts)]


def _rows(pools: Pools) -> Iterator[Facts]:
    """Facts without end. Each fact runs through its whole pool, in an order of its own."""
    random = Random(0)  # noqa: S311 - a fixed shuffle, nothing is to be kept secret
    turns = {fact: cycle(random.sample(pool, len(pool))) for fact, pool in pools.items()}
    while True:
        row = {fact: next(turn) for fact, turn in turns.items()}
        yield {fact: value for fact, value in row.items() if value is not None}


def _where_it_may_hold(conjunction: Conjunction, row: Facts) -> Iterator[Facts]:
    """*row* changed so that *conjunction* holds, then with each of its facts missing that can be.

    A conjunction that can't hold keeps the facts it can't have.
    """
    parts = conjunction.by_fact()
    wanted = {fact: _fitting(part) for fact, part in parts.items()}
    holding = {**row, **{fact: value for fact, value in wanted.items() if value is not None}}
    yield holding
    for gap in parts:
        if not always_known(gap):
            yield {fact: value for fact, value in holding.items() if fact != gap}


def _fitting(part: Sequence[Comparison]) -> FactValue | None:
    """A value for which all comparisons of *part* are true; None when there is none."""
    tried = _around({c.value for c in part})
    return next((v for v in tried if all(c.holds(v, c.value) for c in part)), None)


def _sides(row: Facts) -> tuple[Facts, Facts]:
    """The facts of the request, and those of the candidate."""
    request = {fact: value for fact, value in row.items() if not of_candidate(fact)}
    return request, {fact: value for fact, value in row.items() if of_candidate(fact)}
