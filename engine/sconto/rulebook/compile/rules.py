"""Eligibility, guardrails, signals, budgets and disclosures of a shop, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sconto.domain.behaviour import Measure, Signal
from sconto.domain.condition import Condition, negate
from sconto.domain.formula import Formula
from sconto.domain.money import PPM_PLACES
from sconto.domain.ruleset import (
    Budget,
    BudgetHolder,
    BudgetMeasure,
    Disclosure,
    EligibilityRule,
    FactSpec,
    Law,
    Period,
)
from sconto.domain.scope import Scope
from sconto.domain.shadow import ShadowPrice
from sconto.rulebook.compile.amounts import Amounts, validity
from sconto.rulebook.compile.conditions import NOTHING, ConditionReader
from sconto.rulebook.compile.formula import FormulaRefused, converted, parse_formula
from sconto.rulebook.compile.scopes import Scopes
from sconto.rulebook.compile.vocabulary import Vocabulary
from sconto.rulebook.documents.base import ConditionDoc, LawDoc
from sconto.rulebook.documents.jurisdictions import inside
from sconto.rulebook.documents.quantities import basis_points, scaled, window_us
from sconto.rulebook.documents.rules import (
    BudgetDoc,
    DisclosureDoc,
    EligibilityDoc,
    ShadowPriceDoc,
    SignalDoc,
)
from sconto.rulebook.findings import DocPath, Report, Source


@dataclass(frozen=True, slots=True)
class RuleCompiler:
    """Compiles the rules of one library; what is wrong goes to *report*."""

    amounts: Amounts
    scopes: Scopes
    words: Vocabulary
    places: frozenset[str]
    """Where the shop sells."""
    report: Report

    def of_candidate(self, doc: ConditionDoc, path: DocPath, source: Source) -> Condition:
        """The condition *doc*, found at *path*, over facts of the request and a candidate."""
        words = self.words
        return self._reader(source, words.of_candidate, words.not_for_rules).read(doc, path)

    def of_request(self, doc: ConditionDoc, path: DocPath, source: Source) -> Condition:
        """The condition *doc*, found at *path*, over facts of the request."""
        words = self.words
        return self._reader(source, words.of_request, words.not_for_segments).read(doc, path)

    def of_line(self, doc: ConditionDoc | None, path: DocPath, source: Source) -> Condition | None:
        """The condition *doc*, found at *path*, over facts of a line."""
        if doc is None:
            return None
        words = self.words
        reader = ConditionReader(
            source, words.of_line, words.not_for_lines, self.amounts, self.report,
            instead="compare facts of the line, which start with `line.`",
        )  # fmt: skip
        return reader.read(doc, path)

    def formula(self, text: str, path: DocPath, source: Source, *, up: bool) -> Formula | None:
        """The formula *text*, found at *path*; None when it can't be read.

        Of amounts in another currency a value is never below the exact one, or with *up* false
        never above it.
        """
        words = self.words
        try:
            formula = parse_formula(text, words.formula_places)
            return converted(
                formula, words.formula_places, words.formula_money, self.amounts, up=up
            )
        except FormulaRefused as refused:
            at = source.inside(path, text.strip(), refused.at)
            found = source.finding(at, refused.code, str(refused), refused.advice)
            self.report.extend([found])
            return None

    def eligibility(self, doc: EligibilityDoc, source: Source) -> EligibilityRule:
        """The rule that *doc* describes."""
        deny: Condition = NOTHING
        if doc.deny_when is not None:
            deny = self.of_candidate(doc.deny_when, ("deny_when",), source)
        elif doc.require is not None:
            deny = negate(self.of_candidate(doc.require, ("require",), source))
        return EligibilityRule(
            id=doc.id,
            sentence=doc.sentence,
            deny_when=deny,
            offer_ids=frozenset(doc.offers or ()),
            scope=Scope() if doc.lines is None else self.scopes.of(doc.lines),
            jurisdictions=inside(doc.jurisdictions, self.places),
            validity=validity(doc),
            law=law(doc.law),
            line_when=self.of_line(doc.line_when, ("line_when",), source),
            review=doc.encode == "review",
        )

    def disclosure(self, doc: DisclosureDoc) -> Disclosure:
        """The disclosure that *doc* describes."""
        places = inside(doc.jurisdictions, self.places)
        scope = self.scopes.of(doc.scope)
        return Disclosure(doc.id, doc.text, places, validity(doc), scope, law(doc.law))

    def _reader(
        self, source: Source, facts: Mapping[str, FactSpec], elsewhere: Mapping[str, str]
    ) -> ConditionReader:
        return ConditionReader(source, facts, elsewhere, self.amounts, self.report)


def budget(doc: BudgetDoc, shop: Amounts) -> Budget:
    """The budget that *doc* describes, in the shop's currency whatever is decided in."""
    counted = doc.limit_count is not None
    ahead = None if doc.pacing is None else basis_points(doc.pacing.ahead_at_most)
    return Budget(
        id=doc.id,
        name=doc.name,
        measure=BudgetMeasure.COUNT if counted else BudgetMeasure.AMOUNT,
        holder=BudgetHolder(doc.held_by),
        period=Period(doc.period),
        limit=doc.limit_count or shop.minor(doc.limit or "0"),
        zone=doc.time_zone or "",
        ahead_bp=ahead,
        validity=validity(doc),
        shadow=None if doc.shadow_price is None else _shadow(doc.shadow_price),
    )


def signal(doc: SignalDoc) -> Signal:
    """The signal that *doc* describes."""
    return Signal(doc.id, frozenset(doc.events), Measure(doc.measure), window_us(doc.window) or 0)


def law(doc: LawDoc | None) -> Law | None:
    """Where a rule comes from, if *doc* says so."""
    return None if doc is None else Law(doc.cite, doc.url, date.fromisoformat(doc.checked_on))


def _shadow(doc: ShadowPriceDoc) -> ShadowPrice:
    return ShadowPrice(scaled(doc.at_pace, PPM_PLACES) or 0, doc.sharpness)
