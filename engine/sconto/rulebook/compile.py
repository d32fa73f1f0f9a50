"""Compiles rule documents into the domain's ruleset: everything typed, checked and resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from sconto.domain.canonical import canonical, digest, parse
from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, negate
from sconto.domain.formula import Formula
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.offer import Offer, OfferKind
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    Disclosure,
    EligibilityRule,
    FactSpec,
    Guardrail,
    GuardrailKind,
    Law,
    Period,
    Rule,
    Ruleset,
    Segment,
)
from sconto.domain.scope import Scope
from sconto.domain.validity import Validity
from sconto.errors import InvalidRules
from sconto.rulebook.checks import check_library
from sconto.rulebook.conditions import NOTHING, ConditionReader
from sconto.rulebook.conjunctions import check_limits
from sconto.rulebook.documents import (
    BudgetDoc,
    EligibilityDoc,
    GuardrailDoc,
    OfferDoc,
    Ruled,
    ScopeDoc,
)
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.formula import FormulaRefused, parse_formula
from sconto.rulebook.library import Library, Located, Unread, shelve
from sconto.rulebook.quantities import basis_points, scaled
from sconto.rulebook.read import read_document
from sconto.rulebook.segments import segment_levels
from sconto.rulebook.vocabulary import Vocabulary, vocabulary

_REASONS: Final = {
    GuardrailKind.PRICE_FLOOR: ReasonCode.BELOW_PRICE_FLOOR,
    GuardrailKind.PRICE_CEILING: ReasonCode.ABOVE_PRICE_CEILING,
    GuardrailKind.DEPTH_CAP: ReasonCode.ABOVE_DISCOUNT_CAP,
    GuardrailKind.MARGIN_FLOOR: ReasonCode.BELOW_MARGIN_FLOOR,
    GuardrailKind.DISCOUNT_CAP: ReasonCode.ABOVE_DISCOUNT_CAP,
}


def ruleset_from_documents(raw: bytes) -> Ruleset:
    """The ruleset that *raw*, the `documents` of an earlier one, stands for: an equal value.

    Raises InvalidRules when these documents can't be compiled (any more), and CorruptRecord when
    they are not JSON.
    """
    source, report = Source("<stored documents>"), Report()
    documents = [d for value in parse(raw) if (d := read_document(value, source, report))]
    ruleset = compile_documents(documents, {}, source.file, report)
    if ruleset is None:
        raise InvalidRules(report.findings)
    return ruleset


def compile_documents(
    documents: Sequence[Located], unread: Unread, place: str, report: Report
) -> Ruleset | None:
    """The ruleset of *documents*, or None when *report* holds findings afterwards.

    *unread* names documents that exist but can't be used, so that nobody calls them unknown;
    *place* is where a missing file would belong.
    """
    library = shelve(documents, unread, place, report)
    if library is None:
        return None
    words = vocabulary(library, report)
    check_library(library, report)
    compiler = _Compiler(library, words, report)
    ruleset = compiler.ruleset(_canonical_documents(documents))
    check_limits(ruleset, {d.id: d.source for d in documents}, report)
    return None if report.findings else ruleset


def _canonical_documents(documents: Sequence[Located]) -> bytes:
    ordered = sorted(documents, key=lambda d: (d.doc.kind, d.id))
    return canonical(
        [d.doc.model_dump(mode="json", by_alias=True, exclude_defaults=True) for d in ordered]
    )


class _Compiler:
    """Compiles one library; what is wrong goes to the report."""

    def __init__(self, library: Library, words: Vocabulary, report: Report) -> None:
        self._library = library
        self._words = words
        self._report = report
        self._currency = library.shop[0].currency

    def ruleset(self, documents: bytes) -> Ruleset:
        """The library compiled; of use only when the report is empty afterwards."""
        shop = self._library.shop[0]
        eligibility = tuple(self._eligibility(d, s) for d, s in self._library.eligibility)
        guardrails = tuple(self._guardrail(d, s) for d, s in self._library.guardrails)
        rules = [_eligibility_as_rule(rule) for rule in eligibility]
        rules += [_guardrail_as_rule(guardrail) for guardrail in guardrails]
        return Ruleset(
            digest=digest(documents),
            currency=shop.currency,
            zones={name: j.time_zone for name, j in sorted(shop.jurisdictions.items())},
            channels=frozenset(shop.channels),
            reservation_seconds=shop.reservation_minutes * 60,
            facts=dict(sorted(self._words.declared.items())),
            segment_levels=self._segments(),
            offers=tuple(self._offer(doc) for doc, _ in self._library.offers),
            eligibility=eligibility,
            guardrails=guardrails,
            budgets={doc.id: self._budget(doc) for doc, _ in self._library.budgets},
            disclosures=tuple(
                Disclosure(d.id, d.text, frozenset(d.jurisdictions or ()), _validity(d))
                for d, _ in self._library.disclosures
            ),
            rules=tuple(rules),
            documents=documents,
        )

    def _segments(self) -> tuple[tuple[Segment, ...], ...]:
        segments = []
        for doc, source in self._library.segments:
            words = self._words
            reader = self._reader(source, words.of_request, words.not_for_segments)
            when = reader.read(doc.when, ("when",))
            segments.append(Segment(doc.id, All((*_in_force(_validity(doc)), when))))
        levels, circular = segment_levels(segments)
        for doc, source in self._library.segments:
            if doc.id in circular:
                message = f"segment `{doc.id}` needs itself, through others or directly"
                advice = "break the circle of " + ", ".join(f"`{i}`" for i in circular)
                self._report.add(source, ("when",), "REF-006", message, advice)
        return levels

    def _reader(
        self, source: Source, facts: Mapping[str, FactSpec], elsewhere: Mapping[str, str]
    ) -> ConditionReader:
        return ConditionReader(source, facts, elsewhere, self._currency, self._report)

    def _offer(self, doc: OfferDoc) -> Offer:
        if doc.percent_off is not None:
            kind, ladder = OfferKind.PERCENT, [basis_points(p) or 0 for p in doc.percent_off]
        else:
            kind, ladder = OfferKind.AMOUNT, [self._minor(a) for a in doc.amount_off or ()]
        return Offer(
            id=doc.id,
            name=doc.name,
            kind=kind,
            ladder=tuple(ladder),
            scope=_scope(doc.scope),
            minimum_spend=self._minor(doc.minimum_spend),
            supplier_share_bp=basis_points(doc.supplier_pays) or 0,
            budgets=tuple(doc.budgets or ()),
            validity=_validity(doc),
        )

    def _minor(self, amount: str) -> int:
        return scaled(amount, MINOR_DIGITS[self._currency]) or 0

    def _eligibility(self, doc: EligibilityDoc, source: Source) -> EligibilityRule:
        reader = self._reader(source, self._words.of_candidate, self._words.not_for_rules)
        deny: Condition = NOTHING
        if doc.deny_when is not None:
            deny = reader.read(doc.deny_when, ("deny_when",))
        elif doc.require is not None:
            deny = negate(reader.read(doc.require, ("require",)))
        return EligibilityRule(
            id=doc.id,
            sentence=doc.sentence,
            deny_when=deny,
            offer_ids=frozenset(doc.offers or ()),
            scope=Scope() if doc.lines is None else _scope(doc.lines),
            jurisdictions=frozenset(doc.jurisdictions or ()),
            validity=_validity(doc),
        )

    def _guardrail(self, doc: GuardrailDoc, source: Source) -> Guardrail:
        cap = doc.discount_cap
        percent = cap.at_most_percent if cap else None
        amount = cap.at_most_amount if cap else None
        formula = None
        kind = GuardrailKind.DISCOUNT_CAP
        if doc.price_floor is not None:
            kind = GuardrailKind.PRICE_FLOOR
            formula = self._formula(doc.price_floor.formula, source)
        elif doc.margin_floor is not None:
            kind, percent = GuardrailKind.MARGIN_FLOOR, doc.margin_floor.at_least
        return Guardrail(
            id=doc.id,
            kind=kind,
            name=doc.name,
            scope=_scope(doc.scope),
            jurisdictions=frozenset(doc.jurisdictions or ()),
            validity=_validity(doc),
            formula=formula,
            bp=None if percent is None else basis_points(percent),
            amount=None if amount is None else self._minor(amount),
            law=_law(doc),
        )

    def _formula(self, text: str, source: Source) -> Formula | None:
        try:
            return parse_formula(text, self._words.formula_places)
        except FormulaRefused as refused:
            path = ("price_floor", "formula")
            self._report.add(source, path, refused.code, str(refused), refused.advice)
            return None

    def _budget(self, doc: BudgetDoc) -> Budget:
        counted = doc.limit_count is not None
        return Budget(
            id=doc.id,
            name=doc.name,
            measure=BudgetMeasure.COUNT if counted else BudgetMeasure.AMOUNT,
            holder=BudgetHolder(doc.held_by),
            period=Period(doc.period),
            limit=doc.limit_count or self._minor(doc.limit or "0"),
        )


def _law(doc: GuardrailDoc) -> Law | None:
    if doc.law is None:
        return None
    return Law(doc.law.cite, doc.law.url, date.fromisoformat(doc.law.checked_on))


def _validity(doc: Ruled) -> Validity:
    return Validity(date.fromisoformat(doc.valid_from), date.fromisoformat(doc.valid_to))


def _scope(doc: ScopeDoc) -> Scope:
    return Scope(
        departments=frozenset(doc.departments or ()),
        categories=frozenset(doc.categories or ()),
        brands=frozenset(doc.brands or ()),
        products=frozenset(doc.products or ()),
        exclude_departments=frozenset(doc.exclude_departments or ()),
        exclude_categories=frozenset(doc.exclude_categories or ()),
    )


def _eligibility_as_rule(rule: EligibilityRule) -> Rule:
    where = _one_of("context.jurisdiction", rule.jurisdictions)
    condition = All((*_in_force(rule.validity), *where, rule.deny_when))
    reason = ReasonCode.NOT_ELIGIBLE
    return Rule(rule.id, reason, condition, rule.deny_when, rule.offer_ids, rule.scope)


def _guardrail_as_rule(guardrail: Guardrail) -> Rule:
    where = _one_of("context.jurisdiction", guardrail.jurisdictions)
    passed = Comparison(f"headroom.{guardrail.id}", Op.LT, 0)
    condition = All((*_in_force(guardrail.validity), *where, passed))
    reason = _REASONS[guardrail.kind]
    return Rule(guardrail.id, reason, condition, passed, frozenset(), guardrail.scope)


def _in_force(validity: Validity) -> tuple[Condition, Condition]:
    return (
        Comparison("context.day", Op.GE, _day(validity.valid_from)),
        Comparison("context.day", Op.LT, _day(validity.valid_to)),
    )


def _day(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _one_of(fact: str, values: frozenset[str]) -> list[Condition]:
    if not values:
        return []
    return [AnyOf(tuple(Comparison(fact, Op.EQ, value) for value in sorted(values)))]
