"""The facts that a rule hangs on, through segments too."""

from __future__ import annotations

from collections.abc import Iterable

from sconto.domain.condition import Condition, facts_needed
from sconto.domain.formula import formula_facts
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.guardrail_kinds import BY_KEY
from sconto.rulebook.lint.subject import Subject


def facts_of(subject: Subject, rule_ids: Iterable[str]) -> frozenset[str]:
    """The facts of the request, the candidate and its lines that the rules look at."""
    ruleset = subject.ruleset
    found: set[str] = set()
    for rule_id in rule_ids:
        found |= expanded(subject.rules[rule_id].deny_when, ruleset)
        about = ruleset.line_conditions.get(rule_id)
        found |= expanded(about, ruleset) if about is not None else frozenset()
    for guardrail in ruleset.guardrails:
        if guardrail.id in set(rule_ids):
            found |= set(formula_facts(guardrail.formula)) if guardrail.formula else set()
            found |= set(BY_KEY[guardrail.kind.value].facts)
    return frozenset(found)


def expanded(condition: Condition, ruleset: Ruleset) -> frozenset[str]:
    """The facts of *condition*, with those of the segments that it names in their place."""
    segments = {f"segment.{s.id}": s.condition for level in ruleset.segment_levels for s in level}
    found: set[str] = set()
    waiting = list(facts_needed(condition))
    while waiting:
        fact = waiting.pop()
        if fact in segments:
            waiting += facts_needed(segments[fact])
        else:
            found.add(fact)
    return frozenset(found)
