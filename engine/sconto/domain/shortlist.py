"""Eligibility and guardrails: which candidates may be given, and who spoke against the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.condition import Comparison, Truth, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.facts import TOUCHES_PREFIX, candidate_columns, request_facts, segments_of
from sconto.domain.judging import Columns, Judges, Verdicts, facts_of
from sconto.domain.limits import (
    FAILED,
    OF_LINES,
    Binding,
    LineLimits,
    bindings,
    claimed_bp,
)
from sconto.domain.lines import LineTruths
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Guardrail, Rule, Ruleset
from sconto.domain.tightest import Room, Tightest, rooms
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


class _PricedColumns(NamedTuple):
    """Priced candidates as rules are asked about them, column by column."""

    candidates: list[Candidate]
    about: list[int]
    """The rules that speak about each, as bits."""
    bindings: list[Mapping[str, Binding]]
    """Of the guardrails that it does not keep, or may not keep."""
    touches: list[Mapping[str, Truth]]
    """Whether it discounts a line that a rule is about, by rule id."""


class _Applicable(NamedTuple):
    """The rules that apply to candidates of one offer on the same lines."""

    about: int
    """The rules that speak about them, as bits."""
    guardrails: Sequence[Guardrail]
    tightest: Tightest
    touches: Mapping[str, Truth]
    """Whether they discount a line that a rule is about, by rule id."""


class _Known(NamedTuple):
    """What was worked out already for candidates on top of one stack."""

    applicable: dict[tuple[int, int, tuple[int, ...]], _Applicable]
    """By the rules of the offer, the share claimed, and the lines."""
    rooms: dict[int, list[Room]]
    """By the share claimed."""


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
        known = request_facts(context)
        self.segments = segments_of(known, ruleset.segment_levels, judges.segments)
        self._context = context
        self._ruleset = ruleset
        self._judge = judges.rules
        self._shared = {**known, **ruleset.limits_kept}
        self._truths = LineTruths(context, ruleset, judges.lines)
        self._limits = LineLimits(context, ruleset, self._truths)
        self._claims_matter = any(g.reads_claim for _, g in self._limits.guardrails)
        guardrails = self._limits.guardrails
        self._together = [(bit, g) for bit, g in guardrails if g.kind not in OF_LINES]
        self._of_lines = sum([bit for bit, g in guardrails if g.kind in OF_LINES])
        self._teller = _Teller(context, ruleset, known, self._truths, self._limits.rules_of)

    def assess(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; raises RuleEngineFailed."""
        priced = self._priced_columns(candidates, stack)
        own = self._columns(priced, stack)
        verdicts = self._judge.judge(self._shared, own, priced.about)
        told = iter(self._teller.assessed(priced, own, verdicts))
        return tuple([next(told) if c.unpriced is None else _refused(c) for c in candidates])

    def assess_again(self, candidates: Sequence[Candidate], stack: Stack) -> tuple[Assessed, ...]:
        """Assess *candidates* on top of *stack*; withheld as RULE_FAILED when they can't be."""
        try:
            return self.assess(candidates, stack)
        except RuleEngineFailed:
            return _failed(candidates)

    def _priced_columns(self, candidates: Sequence[Candidate], stack: Stack) -> _PricedColumns:
        known = _Known({}, {})
        priced = _PricedColumns([], [], [], [])
        offer, lines, rules = None, None, None
        for candidate in candidates:
            if candidate.unpriced is not None:
                continue
            alike = candidate.offer is offer and candidate.lines == lines
            if rules is None or self._claims_matter or not alike:
                offer, lines = candidate.offer, candidate.lines
                rules = self._applicable(candidate, stack, known)
            binding = _NO_BINDINGS
            if not rules.tightest.kept_by(candidate):
                binding = self._bindings(rules, candidate, stack)
            priced.candidates.append(candidate)
            priced.about.append(rules.about)
            priced.bindings.append(binding)
            priced.touches.append(rules.touches)
        return priced

    def _bindings(
        self, rules: _Applicable, candidate: Candidate, stack: Stack
    ) -> Mapping[str, Binding]:
        found = bindings(rules.guardrails, candidate, stack, self._context, self._limits)
        return {rule: bound for rule, bound in found.items() if bound is not None}

    def _applicable(self, candidate: Candidate, stack: Stack, known: _Known) -> _Applicable:
        """The same for all candidates of the same rules on the same lines that claim the same."""
        of_offer, lines = self._ruleset.rules_by_offer[candidate.offer.id], candidate.lines
        claimed = claimed_bp(candidate) if self._claims_matter else 0
        key = (of_offer, claimed, lines)
        found = known.applicable.get(key)
        if found is None:
            room = known.rooms.get(claimed)
            if room is None:
                room = rooms(claimed, stack, self._context, self._limits)
                known.rooms[claimed] = room
            found = known.applicable[key] = self._found(of_offer, lines, room, stack)
        return found

    def _found(
        self, of_offer: int, lines: tuple[int, ...], room: Sequence[Room], stack: Stack
    ) -> _Applicable:
        """Of the rules *of_offer* those about *lines*, of which each has its *room*."""
        rules_of, limits = self._limits.rules_of, self._limits
        about = of_offer & reduce(or_, [rules_of[i] for i in lines])
        together = [guardrail for bit, guardrail in self._together if about & bit]
        tightest = Tightest(together, lines, room, stack, self._context, limits)
        # A guardrail of lines has nothing to say where it limits none of them.
        about &= ~self._of_lines | tightest.speaking
        guardrails = [guardrail for bit, guardrail in limits.guardrails if about & bit]
        touches = {
            rule_id: self._touched(rule_id, bit, lines)
            for bit, rule_id in self._ruleset.about_lines
            if about & bit
        }
        return _Applicable(about, guardrails, tightest, touches)

    def _columns(self, priced: _PricedColumns, stack: Stack) -> Columns:
        """The candidates' own facts.

        About themselves, of limits that one may not keep, and of lines that rules are about.
        """
        facts = self._ruleset.own_facts
        own: dict[str, Sequence[FactValue | None]] = {
            **candidate_columns(facts, priced.candidates, stack, self._context)
        }
        for rule_id in dict.fromkeys([rule for bound in priced.bindings for rule in bound]):
            left = [bound.get(rule_id) for bound in priced.bindings]
            own[f"headroom.{rule_id}"] = [0 if b is None else b.left for b in left]
        for rule_id in dict.fromkeys([rule for touched in priced.touches for rule in touched]):
            truths = [touched.get(rule_id, Truth.UNKNOWN) for touched in priced.touches]
            own[f"{TOUCHES_PREFIX}{rule_id}"] = [_IS_TRUE.get(truth) for truth in truths]
        return own

    def _touched(self, rule_id: str, bit: int, lines: tuple[int, ...]) -> Truth:
        rules_of = self._limits.rules_of
        truths = {self._truths.of(rule_id, i) for i in lines if rules_of[i] & bit}
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
    """For each candidate its own facts that the rule compares, empty where it compares none:
    nothing else of it goes into a finding, unless it is about a limit or a line."""
    told: dict[tuple[int, Any], Finding]
    """What was found already, by whether it is true (the bit) or unknown (0), and those facts."""

    def facts_of(self, number: int) -> Any:
        """Those facts of candidate *number*."""
        return self.denied_by[number] if self.denied_by else None


_Speakers = dict[int, _Speaker]
_Findings = tuple[tuple[Finding, ...], tuple[Finding, ...]]
"""What speaks against a candidate, and what asks for a review."""


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
        self._own = ruleset.rules_of_own

    def assessed(
        self, priced: _PricedColumns, own: Columns, verdicts: Sequence[Verdicts]
    ) -> Iterator[Assessed]:
        """Each candidate with what spoke against it, in the order of the rules."""
        speakers: dict[int, _Speaker] = {}
        alike: dict[tuple[int, int], _Findings] = {}
        for number, said in enumerate(verdicts):
            candidate = priced.candidates[number]
            spoke = said.true | said.unknown
            if spoke & self._own:
                found, reviews = self._findings_of(number, priced, said, own, speakers)
            else:
                key = (said.true, said.unknown)
                told = alike.get(key)
                if told is None:
                    told = alike[key] = self._findings_of(number, priced, said, own, speakers)
                found, reviews = told
            if not found and candidate.scope_margin is None:
                found = _COST_UNKNOWN
            yield Assessed(candidate, found, reviews)

    def _findings_of(
        self, number: int, priced: _PricedColumns, said: Verdicts, own: Columns, speakers: _Speakers
    ) -> _Findings:
        """What speaks against candidate *number*, and what asks for a review."""
        found: list[Finding] = []
        reviews: list[Finding] = []
        facts: Facts = {}
        left = said.true | said.unknown
        while left:
            bit = left & -left
            left ^= bit
            speaker = speakers.get(bit)
            if speaker is None:
                speaker = speakers[bit] = self._speaker(bit, own)
            finding = speaker.told.get((said.true & bit, speaker.facts_of(number)))
            if finding is None:
                truth = Truth.TRUE if said.true & bit else Truth.UNKNOWN
                facts = facts or facts_of(self._request, own, number)
                finding = self._finding(speaker, truth, priced, number, facts)
            (reviews if speaker.rule.review else found).append(finding)
        return tuple(found), tuple(reviews)

    def _speaker(self, bit: int, own: Columns) -> _Speaker:
        """The rule of *bit*, for candidates with their *own* facts."""
        rule = self._rules[bit.bit_length() - 1]
        columns = [own[fact] for fact in rule.own_facts if fact in own]
        if len(columns) == 1:
            return _Speaker(bit, rule, columns[0], {})
        return _Speaker(bit, rule, list(zip(*columns, strict=True)), {})

    def _finding(
        self, speaker: _Speaker, truth: Truth, priced: _PricedColumns, number: int, facts: Facts
    ) -> Finding:
        rule = speaker.rule
        binding = priced.bindings[number].get(rule.id)
        if binding is not None:
            return _guardrail_finding(rule, binding, self._context)
        if rule.asks_lines:
            line = self._line_of(speaker.bit, rule, priced.candidates[number])
            return self._eligibility_finding(rule, truth, facts, line)
        found = self._eligibility_finding(rule, truth, facts, None)
        true = speaker.bit if truth is Truth.TRUE else 0
        speaker.told[true, speaker.facts_of(number)] = found
        return found

    def _line_of(self, bit: int, rule: Rule, candidate: Candidate) -> int | None:
        """The first line that makes a rule about lines speak."""
        lines = [i for i in candidate.lines if self._rules_of[i] & bit]
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
        spoke = speaking(rule.deny_when, facts, truth)
        if truth is Truth.TRUE:
            clauses += [_clause(c, facts) for c in spoke]
        else:
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

_COST_UNKNOWN = (
    Finding(ReasonCode.FACT_MISSING, "", (Clause("line.unit_cost", "known", True, None),)),
)
"""Without unit costs nobody can say what giving the candidate is worth."""
