"""The kinds of guardrails: how each is checked, compiled and described.

One class for each kind. What a kind measures is in `sconto.domain.limits`; what the solver knows of
it, in `lint/guardrail_model.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from sconto.domain.condition import Comparison, Op
from sconto.domain.facts import SIGNAL_PREFIX
from sconto.domain.reasons import ReasonCode
from sconto.domain.ruleset import EligibilityRule, Guardrail, GuardrailKind
from sconto.rulebook.check.base import Check
from sconto.rulebook.compile.amounts import validity
from sconto.rulebook.compile.rules import RuleCompiler, law
from sconto.rulebook.documents.jurisdictions import inside
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.documents.rules import GuardrailDoc
from sconto.rulebook.findings import Source, did_you_mean


class GuardrailForm:
    """What the rulebook knows of one kind of guardrail."""

    key: ClassVar[str]
    """The key by which a document is of this kind."""
    parts: ClassVar[Mapping[str, str]] = {}
    """How a change of each key below it reads; a formula has none, it is shown by example."""
    reason: ClassVar[ReasonCode]
    """Why a candidate that goes past it is withheld."""
    facts: ClassVar[tuple[str, ...]] = ()
    """The facts of a line that it needs besides those of a formula."""
    caps_share: ClassVar[bool] = False
    """Whether its `bp` is the most that can come off."""
    by_line: ClassVar[bool] = False
    """Whether it holds for each line, so that `line_when` can choose among them."""

    def check(self, doc: GuardrailDoc, check: Check) -> None:
        """Report what is wrong with its own keys."""

    def limit(self, _doc: GuardrailDoc, _compiler: RuleCompiler, _source: Source) -> dict[str, Any]:
        """The fields of a `Guardrail` that only this kind has."""
        return {}

    def compile(
        self, doc: GuardrailDoc, compiler: RuleCompiler, source: Source
    ) -> Guardrail | EligibilityRule:
        """The guardrail that *doc* describes."""
        return Guardrail(
            kind=GuardrailKind(self.key),
            name=doc.name,
            **_common(doc, compiler, source),
            **self.limit(doc, compiler, source),
        )


class PriceFloor(GuardrailForm):
    """The lowest price per piece."""

    key = "price_floor"
    reason = ReasonCode.BELOW_PRICE_FLOOR
    by_line = True

    def limit(self, doc: GuardrailDoc, compiler: RuleCompiler, source: Source) -> dict[str, Any]:
        """Its formula, and which way a price is rounded."""
        price = doc.price_floor or doc.price_ceiling
        if price is None:
            return {}
        path, least = (self.key, "formula"), self.key == PriceFloor.key
        formula = compiler.formula(price.formula, path, source, up=least)
        with_tax = price.with_tax and compiler.words.without_tax
        return {"formula": formula, "round_up": price.rounding == "up", "with_tax": with_tax}


class PriceCeiling(PriceFloor):
    """The highest price per piece."""

    key = "price_ceiling"
    reason = ReasonCode.ABOVE_PRICE_CEILING


class DepthCap(GuardrailForm):
    """The largest share of each line's list price."""

    key = "depth_cap"
    reason = ReasonCode.ABOVE_DISCOUNT_CAP
    caps_share = True
    parts: ClassVar[Mapping[str, str]] = {"at_most": "lets at most {} come off"}
    by_line = True

    def limit(self, doc: GuardrailDoc, _compiler: RuleCompiler, _source: Source) -> dict[str, Any]:
        """The share."""
        return {"bp": doc.depth_cap and basis_points(doc.depth_cap.at_most)}


class MarginFloor(GuardrailForm):
    """The lowest margin on the discounted lines."""

    key = "margin_floor"
    reason = ReasonCode.BELOW_MARGIN_FLOOR
    facts = ("line.unit_cost",)
    parts: ClassVar[Mapping[str, str]] = {"at_least": "asks for a margin of at least {}"}

    def limit(self, doc: GuardrailDoc, _compiler: RuleCompiler, _source: Source) -> dict[str, Any]:
        """The share."""
        return {"bp": doc.margin_floor and basis_points(doc.margin_floor.at_least)}


class DiscountCap(GuardrailForm):
    """The largest discount."""

    key = "discount_cap"
    reason = ReasonCode.ABOVE_DISCOUNT_CAP
    caps_share = True
    parts: ClassVar[Mapping[str, str]] = {
        "at_most_percent": "lets at most {} of the lines in scope come off",
        "at_most_amount": "lets at most {} come off in all",
    }

    def check(self, doc: GuardrailDoc, check: Check) -> None:
        """It needs a share, an amount or both."""
        cap = doc.discount_cap
        if cap is None:
            return
        if cap.at_most_percent is None and cap.at_most_amount is None:
            message = "`discount_cap` needs `at_most_percent`, `at_most_amount` or both"
            check.add((self.key,), "SCH-006", message, "give at least one of them")
        check.amount(cap.at_most_amount, (self.key, "at_most_amount"))

    def limit(self, doc: GuardrailDoc, compiler: RuleCompiler, _source: Source) -> dict[str, Any]:
        """The share and the amount."""
        cap = doc.discount_cap
        percent, amount = (cap.at_most_percent, cap.at_most_amount) if cap else (None, None)
        return {
            "bp": None if percent is None else basis_points(percent),
            "amount": None if amount is None else compiler.amounts.cap(amount),
        }


class FrequencyCap(GuardrailForm):
    """The most discounts in a signal's window: a rule about the shopper."""

    key = "frequency_cap"
    reason = ReasonCode.FREQUENCY_CAP_REACHED
    parts: ClassVar[Mapping[str, str]] = {
        "at_most": "allows {} in the window",
        "signal": "counts by signal {}",
    }
    by_line = True

    def check(self, doc: GuardrailDoc, check: Check) -> None:
        """Its signal counts."""
        cap = doc.frequency_cap
        if cap is None:
            return
        path, known = (self.key, "signal"), check.library.ids("signal")
        if cap.signal not in known:
            message = f"`{cap.signal}` is not among the signals of this ruleset"
            check.add(path, "REF-009", message, did_you_mean(cap.signal, known))
        elif any(d.id == cap.signal and d.measure == "sum" for d, _ in check.library.signals):
            message = f"signal `{cap.signal}` is a sum of money, and a frequency cap counts"
            check.add(path, "SIG-002", message, "use a signal with `measure: count`")

    def compile(
        self, doc: GuardrailDoc, compiler: RuleCompiler, source: Source
    ) -> Guardrail | EligibilityRule:
        """The rule that denies once the signal has reached the cap."""
        cap = doc.frequency_cap
        if cap is None:
            raise AssertionError("only a document with a frequency cap is of this kind")
        return EligibilityRule(
            sentence=doc.name,
            deny_when=Comparison(f"{SIGNAL_PREFIX}{cap.signal}", Op.GE, cap.at_most),
            offer_ids=frozenset(doc.offers or ()),
            reason=self.reason,
            **_common(doc, compiler, source),
        )


GUARDRAIL_KINDS: Final[tuple[GuardrailForm, ...]] = (
    PriceFloor(), PriceCeiling(), DepthCap(), MarginFloor(), DiscountCap(), FrequencyCap(),
)  # fmt: skip
BY_KEY: Final[Mapping[str, GuardrailForm]] = {form.key: form for form in GUARDRAIL_KINDS}


def kinds_of(doc: GuardrailDoc) -> list[GuardrailForm]:
    """The kinds whose key *doc* has: one, unless its checks report it."""
    return [form for form in GUARDRAIL_KINDS if getattr(doc, form.key) is not None]


def check_guardrail(doc: GuardrailDoc, check: Check) -> None:
    """Report what is wrong with *doc*."""
    check.one_of(doc, tuple(BY_KEY))
    check.known(doc.offers, check.library.ids("offer"), ("offers",), "REF-004", "offers")
    if doc.offers is not None and doc.frequency_cap is None:
        message = "`offers` belongs to `frequency_cap`; other limits hold for every offer"
        check.add(("offers",), "SCH-006", message, "remove `offers`")
    forms = kinds_of(doc)
    if doc.line_when is not None and not all(form.by_line for form in forms):
        *some, last = [f"`{form.key}`" for form in GUARDRAIL_KINDS if form.by_line]
        advice = f"use it with {', '.join(some)} or {last}"
        message = "`line_when` needs a limit that holds for each line"
        check.add(("line_when",), "SCH-006", message, advice)
    for form in forms:
        form.check(doc, check)


def _common(doc: GuardrailDoc, compiler: RuleCompiler, source: Source) -> dict[str, Any]:
    return {
        "id": doc.id,
        "scope": compiler.scopes.of(doc.scope),
        "jurisdictions": inside(doc.jurisdictions, compiler.places),
        "validity": validity(doc),
        "law": law(doc.law),
        "line_when": compiler.of_line(doc.line_when, ("line_when",), source),
        "review": doc.encode == "review",
    }
