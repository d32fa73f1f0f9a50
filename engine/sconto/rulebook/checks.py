"""What must hold between the keys of a document and between documents, beyond their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from sconto.domain.money import MINOR_DIGITS
from sconto.rulebook.documents import (
    BudgetDoc,
    EligibilityDoc,
    GuardrailDoc,
    OfferDoc,
    Ruled,
    ShopDoc,
)
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean
from sconto.rulebook.library import Library
from sconto.rulebook.quantities import basis_points, scaled


def check_library(library: Library, report: Report) -> None:
    """Report everything in *library* that its documents' types can't rule out."""
    _check_shop(*library.shop, report)
    for doc, source in _ruled(library):
        _check_validity(doc, source, report)
        if isinstance(doc, OfferDoc):
            _check_offer(doc, source, library, report)
        elif isinstance(doc, EligibilityDoc):
            _one_of(doc, ("deny_when", "require"), source, report)
            _known(doc.offers, library.ids("offer"), ("offers",), "REF-004", source, report)
        elif isinstance(doc, GuardrailDoc):
            _check_guardrail(doc, source, library, report)
        elif isinstance(doc, BudgetDoc):
            _one_of(doc, ("limit", "limit_count"), source, report)
            _check_amount(doc.limit, ("limit",), source, library, report)
        places = getattr(doc, "jurisdictions", None)
        known = library.shop[0].jurisdictions
        _known(places, known, ("jurisdictions",), "REF-005", source, report)


def _ruled(library: Library) -> Iterator[tuple[Ruled, Source]]:
    yield from chain(
        library.segments,
        library.offers,
        library.eligibility,
        library.guardrails,
        library.budgets,
        library.disclosures,
    )


def _check_shop(shop: ShopDoc, source: Source, report: Report) -> None:
    for name, jurisdiction in shop.jurisdictions.items():
        try:
            ZoneInfo(jurisdiction.time_zone)
        except (KeyError, OSError, ValueError):
            path = ("jurisdictions", name, "time_zone")
            message = f"time zone `{jurisdiction.time_zone}` is not known"
            advice = "write an IANA name like `America/Chicago`"
            report.add(source, path, "SCH-005", message, advice)


def _check_validity(doc: Ruled, source: Source, report: Report) -> None:
    # ISO dates sort as text.
    if doc.valid_from >= doc.valid_to:
        message = f"`valid_to` {doc.valid_to} is not after `valid_from` {doc.valid_from}"
        advice = "`valid_to` is the first day on which it no longer holds"
        report.add(source, ("valid_to",), "VAL-001", message, advice)


def _check_offer(doc: OfferDoc, source: Source, library: Library, report: Report) -> None:
    _one_of(doc, ("percent_off", "amount_off"), source, report)
    _known(doc.budgets, library.ids("budget"), ("budgets",), "REF-003", source, report)
    _check_amount(doc.minimum_spend, ("minimum_spend",), source, library, report)
    for i, amount in enumerate(doc.amount_off or ()):
        _check_amount(amount, ("amount_off", i), source, library, report)
    _check_ladder(doc, source, library, report)
    budgets = {b.id: b for b, _ in library.budgets}
    for i, budget in enumerate(doc.budgets or ()):
        held = budgets.get(budget)
        if held and (doc.valid_from < held.valid_from or doc.valid_to > held.valid_to):
            message = f"the offer runs while its budget `{budget}` does not"
            advice = f"the budget runs from {held.valid_from} to {held.valid_to}"
            report.add(source, ("budgets", i), "REF-008", message, advice)


def _check_ladder(doc: OfferDoc, source: Source, library: Library, report: Report) -> None:
    digits = MINOR_DIGITS[library.shop[0].currency]
    if doc.percent_off is not None:
        key, steps = "percent_off", [basis_points(p) or 0 for p in doc.percent_off]
    else:
        key, steps = "amount_off", [scaled(a, digits) or 0 for a in doc.amount_off or ()]
    for i, (lower, higher) in enumerate(pairwise([0, *steps])):
        if lower >= higher:
            message = "each depth must be larger than the one before, and the first above zero"
            advice = "sort the depths and remove doubles"
            report.add(source, (key, i), "OFR-001", message, advice)


def _check_guardrail(doc: GuardrailDoc, source: Source, library: Library, report: Report) -> None:
    _one_of(doc, ("price_floor", "margin_floor", "discount_cap"), source, report)
    cap = doc.discount_cap
    if cap is None:
        return
    if cap.at_most_percent is None and cap.at_most_amount is None:
        message = "`discount_cap` needs `at_most_percent`, `at_most_amount` or both"
        report.add(source, ("discount_cap",), "SCH-006", message, "give at least one of them")
    path = ("discount_cap", "at_most_amount")
    _check_amount(cap.at_most_amount, path, source, library, report)


def _check_amount(
    amount: str | None, path: DocPath, source: Source, library: Library, report: Report
) -> None:
    currency = library.shop[0].currency
    if amount is not None and scaled(amount, MINOR_DIGITS[currency]) is None:
        message = f"`{amount}` is finer than the smallest unit of {currency}"
        advice = f"use at most {MINOR_DIGITS[currency]} decimal places"
        report.add(source, path, "TYP-003", message, advice)


def _one_of(doc: Ruled, keys: tuple[str, ...], source: Source, report: Report) -> None:
    given = [key for key in keys if getattr(doc, key) is not None]
    if len(given) != 1:
        listed = ", ".join(f"`{key}`" for key in keys)
        message = f"exactly one of {listed} is needed, got {len(given)}"
        path: DocPath = (given[-1],) if given else ()
        report.add(source, path, "SCH-006", message, "keep one of them")


def _known(
    names: Iterable[str] | None,
    known: Iterable[str],
    path: DocPath,
    code: str,
    source: Source,
    report: Report,
) -> None:
    for i, name in enumerate(names or ()):
        if name not in known:
            kind = path[0] if path else ""
            message = f"`{name}` is not among the {kind} of this ruleset"
            report.add(source, (*path, i), code, message, did_you_mean(name, known))
