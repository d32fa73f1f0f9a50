"""Eligibility and guardrails: which candidates may be given, and who spoke against the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from oracle.candidate import NOTHING_GIVEN, Candidate, Stack
from oracle.facts import candidate_facts, with_segments
from oracle.limits import FAILED, Binding, LineLimits, bindings, in_force
from oracle.pricing import barred, candidates_for
from sconto.domain.condition import Comparison, Truth, evaluate, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import request_facts
from sconto.domain.judging import Judges, Verdicts
from sconto.domain.lines import LineTruths, line_facts
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Guardrail, Rule, Ruleset
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
    reviews: tuple[Finding, ...] = ()
    """What does not withhold it, but asks a person to look at it."""

    @property
    def allowed(self) -> bool:
        """Whether eligibility and guardrails let it through."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Every candidate, assessed alone, ordered by (offer id, step), and the segments known."""

    assessed: tuple[Assessed, ...]
    segments: Mapping[str, bool]
    assess: Assess = field(repr=False, compare=False)
    """Assesses candidates of this context again, on top of others that are given."""

    @property
    def allowed(self) -> tuple[Candidate, ...]:
        """The candidates that may be given alone."""
        return tuple(a.candidate for a in self.assessed if a.allowed)


Assess = Callable[[Sequence[Candidate], Stack], tuple[Assessed, ...]]


class _Priced(NamedTuple):
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
    try:
        assessor = _Assessor(context, ruleset, judges)
        return Shortlist(
            assessor.assess(candidates, NOTHING_GIVEN), assessor.segments, assessor.assess_again
        )
    except RuleEngineFailed:
        return Shortlist(_failed(candidates), {}, lambda again, _: _failed(again))


def _failed(candidates: Sequence[Candidate]) -> tuple[Assessed, ...]:
    failed = (Finding(ReasonCode.RULE_FAILED),)
    return tuple(Assessed(c, _unpriced(c) or failed) for c in candidates)


def _unpriced(candidate: Candidate) -> tuple[Finding, ...]:
    return () if candidate.unpriced is None else (Finding(candidate.unpriced),)


_Asked = tuple[int, Sequence[Guardrail], Sequence[tuple[int, str]]]
"""Rules that speak about a candidate, as bits; the guardrails among them; and those about lines."""


class _Assessor:
    """Assesses candidates of one context; what does not depend on them is worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, judges: Judges) -> None:
        base = request_facts(context, ruleset.remainders)
        known = with_segments(base, ruleset.segment_levels, judges.segments)
        self.segments = {
            k.removeprefix("segment."): bool(v) for k, v in known.items() if k not in base
        }
        self._context = context
        self._ruleset = ruleset
        self._judge = judges.rules
        self._known = known
        self._truths = LineTruths(context, ruleset, judges.lines)
        self._limits = LineLimits(context, ruleset, self._truths)
        self._guardrails = [(ruleset.rule_bits[g.id], g) for g in in_force(context, ruleset)]
        self._touching = [
            (ruleset.rule_bits[rule_id], rule_id)
            for rule_id in ruleset.line_conditions
            if ruleset.rules[ruleset.rule_bits[rule_id].bit_length() - 1].asks_lines
        ]
        self._rules_of = [ruleset.rules_by_line.covering(line) for line in context.lines]
        self._asked_of: dict[tuple[str, tuple[int, ...]], _Asked] = {}
        self._teller = _Teller(context, ruleset, known, self._truths, self._rules_of)

    def assess(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; raises RuleEngineFailed."""
        priced = [self._price(c, stack) for c in candidates if c.unpriced is None]
        verdicts = self._judge.judge(
            self._known, [p.facts for p in priced], [p.about for p in priced]
        )
        told = iter([self._teller.assessed(p, v) for p, v in zip(priced, verdicts, strict=True)])
        return tuple(
            next(told) if c.unpriced is None else Assessed(c, self._unearned(c)) for c in candidates
        )

    def _unearned(self, candidate: Candidate) -> tuple[Finding, ...]:
        """Why it could not be priced, with the rule by which goods that it covers earn nothing."""
        offer, lines = candidate.offer, self._context.lines
        for_want = {ReasonCode.BELOW_MINIMUM_SPEND, ReasonCode.NO_LINE_IN_SCOPE}
        scopes = [offer.scope] + [item.scope for item in offer.bundle]
        out = barred(offer, self._context, self._ruleset)
        about = [i for i in sorted(out) if any(scope.covers(lines[i]) for scope in scopes)]
        if candidate.unpriced not in for_want or not about:
            return _unpriced(candidate)
        line, rule = lines[about[0]], out[about[0]]
        facts = line_facts(line)
        if rule.line_when is None or evaluate(rule.line_when, facts) is Truth.TRUE:
            return (Finding(candidate.unpriced, rule.id, (), line.line_id),)
        missing = next(iter(speaking(rule.line_when, facts, Truth.UNKNOWN))).fact
        clause = Clause(missing, "known", True, None)
        return (Finding(ReasonCode.FACT_MISSING, rule.id, (clause,), line.line_id),)

    def assess_again(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; withheld as RULE_FAILED when they can't be."""
        try:
            return self.assess(candidates, stack)
        except RuleEngineFailed:
            return _failed(candidates)

    def _price(self, candidate: Candidate, stack: Stack) -> _Priced:
        about, guardrails, touching = self._asked(candidate)
        found = bindings(guardrails, candidate, stack, self._context, self._limits)
        silent = 0
        binding: dict[str, Binding] = {}
        for guardrail_id, bound in found.items():
            if bound is None:
                # It has nothing to say where nothing comes off the lines it is about.
                silent |= self._ruleset.rule_bits[guardrail_id]
            else:
                binding[guardrail_id] = bound
        touched = {rule_id: self._touched(rule_id, bit, candidate) for bit, rule_id in touching}
        facts = candidate_facts(candidate, stack, self._context, binding, touched)
        return _Priced(candidate, binding, facts, about & ~silent)

    def _asked(self, candidate: Candidate) -> _Asked:
        """The rules that speak about *candidate*: the same for all depths on the same lines."""
        lines = tuple([i for i, _ in candidate.allocation])
        key = (candidate.offer.id, lines)
        known = self._asked_of.get(key)
        if known is None:
            about = reduce(or_, (self._rules_of[i] for i in lines))
            about &= self._ruleset.rules_by_offer[candidate.offer.id]
            guardrails = [guardrail for bit, guardrail in self._guardrails if about & bit]
            touching = [(bit, rule_id) for bit, rule_id in self._touching if about & bit]
            known = self._asked_of[key] = about, guardrails, touching
        return known

    def _touched(self, rule_id: str, bit: int, candidate: Candidate) -> Truth:
        lines = (i for i, _ in candidate.allocation if self._rules_of[i] & bit)
        truths = {self._truths.of(rule_id, i) for i in lines}
        if Truth.TRUE in truths:
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.FALSE


class _Teller:
    """Tells what spoke against each candidate of one request; the same thing is told once."""

    def __init__(
        self,
        context: DecisionContext,
        ruleset: Ruleset,
        request: Facts,
        truths: LineTruths,
        rules_of: Sequence[int],
    ) -> None:
        self._context = context
        self._rules = ruleset.rules
        self._segments = {f"segment.{s.id}": s for level in ruleset.segment_levels for s in level}
        self._request = request
        self._truths = truths
        self._rules_of = rules_of
        self._told: dict[tuple[int, bool, int | None, tuple[FactValue | None, ...]], Finding] = {}

    def assessed(self, priced: _Priced, verdicts: Verdicts) -> Assessed:
        """*priced* with what spoke against it, in the order of the rules."""
        spoke = verdicts.true | verdicts.unknown
        if not spoke:
            known = priced.candidate.scope_margin is not None
            return Assessed(priced.candidate, () if known else (_COST_UNKNOWN,))
        found: list[Finding] = []
        reviews: list[Finding] = []
        while spoke:
            bit = (spoke & -spoke).bit_length() - 1
            spoke &= spoke - 1
            truth = Truth.TRUE if verdicts.true >> bit & 1 else Truth.UNKNOWN
            finding = self._finding(bit, truth, priced)
            (reviews if self._rules[bit].review else found).append(finding)
        if not found and priced.candidate.scope_margin is None:
            found.append(_COST_UNKNOWN)
        return Assessed(priced.candidate, tuple(found), tuple(reviews))

    def _finding(self, bit: int, truth: Truth, priced: _Priced) -> Finding:
        rule = self._rules[bit]
        binding = priced.bindings.get(rule.id)
        if binding is not None:
            return _guardrail_finding(rule, binding, self._context)
        # Nothing else of the candidate goes into the finding.
        own = tuple([priced.facts.get(fact) for fact in rule.own_facts])
        line = self._line_of(bit, priced) if rule.asks_lines else None
        key = (bit, truth is Truth.TRUE, line, own)
        known = self._told.get(key)
        if known is None:
            facts = {**self._request, **priced.facts}
            known = self._told[key] = self._eligibility_finding(rule, truth, facts, line)
        return known

    def _line_of(self, bit: int, priced: _Priced) -> int | None:
        """The first line that makes a rule about lines speak."""
        rule = self._rules[bit]
        lines = [i for i, _ in priced.candidate.allocation if self._rules_of[i] >> bit & 1]
        truths = [(i, self._truths.of(rule.id, i)) for i in lines]
        wanted = Truth.TRUE if any(t is Truth.TRUE for _, t in truths) else Truth.UNKNOWN
        return next((i for i, t in truths if t is wanted), None)

    def _eligibility_finding(
        self, rule: Rule, truth: Truth, facts: Facts, line: int | None
    ) -> Finding:
        code = rule.reason if truth is Truth.TRUE else ReasonCode.FACT_MISSING
        clauses: list[Clause] = []
        if line is not None and self._truths.of(rule.id, line) is truth:
            spoke, about_line = self._truths.deciding(rule.id, line)
            clauses += [_clause(c, about_line) for c in spoke]
        if spoke := speaking(rule.deny_when, facts, truth):
            clauses += [_clause(c, facts) for c in self._deciding(spoke, facts)]
        line_id = "" if line is None else self._context.lines[line].line_id
        return Finding(code, rule.id, tuple(clauses), line_id)

    def _deciding(self, spoke: Iterable[Comparison], facts: Facts) -> Iterator[Comparison]:
        """What decided; for a segment that could not be known, what kept it from being known."""
        for comparison in spoke:
            segment = self._segments.get(comparison.fact)
            if segment is not None and comparison.fact not in facts:
                yield from self._deciding(speaking(segment.condition, facts, Truth.UNKNOWN), facts)
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
    if binding.line is not None:
        fact, op = "line.net_total", "<=" if rule.reason is _CEILING else ">="
    clause = Clause(fact, op, binding.threshold, binding.observed)
    return Finding(rule.reason, rule.id, (clause,), line_id)


_CEILING = ReasonCode.ABOVE_PRICE_CEILING

_MEASURED = {
    ReasonCode.BELOW_PRICE_FLOOR: ("line.net_total", ">="),
    ReasonCode.ABOVE_PRICE_CEILING: ("line.net_total", "<="),
    ReasonCode.BELOW_MARGIN_FLOOR: ("candidate.margin", ">="),
    ReasonCode.ABOVE_DISCOUNT_CAP: ("candidate.total_discount", "<="),
}

_COST_UNKNOWN = Finding(
    ReasonCode.FACT_MISSING, "", (Clause("line.unit_cost", "known", True, None),)
)
"""Without unit costs nobody can say what giving the candidate is worth."""
