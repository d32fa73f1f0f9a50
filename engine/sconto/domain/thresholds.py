"""Thresholds: the values at which something in a ruleset changes its mind, by fact.

Between two neighbouring thresholds of a fact every condition has one truth value, so the values on
and beside them are all that need to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sconto.domain.condition import Comparison, Condition, comparisons, whole_of
from sconto.domain.context import FactValue
from sconto.domain.ruleset import CANDIDATE_PREFIXES, Ruleset

SEGMENT: Final = "segment."
THE_BASKET: Final = "basket."
"""Stands for everything that hangs on what is in the basket."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What one ruleset compares with what."""

    values: Mapping[str, frozenset[FactValue]]
    """Every value that a fact of the request is compared with."""
    of_rule: Mapping[str, frozenset[str]]
    """The facts that the verdict of a rule hangs on, by rule id; those of segments in their place.
    `basket.` stands for whatever the basket decides."""


def thresholds(ruleset: Ruleset) -> Thresholds:
    """The thresholds of *ruleset*."""
    segments = {f"{SEGMENT}{s.id}": s.condition for level in ruleset.segment_levels for s in level}
    conditions = [*segments.values(), *(rule.condition for rule in ruleset.rules)]
    values: dict[str, set[FactValue]] = {}
    for comparison in (c for condition in conditions for c in comparisons(condition)):
        values.setdefault(comparison.fact, set()).add(comparison.value)
    return Thresholds(
        {fact: frozenset(found) for fact, found in values.items()},
        {r.id: frozenset(_tokens(comparisons(r.condition), segments)) for r in ruleset.rules},
    )


def _tokens(found: Iterable[Comparison], segments: Mapping[str, Condition]) -> set[str]:
    tokens: set[str] = set()
    for comparison in found:
        fact = comparison.fact
        if fact in segments:
            tokens |= _tokens(comparisons(segments[fact]), segments)
        elif fact.startswith((*CANDIDATE_PREFIXES, THE_BASKET)):
            tokens.add(THE_BASKET)
        else:
            tokens.add(whole_of(fact))
    return tokens
