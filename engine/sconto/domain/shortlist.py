"""Eligibility and guardrails: which candidates may be given, and who spoke against the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from sconto.domain.candidate import Candidate, candidates_for
from sconto.domain.condition import Comparison, Condition, Truth, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import candidate_facts, request_facts, with_segments
from sconto.domain.judging import Judges, Verdicts
from sconto.domain.limits import FAILED, Binding, bind, floor_table, in_force
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
    """A priced candidate as rules see it; *about* are the rules that speak about it, as bits."""

    candidate: Candidate
    bindings: Mapping[str, Binding]
    facts: Facts
    about: int


def shortlist(context: DecisionContext, ruleset: Ruleset, judges: Judges) -> Shortlist:
    """Assess every candidate of *ruleset* for *context*.

    Fails closed: when the rules can't be judged, every candidate is withheld as RULE_FAILED.
    """
    candidates = candidates_for(context, ruleset)
    base = request_facts(context)
    try:
        known = with_segments(base, ruleset.segment_levels, judges.segments)
        priced = _price_limits(candidates, context, ruleset)
        verdicts = judges.rules.judge(known, [p.facts for p in priced], [p.about for p in priced])
    except RuleEngineFailed:
        failed = (Finding(ReasonCode.RULE_FAILED),)
        return Shortlist(tuple(Assessed(c, _unpriced(c) or failed) for c in candidates), {})
    teller = _Teller(context, ruleset, known)
    findings = {
        p.candidate.id: teller.findings(p, v) for p, v in zip(priced, verdicts, strict=True)
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
    bits = {rule.id: 1 << i for i, rule in enumerate(ruleset.rules)}
    guardrails = [(bits[g.id], g) for g in in_force(context, ruleset)]
    rules_of = [ruleset.rules_by_line.covering(line) for line in context.lines]
    priced = []
    for candidate in candidates:
        if candidate.unpriced is None:
            touching = reduce(or_, (rules_of[i] for i, _ in candidate.allocation))
            about = touching & ruleset.rules_by_offer[candidate.offer.id]
            asked = [g for bit, g in guardrails if about & bit]
            found = {g.id: bind(g, candidate, context, floors) for g in asked}
            bindings = {guardrail_id: b for guardrail_id, b in found.items() if b is not None}
            # A price floor has nothing to say where nothing comes off the lines it covers.
            silent = sum(bits[guardrail_id] for guardrail_id, b in found.items() if b is None)
            facts = candidate_facts(candidate, context, bindings)
            priced.append(_Priced(candidate, bindings, facts, about & ~silent))
    return priced


class _Teller:
    """Tells what spoke against each candidate of one request; the same thing is told once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, request: Facts) -> None:
        self._context = context
        self._rules = ruleset.rules
        self._segments = {f"segment.{s.id}": s for level in ruleset.segment_levels for s in level}
        self._request = request
        self._told: dict[tuple[int, Truth], Finding] = {}

    def findings(self, priced: _Priced, verdicts: Verdicts) -> tuple[Finding, ...]:
        """What spoke against *priced*, in the order of the rules."""
        spoke = verdicts.true | verdicts.unknown
        if not spoke:
            return () if priced.candidate.scope_margin is not None else (_COST_UNKNOWN,)
        found: list[Finding] = []
        facts = {**self._request, **priced.facts}
        while spoke:
            bit = (spoke & -spoke).bit_length() - 1
            spoke &= spoke - 1
            truth = Truth.TRUE if verdicts.true >> bit & 1 else Truth.UNKNOWN
            binding = priced.bindings.get(self._rules[bit].id)
            found.append(self._finding(bit, truth, facts, binding))
        return tuple(found)

    def _finding(self, bit: int, truth: Truth, facts: Facts, binding: Binding | None) -> Finding:
        rule = self._rules[bit]
        if binding is not None:
            return _guardrail_finding(rule, binding, self._context)
        if not rule.about_request:
            return self._eligibility_finding(rule, truth, facts)
        known = self._told.get((bit, truth))
        if known is None:
            known = self._told[bit, truth] = self._eligibility_finding(rule, truth, self._request)
        return known

    def _eligibility_finding(self, rule: Rule, truth: Truth, facts: Facts) -> Finding:
        code = rule.reason if truth is Truth.TRUE else ReasonCode.FACT_MISSING
        deciding = self._deciding(rule.deny_when, truth, facts)
        return Finding(code, rule.id, tuple(_clause(c, facts) for c in deciding))

    def _deciding(self, condition: Condition, truth: Truth, facts: Facts) -> Iterator[Comparison]:
        """What decided; for a segment that could not be known, what kept it from being known."""
        for comparison in speaking(condition, facts, truth):
            segment = self._segments.get(comparison.fact)
            if segment is not None and comparison.fact not in facts:
                yield from self._deciding(segment.condition, Truth.UNKNOWN, facts)
            else:
                yield comparison


def _clause(comparison: Comparison, facts: Facts) -> Clause:
    observed = facts.get(comparison.fact)
    return Clause(comparison.fact, comparison.op, comparison.value, observed)


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

_COST_UNKNOWN = Finding(
    ReasonCode.FACT_MISSING, "", (Clause("line.unit_cost", "known", True, None),)
)
"""Without unit costs nobody can say what giving the candidate is worth."""
