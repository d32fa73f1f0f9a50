"""Guardrails as exact numbers: what a candidate leaves of each limit, for rules to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Final

from oracle.candidate import Candidate, Stack
from sconto.domain.condition import Truth
from sconto.domain.context import DecisionContext, Line
from sconto.domain.formula import DEPTH_SHARE, Formula, compute, formula_facts
from sconto.domain.lines import LineTruths
from sconto.domain.money import BP_ONE, MINOR_DIGITS, to_major, to_minor
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import FactSpec, FactType, Guardrail, GuardrailKind, Ruleset

FAILED: Final = "?"
"""Stands where a missing fact's name would, for a formula that could not be computed exactly."""

LINE_FORMULA_FACTS: Final = ("line.list_price", "line.unit_cost", "line.quantity")
"""Facts of every line that formulas may read besides the declared `line.*` ones."""

DEPTH_SHARE_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Binding:
    """What a guardrail says about one candidate, where it binds most; minor units.

    `headroom` is negative when the limit is passed. With *missing* set, a fact (or FAILED) kept
    the limit from being computed and the numbers mean nothing.
    """

    observed: int
    threshold: int
    headroom: int
    line: int | None = None
    missing: str | None = None


def in_force(context: DecisionContext, ruleset: Ruleset) -> Iterator[Guardrail]:
    """The guardrails in force in the context's jurisdiction on its civil date, ordered by id."""
    for guardrail in ruleset.guardrails:
        here = not guardrail.jurisdictions or context.jurisdiction in guardrail.jurisdictions
        if here and guardrail.validity.covers(context.moment.local_date):
            yield guardrail


class LineLimits:
    """The limits that guardrails set in one context, each worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, truths: LineTruths) -> None:
        self._context = context
        self._specs = ruleset.facts
        self._truths = truths
        self._lines: dict[str, frozenset[int]] = {}
        self._caps: dict[str, int] = {}
        self._known: dict[tuple[str, int, int], int | str | None] = {}

    def lines(self, guardrail: Guardrail) -> frozenset[int]:
        """The lines in the scope of *guardrail*."""
        found = self._lines.get(guardrail.id)
        if found is None:
            covered = enumerate(self._context.lines)
            found = frozenset(i for i, line in covered if guardrail.scope.covers(line))
            self._lines[guardrail.id] = found
        return found

    def cap(self, guardrail: Guardrail) -> int:
        """The most that a discount cap lets come off the lines in its scope, minor units."""
        found = self._caps.get(guardrail.id)
        if found is None:
            caps = [] if guardrail.amount is None else [guardrail.amount]
            if guardrail.bp is not None:
                lines = self._context.lines
                listed = sum(lines[i].list_total for i in self.lines(guardrail))
                caps.append(listed * guardrail.bp // BP_ONE)
            found = self._caps[guardrail.id] = min(caps)
        return found

    def of(self, guardrail: Guardrail, i: int, claimed_bp: int) -> int | str | None:
        """The limit that *guardrail* sets for the total of line *i*, minor units.

        None where it has nothing to say; the name of a missing fact, or FAILED, where it can't be
        worked out. *claimed_bp* is the share that the candidate claims to take off.
        """
        if i not in self.lines(guardrail):
            return None
        key = (guardrail.id, i, claimed_bp if guardrail.reads_claim else 0)
        if key not in self._known:
            self._known[key] = self._limit(guardrail, i, claimed_bp)
        return self._known[key]

    def _limit(self, guardrail: Guardrail, i: int, claimed_bp: int) -> int | str | None:
        line = self._context.lines[i]
        truth = self._truths.of(guardrail.id, i)
        if truth is Truth.FALSE:
            return None
        if truth is Truth.UNKNOWN:
            return self._truths.missing(guardrail.id, i)
        if guardrail.kind is GuardrailKind.DEPTH_CAP:
            return line.list_total - line.list_total * (guardrail.bp or 0) // BP_ONE
        if guardrail.formula is None:
            return None
        currency = self._context.currency
        ceiling = guardrail.kind is GuardrailKind.PRICE_CEILING
        limit = line_limit(
            guardrail.formula,
            line,
            claimed_bp,
            self._specs,
            currency,
            up=guardrail.round_up,
            ceiling=ceiling,
        )
        return _untaxed(guardrail, line, limit) if guardrail.with_tax else limit


def _untaxed(guardrail: Guardrail, line: Line, limit: int | str) -> int | str:
    if isinstance(limit, str):
        return limit
    percent = line.facts.get("line.tax_percent")
    if percent is None:
        return "line.tax_percent"
    untaxed = limit / (1 + Fraction(int(percent), 1000))
    return floor(untaxed) if guardrail.kind is GuardrailKind.PRICE_CEILING else ceil(untaxed)


def whole(line: Line, each: int, *, up: bool) -> int:
    """What *line* comes to at *each* minor units for a piece or unit, rounded *up* or down."""
    if line.measured is None:
        return each * line.quantity
    exact = Fraction(each * line.measured.thousandths, 1000)
    return ceil(exact) if up else floor(exact)


def line_limit(
    formula: Formula,
    line: Line,
    claimed_bp: int,
    specs: Mapping[str, FactSpec],
    currency: str,
    *,
    up: bool,
    ceiling: bool,
) -> int | str:
    """The limit of *line*'s total: the formula per piece, rounded *up* or down, times its quantity.

    Returns the name of a missing fact instead, or FAILED when the value has no exact decimal.
    """
    facts: dict[str, Decimal] = {}
    for name in formula_facts(formula):
        value = _formula_fact(name, line, claimed_bp, specs, currency)
        if value is None:
            return name
        facts[name] = value
    try:
        limit = to_minor(compute(formula, facts), currency, up=up)
        return whole(line, limit, up=not ceiling)
    except ArithmeticError:
        return FAILED


def _formula_fact(
    name: str, line: Line, claimed_bp: int, specs: Mapping[str, FactSpec], currency: str
) -> Decimal | None:
    if name == "line.list_price":
        return to_major(line.list_price, currency)
    if name == "line.quantity":
        return Decimal(line.quantity)
    if name == "line.unit_cost":
        return None if line.unit_cost is None else to_major(line.unit_cost, currency)
    if name == DEPTH_SHARE:
        return Decimal(claimed_bp).scaleb(-DEPTH_SHARE_PLACES)
    value = line.facts.get(name)
    if value is None:
        return None
    spec = specs[name]
    places = MINOR_DIGITS[currency] if spec.type is FactType.MONEY else spec.places
    return Decimal(int(value)).scaleb(-places)


def claimed_bp(candidate: Candidate) -> int:
    """The share that *candidate* claims to take off, basis points; 0 when it claims none."""
    offer = candidate.offer
    if offer.kind is OfferKind.SPEND_TIERS:
        return offer.tiers[candidate.depth].bp or 0
    return candidate.depth if offer.kind is OfferKind.PERCENT else 0


def bindings(
    guardrails: Iterable[Guardrail],
    candidate: Candidate,
    stack: Stack,
    context: DecisionContext,
    limits: LineLimits,
) -> dict[str, Binding | None]:
    """Where each of *guardrails* binds *candidate* most on top of *stack*, by id.

    Each covers a line of the candidate. None when nothing comes off the lines that a floor,
    ceiling or depth cap is about.
    """
    given = _Given(candidate, stack, context)
    return {g.id: _BINDS[g.kind](g, given, limits) for g in guardrails}


class _Given:
    """A candidate on top of a stack; what every guardrail asks of it is worked out once."""

    def __init__(self, candidate: Candidate, stack: Stack, context: DecisionContext) -> None:
        before, lines = stack.off, context.lines
        self.candidate = candidate
        self.stack = stack
        self.lines = lines
        self.off = {i: before.get(i, 0) + part for i, part in candidate.allocation}
        """What is off each line that the candidate is about, by all together."""
        claimed = claimed_bp(candidate)
        self.claims = [(i, claimed) for i, part in candidate.allocation if part]
        """Every line that it discounts, with each share claimed for it: its own first.

        What an earlier discount was announced with binds those that come on top of it too."""
        for earlier in stack.candidates:
            claimed, touched = claimed_bp(earlier), dict(earlier.allocation)
            own = (i for i, part in candidate.allocation if part)
            self.claims += [(i, claimed) for i in own if touched.get(i)]

    def supplier(self, line: int, part: int) -> int:
        """What suppliers pay back of what is off *line*, of which the candidate takes *part*."""
        share = self.candidate.offer.supplier_share_bp
        return self.stack.supplier.get(line, 0) + part * share // BP_ONE


def _bind_lines(guardrail: Guardrail, given: _Given, limits: LineLimits) -> Binding | None:
    tightest: Binding | None = None
    sign = -1 if guardrail.kind is GuardrailKind.PRICE_CEILING else 1
    covered = limits.lines(guardrail)
    for i, claimed in given.claims:
        limit = limits.of(guardrail, i, claimed) if i in covered else None
        if limit is None:
            continue
        if isinstance(limit, str):
            return Binding(0, 0, 0, i, limit)
        net = given.lines[i].list_total - given.off[i]
        headroom = sign * (net - limit)
        if tightest is None or headroom < tightest.headroom:
            tightest = Binding(net, limit, headroom, i)
    return tightest


def _bind_margin_floor(guardrail: Guardrail, given: _Given, limits: LineLimits) -> Binding:
    """Of the lines in scope that are discounted, whoever does it, after all discounts together."""
    covered, parts = limits.lines(guardrail), dict(given.candidate.allocation)
    net = margin = 0
    for i, off in {**given.stack.off, **given.off}.items():
        if i not in covered:
            continue
        line = given.lines[i]
        if line.unit_cost is None:
            return Binding(0, 0, 0, i, "line.unit_cost")
        left = line.list_total - off
        net += left
        margin += left - whole(line, line.unit_cost, up=True) + given.supplier(i, parts.get(i, 0))
    threshold = -(-net * (guardrail.bp or 0) // BP_ONE)
    return Binding(margin, threshold, margin - threshold)


def _bind_discount_cap(guardrail: Guardrail, given: _Given, limits: LineLimits) -> Binding:
    covered, threshold = limits.lines(guardrail), limits.cap(guardrail)
    taken = sum(part for i, part in given.candidate.allocation if i in covered)
    taken += sum(part for i, part in given.stack.off.items() if i in covered)
    return Binding(taken, threshold, threshold - taken)


_Bind = Callable[[Guardrail, _Given, LineLimits], Binding | None]

_BINDS: Final[Mapping[GuardrailKind, _Bind]] = {
    GuardrailKind.MARGIN_FLOOR: _bind_margin_floor,
    GuardrailKind.DISCOUNT_CAP: _bind_discount_cap,
    GuardrailKind.PRICE_FLOOR: _bind_lines,
    GuardrailKind.PRICE_CEILING: _bind_lines,
    GuardrailKind.DEPTH_CAP: _bind_lines,
}
