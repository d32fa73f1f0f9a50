"""Eligibility and guardrails: which candidates may be given, and who spoke against the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.condition import Comparison, Truth, settled
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import TOUCHES_PREFIX, candidate_columns, request_facts, with_segments
from sconto.domain.judging import Columns, Judges, Verdicts, facts_of
from sconto.domain.limits import (
    FAILED,
    OF_LINES,
    Binding,
    LineLimits,
    bindings,
    claimed_bp,
    in_force,
)
from sconto.domain.lines import LineTruths
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Guardrail, Rule, Ruleset
from sconto.domain.tightest import Tightest
from sconto.errors import RuleEngineFailed


class Clause(NamedTuple):
    """One comparison that decided: the fact, how it was compared, with what, and what it was."""

    fact: str
    op: str
    threshold: FactValue
    observed: FactValue | None


class Finding(NamedTuple):
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


class Assessed(NamedTuple):
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
    """A priced candidate as rules see it; *about* are the rules that speak about it, as bits.

    *bindings* are of the guardrails that it does not keep, or may not keep.
    """

    candidate: Candidate
    bindings: Mapping[str, Binding]
    about: int


class _Applicable(NamedTuple):
    """The rules that apply to candidates of one offer on the same lines."""

    about: int
    """The rules that speak about them, as bits."""
    guardrails: Sequence[Guardrail]
    tightest: Tightest
    touches: Mapping[str, Truth]
    """Whether they discount a line that a rule is about, by rule id."""


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
    return tuple(Assessed(c, failed) if c.unpriced is None else _refused(c) for c in candidates)


def _refused(candidate: Candidate) -> Assessed:
    """A candidate that could not be priced."""
    return Assessed(candidate, (Finding(candidate.unpriced or ReasonCode.NOTHING_TO_DISCOUNT),))


class _Assessor:
    """Assesses candidates of one context; what does not depend on them is worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, judges: Judges) -> None:
        base = request_facts(context)
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
        self._claims_matter = any(g.reads_claim for g in ruleset.guardrails)
        self._guardrails = [(ruleset.rule_bits[g.id], g) for g in in_force(context, ruleset)]
        self._together = [(bit, g) for bit, g in self._guardrails if g.kind not in OF_LINES]
        self._of_lines = sum([bit for bit, g in self._guardrails if g.kind in OF_LINES])
        self._touching = [
            (ruleset.rule_bits[rule_id], rule_id)
            for rule_id in ruleset.line_conditions
            if ruleset.rules[ruleset.rule_bits[rule_id].bit_length() - 1].asks_lines
        ]
        self._rules_of = [ruleset.rules_by_line.covering(line) for line in context.lines]
        self._teller = _Teller(context, ruleset, known, self._truths, self._rules_of)

    def assess(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; raises RuleEngineFailed."""
        applicable: dict[tuple[int, int, tuple[int, ...]], _Applicable] = {}
        priced: list[_Priced] = []
        touches: list[Mapping[str, Truth]] = []
        for candidate in candidates:
            if candidate.unpriced is None:
                rules = self._applicable(candidate, stack, applicable)
                priced.append(self._bound(candidate, stack, rules))
                touches.append(rules.touches)
        own = self._columns(priced, touches, stack)
        shared = {**self._known, **self._ruleset.limits_kept}
        verdicts = self._judge.judge(shared, own, [p.about for p in priced])
        told = iter(self._teller.assessed(priced, own, verdicts))
        return tuple([next(told) if c.unpriced is None else _refused(c) for c in candidates])

    def assess_again(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; withheld as RULE_FAILED when they can't be."""
        try:
            return self.assess(candidates, stack)
        except RuleEngineFailed:
            return _failed(candidates)

    def _bound(self, candidate: Candidate, stack: Stack, rules: _Applicable) -> _Priced:
        if rules.tightest.kept_by(candidate):
            return _Priced(candidate, _NO_BINDINGS, rules.about)
        found = bindings(rules.guardrails, candidate, stack, self._context, self._limits)
        binding = {rule: bound for rule, bound in found.items() if bound is not None}
        return _Priced(candidate, binding, rules.about)

    def _applicable(
        self,
        candidate: Candidate,
        stack: Stack,
        known: dict[tuple[int, int, tuple[int, ...]], _Applicable],
    ) -> _Applicable:
        """The same for all candidates of the same rules on the same lines that claim the same."""
        of_offer = self._ruleset.rules_by_offer[candidate.offer.id]
        lines = candidate.lines
        key = (of_offer, claimed_bp(candidate) if self._claims_matter else 0, lines)
        found = known.get(key)
        if found is None:
            about = of_offer & reduce(or_, [self._rules_of[i] for i in lines])
            together = [guardrail for bit, guardrail in self._together if about & bit]
            tightest = Tightest(together, candidate, stack, self._context, self._limits)
            # A guardrail of lines has nothing to say where it limits none of them.
            about &= ~self._of_lines | tightest.speaking
            guardrails = [guardrail for bit, guardrail in self._guardrails if about & bit]
            touches = {
                rule_id: self._touched(rule_id, bit, candidate)
                for bit, rule_id in self._touching
                if about & bit
            }
            found = known[key] = _Applicable(about, guardrails, tightest, touches)
        return found

    def _columns(
        self, priced: Sequence[_Priced], touches: Sequence[Mapping[str, Truth]], stack: Stack
    ) -> Columns:
        """The candidates' own facts.

        About themselves, of limits that one may not keep, and of lines that rules are about.
        """
        candidates = [p.candidate for p in priced]
        own = candidate_columns(self._ruleset.own_facts, candidates, stack, self._context)
        for rule_id in dict.fromkeys(rule for p in priced for rule in p.bindings):
            bound = [p.bindings.get(rule_id) for p in priced]
            own[f"headroom.{rule_id}"] = [0 if b is None else b.left for b in bound]
        for rule_id in dict.fromkeys(rule for touched in touches for rule in touched):
            truths = [touched.get(rule_id, Truth.UNKNOWN) for touched in touches]
            own[f"{TOUCHES_PREFIX}{rule_id}"] = [_IS_TRUE.get(truth) for truth in truths]
        return own

    def _touched(self, rule_id: str, bit: int, candidate: Candidate) -> Truth:
        lines = (i for i in candidate.lines if self._rules_of[i] & bit)
        truths = {self._truths.of(rule_id, i) for i in lines}
        if Truth.TRUE in truths:
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.FALSE


_IS_TRUE: Final[Mapping[Truth, bool]] = {Truth.TRUE: True, Truth.FALSE: False}
_NO_BINDINGS: Final[Mapping[str, Binding]] = {}


class _Speaker(NamedTuple):
    """A rule that spoke against candidates of one request."""

    bit: int
    rule: Rule
    denied_by: Sequence[Any]
    """For each candidate its own facts that the rule compares: nothing else of it goes into a
    finding, unless it is about a limit or a line."""
    told: dict[tuple[int, Any], Finding]
    """What was found already, by whether it is true (the bit) or unknown (0), and those facts."""


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

    def assessed(
        self, priced: Sequence[_Priced], own: Columns, verdicts: Sequence[Verdicts]
    ) -> Iterator[Assessed]:
        """Each of *priced* with what spoke against it, in the order of the rules."""
        speakers: dict[int, _Speaker] = {}
        for number, (p, said) in enumerate(zip(priced, verdicts, strict=True)):
            found: list[Finding] = []
            reviews: list[Finding] = []
            facts: Facts = {}
            true = said.true
            left = true | said.unknown
            while left:
                bit = left & -left
                left ^= bit
                speaker = speakers.get(bit)
                if speaker is None:
                    speaker = speakers[bit] = self._speaker(bit, own, len(priced))
                finding = speaker.told.get((true & bit, speaker.denied_by[number]))
                if finding is None:
                    truth = Truth.TRUE if true & bit else Truth.UNKNOWN
                    facts = facts or facts_of(self._request, own, number)
                    finding = self._finding(speaker, truth, p, facts, number)
                (reviews if speaker.rule.review else found).append(finding)
            if not found and p.candidate.scope_margin is None:
                found.append(_COST_UNKNOWN)
            yield Assessed(p.candidate, tuple(found), tuple(reviews))

    def _speaker(self, bit: int, own: Columns, count: int) -> _Speaker:
        """The rule of *bit*, for *count* candidates with their *own* facts."""
        rule = self._rules[bit.bit_length() - 1]
        columns = [own[fact] for fact in rule.own_facts if fact in own]
        if len(columns) == 1:
            return _Speaker(bit, rule, columns[0], {})
        denied_by = list(zip(*columns, strict=True)) if columns else [None] * count
        return _Speaker(bit, rule, denied_by, {})

    def _finding(
        self, speaker: _Speaker, truth: Truth, priced: _Priced, facts: Facts, number: int
    ) -> Finding:
        rule = speaker.rule
        binding = priced.bindings.get(rule.id)
        if binding is not None:
            return _guardrail_finding(rule, binding, self._context)
        if rule.asks_lines:
            line = self._line_of(speaker.bit, rule, priced)
            return self._eligibility_finding(rule, truth, facts, line)
        found = self._eligibility_finding(rule, truth, facts, None)
        key = (speaker.bit if truth is Truth.TRUE else 0, speaker.denied_by[number])
        speaker.told[key] = found
        return found

    def _line_of(self, bit: int, rule: Rule, priced: _Priced) -> int | None:
        """The first line that makes a rule about lines speak."""
        lines = [i for i in priced.candidate.lines if self._rules_of[i] & bit]
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
        found, spoke = settled(rule.deny_when, facts)
        if found is truth:
            clauses += [_clause(c, facts) for c in self._deciding(spoke, facts)]
        line_id = "" if line is None else self._context.lines[line].line_id
        return Finding(code, rule.id, tuple(clauses), line_id)

    def _deciding(self, spoke: Iterable[Comparison], facts: Facts) -> Iterator[Comparison]:
        """What decided; for a segment that could not be known, what kept it from being known."""
        for comparison in spoke:
            segment = self._segments.get(comparison.fact)
            if segment is not None and comparison.fact not in facts:
                truth, below = settled(segment.condition, facts)
                yield from self._deciding(below if truth is Truth.UNKNOWN else (), facts)
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
