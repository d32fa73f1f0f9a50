"""Coverage: what the decisions of tests have shown of the rules, recorded from their judges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sconto.domain.condition import Truth
from sconto.domain.context import DecisionContext, Facts, Line
from sconto.domain.judging import Columns, Judge, Judges, Verdicts, facts_of
from sconto.domain.ruleset import EligibilityRule, Guardrail, Ruleset
from sconto.domain.scope import Scope
from sconto.rulebook.cases.coverage_points import (
    SILENT,
    TRIGGERED,
    CoveragePoints,
    Point,
    lines_of,
    points_of,
)
from sconto.rulebook.cases.notation import Notation
from sconto.rulebook.read.library import Located

_SEGMENT = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "not known"}
_RULE = {Truth.TRUE: TRIGGERED, Truth.FALSE: SILENT}


@dataclass(slots=True)
class Coverage:
    """What there is to show, and what was shown."""

    _points: dict[Point, None] = field(default_factory=dict)
    _shown: set[Point] = field(default_factory=set)
    _by_rule: dict[tuple[str, str], Point] = field(default_factory=dict)

    @property
    def points(self) -> tuple[Point, ...]:
        """Everything that there is to show, in the order of the documents."""
        return tuple(self._points)

    @property
    def missing(self) -> tuple[Point, ...]:
        """What no test has shown, by the place where it stands."""
        return tuple(sorted((p for p in self._points if p not in self._shown), key=_place))

    @property
    def share_bp(self) -> int:
        """The share that was shown, basis points, rounded down; all of nothing is all."""
        return len(self._shown) * 10_000 // len(self._points) if self._points else 10_000

    def triggered(self, rule_id: str) -> bool:
        """Whether some test triggered the rule *rule_id*; False for one that is not known."""
        point = self._by_rule.get((rule_id, TRIGGERED))
        return point in self._shown

    @property
    def untriggered_rules(self) -> tuple[str, ...]:
        """The eligibility rules and guardrails, those of laws included, that no test triggered."""
        return tuple(p.rule for p in self.missing if p.shown == TRIGGERED)

    def recorder(self, documents: Sequence[Located], ruleset: Ruleset) -> Recorder:
        """The recorder of decisions on *ruleset*, which *documents* make; their points count."""
        points = points_of(documents, ruleset)
        for point in points.points:
            self._points.setdefault(point)
            if not point.says or point.shown in {"given", "withheld"}:
                self._by_rule[point.rule, point.shown] = point
        return Recorder(self, points, ruleset)

    def show(self, rule: str, shown: str) -> None:
        """Note that *shown* was seen of *rule* itself."""
        point = self._by_rule.get((rule, shown))
        if point is not None:
            self._shown.add(point)

    def show_all(self, points: Iterable[Point]) -> None:
        """Note that *points* were seen."""
        self._shown.update(points)


def _place(point: Point) -> tuple[str, int, int]:
    at = point.source.at(point.path)
    return point.source.file, at.line, at.col


@dataclass(frozen=True, slots=True)
class Recorder:
    """Records what decisions on one ruleset show of it."""

    coverage: Coverage
    points: CoveragePoints
    ruleset: Ruleset

    def judges(self, judges: Judges, context: DecisionContext) -> Judges:
        """*judges*, recorded while they judge for *context*."""
        ruleset, held = self.ruleset, _held(self.ruleset, context)
        levels = zip(judges.segments, ruleset.segment_levels, strict=True)
        segments = [
            _RecordedJudge(judge, _Conditions(self, [f"segment.{s.id}" for s in level], _SEGMENT))
            for judge, level in levels
        ]
        rules = _Conditions(self, [r.id if r.id in held else "" for r in ruleset.rules], _RULE)
        about = list(ruleset.line_conditions)
        lines = _Conditions(
            self,
            [lines_of(rule_id) if rule_id in held else "" for rule_id in about],
            {},
            [ruleset.rules[ruleset.rule_bits[i].bit_length() - 1].scope for i in about],
        )
        return Judges(
            tuple(segments),
            _RecordedJudge(judges.rules, rules),
            _RecordedJudge(judges.lines, lines),
        )

    def record(self, record: Mapping[str, Any]) -> None:
        """Note what *record* shows of offers, budgets and disclosures."""
        notation = Notation(self.ruleset)
        for candidate in record["candidates"]:
            given = candidate["reason"] == "CHOSEN"
            self.coverage.show(notation.step_of(candidate), "given" if given else "withheld")
            if "refused" in candidate:
                self.coverage.show(candidate["refused"]["budget"], "exhausted")
        for draw in record["outcome"]["reserved"]:
            self.coverage.show(draw["budget"], "drawn on")
        self.disclosed(name for name, _ in record["outcome"]["disclosures"])

    def disclosed(self, disclosures: Iterable[str]) -> None:
        """Note that *disclosures* must be shown."""
        for name in disclosures:
            self.coverage.show(name, "owed")

    def branches(self, name: str, facts: Facts) -> None:
        """Note what a decision over *facts* shows of the conditions of *name*."""
        for branch, points in self.points.branches.get(name, ()):
            seen = set(branch.seen(facts))
            self.coverage.show_all(p for p in points if p.shown in seen)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """The conditions of a judge: what their names are, and what their truth shows of them.

    One without a name is not noted; one with a scope only on the lines in it.
    """

    recorder: Recorder
    names: Sequence[str]
    shown: Mapping[Truth, str]
    scopes: Sequence[Scope] = ()

    def note(self, bit: int, facts: Facts, truth: Truth) -> None:
        """Condition number *bit* was *truth* over *facts*."""
        if self.scopes and not self.scopes[bit].covers(_line(facts)):
            return
        if truth in self.shown:
            self.recorder.coverage.show(self.names[bit], self.shown[truth])
        self.recorder.branches(self.names[bit], facts)


@dataclass(frozen=True, slots=True)
class _RecordedJudge:
    """A judge whose verdicts are noted."""

    judged_by: Judge
    conditions: _Conditions

    @property
    def engine(self) -> str:
        """What judges at present."""
        return self.judged_by.engine

    def judge(self, shared: Facts, own: Columns, about: Sequence[int]) -> list[Verdicts]:
        """The verdicts of the judge that is recorded."""
        verdicts = self.judged_by.judge(shared, own, about)
        for number, (wanted, verdict) in enumerate(zip(about, verdicts, strict=True)):
            facts = facts_of(shared, own, number)
            for bit, name in enumerate(self.conditions.names):
                if name and wanted >> bit & 1:
                    self.conditions.note(bit, facts, _truth(verdict, bit))
        return verdicts


def _truth(verdicts: Verdicts, bit: int) -> Truth:
    if verdicts.true >> bit & 1:
        return Truth.TRUE
    return Truth.UNKNOWN if verdicts.unknown >> bit & 1 else Truth.FALSE


def _held(ruleset: Ruleset, context: DecisionContext) -> frozenset[str]:
    """The rules that are in force where and when *context* is."""
    rules: tuple[EligibilityRule | Guardrail, ...] = (*ruleset.guardrails, *ruleset.eligibility)
    return frozenset(
        rule.id
        for rule in rules
        if not rule.jurisdictions or context.jurisdiction in rule.jurisdictions
        if rule.validity.covers(context.moment.local_date)
    )


def _line(facts: Facts) -> Line:
    """As much of a line as scopes look at."""
    product, category, department, brand = (
        str(facts[f"line.{name}"]) for name in ("product_id", "category", "department", "brand")
    )
    return Line("", product, category, department, brand, 1, 0, None, {})
