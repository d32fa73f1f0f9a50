"""The ruleset: every rule file compiled into one immutable value with one digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final

from sconto.domain.condition import Condition, facts_needed
from sconto.domain.formula import Formula
from sconto.domain.reasons import ReasonCode
from sconto.domain.scope import Scope
from sconto.domain.scopes import ScopeIndex

CANDIDATE_PREFIXES: Final = ("offer.", "candidate.", "headroom.")
"""How the names of facts begin that belong to one candidate; all others are the request's."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Civil dates of the sale's jurisdiction, half-open: *valid_from* is in, *valid_to* is out."""

    valid_from: date
    valid_to: date

    def covers(self, day: date) -> bool:
        """Whether *day* lies in `[valid_from, valid_to)`."""
        return self.valid_from <= day < self.valid_to


class OfferKind(Enum):
    """What a step of the depth ladder means: basis points off, or minor units off."""

    PERCENT = "percent"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount the business defined; each step of its *ladder* makes one candidate."""

    id: str
    name: str
    kind: OfferKind
    ladder: tuple[int, ...]
    """Ascending: basis points for PERCENT, minor units for AMOUNT."""
    scope: Scope
    minimum_spend: int
    """Minor units that the lines in scope must reach at list price; 0 asks nothing."""
    supplier_share_bp: int
    """Share of the discount that the supplier pays back, basis points."""
    budgets: tuple[str, ...]
    validity: Validity


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


@dataclass(frozen=True, slots=True)
class Segment:
    """A fact derived from facts: `segment.<id>` is true when *condition* is."""

    id: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Law:
    """Where a legal guardrail comes from. Illustrative, not legal advice."""

    cite: str
    url: str
    checked_on: date


class GuardrailKind(Enum):
    """Which exact limit a guardrail sets."""

    PRICE_FLOOR = "price_floor"
    MARGIN_FLOOR = "margin_floor"
    DISCOUNT_CAP = "discount_cap"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A limit that no score can pass; what it leaves is `headroom.<id>`, and below zero denies.

    A PRICE_FLOOR has a *formula* per piece in major units, a MARGIN_FLOOR has *bp* of the net
    price of the lines it covers, a DISCOUNT_CAP has *bp* of the basket at list price, or
    *amount* in minor units, or both (then the smaller one holds).
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


class BudgetMeasure(Enum):
    """What a budget counts: minor units of discount, or discounts given."""

    AMOUNT = "amount"
    COUNT = "count"


class BudgetHolder(Enum):
    """Whose budget it is: one for all, or one for each shopper."""

    CAMPAIGN = "campaign"
    SHOPPER = "shopper"


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


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A sentence owed to the shopper with a discount; empty *jurisdictions* means everywhere."""

    id: str
    text: str
    jurisdictions: frozenset[str]
    validity: Validity


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
    about_request: bool = field(init=False, repr=False, compare=False)
    """Whether it denies by facts of the request alone, so by the same for every candidate."""

    def __post_init__(self) -> None:
        """Look at the facts it denies by."""
        of_request = not any(f.startswith(CANDIDATE_PREFIXES) for f in facts_needed(self.deny_when))
        object.__setattr__(self, "about_request", of_request)


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All rule files compiled. `digest` is the SHA-256 of their content, whatever their layout."""

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
    offers_by_line: ScopeIndex = field(init=False, repr=False, compare=False)
    """Which offers cover a line; bit i is `offers[i]`."""
    rules_by_line: ScopeIndex = field(init=False, repr=False, compare=False)
    """Which rules have a line in scope; bit i is `rules[i]`."""
    rules_by_offer: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Which rules speak about an offer at all, as bits of `rules`."""

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
        object.__setattr__(self, "offers_by_line", ScopeIndex([o.scope for o in self.offers]))
        object.__setattr__(self, "rules_by_line", ScopeIndex([r.scope for r in self.rules]))
        object.__setattr__(self, "rules_by_offer", by_offer)
