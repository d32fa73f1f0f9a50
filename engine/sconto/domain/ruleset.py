"""The ruleset: every rule file compiled into one immutable value with one digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Final

from sconto.domain.behaviour import GIVEN, Measure, Signal
from sconto.domain.codes import CodeSet
from sconto.domain.condition import (
    Comparison,
    Condition,
    Remainder,
    conjunction_of,
    facts_needed,
    remainders_in,
)
from sconto.domain.exchange import SAME, Exchange
from sconto.domain.experiment import Experiment
from sconto.domain.formula import DEPTH_SHARE, Formula, formula_facts
from sconto.domain.lane import MAIN, Lane
from sconto.domain.objective import Objective
from sconto.domain.offer import Offer
from sconto.domain.reasons import ReasonCode
from sconto.domain.scope import EVERYTHING, Scope
from sconto.domain.scopes import ScopeIndex
from sconto.domain.shadow import ShadowPrice
from sconto.domain.validity import Validity

CANDIDATE_PREFIXES: Final = ("offer.", "candidate.", "headroom.", "touches.", "line.")
"""How the names of facts begin that belong to one candidate (or, when lines are judged, to one
line); all others are the request's."""

OF_CANDIDATE_ITSELF: Final = ("offer.", "candidate.")


class FactType(Enum):
    """The declared type of a fact; money and decimals are integers inside."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXT = "text"
    MONEY = "money"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact that the checkout may send: `shopper.*` or `line.*`, with its type."""

    name: str
    type: FactType
    places: int = 0
    """Decimal places kept of a DECIMAL fact: 37.5 with 2 places is 3750."""
    values: frozenset[str] = frozenset()
    """The allowed values of a TEXT fact; empty allows any."""
    changeable: bool = False
    """Whether the shopper can bring about another value, so that this may be advised."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A fact derived from facts: `segment.<id>` is true when *condition* is."""

    id: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Law:
    """Where a legal rule comes from. Illustrative, not legal advice."""

    cite: str
    url: str
    checked_on: date


class GuardrailKind(Enum):
    """Which exact limit a guardrail sets."""

    PRICE_FLOOR = "price_floor"
    PRICE_CEILING = "price_ceiling"
    DEPTH_CAP = "depth_cap"
    MARGIN_FLOOR = "margin_floor"
    DISCOUNT_CAP = "discount_cap"


OF_LINES: Final = frozenset(
    {GuardrailKind.PRICE_FLOOR, GuardrailKind.PRICE_CEILING, GuardrailKind.DEPTH_CAP}
)
"""Kinds that limit each line by itself; the others limit lines together."""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A limit that no score can pass; what it leaves is `headroom.<id>`, and below zero denies.

    A PRICE_FLOOR or PRICE_CEILING has a *formula* per piece in major units, a DEPTH_CAP has *bp*
    of the list price of each line. A MARGIN_FLOOR has *bp* of the net price of the lines in scope
    that are discounted. A DISCOUNT_CAP bounds what comes off the lines in scope: *bp* of their
    list price, or *amount* in minor units, or both (then the smaller one holds). All of them are
    about what all discounts leave together.
    """

    id: str
    kind: GuardrailKind
    name: str
    scope: Scope
    jurisdictions: frozenset[str]
    """Empty means everywhere."""
    validity: Validity
    formula: Formula | None = None
    bp: int | None = None
    amount: int | None = None
    law: Law | None = None
    line_when: Condition | None = None
    """Only lines in scope for which this holds; withheld while that is unknown."""
    round_up: bool = True
    """Whether the formula's value goes up to the minor unit, or down."""
    review: bool = False
    """Whether it asks a person to look instead of withholding the candidate."""
    with_tax: bool = False
    """Whether the formula is a price with tax while those of lines are without."""
    of_lines: bool = field(init=False, repr=False, compare=False)
    """Whether it limits each line by itself; the others limit lines together."""
    reads_claim: bool = field(init=False, repr=False, compare=False)
    """Whether its formula reads the share that a candidate claims to take off."""

    def __post_init__(self) -> None:
        """Look at the kind and the formula."""
        object.__setattr__(self, "of_lines", self.kind in OF_LINES)
        reads = self.formula is not None and DEPTH_SHARE in set(formula_facts(self.formula))
        object.__setattr__(self, "reads_claim", reads)


class InForce:
    """The guardrails in force in one jurisdiction on one civil date, each with its rule's bit.

    Ordered by id.
    """

    def __init__(self, guardrails: Iterable[tuple[int, Guardrail]]) -> None:
        self.guardrails = tuple(guardrails)
        self.of_lines = tuple([(bit, g) for bit, g in self.guardrails if g.of_lines])
        """Those that limit each line by itself, and their bits."""
        self.together = tuple([(bit, g) for bit, g in self.guardrails if not g.of_lines])
        self.bits_of_lines = sum([bit for bit, _ in self.of_lines])
        self.read_claim = any(g.reads_claim for _, g in self.guardrails)
        """Whether any formula reads the share that a candidate claims to take off."""


MAX_DAYS: Final = 1_000
"""Jurisdictions and dates for which guardrails in force are kept; then the memory starts afresh."""


@dataclass(frozen=True, slots=True)
class EligibilityRule:
    """Denies a candidate when *deny_when* is true, and withholds it while that is unknown."""

    id: str
    sentence: str
    deny_when: Condition
    offer_ids: frozenset[str]
    """Offers that it speaks about; empty means all."""
    scope: Scope
    """It speaks only about candidates that discount a line in this scope."""
    jurisdictions: frozenset[str]
    validity: Validity
    law: Law | None = None
    line_when: Condition | None = None
    """Only candidates that discount a line in scope for which this holds, or may hold."""
    review: bool = False
    reason: ReasonCode = ReasonCode.NOT_ELIGIBLE
    """What a denial means: NOT_ELIGIBLE, or FREQUENCY_CAP_REACHED for a frequency cap."""


@dataclass(frozen=True, slots=True)
class EarnsNothing:
    """A law by which goods take no part in an offer that must be earned.

    They do not count towards its spend or its pieces, and get nothing from it.
    """

    id: str
    sentence: str
    scope: Scope
    jurisdictions: frozenset[str]
    validity: Validity
    law: Law | None = None
    line_when: Condition | None = None
    """Only lines in scope for which this holds, or may hold."""


class BudgetMeasure(Enum):
    """What a budget counts: minor units of discount, discounts given, or uses of a code.

    A decision uses a code once, whatever number of discounts it opens.
    """

    AMOUNT = "amount"
    COUNT = "count"
    USE = "use"


class BudgetHolder(Enum):
    """Whose budget it is: one for all, or one for each shopper, jurisdiction or code."""

    CAMPAIGN = "campaign"
    SHOPPER = "shopper"
    REGION = "region"
    CODE = "code"


class Period(Enum):
    """Over what civil span a budget runs before it starts afresh."""

    TOTAL = "total"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap on what offers may give: *limit* of *measure* for each holder and period."""

    id: str
    name: str
    measure: BudgetMeasure
    holder: BudgetHolder
    period: Period
    limit: int
    zone: str = ""
    """IANA time zone whose calendar begins its periods; empty means that of the sale."""
    ahead_bp: int | None = None
    """How far use may run ahead of an even pace over the period, basis points of the limit; None
    paces nothing."""
    validity: Validity | None = None
    """When it runs; an even pace over a TOTAL period needs it."""
    shadow: ShadowPrice | None = None
    """What each minor unit of an AMOUNT must bring to be spent; None asks nothing."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A sentence owed to the shopper with a discount on a line in *scope*.

    Empty *jurisdictions* means everywhere.
    """

    id: str
    text: str
    jurisdictions: frozenset[str]
    validity: Validity
    scope: Scope = EVERYTHING
    law: Law | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What the rule engine judges: true withholds a candidate, unknown withholds it too.

    `id` names the eligibility rule or guardrail; *reason* is what a true verdict means. It speaks
    only about candidates of its offers (empty means all) that discount a line in its scope.
    *condition* is what the engine judges: *deny_when*, where and when the rule is in force.
    """

    id: str
    reason: ReasonCode
    condition: Condition
    deny_when: Condition
    offer_ids: frozenset[str]
    scope: Scope
    review: bool = False
    own_facts: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The facts of a candidate that it denies by; without any it denies all by the same."""
    asks_lines: bool = field(init=False, repr=False, compare=False)
    """Whether it asks for `touches.<id>`: it is about some of the lines in its scope only."""
    conjunction: tuple[Comparison, ...] = field(init=False, repr=False, compare=False)
    """The comparisons of *deny_when* where it holds if all of them do; else empty."""

    def __post_init__(self) -> None:
        """Look at the facts it denies by."""
        needed = facts_needed(self.condition)
        asks_lines = f"touches.{self.id}" in needed
        denied_by = facts_needed(self.deny_when)
        own = tuple(fact for fact in denied_by if fact.startswith(CANDIDATE_PREFIXES))
        object.__setattr__(self, "asks_lines", asks_lines)
        object.__setattr__(self, "own_facts", own)
        object.__setattr__(self, "conjunction", conjunction_of(self.deny_when) or ())


class ReturnPolicy(Enum):
    """What a shopper gets back for pieces that come back."""

    KEEP_SHARES = "keep_shares"
    """For each piece what was paid for it."""
    REPRICE = "reprice"
    """What was paid, less what the rest costs when the discounts given are worked out for it."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rule files compiled. `digest` is the SHA-256 of their content, whatever their layout.

    All amounts are in *currency*, except those of budgets, which are in the shop's.
    """

    digest: str
    currency: str
    zones: Mapping[str, str]
    """IANA time zone of each jurisdiction the ruleset knows."""
    channels: frozenset[str]
    reservation_seconds: int
    facts: Mapping[str, FactSpec]
    segment_levels: tuple[tuple[Segment, ...], ...]
    """Segments in the order they can be judged: each level uses only facts and earlier levels."""
    offers: tuple[Offer, ...]
    """Ordered by id."""
    eligibility: tuple[EligibilityRule, ...]
    guardrails: tuple[Guardrail, ...]
    budgets: Mapping[str, Budget]
    disclosures: tuple[Disclosure, ...]
    rules: tuple[Rule, ...]
    """Eligibility rules, then guardrails, each ordered by id: what the rule engine is given."""
    documents: bytes
    """Canonical JSON of every rule document; compiling it again gives this very ruleset."""
    line_conditions: Mapping[str, Condition] = field(default_factory=dict)
    """Which lines a rule is about, by rule id, for the rules that ask more than a scope."""
    lanes: tuple[Lane, ...] = (MAIN,)
    """In the order in which they apply."""
    signals: tuple[Signal, ...] = ()
    """Ordered by id."""
    experiment: Experiment | None = None
    objective: Objective = field(default_factory=Objective)
    returns: ReturnPolicy = ReturnPolicy.KEEP_SHARES
    price_history: bool = False
    """Whether the lowest price of the last 30 days is worked out, from a record of list prices."""
    industry: str = "retail"
    events: Mapping[str, bool] = field(default_factory=dict)
    """The kinds of behaviour events the checkout may send, and whether they carry an amount."""
    code_sets: Mapping[str, CodeSet] = field(default_factory=dict)
    """Whoever has a code of one may be given its offers, and nobody else; ordered by id."""
    earn_nothing: tuple[EarnsNothing, ...] = ()
    """Ordered by id."""
    languages: tuple[str, ...] = ()
    """What shoppers are written in (BCP 47), the first by default."""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The shop's own texts for shoppers by language and key, see `sconto.domain.shopper_texts`."""
    exchange: Exchange = SAME
    """How amounts of the shop's currency became those of *currency*."""
    others: Mapping[str, Ruleset] = field(default_factory=dict)
    """The same rules in the other currencies of the shop, by currency; of the shop's own ruleset
    only."""
    need_code: frozenset[str] = field(init=False, repr=False, compare=False)
    """The offers that are given with a code only."""
    set_of_text: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """The set of each text that everybody shares."""
    budgets_of_offers: tuple[Budget, ...] = field(init=False, repr=False, compare=False)
    """The budgets that are drawn on without a code."""
    segment_of_fact: Mapping[str, Segment] = field(init=False, repr=False, compare=False)
    """The segment whose truth is the fact of this name."""
    offer_scopes: ScopeIndex = field(init=False, repr=False, compare=False)
    """The scopes of offers, each once."""
    scope_of_offer: tuple[int, ...] = field(init=False, repr=False, compare=False)
    """For each offer, which of `offer_scopes` is its own."""
    rules_by_line: ScopeIndex = field(init=False, repr=False, compare=False)
    """Which rules have a line in scope; bit i is `rules[i]`."""
    rules_by_offer: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Which rules speak about an offer at all, as bits of `rules`."""
    rule_bits: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """The bit of each rule, by id."""
    ceilings: tuple[Guardrail, ...] = field(init=False, repr=False, compare=False)
    """The price ceilings that hold of a price as it is, whatever a discount claims."""
    rules_of_own: int = field(init=False, repr=False, compare=False)
    """The rules that deny by facts of a candidate or its lines, as bits; every other rule says the
    same of all candidates that it is about."""
    remainders: tuple[Remainder, ...] = field(init=False, repr=False, compare=False)
    """The derived facts that rules and segments compare."""
    about_lines: tuple[tuple[int, str], ...] = field(init=False, repr=False, compare=False)
    """The rules that ask for `touches.<id>`: their bits and ids."""
    own_facts: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The facts of a candidate itself that rules compare, sorted."""
    limits_kept: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """`headroom.<id>` of every guardrail where its limit is kept: 0, for nothing asks for more."""
    budget_zones: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The time zones by whose calendars budgets run, besides those of the sales, sorted."""
    laws: Mapping[str, Law] = field(init=False, repr=False, compare=False)
    """The law behind each rule that has one, by rule id."""
    counts_given: bool = field(init=False, repr=False, compare=False)
    """Whether a signal counts the discounts that a shopper was given."""
    _in_force: dict[tuple[str, date], InForce] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    model_facts: Mapping[str, FactSpec] = field(init=False, repr=False, compare=False)
    """What a model can be shown, by name: declared facts, and signals, whose sums are money."""

    def __post_init__(self) -> None:
        """Work out what every decision would otherwise look up again."""
        by_offer = {
            offer.id: sum(
                1 << i
                for i, rule in enumerate(self.rules)
                if not rule.offer_ids or offer.id in rule.offer_ids
            )
            for offer in self.offers
        }
        sets = self.code_sets.values()
        object.__setattr__(self, "need_code", frozenset(o for s in sets for o in s.offers))
        object.__setattr__(self, "set_of_text", {s.text: s.id for s in sets if s.text})
        without_code = [b for b in self.budgets.values() if b.measure is not BudgetMeasure.USE]
        object.__setattr__(self, "budgets_of_offers", tuple(without_code))
        segments = {f"segment.{s.id}": s for level in self.segment_levels for s in level}
        object.__setattr__(self, "segment_of_fact", segments)
        scopes = {scope: i for i, scope in enumerate(dict.fromkeys(o.scope for o in self.offers))}
        object.__setattr__(self, "offer_scopes", ScopeIndex(tuple(scopes)))
        object.__setattr__(self, "scope_of_offer", tuple(scopes[o.scope] for o in self.offers))
        compared = {fact for rule in self.rules for fact in facts_needed(rule.condition)}
        of_segments = (n for s in segments.values() for n in facts_needed(s.condition))
        object.__setattr__(self, "remainders", remainders_in({*compared, *of_segments}))
        own = sorted(fact for fact in compared if fact.startswith(OF_CANDIDATE_ITSELF))
        object.__setattr__(self, "own_facts", tuple(own))
        ceilings = (g for g in self.guardrails if g.kind is GuardrailKind.PRICE_CEILING)
        object.__setattr__(self, "ceilings", tuple(g for g in ceilings if not g.reads_claim))
        kept = {f"headroom.{g.id}": 0 for g in self.guardrails}
        object.__setattr__(self, "limits_kept", kept)
        object.__setattr__(self, "rules_by_line", ScopeIndex([r.scope for r in self.rules]))
        object.__setattr__(self, "rules_by_offer", by_offer)
        zones = sorted({b.zone for b in self.budgets.values() if b.zone})
        object.__setattr__(self, "budget_zones", tuple(zones))
        bits = {rule.id: 1 << i for i, rule in enumerate(self.rules)}
        object.__setattr__(self, "rule_bits", bits)
        of_own = [bits[r.id] for r in self.rules if r.own_facts or r.asks_lines]
        object.__setattr__(self, "rules_of_own", sum(of_own))
        about_lines = tuple([(bits[r.id], r.id) for r in self.rules if r.asks_lines])
        object.__setattr__(self, "about_lines", about_lines)
        legal: tuple[EligibilityRule | Guardrail | Disclosure | EarnsNothing, ...] = (
            *self.eligibility, *self.guardrails, *self.disclosures, *self.earn_nothing,
        )  # fmt: skip
        object.__setattr__(self, "laws", {r.id: r.law for r in legal if r.law is not None})
        object.__setattr__(self, "counts_given", any(GIVEN in s.events for s in self.signals))
        counted = (
            FactSpec(s.name, FactType.MONEY if s.measure is Measure.SUM else FactType.INTEGER)
            for s in self.signals
        )
        object.__setattr__(
            self, "model_facts", {**self.facts, **{spec.name: spec for spec in counted}}
        )

    @property
    def sells_credit(self) -> bool:
        """Whether more in the basket is more debt, which nobody is advised to take on."""
        return self.industry == "finance"

    @property
    def shop_currency(self) -> str:
        """The currency of budgets, and of the amounts in rule files."""
        return self.exchange.shop_currency or self.currency

    @property
    def other_currency(self) -> str:
        """The currency, where it is not the shop's own; else empty."""
        return self.currency if self.exchange.shop_currency else ""

    def in_currency(self, currency: str) -> Ruleset | None:
        """The same rules for a request in *currency*; None where the shop has no rate for it."""
        return self if currency == self.currency else self.others.get(currency)

    def without_price_history(self) -> Ruleset:
        """The same rules where no list prices are recorded, in each currency."""
        others = {currency: r.without_price_history() for currency, r in self.others.items()}
        return replace(self, price_history=False, others=others)

    def in_force(self, jurisdiction: str, day: date) -> InForce:
        """The guardrails in force in *jurisdiction* on *day*, found once and then remembered."""
        key = (jurisdiction, day)
        found = self._in_force.get(key)
        if found is None:
            if len(self._in_force) >= MAX_DAYS:
                self._in_force.clear()
            found = self._in_force[key] = InForce(
                (self.rule_bits[g.id], g)
                for g in self.guardrails
                if (not g.jurisdictions or jurisdiction in g.jurisdictions)
                and g.validity.covers(day)
            )
        return found
