"""Eligibility and guardrails: which candidates may be given, and what speaks against the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from sconto.domain.candidate import NOTHING_GIVEN, Candidate, Stack
from sconto.domain.condition import Truth
from sconto.domain.context import DecisionContext, FactValue
from sconto.domain.earning import taking_no_part, unearned
from sconto.domain.facts import TOUCHES_PREFIX, candidate_columns, request_facts, segments_of
from sconto.domain.findings import NONE, Finding, FindingBuilder, Findings, Judged
from sconto.domain.judging import Columns, Judges
from sconto.domain.limits import Binding, LineLimits, bindings, claimed_bp
from sconto.domain.lines import LineTruths
from sconto.domain.pricing import candidates_for
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Guardrail, Ruleset
from sconto.domain.tightest import Room, Tightest, rooms
from sconto.errors import RuleEngineFailed


class Assessed(NamedTuple):
    """A candidate with everything that speaks against it; allowed when nothing does."""

    candidate: Candidate
    findings: Findings = ()
    reviews: Findings = ()
    """What does not withhold it, but asks a person to look at it."""

    @property
    def allowed(self) -> bool:
        """Whether eligibility and guardrails let it through."""
        return not self.findings


class Assessment(NamedTuple):
    """Candidates, and for each what speaks against it and what asks for a review of it."""

    candidates: Sequence[Candidate]
    findings: Sequence[Findings]
    reviews: Sequence[Findings]


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Every candidate, assessed alone, ordered by (offer id, step), and the segments known."""

    assessment: Assessment
    segments: Mapping[str, bool]
    assess: Assess = field(repr=False, compare=False)
    """Assesses candidates of this context again, on top of others that are given."""

    @property
    def assessed(self) -> tuple[Assessed, ...]:
        """The candidates one by one."""
        return tuple(map(Assessed, *self.assessment))

    @property
    def allowed(self) -> tuple[Candidate, ...]:
        """The candidates that may be given alone."""
        candidates, findings, _ = self.assessment
        return tuple([c for c, found in zip(candidates, findings, strict=True) if not found])


Assess = Callable[[Sequence[Candidate], Stack], Assessment]


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
            assessor.assess(candidates, NOTHING_GIVEN),
            assessor.segments,
            assessor.assess_or_withhold,
        )
    except RuleEngineFailed:
        return Shortlist(_failed(candidates), {}, lambda again, _: _failed(again))


def _failed(candidates: Sequence[Candidate]) -> Assessment:
    failed = (Finding(ReasonCode.RULE_FAILED),)
    findings = [failed if c.unpriced is None else _UNPRICED[c.unpriced] for c in candidates]
    return Assessment(candidates, findings, [NONE] * len(candidates))


_UNPRICED: Final[Mapping[ReasonCode, Findings]] = {code: (Finding(code),) for code in ReasonCode}
"""What is found about a candidate that could not be priced."""


_FOR_WANT_OF_GOODS: Final = frozenset({ReasonCode.BELOW_MINIMUM_SPEND, ReasonCode.NO_LINE_IN_SCOPE})


class _Assessor:
    """Assesses candidates of one context; what does not depend on them is worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, judges: Judges) -> None:
        known = request_facts(context, ruleset.remainders)
        self.segments = segments_of(known, ruleset.segment_levels, judges.segments)
        self._context = context
        self._ruleset = ruleset
        self._judge = judges.rules
        self._shared = {**known, **ruleset.limits_kept}
        self._truths = LineTruths(context, ruleset, judges.lines)
        self._limits = LineLimits(context, ruleset, self._truths)
        self._in_force = self._limits.in_force
        rules_of = self._limits.rules_of
        self._findings = FindingBuilder(context, ruleset, known, self._truths, rules_of)
        self._apart = taking_no_part(context, ruleset)

    def assess(self, candidates: Sequence[Candidate], stack: Stack) -> Assessment:
        """Assess *candidates* on top of *stack*; raises RuleEngineFailed."""
        priced = [candidate for candidate in candidates if candidate.unpriced is None]
        applicable = self._all_applicable(priced, stack)
        bound = [
            _NO_BINDINGS
            if rules.tightest.kept_by(candidate.discount, candidate.parts)
            else self._bindings(rules, candidate, stack)
            for candidate, rules in zip(priced, applicable, strict=True)
        ]
        own = self._columns(priced, applicable, bound, stack)
        verdicts = self._judge.judge(self._shared, own, [rules.about for rules in applicable])
        built = self._findings.build(Judged(priced, bound, own, verdicts))
        if len(built) < len(candidates):
            left = iter(built)
            built = [
                next(left) if c.unpriced is None else (self._unpriced(c, c.unpriced), NONE)
                for c in candidates
            ]
        return Assessment(candidates, [found for found, _ in built], [asked for _, asked in built])

    def _unpriced(self, candidate: Candidate, code: ReasonCode) -> Findings:
        if self._apart and code in _FOR_WANT_OF_GOODS:
            return unearned(candidate.offer, code, self._context, self._apart)
        return _UNPRICED[code]

    def assess_or_withhold(self, candidates: Sequence[Candidate], stack: Stack) -> Assessment:
        """Assess *candidates* on top of *stack*; withheld as RULE_FAILED when they can't be."""
        try:
            return self.assess(candidates, stack)
        except RuleEngineFailed:
            return _failed(candidates)

    def _all_applicable(self, priced: Sequence[Candidate], stack: Stack) -> list[_Applicable]:
        """The rules that apply to each of *priced*."""
        known, found = _Known({}, {}), []
        offer, lines, rules = None, None, None
        for candidate in priced:
            alike = candidate.offer is offer and candidate.lines == lines
            if rules is None or self._in_force.read_claim or not alike:
                offer, lines = candidate.offer, candidate.lines
                rules = self._applicable(candidate, stack, known)
            found.append(rules)
        return found

    def _bindings(
        self, rules: _Applicable, candidate: Candidate, stack: Stack
    ) -> dict[str, Binding]:
        found = bindings(rules.guardrails, candidate, stack, self._context, self._limits)
        return {rule: bound for rule, bound in found.items() if bound is not None}

    def _applicable(self, candidate: Candidate, stack: Stack, known: _Known) -> _Applicable:
        """The same for all candidates of the same rules on the same lines that claim the same."""
        of_offer, lines = self._ruleset.rules_by_offer[candidate.offer.id], candidate.lines
        claimed = claimed_bp(candidate) if self._in_force.read_claim else 0
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
        together = [guardrail for bit, guardrail in self._in_force.together if about & bit]
        tightest = Tightest(together, lines, room, stack, self._context, limits)
        # A guardrail of lines has nothing to say where it limits none of them.
        about &= ~self._in_force.bits_of_lines | tightest.speaking
        guardrails = [guardrail for bit, guardrail in self._in_force.guardrails if about & bit]
        touches = {
            rule_id: self._touched(rule_id, bit, lines)
            for bit, rule_id in self._ruleset.about_lines
            if about & bit
        }
        return _Applicable(about, guardrails, tightest, touches)

    def _columns(
        self,
        priced: Sequence[Candidate],
        applicable: Sequence[_Applicable],
        bound: Sequence[Mapping[str, Binding]],
        stack: Stack,
    ) -> Columns:
        """The candidates' own facts.

        About themselves, of limits that one may not keep, and of lines that rules are about.
        """
        facts = self._ruleset.own_facts
        own: dict[str, Sequence[FactValue | None]] = {
            **candidate_columns(facts, priced, stack, self._context)
        }
        for rule_id in dict.fromkeys([rule for of_one in bound if of_one for rule in of_one]):
            left = [of_one.get(rule_id) for of_one in bound]
            own[f"headroom.{rule_id}"] = [0 if b is None else b.left for b in left]
        if self._ruleset.about_lines:
            touches = [rules.touches for rules in applicable]
            for rule_id in dict.fromkeys([rule for touched in touches for rule in touched]):
                truths = [touched.get(rule_id, Truth.UNKNOWN) for touched in touches]
                own[f"{TOUCHES_PREFIX}{rule_id}"] = [_IS_TRUE.get(truth) for truth in truths]
        return own

    def _touched(self, rule_id: str, bit: int, lines: tuple[int, ...]) -> Truth:
        rules_of = self._limits.rules_of
        truths = {self._truths.of(rule_id, i) for i in lines if rules_of[i] & bit}
        if Truth.TRUE in truths:
            return Truth.TRUE
        return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.FALSE


_IS_TRUE: Final[Mapping[Truth, bool]] = {Truth.TRUE: True, Truth.FALSE: False}
_NO_BINDINGS: Final[dict[str, Binding]] = {}
