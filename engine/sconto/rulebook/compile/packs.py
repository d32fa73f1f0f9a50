"""Legal packs, compiled: rules become guardrails, denials, disclosures, goods that earn nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from sconto.domain.condition import Comparison, Condition, Op
from sconto.domain.ruleset import (
    Disclosure,
    EarnsNothing,
    EligibilityRule,
    Guardrail,
    GuardrailKind,
    Law,
)
from sconto.rulebook.compile.amounts import validity
from sconto.rulebook.compile.rules import RuleCompiler, law
from sconto.rulebook.documents.jurisdictions import inside
from sconto.rulebook.documents.limits import PriceCeilingDoc, PriceFloorDoc
from sconto.rulebook.documents.packs import LegalPackDoc, PackRuleDoc
from sconto.rulebook.findings import DocPath, Source

_TAKES_MONEY_OFF = Comparison("candidate.discount", Op.GT, 0)
"""What denies where nothing may come off: every discount that there is."""


@dataclass(frozen=True, slots=True)
class Laws:
    """What legal packs add to a ruleset, in the order of packs and rules."""

    eligibility: list[EligibilityRule] = field(default_factory=list)
    guardrails: list[Guardrail] = field(default_factory=list)
    disclosures: list[Disclosure] = field(default_factory=list)
    earn_nothing: list[EarnsNothing] = field(default_factory=list)

    def add(self, doc: LegalPackDoc, source: Source, compiler: RuleCompiler) -> None:
        """Add the rules of *doc*."""
        for i, rule in enumerate(doc.rules):
            pack = _Pack(doc, source, compiler, ("rules", i))
            if rule.disclosure is not None:
                self.disclosures.append(pack.disclosure(rule, rule.disclosure))
            elif rule.price_floor is not None:
                self.guardrails.append(pack.limit(rule, "price_floor", rule.price_floor))
            elif rule.price_ceiling is not None:
                self.guardrails.append(pack.limit(rule, "price_ceiling", rule.price_ceiling))
            elif rule.earns_nothing:
                self.earn_nothing.append(pack.earns_nothing(rule))
            else:
                self.eligibility.append(pack.denial(rule))


@dataclass(frozen=True, slots=True)
class _Pack:
    """Compiles one rule, found at *path*, of the pack *doc*."""

    doc: LegalPackDoc
    source: Source
    compiler: RuleCompiler
    path: DocPath

    def disclosure(self, rule: PackRuleDoc, text: str) -> Disclosure:
        scope = self.compiler.scopes.in_classes(rule.classes or ())
        return Disclosure(rule.id, text, self._places(), validity(rule), scope, self._law())

    def limit(
        self, rule: PackRuleDoc, key: str, price: PriceFloorDoc | PriceCeilingDoc
    ) -> Guardrail:
        compiler = self.compiler
        path = (*self.path, key, "formula")
        return Guardrail(
            id=rule.id,
            kind=GuardrailKind(key),
            name=rule.sentence or self.doc.name,
            scope=compiler.scopes.in_classes(rule.classes or ()),
            jurisdictions=self._places(),
            validity=validity(rule),
            formula=compiler.formula(price.formula, path, self.source, up=key == "price_floor"),
            law=self._law(),
            line_when=compiler.of_line(rule.line_when, (*self.path, "line_when"), self.source),
            round_up=price.rounding == "up",
            review=rule.encode == "review",
            with_tax=price.with_tax and compiler.words.without_tax,
        )

    def earns_nothing(self, rule: PackRuleDoc) -> EarnsNothing:
        compiler = self.compiler
        return EarnsNothing(
            id=rule.id,
            sentence=rule.sentence or self.doc.name,
            scope=compiler.scopes.in_classes(rule.classes or ()),
            jurisdictions=self._places(),
            validity=validity(rule),
            law=self._law(),
            line_when=compiler.of_line(rule.line_when, (*self.path, "line_when"), self.source),
        )

    def denial(self, rule: PackRuleDoc) -> EligibilityRule:
        compiler = self.compiler
        banned: Condition = _TAKES_MONEY_OFF
        if rule.ban is not None:
            banned = compiler.of_candidate(rule.ban, (*self.path, "ban"), self.source)
        return EligibilityRule(
            id=rule.id,
            sentence=rule.sentence or self.doc.name,
            deny_when=banned,
            offer_ids=frozenset(),
            scope=compiler.scopes.in_classes(rule.classes or ()),
            jurisdictions=self._places(),
            validity=validity(rule),
            law=self._law(),
            line_when=compiler.of_line(rule.line_when, (*self.path, "line_when"), self.source),
            review=rule.encode == "review",
        )

    def _places(self) -> frozenset[str]:
        return inside(self.doc.jurisdictions, self.compiler.places)

    def _law(self) -> Law | None:
        return law(self.doc.law)
