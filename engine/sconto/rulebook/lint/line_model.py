"""Basket lines as the solver knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import z3

from sconto.domain.condition import Op
from sconto.domain.money import MAX_MINOR
from sconto.domain.scope import Scope
from sconto.rulebook.lint.facts import Fact, Number, Text, Truths, truths
from sconto.rulebook.lint.request_model import KNOWN, RequestModel
from sconto.rulebook.lint.solver import Term

MAX_PIECES = 9_999


@dataclass(slots=True)
class LineModel:
    """One line. Money is minor units; *total* is its list price times its pieces.

    Shares of a minor unit are kept: that a discount is rounded to one is left out. *off* comes off
    it by the candidate in question, *before* by what was given earlier. With
    *carries* the candidate is spread over it, so that rules about it apply.
    """

    request: RequestModel
    name: str
    pieces: Term
    carries: bool = True
    facts: dict[str, Fact] = field(default_factory=dict)
    given: list[Term] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make its terms, and say what always holds between them."""
        self.price, self.total = z3.Int(f"{self.name}.price"), z3.Int(f"{self.name}.total")
        self.cost, self.cost_known = z3.Int(f"{self.name}.cost"), z3.Bool(f"{self.name}.cost?")
        self.off, self.before = z3.Real(f"{self.name}.off"), z3.Int(f"{self.name}.before")
        self.refund = z3.Real(f"{self.name}.refund")
        self.given += [
            self.pieces >= 1, self.pieces <= MAX_PIECES,
            self.price >= 0, self.total == self.price * self.pieces, self.total <= MAX_MINOR,
            self.cost >= 0, self.cost <= MAX_MINOR,
            self.off >= 0, self.before >= 0, self.off + self.before <= self.total,
            self.refund >= 0, self.refund <= self.off + self.before,
        ]  # fmt: skip
        facts, ranges = self.request.line_facts(self.name)
        self.given += ranges
        self.facts = {
            **facts,
            "line.quantity": Number(self.pieces, KNOWN),
            "line.list_price": Number(self.price, KNOWN),
            "line.unit_cost": Number(self.cost, self.cost_known),
        }

    price: Term = field(init=False)
    total: Term = field(init=False)
    cost: Term = field(init=False)
    cost_known: Term = field(init=False)
    off: Term = field(init=False)
    before: Term = field(init=False)
    refund: Term = field(init=False)
    """What suppliers pay back of all that comes off it."""

    @property
    def seen_off(self) -> Term:
        """All that comes off it."""
        return self.off + self.before

    def before_seen(self, after_earlier: bool) -> Term:
        """What earlier discounts took off the price that an offer of the lane sees."""
        return self.before if after_earlier else z3.IntVal(0)

    def together(self, name: str, term: Term) -> Term:
        """The fact *name*, which is *term* for one piece, for all pieces of the line."""
        whole = z3.Int(f"{self.name}.{name}.together")
        self.given.append(whole == term * self.pieces)
        return whole

    def covered(self, scope: Scope) -> Term:
        """Whether *scope* covers it."""
        key = (self.name, scope)
        if key not in self.request.covered:
            self.request.covered[key] = self._covered(scope)
        return self.request.covered[key]

    def _covered(self, scope: Scope) -> Term:
        parts = [
            self._among("department", scope.departments),
            self._among("category", scope.categories),
            self._among("brand", scope.brands),
            self._among("product_id", scope.products),
            z3.Not(z3.Or(self._are("department", scope.exclude_departments))),
            z3.Not(z3.Or(self._are("category", scope.exclude_categories))),
        ]
        if scope.classes:
            parts.append(z3.Or([self.covered(inner) for inner in scope.classes]))
        return z3.And(parts)

    def about(self, rule_id: str) -> Truths:
        """Whether the rule's `line_when` is true of it, and whether it is false."""
        condition = self.request.ruleset.line_conditions.get(rule_id)
        if condition is None:
            return Truths(z3.BoolVal(True), z3.BoolVal(False))
        return truths(condition, self.facts)

    def _among(self, key: str, texts: frozenset[str]) -> Term:
        return z3.Or(self._are(key, texts)) if texts else z3.BoolVal(True)

    def _are(self, key: str, texts: Iterable[str]) -> list[Term]:
        fact = self.facts[f"line.{key}"]
        assert isinstance(fact, Text)  # noqa: S101 - it was made so above
        return [fact.compare(Op.EQ, text).true for text in sorted(texts)]
