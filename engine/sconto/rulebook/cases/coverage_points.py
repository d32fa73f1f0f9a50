"""What there is to cover: every rule, every branch of a condition, every depth, every budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sconto.domain.condition import (
    Comparison,
    Condition,
    Op,
    Truth,
    comparisons,
    evaluate,
    facts_needed,
    negate,
)
from sconto.domain.context import Facts
from sconto.domain.ruleset import EligibilityRule, Guardrail, Ruleset
from sconto.rulebook.cases.notation import Notation
from sconto.rulebook.compile.conditions import comparison_of, items_of
from sconto.rulebook.documents.base import ConditionDoc
from sconto.rulebook.documents.offers import OfferDoc
from sconto.rulebook.documents.packs import LegalPackDoc, PackRuleDoc
from sconto.rulebook.documents.rules import (
    BudgetDoc,
    DisclosureDoc,
    EligibilityDoc,
    GuardrailDoc,
    SegmentDoc,
)
from sconto.rulebook.findings import DocPath, Source
from sconto.rulebook.judge.conjunctions import always_known
from sconto.rulebook.offer_kinds import BY_KIND
from sconto.rulebook.read.library import Located

TRIGGERED: Final = "seen to withhold anything"
SILENT: Final = "silent"

_SEGMENT: Final = "segment."


@dataclass(frozen=True, slots=True)
class Point:
    """Something that a test can show of *rule*, and where that stands.

    *says* is the part of the rule, empty for the rule itself; *shown* is what can be seen of it.
    """

    rule: str
    path: DocPath
    shown: str
    says: str = field(compare=False)
    source: Source = field(compare=False, repr=False)

    def __str__(self) -> str:
        at = self.source.at(self.path)
        place = f"{self.source.file}:{at.line}:{at.col}"
        return f"{place}: {self.what} was never {self.shown}"

    @property
    def what(self) -> str:
        """What it is about, as messages show it."""
        return f"`{self.rule}`" if not self.says else self.says


@dataclass(frozen=True, slots=True)
class CoveragePoints:
    """The branches of one ruleset's conditions, by the name of the rule or segment."""

    branches: dict[str, list[tuple[Branch, list[Point]]]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


def points_of(documents: Sequence[Located], ruleset: Ruleset) -> CoveragePoints:
    """What *documents*, compiled to *ruleset*, ask to be shown."""
    return _Collector(ruleset, CoveragePoints()).of(documents)


@dataclass(frozen=True, slots=True)
class _Collector:
    """Collects the points of documents."""

    ruleset: Ruleset
    found: CoveragePoints

    def of(self, documents: Sequence[Located]) -> CoveragePoints:
        """What *documents* ask to be shown."""
        rules: dict[str, EligibilityRule | Guardrail] = {}
        rules |= {rule.id: rule for rule in self.ruleset.eligibility}
        rules |= {rule.id: rule for rule in self.ruleset.guardrails}
        for located in documents:
            match located.doc:
                case SegmentDoc() as doc:
                    self._segment(doc, located.source)
                case EligibilityDoc() | GuardrailDoc() as doc:
                    self._rule(doc, rules[doc.id], (), located.source)
                case LegalPackDoc() as doc:
                    for i, rule in enumerate(doc.rules):
                        self._of_pack(rule, rules.get(rule.id), ("rules", i), located.source)
                case OfferDoc() as doc:
                    self._offer(doc, located.source)
                case BudgetDoc() | DisclosureDoc() as doc:
                    shown = ("drawn on", "exhausted") if isinstance(doc, BudgetDoc) else ("owed",)
                    self._points(doc.id, (), shown, "", located.source)
                case _:
                    pass
        return self.found

    def _of_pack(
        self,
        doc: PackRuleDoc,
        rule: EligibilityRule | Guardrail | None,
        path: DocPath,
        source: Source,
    ) -> None:
        if rule is None and doc.disclosure is None:
            return  # What earns nothing is priced, not judged.
        if rule is None:
            self._points(doc.id, (*path, "id"), ("owed",), "", source)
        else:
            self._rule(doc, rule, path, source)

    def _rule(
        self,
        doc: EligibilityDoc | GuardrailDoc | PackRuleDoc,
        rule: EligibilityRule | Guardrail,
        path: DocPath,
        source: Source,
    ) -> None:
        shown = [what for what in (TRIGGERED, SILENT) if what not in _impossible(doc, rule)]
        self._points(rule.id, (*path, "id"), shown, "", source)
        if isinstance(rule, EligibilityRule):
            for key in ("deny_when", "require", "ban"):
                stated: ConditionDoc | None = getattr(doc, key, None)
                if stated is not None:
                    at = (*path, key)
                    deny = rule.deny_when
                    written = negate(deny) if key == "require" else deny
                    self._condition(rule.id, stated, at, written, source)
        if doc.line_when is not None and rule.line_when is not None:
            name = lines_of(rule.id)
            self._condition(name, doc.line_when, (*path, "line_when"), rule.line_when, source)

    def _segment(self, doc: SegmentDoc, source: Source) -> None:
        name = f"{_SEGMENT}{doc.id}"
        shown = ("true", "false")
        unknown = ("not known",) if self._may_miss(name) else ()
        self._points(name, ("id",), (*shown, *unknown), "", source)
        self._condition(name, doc.when, ("when",), _written(self._segments[doc.id]), source)

    def _offer(self, doc: OfferDoc, source: Source) -> None:
        notation = Notation(self.ruleset)
        offer = next(o for o in self.ruleset.offers if o.id == doc.id)
        for i, depth in enumerate(offer.ladder):
            path = (*BY_KIND[offer.kind].path, i)
            step = notation.named(doc.id, offer.kind, depth)
            self._points(step, path, ("given", "withheld"), f"`{step}`", source)

    def _condition(
        self,
        name: str,
        doc: ConditionDoc,
        path: DocPath,
        condition: Condition,
        source: Source,
    ) -> None:
        for branch in branches(doc, path, condition):
            shown = tuple(branch.to_see(self._may_miss))
            points = self._points(name, branch.path, shown, branch.says, source)
            self.found.branches.setdefault(name, []).append((branch, points))

    def _points(
        self, rule: str, path: DocPath, shown: Sequence[str], says: str, source: Source
    ) -> list[Point]:
        points = [Point(rule, path, what, says, source) for what in shown]
        self.found.points.extend(points)
        return points

    @property
    def _segments(self) -> dict[str, Condition]:
        return {s.id: s.condition for level in self.ruleset.segment_levels for s in level}

    @property
    def _may_miss(self) -> Callable[[str], bool]:
        segments = self._segments

        def may_miss(fact: str) -> bool:
            segment = segments.get(fact.removeprefix(_SEGMENT))
            if fact.startswith(_SEGMENT) and segment is not None:
                return any(may_miss(needed) for needed in facts_needed(segment))
            return not always_known(fact)

        return may_miss


def _impossible(
    doc: EligibilityDoc | GuardrailDoc | PackRuleDoc, rule: EligibilityRule | Guardrail
) -> str:
    """What can never be seen of *rule*: that it withholds, or that it does not."""
    if isinstance(rule, EligibilityRule):
        return SILENT if rule.deny_when == ALWAYS and rule.line_when is None else ""
    ceiling = None if isinstance(doc, EligibilityDoc) else doc.price_ceiling
    # No discount passes a ceiling at the public price.
    return TRIGGERED if ceiling is not None and ceiling.formula == "line.list_price" else ""


def lines_of(rule_id: str) -> str:
    """The name under which the condition on lines of a rule is kept."""
    return f"{rule_id}: lines"


def _written(segment: Condition) -> Condition:
    """The condition of a segment as written, without the days on which it holds."""
    return segment if isinstance(segment, Comparison) else segment.parts[-1]


ALWAYS: Final = Comparison("candidate.discount", Op.GT, 0)
"""The condition of a rule that denies every discount: a candidate has one."""

ALONE: Final = "the only true one"

_WORDS = {Truth.TRUE: "true", Truth.FALSE: "false", Truth.UNKNOWN: "not known"}


@dataclass(frozen=True, slots=True)
class Branch:
    """One comparison of a condition as written, or one item of an `any` or `none`."""

    path: DocPath
    condition: Condition
    says: str
    facts: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    """The values of an `in` or `not_in`, as they are compared."""
    beside: tuple[Condition, ...] = ()
    """The other items of the group, for an item of one."""

    def decides(self, facts: Facts) -> bool:
        """Whether it alone makes its group true: it is true, and no other part is."""
        others = (evaluate(part, facts) for part in self.beside)
        return evaluate(self.condition, facts) is Truth.TRUE and Truth.TRUE not in others

    def seen(self, facts: Facts) -> Iterator[str]:
        """What a decision over *facts* shows of it."""
        if self.beside:
            if self.decides(facts):
                yield ALONE
            return
        yield _WORDS[evaluate(self.condition, facts)]
        observed = facts.get(self.facts[0])
        yield from (f"`{_plain(v)}`" for v in self.values if v == observed)

    def to_see(self, may_miss: Callable[[str], bool]) -> Iterator[str]:
        """Everything that there is to see of it; *may_miss* says which facts may be missing."""
        if self.beside:
            yield ALONE
            return
        yield "true"
        if self.condition != ALWAYS:
            yield "false"
        if any(may_miss(fact) for fact in self.facts):
            yield "not known"
        yield from (f"`{_plain(v)}`" for v in self.values)


def branches(doc: ConditionDoc, path: DocPath, condition: Condition) -> Iterator[Branch]:
    """The branches of *doc*, found at *path*, which was compiled to *condition*."""
    if doc.fact is not None:
        key, stated = comparison_of(doc)
        values = tuple(c.value for c in comparisons(condition)) if key in {"in", "not_in"} else ()
        says = f"`{doc.fact}` `{key}: {_shown(stated)}`"
        yield Branch(path, condition, says, (doc.fact,), values)
        return
    group, items = items_of(doc, path, condition)
    for i, item in enumerate(items):
        if group != "all" and len(items) > 1:
            others = tuple(other.condition for other in items if other is not item)
            says = f"item {i + 1} of `{group}`"
            yield Branch(item.path, item.condition, says, beside=others)
        yield from branches(item.doc, item.path, item.condition)


def _shown(stated: Any) -> str:
    if isinstance(stated, list):
        return f"[{', '.join(_plain(v) for v in stated)}]"
    return f'"{stated}"' if isinstance(stated, str) else _plain(stated)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
