"""Guardrails as exact numbers: what a candidate leaves of each limit, for rules to judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from sconto.domain.candidate import Candidate, Stack
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

TAX_PERCENT: Final = "line.tax_percent"
"""The tax on a line in per cent of its price without tax, where shop prices are without it."""


class Binding(NamedTuple):
    """What a guardrail says about one candidate, where it binds most; minor units.

    `headroom` is negative when the limit is passed. With *missing* set, a fact (or FAILED) kept
    the limit from being computed and the numbers mean nothing.
    """

    observed: int
    threshold: int
    headroom: int
    line: int | None = None
    missing: str | None = None

    @property
    def left(self) -> int | None:
        """The headroom as rules compare it; None where it is not known."""
        return self.headroom if self.missing is None else None


class Bounds(NamedTuple):
    """What all guardrails together leave of each line, by its index; minor units."""

    least: list[int]
    """What it must cost at least."""
    most: list[int | None]
    """What it may cost at most; None sets no limit."""
    known: list[bool]
    """Whether all of its limits are known."""
    speaking: list[int]
    """The guardrails that limit it, as bits of `Ruleset.rules`."""


class LineLimits:
    """The limits that guardrails set in one context, each worked out once."""

    def __init__(self, context: DecisionContext, ruleset: Ruleset, truths: LineTruths) -> None:
        self._context = context
        self._ruleset = ruleset
        self.rules_of = [ruleset.rules_by_line.covering(line) for line in context.lines]
        """The rules that have each line in scope, as bits of `Ruleset.rules`."""
        self.in_force = ruleset.in_force(context.jurisdiction, context.moment.local_date)
        self._bounds: dict[int, Bounds] = {}
        self._specs = ruleset.facts
        self._truths = truths
        self._lines: dict[str, frozenset[int]] = {}
        self._caps: dict[str, int] = {}
        self._known: dict[tuple[str, int], list[int | str | None]] = {}

    def lines(self, guardrail: Guardrail) -> frozenset[int]:
        """The lines in the scope of *guardrail*."""
        found = self._lines.get(guardrail.id)
        if found is None:
            bit = self._ruleset.rule_bits[guardrail.id]
            found = frozenset([i for i, rules in enumerate(self.rules_of) if rules & bit])
            self._lines[guardrail.id] = found
        return found

    def cap(self, guardrail: Guardrail) -> int:
        """The most that a discount cap lets come off the lines in its scope, minor units."""
        found = self._caps.get(guardrail.id)
        if found is None:
            caps = [] if guardrail.amount is None else [guardrail.amount]
            if guardrail.bp is not None:
                lines = self._context.lines
                listed = sum([lines[i].list_total for i in self.lines(guardrail)])
                caps.append(listed * guardrail.bp // BP_ONE)
            found = self._caps[guardrail.id] = min(caps)
        return found

    def of(self, guardrail: Guardrail, i: int, claimed_bp: int) -> int | str | None:
        """The limit that *guardrail* sets for the total of line *i*; see `row`."""
        return self.row(guardrail, claimed_bp)[i]

    def row(self, guardrail: Guardrail, claimed_bp: int) -> Sequence[int | str | None]:
        """The limit that *guardrail* sets for the total of each line, minor units.

        None where it has nothing to say; the name of a missing fact, or FAILED, where it can't be
        worked out. *claimed_bp* is the share that the candidate claims to take off.
        """
        key = (guardrail.id, claimed_bp if guardrail.reads_claim else 0)
        known = self._known.get(key)
        if known is None:
            covered = self.lines(guardrail)
            known = self._known[key] = [
                self._limit(guardrail, i, claimed_bp) if i in covered else None
                for i in range(len(self._context.lines))
            ]
        return known

    def bounds(self, claimed_bp: int) -> Bounds:
        """What all guardrails in force leave of each line, for candidates that claim so much."""
        key = claimed_bp if self.in_force.read_claim else 0
        found = self._bounds.get(key)
        if found is None:
            found = self._bounds[key] = self._all_bounds(claimed_bp)
        return found

    def _all_bounds(self, claimed_bp: int) -> Bounds:
        count = len(self._context.lines)
        found = Bounds([0] * count, [None] * count, [True] * count, [0] * count)
        for bit, guardrail in self.in_force.of_lines:
            ceiling = guardrail.kind is GuardrailKind.PRICE_CEILING
            for i, limit in enumerate(self.row(guardrail, claimed_bp)):
                if limit is None:
                    continue
                found.speaking[i] |= bit
                if isinstance(limit, str):
                    found.known[i] = False
                elif ceiling:
                    most = found.most[i]
                    found.most[i] = limit if most is None else min(most, limit)
                else:
                    found.least[i] = max(found.least[i], limit)
        return found

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
            guardrail.formula, line, claimed_bp, self._specs, currency,
            up=guardrail.round_up, ceiling=ceiling,
        )  # fmt: skip
        if isinstance(limit, str) or not guardrail.with_tax:
            return limit
        return without_tax(limit, line, self._specs[TAX_PERCENT], ceiling=ceiling)


def line_limit(
    formula: Formula,
    line: Line,
    claimed_bp: int,
    specs: Mapping[str, FactSpec],
    currency: str,
    *,
    up: bool,
    ceiling: bool = False,
) -> int | str:
    """The limit of *line*'s total: the formula per piece or unit, rounded *up* or down, for all.

    What a measured quantity comes to is rounded up again, and that of a *ceiling* down.

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
        return line.most(limit) if ceiling else line.least(limit)
    except ArithmeticError:
        return FAILED


def without_tax(limit: int, line: Line, spec: FactSpec, *, ceiling: bool) -> int | str:
    """The limit of a price without tax that keeps *limit* with it: a floor up, a ceiling down."""
    rate = line.facts.get(TAX_PERCENT)
    if rate is None:
        return TAX_PERCENT
    whole: int = 100 * 10**spec.places
    # No tax is larger than the price: the checkout sent another unit.
    if not 0 <= int(rate) <= whole:
        return FAILED
    if ceiling:
        return limit * whole // (whole + int(rate))
    return -(-limit * whole // (whole + int(rate)))


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
    given = _OnTop(candidate, stack, context)
    return {g.id: _BINDS[g.kind](g, given, limits) for g in guardrails}


class _OnTop:
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


def _bind_lines(guardrail: Guardrail, given: _OnTop, limits: LineLimits) -> Binding | None:
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


def _bind_margin_floor(guardrail: Guardrail, given: _OnTop, limits: LineLimits) -> Binding:
    """Of the lines in scope that are discounted, whoever does it, after all discounts together."""
    covered, parts = limits.lines(guardrail), dict(given.candidate.allocation)
    net = margin = 0
    for i, off in {**given.stack.off, **given.off}.items():
        if i not in covered:
            continue
        line = given.lines[i]
        if line.cost_total is None:
            return Binding(0, 0, 0, i, "line.unit_cost")
        left = line.list_total - off
        net += left
        margin += left - line.cost_total + given.supplier(i, parts.get(i, 0))
    threshold = -(-net * (guardrail.bp or 0) // BP_ONE)
    return Binding(margin, threshold, margin - threshold)


def _bind_discount_cap(guardrail: Guardrail, given: _OnTop, limits: LineLimits) -> Binding:
    covered, threshold = limits.lines(guardrail), limits.cap(guardrail)
    taken = sum(part for i, part in given.candidate.allocation if i in covered)
    taken += sum(part for i, part in given.stack.off.items() if i in covered)
    return Binding(taken, threshold, threshold - taken)


_Bind = Callable[[Guardrail, _OnTop, LineLimits], Binding | None]

_BINDS: Final[Mapping[GuardrailKind, _Bind]] = {
    GuardrailKind.MARGIN_FLOOR: _bind_margin_floor,
    GuardrailKind.DISCOUNT_CAP: _bind_discount_cap,
    GuardrailKind.PRICE_FLOOR: _bind_lines,
    GuardrailKind.PRICE_CEILING: _bind_lines,
    GuardrailKind.DEPTH_CAP: _bind_lines,
}
