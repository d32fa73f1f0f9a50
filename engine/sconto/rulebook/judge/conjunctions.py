"""Rules as alternatives of plain conjunctions: the form that the rule engine takes.

A rule is true when one of its conjunctions is. It is unknown when none is, but one has no false
comparison and at least one whose fact is missing. Because Kleene's logic is distributive, this
disjunctive form has the same truth value as the condition it came from, unknown included; so
nothing may be simplified away that two-valued logic would allow (`x < 1 and x > 2` stays).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sconto.domain.condition import All, AnyOf, Comparison, Condition, fold
from sconto.domain.facts import CANDIDATE_FACTS, LINE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.ruleset import CANDIDATE_PREFIXES, Rule, Ruleset, Segment
from sconto.rulebook.findings import Report, Source

_KNOWN: Final = frozenset({*REQUEST_FACTS, *CANDIDATE_FACTS, *LINE_FACTS})

MAX_ALTERNATIVES: Final = 64
MAX_CONJUNCTIONS: Final = 100_000
"""Most of one level in all. What one handle of the rule engine can hold is bounded by its judge."""


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Makes rule number *rule* true when all of its comparisons are; they are sorted."""

    rule: int
    comparisons: tuple[Comparison, ...]

    def by_fact(self) -> Mapping[str, tuple[Comparison, ...]]:
        """Its comparisons of each fact that it looks at."""
        found: dict[str, tuple[Comparison, ...]] = {}
        for comparison in self.comparisons:
            found[comparison.fact] = (*found.get(comparison.fact, ()), comparison)
        return found


class TooLarge(Exception):
    """A rule beyond a limit; *code* and *advice* become a finding."""

    def __init__(self, code: str, message: str, advice: str) -> None:
        self.code = code
        self.advice = advice
        super().__init__(message)


def of_candidate(fact: str) -> bool:
    """Whether *fact* belongs to a candidate rather than to the request."""
    return fact.startswith(CANDIDATE_PREFIXES)


def always_known(fact: str) -> bool:
    """Whether every request (or candidate, or line) has *fact*."""
    return fact in _KNOWN or fact.startswith(SIGNAL_PREFIX)


def conjunctions(rule: int, condition: Condition) -> list[Conjunction]:
    """All conjunctions of *condition*, sorted; raises TooLarge beyond the limit."""
    alternatives = [tuple(sorted(a, key=_key)) for a in _alternatives(condition)]
    alternatives.sort(key=lambda comparisons: [_key(c) for c in comparisons])
    return [Conjunction(rule, comparisons) for comparisons in alternatives]


Alternatives = set[frozenset[Comparison]]


def _alternatives(condition: Condition) -> Alternatives:
    """The disjunctive normal form, without the alternatives that another one implies."""
    return fold(condition, lambda c: {frozenset((c,))}, _combined)


def _combined(group: type[All | AnyOf], parts: Sequence[Alternatives]) -> Alternatives:
    if group is AnyOf:
        return _bounded(set().union(*parts))
    product = {frozenset[Comparison]()}
    for part in parts:
        product = _bounded({a | b for a in product for b in part})
    return product


def _bounded(found: Alternatives) -> Alternatives:
    # Comparing all with all is only worth it where it can still bring them below the limit.
    few = len(found) <= MAX_ALTERNATIVES**2 // 4
    kept = {a for a in found if not any(b < a for b in found)} if few else found
    if len(kept) > MAX_ALTERNATIVES:
        message = f"the rule has more than {MAX_ALTERNATIVES} alternatives"
        raise TooLarge("LIM-001", message, "split it into several rules")
    return kept


def _key(comparison: Comparison) -> tuple[str, str, str, str]:
    value = comparison.value
    return (comparison.fact, comparison.op.value, type(value).__name__, str(value))


def check_limits(ruleset: Ruleset, sources: Mapping[str, Source], report: Report) -> None:
    """Report every rule and segment of *ruleset* that is too large for the rule engine."""
    about_lines = [Segment(rule_id, when) for rule_id, when in ruleset.line_conditions.items()]
    levels: list[Sequence[Rule | Segment]] = [*ruleset.segment_levels, about_lines, ruleset.rules]
    for level in levels:
        total = sum(_size(item, sources, report) for item in level)
        if total > MAX_CONJUNCTIONS:
            message = f"the rules have {total} alternatives in all, limit {MAX_CONJUNCTIONS}"
            first = sources.get(level[0].id, Source(""))
            report.add(first, (), "LIM-003", message, "simplify or remove rules")


def _size(item: Rule | Segment, sources: Mapping[str, Source], report: Report) -> int:
    try:
        return len(conjunctions(0, item.condition))
    except TooLarge as limit:
        report.add(sources.get(item.id, Source("")), (), limit.code, str(limit), limit.advice)
        return 0
