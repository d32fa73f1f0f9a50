"""The request as the solver knows it: every fact that a ruleset's rules can compare, in range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import z3

from sconto.domain.condition import Comparison, Condition, comparisons, facts_needed
from sconto.domain.facts import REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.money import MAX_MINOR
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.domain.scope import Scope
from sconto.rulebook.compile.conditions import MAX_SAFE
from sconto.rulebook.lint.facts import (
    FIRST_DAY,
    LAST_DAY,
    Day,
    Derived,
    Fact,
    Facts,
    Number,
    Text,
    Truths,
    joined,
    truths,
)
from sconto.rulebook.lint.solver import Term
from sconto.rulebook.offer_kinds import offer_scopes

KNOWN: Final = z3.BoolVal(True)
_KIND: Final = ("department", "category", "brand", "product_id")
_OF_OFFER: Final = ("offer.id", "offer.kind", "offer.lane")
_RANGES: Final = {
    # Of any day: what lint proves then holds all the more where the two belong together.
    "context.month": (1, 12),
    "context.weekday": (0, 6),
    "context.hour": (0, 23),
    "basket.list_total": (0, MAX_MINOR),
    "basket.lines": (1, 10_000),
    "basket.pieces": (1, 10_000_000),
}


class RequestModel:
    """The facts of one request, as terms, and *given*: what always holds between them.

    Terms are slow to make and often the same, so it remembers those of lines and of conditions.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.given: list[Term] = []
        self.covered: dict[tuple[str, Scope], Term] = {}
        """Whether a scope covers a line, by the line's name."""
        self._texts = _texts(ruleset)
        self._lines: dict[str, tuple[dict[str, Fact], list[Term]]] = {}
        self._truths: dict[Condition, Truths | None] = {}
        self.day = z3.Int("context.day")
        self._within(self.day, FIRST_DAY.toordinal(), LAST_DAY.toordinal())
        self.facts: dict[str, Fact] = {"context.day": Day(self.day)}
        for name in REQUEST_FACTS:
            if name != "context.day":
                self.facts[name] = self._always(name)
        weekday = self.term("context.weekday")
        self.given.append(weekday == (self.day + 6) % 7)
        for signal in ruleset.signals:
            name = f"{SIGNAL_PREFIX}{signal.id}"
            self.facts[name] = Number(self._within(z3.Int(name), 0, MAX_SAFE), KNOWN)
        for spec in ruleset.facts.values():
            if not spec.name.startswith("line."):
                self.facts[spec.name] = self._fact(spec, spec.name, self.given)
        for remainder in ruleset.remainders:
            whole = self.facts[remainder.fact]
            assert isinstance(whole, Number)  # noqa: S101 - the compiler's promise
            self.facts[remainder.name] = Number(whole.term % remainder.divisor, whole.known)
        for level in ruleset.segment_levels:
            for segment in level:
                truth = truths(segment.condition, self.facts)
                self.facts[f"segment.{segment.id}"] = Derived(truth)

    def truths_of(self, condition: Condition, more: Facts) -> Truths:
        """The truth of *condition* over the facts of the request and *more*."""
        if condition not in self._truths:
            own = all(name in self.facts for name in facts_needed(condition))
            self._truths[condition] = truths(condition, self.facts) if own else None
        known = self._truths[condition]
        if known is not None:
            return known
        if isinstance(condition, Comparison):
            return truths(condition, more)
        parts = [self.truths_of(part, more) for part in condition.parts]
        return joined(type(condition), parts)

    def line_facts(self, name: str) -> tuple[dict[str, Fact], list[Term]]:
        """The facts of the line *name* but its quantity, price and cost, and their ranges."""
        if name not in self._lines:
            given: list[Term] = []
            facts: dict[str, Fact] = {
                f"line.{key}": self._text(f"line.{key}", f"{name}.{key}", KNOWN, given)
                for key in _KIND
            }
            for spec in self.ruleset.facts.values():
                if spec.name.startswith("line."):
                    facts[spec.name] = self._fact(spec, f"{name}.{spec.name[5:]}", given)
            self._lines[name] = facts, given
        return self._lines[name]

    def term(self, name: str) -> Term:
        """The number behind the request's fact *name*."""
        fact = self.facts[name]
        assert isinstance(fact, Number | Text | Day)  # noqa: S101 - the caller's promise
        return fact.term

    def _fact(self, spec: FactSpec, name: str, given: list[Term]) -> Fact:
        """A fact as *spec* declares it, that may be missing, called *name* in the solver."""
        term, known = z3.Int(name), z3.Bool(f"{name}?")
        if spec.type is FactType.TEXT:
            return self._text(spec.name, name, known, given, closed=bool(spec.values))
        most = MAX_MINOR if spec.type is FactType.MONEY else MAX_SAFE
        low, high = (0, 1) if spec.type is FactType.BOOLEAN else (-most, most)
        given.append(z3.And(term >= low, term <= high))
        return Number(term, known)

    def _text(
        self, fact: str, name: str, known: Term, given: list[Term], *, closed: bool = False
    ) -> Text:
        """A text fact: one of the texts that the ruleset compares it with, or another one."""
        texts, term = self._texts.get(fact, {}), z3.Int(name)
        given.append(z3.And(term >= 0, term <= max(len(texts) - closed, 0)))
        return Text(term, known, texts)

    def candidate_texts(self) -> dict[str, Fact]:
        """The texts that every candidate has: its offer, and that offer's kind and lane."""
        return {name: self.candidate_text(name) for name in _OF_OFFER}

    def candidate_text(self, name: str) -> Text:
        """One of them."""
        return self._text(name, name, KNOWN, self.given, closed=True)

    def number_of(self, fact: str, text: str) -> int:
        """The number that stands for *text*."""
        return self._texts[fact][text]

    def _always(self, name: str) -> Fact:
        if REQUEST_FACTS[name] is FactType.TEXT:
            return self._text(name, name, KNOWN, self.given, closed=True)
        return Number(self._within(z3.Int(name), *_RANGES[name]), KNOWN)

    def _within(self, term: Term, low: int, high: int) -> Term:
        self.given.append(z3.And(term >= low, term <= high))
        return term


def _texts(ruleset: Ruleset) -> Mapping[str, Mapping[str, int]]:
    """The texts that matter of every text fact, numbered from 0 in their order."""
    found: dict[str, set[str]] = {
        "context.channel": set(ruleset.channels),
        "context.jurisdiction": set(ruleset.zones),
    }
    found["offer.id"] = {offer.id for offer in ruleset.offers}
    found["offer.kind"] = {kind.value for kind in OfferKind}
    found["offer.lane"] = {lane.id for lane in ruleset.lanes}
    for spec in ruleset.facts.values():
        if spec.values:
            found[spec.name] = set(spec.values)
    for condition in _conditions(ruleset):
        for comparison in comparisons(condition):
            if isinstance(comparison.value, str):
                found.setdefault(comparison.fact, set()).add(comparison.value)
    for scope in _scopes(ruleset):
        for key, texts in zip(_KIND, _selected(scope), strict=True):
            found.setdefault(f"line.{key}", set()).update(texts)
    return {fact: {w: i for i, w in enumerate(sorted(texts))} for fact, texts in found.items()}


def _conditions(ruleset: Ruleset) -> Iterator[Condition]:
    yield from (s.condition for level in ruleset.segment_levels for s in level)
    yield from (rule.condition for rule in ruleset.rules)
    yield from ruleset.line_conditions.values()


def _scopes(ruleset: Ruleset) -> Iterator[Scope]:
    for offer in ruleset.offers:
        yield from offer_scopes(offer)
    yield from (rule.scope for rule in ruleset.rules)


def _selected(scope: Scope) -> tuple[Iterable[str], ...]:
    below = [_selected(inner) for inner in scope.classes]
    own = (
        scope.departments | scope.exclude_departments,
        scope.categories | scope.exclude_categories,
        scope.brands,
        scope.products,
    )
    return tuple(texts.union(*(b[i] for b in below)) for i, texts in enumerate(own))
