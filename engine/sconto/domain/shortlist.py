"""Eligibility and guardrails: which candidates may be given, and who spoke against the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sconto.domain.candidate import Candidate, candidates_for
from sconto.domain.condition import Comparison, Truth, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import candidate_facts, request_facts, with_segments
from sconto.domain.judging import Judges, Verdicts
from sconto.domain.limits import FAILED, Binding, applicable, bind, floor_table, margin_before
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Rule, Ruleset
from sconto.errors import RuleEngineFailed


@dataclass(frozen=True, slots=True)
class Clause:
    """One comparison that decided: the fact, how it was compared, with what, and what it was."""

    fact: str
    op: str
    threshold: FactValue
    observed: FactValue | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that spoke against a candidate; *rule_id* is empty when no rule did."""

    code: ReasonCode
    rule_id: str = ""
    clauses: tuple[Clause, ...] = ()
    line_id: str = ""

    @property
    def missing_fact(self) -> str:
        """The fact whose absence withheld the candidate, or empty."""
        missing = (c.fact for c in self.clauses if c.observed is None)
        return next(missing, "") if self.code is ReasonCode.FACT_MISSING else ""


@dataclass(frozen=True, slots=True)
class Assessed:
    """A candidate with everything that speaks against it; allowed when nothing does."""

    candidate: Candidate
    findings: tuple[Finding, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether eligibility and guardrails let it through."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Every candidate, assessed, ordered by (offer id, depth), and the segments that were known."""

    assessed: tuple[Assessed, ...]
    segments: Mapping[str, bool]

    @property
    def allowed(self) -> tuple[Candidate, ...]:
        """The candidates that may be given."""
        return tuple(a.candidate for a in self.assessed if a.allowed)


@dataclass(frozen=True, slots=True)
class _Priced:
    candidate: Candidate
    bindings: Mapping[str, Binding | None]
    facts: Facts


def shortlist(context: DecisionContext, ruleset: Ruleset, judges: Judges) -> Shortlist:
    """Assess every candidate of *ruleset* for *context*.

    Fails closed: when the rules can't be judged, every candidate is withheld as RULE_FAILED.
    """
    candidates = candidates_for(context, ruleset)
    base = request_facts(context)
    try:
        known = with_segments(base, ruleset.segment_levels, judges.segments)
        priced = _price_limits(candidates, context, ruleset)
        verdicts = judges.rules.judge(known, [p.facts for p in priced]) if priced else []
    except RuleEngineFailed:
        failed = (Finding(ReasonCode.RULE_FAILED),)
        return Shortlist(tuple(Assessed(c, _unpriced(c) or failed) for c in candidates), {})
    findings = {
        p.candidate.id: _findings(p, known, v, context, ruleset)
        for p, v in zip(priced, verdicts, strict=True)
    }
    segments = {k.removeprefix("segment."): bool(v) for k, v in known.items() if k not in base}
    assessed = (Assessed(c, _unpriced(c) or findings[c.id]) for c in candidates)
    return Shortlist(tuple(assessed), segments)


def _unpriced(candidate: Candidate) -> tuple[Finding, ...]:
    return () if candidate.unpriced is None else (Finding(candidate.unpriced),)


def _price_limits(
    candidates: tuple[Candidate, ...], context: DecisionContext, ruleset: Ruleset
) -> list[_Priced]:
    floors = floor_table(context, ruleset)
    guardrails = tuple(applicable(context, ruleset))
    priced = []
    for candidate in candidates:
        if candidate.unpriced is None:
            bindings = {g.id: bind(g, candidate, context, floors) for g in guardrails}
            facts = candidate_facts(candidate, context, ruleset, bindings)
            priced.append(_Priced(candidate, bindings, facts))
    return priced


def _findings(
    priced: _Priced, request: Facts, verdicts: Verdicts, context: DecisionContext, ruleset: Ruleset
) -> tuple[Finding, ...]:
    spoke = verdicts.true | verdicts.unknown
    found: list[Finding] = []
    while spoke:
        bit = (spoke & -spoke).bit_length() - 1
        spoke &= spoke - 1
        truth = Truth.TRUE if verdicts.true >> bit & 1 else Truth.UNKNOWN
        found.append(_finding(ruleset.rules[bit], truth, priced, request, context))
    if not found and margin_before(priced.candidate, context) is None:
        clause = Clause("line.unit_cost", "known", True, None)
        found.append(Finding(ReasonCode.FACT_MISSING, "", (clause,)))
    return tuple(found)


def _finding(
    rule: Rule, truth: Truth, priced: _Priced, request: Facts, context: DecisionContext
) -> Finding:
    binding = priced.bindings.get(rule.id)
    if binding is not None:
        return _guardrail_finding(rule, binding, context)
    facts = {**request, **priced.facts}
    clauses = tuple(_clause(c, facts) for c in speaking(rule.condition, facts, truth))
    code = rule.reason if truth is Truth.TRUE else ReasonCode.FACT_MISSING
    return Finding(code, rule.id, clauses)


def _clause(comparison: Comparison, facts: Facts) -> Clause:
    observed = facts.get(comparison.fact)
    return Clause(comparison.fact, comparison.op.value, comparison.value, observed)


def _guardrail_finding(rule: Rule, binding: Binding, context: DecisionContext) -> Finding:
    line_id = "" if binding.line is None else context.lines[binding.line].line_id
    if binding.missing == FAILED:
        return Finding(ReasonCode.RULE_FAILED, rule.id, (), line_id)
    if binding.missing is not None:
        clause = Clause(binding.missing, "known", True, None)
        return Finding(ReasonCode.FACT_MISSING, rule.id, (clause,), line_id)
    fact, op = _MEASURED[rule.reason]
    clause = Clause(fact, op, binding.threshold, binding.observed)
    return Finding(rule.reason, rule.id, (clause,), line_id)


_MEASURED = {
    ReasonCode.BELOW_PRICE_FLOOR: ("line.net_total", ">="),
    ReasonCode.BELOW_MARGIN_FLOOR: ("candidate.margin", ">="),
    ReasonCode.ABOVE_DISCOUNT_CAP: ("candidate.discount", "<="),
}
