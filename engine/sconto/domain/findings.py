"""Findings: what speaks against a candidate, with the comparisons that decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sconto.domain.candidate import Candidate
from sconto.domain.condition import Comparison, Truth, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue
from sconto.domain.judging import Columns, Verdicts, facts_of
from sconto.domain.limits import FAILED, Binding
from sconto.domain.lines import LineTruths
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import Rule, Ruleset


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


Findings = tuple[Finding, ...]

NONE: Final[Findings] = ()

COST_UNKNOWN: Final[Findings] = (
    Finding(ReasonCode.FACT_MISSING, "", (Clause("line.unit_cost", "known", True, None),)),
)
"""Without unit costs nobody can say what giving the candidate is worth."""


class Judged(NamedTuple):
    """Priced candidates, what rules were asked about them, and what they answered."""

    candidates: Sequence[Candidate]
    bindings: Sequence[dict[str, Binding]]
    """Of each candidate, the guardrails that it does not keep, or may not keep."""
    own: Columns
    """The facts of their own."""
    verdicts: Sequence[Verdicts]


class _OfRule(NamedTuple):
    """The findings of one rule about the candidates of one request."""

    rule: Rule
    denied_by: Sequence[Any]
    """For each candidate its own facts that the rule compares, empty where it compares none:
    nothing else of it goes into a finding, unless it is about a limit or a line."""
    known: dict[Any, Finding]
    """Those made already, by whether it is true (the rule's bit) or unknown (0), and those facts.
    """


class FindingBuilder:
    """Makes the findings about candidates of one request; equal ones are made once."""

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
        self._segments = ruleset.segment_of_fact
        self._request = request
        self._truths = truths
        self._rules_of = rules_of
        self._rules_of_own = ruleset.rules_of_own

    def build(self, judged: Judged) -> list[tuple[Findings, Findings]]:
        """Of each candidate what speaks against it and what asks for a review, in rule order."""
        built: list[tuple[Findings, Findings]] = []
        rules: dict[int, _OfRule] = {}
        alike: dict[tuple[int, int], tuple[Findings, Findings]] = {}
        rules_of_own = self._rules_of_own
        for number, verdicts in enumerate(judged.verdicts):
            true, unknown = verdicts.true, verdicts.unknown
            if not (true or unknown):
                found = _NOTHING
            elif (true | unknown) & rules_of_own:
                found = self._of(number, judged, true, unknown, rules)
            else:
                known = alike.get((true, unknown))
                if known is None:
                    known = self._of(number, judged, true, unknown, rules)
                    alike[true, unknown] = known
                found = known
            if not found[0] and judged.candidates[number].scope_margin is None:
                found = COST_UNKNOWN, found[1]
            built.append(found)
        return built

    def _of(
        self, number: int, judged: Judged, true: int, unknown: int, rules: dict[int, _OfRule]
    ) -> tuple[Findings, Findings]:
        """The findings about candidate *number*, of the rules that are *true* or *unknown*."""
        found: list[Finding] = []
        reviews: list[Finding] = []
        left = true | unknown
        while left:
            bit = left & -left
            left ^= bit
            of_rule = rules.get(bit)
            if of_rule is None:
                of_rule = rules[bit] = self._of_rule(bit, judged.own)
            rule, denied_by, known = of_rule
            key = (true & bit, denied_by[number] if denied_by else None)
            finding = known.get(key)
            if finding is None:
                finding = self._finding(number, judged, rule, bit, true=bool(true & bit))
                # Of a limit or a line, a finding says more than these facts.
                if not rule.asks_lines and rule.id not in judged.bindings[number]:
                    known[key] = finding
            (reviews if rule.review else found).append(finding)
        return tuple(found), tuple(reviews)

    def _of_rule(self, bit: int, own: Columns) -> _OfRule:
        """The rule of *bit*, about candidates with their *own* facts."""
        rule = self._rules[bit.bit_length() - 1]
        columns = [own[fact] for fact in rule.own_facts if fact in own]
        if len(columns) == 1:
            return _OfRule(rule, columns[0], {})
        return _OfRule(rule, list(zip(*columns, strict=True)), {})

    def _finding(self, number: int, judged: Judged, rule: Rule, bit: int, *, true: bool) -> Finding:
        binding = judged.bindings[number].get(rule.id)
        if binding is not None:
            return _of_guardrail(rule, binding, self._context)
        line: int | None = None
        clauses: list[Clause] = []
        truth = Truth.TRUE if true else Truth.UNKNOWN
        if rule.asks_lines:
            line = self._line_of(bit, rule, judged.candidates[number])
            if line is not None and self._truths.of(rule.id, line) is truth:
                decided, about_line = self._truths.deciding(rule.id, line)
                clauses += [_clause(c, about_line) for c in decided]
        if true and rule.conjunction:
            clauses += self._all_of(rule.conjunction, judged.own, number)
        else:
            facts = facts_of(self._request, judged.own, number)
            deciding: Iterable[Comparison] = speaking(rule.deny_when, facts, truth)
            if not true:
                deciding = self._deciding(deciding, facts)
            clauses += [_clause(c, facts) for c in deciding]
        code = rule.reason if true else ReasonCode.FACT_MISSING
        line_id = "" if line is None else self._context.lines[line].line_id
        return Finding(code, rule.id, tuple(clauses), line_id)

    def _all_of(
        self, conjunction: Iterable[Comparison], own: Columns, number: int
    ) -> Iterator[Clause]:
        """The clauses of a *conjunction* that holds for candidate *number*."""
        for comparison in conjunction:
            fact = comparison.fact
            column = own.get(fact)
            observed = self._request.get(fact) if column is None else column[number]
            yield Clause(fact, comparison.op, comparison.value, observed)

    def _line_of(self, bit: int, rule: Rule, candidate: Candidate) -> int | None:
        """The first line that makes a rule about lines speak."""
        lines = [i for i in candidate.lines if self._rules_of[i] & bit]
        truths = [(i, self._truths.of(rule.id, i)) for i in lines]
        wanted = Truth.TRUE if any(t is Truth.TRUE for _, t in truths) else Truth.UNKNOWN
        return next((i for i, t in truths if t is wanted), None)

    def _deciding(self, deciding: Iterable[Comparison], facts: Facts) -> Iterator[Comparison]:
        """What decided; for a segment that could not be known, what kept it from being known."""
        for comparison in deciding:
            segment = self._segments.get(comparison.fact)
            if segment is not None and comparison.fact not in facts:
                yield from self._deciding(speaking(segment.condition, facts, Truth.UNKNOWN), facts)
            else:
                yield comparison


_NOTHING: Final[tuple[Findings, Findings]] = (NONE, NONE)


def _clause(comparison: Comparison, facts: Facts) -> Clause:
    observed = facts.get(comparison.fact)
    return Clause(comparison.fact, comparison.op, comparison.value, observed)


def _of_guardrail(rule: Rule, binding: Binding, context: DecisionContext) -> Finding:
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
