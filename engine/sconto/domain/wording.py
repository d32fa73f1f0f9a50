"""Text about what decided and what would have: clauses, rules and changes of facts.

Every fact is shown in its owner's units, and a segment with the facts that it depends on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from sconto.domain.changes import Change, Changes, Kind, day_number
from sconto.domain.condition import Comparison, Condition, Op, Truth, evaluate, negate, speaking
from sconto.domain.context import DecisionContext, Facts, FactValue, Line
from sconto.domain.facts import request_facts
from sconto.domain.findings import Clause, Finding
from sconto.domain.money import format_minor
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import BudgetMeasure, Ruleset
from sconto.domain.thresholds import SEGMENT
from sconto.domain.units import Units, clause_text, units_of

_AT: Final = {
    Kind.DAY: "on {}",
    Kind.HOUR: "in the hour from {}",
    Kind.CHANNEL: "in the channel {}",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes about one decision; *places* says where each rule stands, by its id."""

    ruleset: Ruleset
    context: DecisionContext
    segments: Mapping[str, bool]
    places: Mapping[str, str]
    units: Units = field(init=False, repr=False)
    facts: Facts = field(init=False, repr=False)
    conditions: Mapping[str, Condition] = field(init=False, repr=False)
    sentences: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look up what every sentence needs."""
        rules, known = self.ruleset, {f"{SEGMENT}{n}": v for n, v in self.segments.items()}
        sentences = {r.id: r.sentence for r in rules.eligibility}
        object.__setattr__(self, "units", units_of(rules))
        object.__setattr__(
            self, "facts", {**request_facts(self.context, rules.remainders), **known}
        )
        levels = rules.segment_levels
        conditions = {f"{SEGMENT}{s.id}": s.condition for level in levels for s in level}
        object.__setattr__(self, "conditions", conditions)
        names = {g.id: g.name for g in rules.guardrails}
        names |= {r.id: r.sentence for r in rules.earn_nothing}
        object.__setattr__(self, "sentences", {**sentences, **names})

    def finding(self, finding: Finding) -> str:
        """Which rule withheld, where it stands, the law behind it, and on which facts."""
        detail = "; ".join(self.clause(c) for c in finding.clauses)
        if not finding.rule_id:
            return detail
        rule, place = finding.rule_id, self.places.get(finding.rule_id)
        law = self.ruleset.laws.get(rule)
        where = [f"line {finding.line_id}"] if finding.line_id else []
        about = ", ".join([*([place] if place else []), *([law.cite] if law else []), *where])
        text = f'rule {rule}{f" ({about})" if about else ""}: "{self.sentences.get(rule, "")}"'
        return f"{text} {detail}" if detail else text

    def clause(self, clause: Clause) -> str:
        """A comparison that decided, with what was compared."""
        text = clause_text(self.units, *clause)
        decided = clause.op == "==" or isinstance(clause.observed, bool)
        if clause.observed is None or not decided:
            return text
        return f"{text}{self._because(clause.fact, clause.observed)}"

    def _because(self, fact: str, observed: FactValue) -> str:
        """The facts that decided whether the shopper is in a segment."""
        condition = self.conditions.get(fact)
        if condition is None:
            return ""
        decided = condition if observed else negate(condition)
        if evaluate(decided, self.facts) is not Truth.TRUE:
            return ""
        deciding = speaking(decided, self.facts, Truth.TRUE)
        texts = [self.clause(self._observed(c)) for c in deciding if not self._of_validity(c)]
        return f" because {' and '.join(texts)}" if texts else ""

    def _observed(self, comparison: Comparison) -> Clause:
        seen = self.facts.get(comparison.fact)
        return Clause(comparison.fact, comparison.op, comparison.value, seen)

    def _of_validity(self, comparison: Comparison) -> bool:
        return comparison.fact == "context.day" and comparison.op in {Op.GE, Op.LT}

    def candidate(self, candidate_id: str) -> str:
        """An offer at a depth, from the id of the candidate."""
        offer_id, _, depth = candidate_id.rpartition(":")
        kind = next(o.kind for o in self.ruleset.offers if o.id == offer_id)
        return f"{offer_id} at {self.depth(kind, int(depth))}"

    def depth(self, kind: OfferKind, depth: int) -> str:
        """How deep a candidate is."""
        return self.units.depth(kind, depth)

    def changes(self, changes: Changes) -> str:
        """What would have to be otherwise, and in whose hand that is."""
        hands = dict.fromkeys(c.hand.value for c in changes if not self._ends(c))
        texts = " and ".join(self.change(c) for c in changes)
        return f"{texts}; that is {', and '.join(hands)}" if hands else texts

    def change(self, change: Change) -> str:
        """One fact that is otherwise."""
        shown = self.units.shown(change.name, change.after)
        if change.kind in _AT:
            return _AT[change.kind].format(shown) + self._ends(change)
        match change.kind:
            case Kind.SPEND:
                more = self.units.money(int(change.after))
                like = f"goods like line {change.name}{self._goods(change.name, ', {}')}"
                return f"with {more} more in the basket ({like})"
            case Kind.PIECES:
                return self._pieces(change)
            case Kind.LINES:
                count = int(change.after) - int(change.before or 0)
                return f"with {_count(count, 'more line')} like {change.name} in the basket"
            case Kind.BUDGET:
                left = self._in_budget(change.name, int(change.before or 0) - int(change.after))
                return f"with {left} more left in budget {change.name}"
            case _:
                was = self.units.shown(change.name, change.before)
                return f"with {change.name} {shown} (was {was})"

    def _ends(self, change: Change) -> str:
        """Which offers have ended on the day of *change*, and run before it; empty for none."""
        if change.kind is not Kind.DAY:
            return ""
        ended = [
            offer.id
            for offer in self.ruleset.offers
            if day_number(offer.validity.valid_from)
            <= int(change.before or 0)
            < day_number(offer.validity.valid_to)
            <= int(change.after)
        ]
        many = len(ended) > 1
        return f", when {listed(ended)} {'have' if many else 'has'} ended" if ended else ""

    def _pieces(self, change: Change) -> str:
        more = int(change.after) - int(change.before or 0)
        goods = f"line {change.name}{self._goods(change.name)}"
        if not change.after:
            return f"without {goods} in the basket"
        return f"with {_count(abs(more), 'piece')} {'more' if more > 0 else 'fewer'} of {goods}"

    def _goods(self, line_id: str, form: str = " ({})") -> str:
        lines: Iterator[Line] = (x for x in self.context.lines if x.line_id == line_id)
        found = next(lines, None)
        return form.format(found.category) if found else ""

    def in_budget(self, minor: int) -> str:
        """Money of a budget, which is in the shop's currency."""
        return format_minor(minor, self.ruleset.shop_currency)

    def _in_budget(self, key: str, amount: int) -> str:
        budget = self.ruleset.budgets[key.partition("/")[0]]
        match budget.measure:
            case BudgetMeasure.AMOUNT:
                return self.in_budget(amount)
            case BudgetMeasure.COUNT:
                return _count(amount, "discount")
            case BudgetMeasure.USE:
                return _count(amount, "code use")


def listed(words: Iterable[str]) -> str:
    """*words* as one reads them: `a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
