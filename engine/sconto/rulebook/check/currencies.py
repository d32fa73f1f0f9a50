"""Checks of exchange rates, and of what becomes of amounts in other currencies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sconto.domain.money import MAX_MINOR, MINOR_DIGITS, format_minor
from sconto.domain.offer import IN_BASIS_POINTS
from sconto.rulebook.check.base import Check
from sconto.rulebook.compile.amounts import Amounts, becomes_nothing, currencies_of
from sconto.rulebook.compile.conditions import MAX_SAFE
from sconto.rulebook.documents.exchange import ExchangeRatesDoc
from sconto.rulebook.documents.offers import OfferDoc
from sconto.rulebook.documents.quantities import scaled
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.offer_kinds import kinds_of
from sconto.rulebook.read.library import Library


def check_currencies(library: Library, report: Report) -> None:
    """Report wrong rates, and what in *library* can't be said in another currency."""
    if library.exchange_rates is None:
        return
    doc, source = library.exchange_rates
    _check_rates(doc, Check(library, source, report))
    if report.errors:
        return
    currencies = currencies_of(library)
    for currency in doc.currencies:
        amounts, exchange = currencies.amounts(currency), currencies.exchange(currency)
        if exchange.drawn(MAX_MINOR) >= MAX_SAFE:
            largest = format_minor(MAX_MINOR, currency)
            _too_large(largest, exchange.shop_currency, source, ("currencies", currency), report)
            continue
        for offer, offer_source in library.offers:
            _check_offer(offer, amounts, Check(library, offer_source, report))
        _check_limits(library, amounts, report)


def _check_rates(doc: ExchangeRatesDoc, check: Check) -> None:
    shop = check.library.shop[0].currency
    for currency, rate in doc.currencies.items():
        path: DocPath = ("currencies", currency)
        if currency == shop:
            message = f"{shop} is the shop's own currency"
            check.add(path, "CUR-004", message, "remove it: other currencies are measured by it")
        digits = MINOR_DIGITS[currency]
        if rate.step is None:
            continue
        step = scaled(rate.step, digits)
        if step is None:
            message = f"`{rate.step}` is finer than the smallest unit of {currency}"
            check.add((*path, "step"), "TYP-003", message, f"use at most {digits} decimal places")
        elif not step:
            message = "`step` must be above zero"
            check.add((*path, "step"), "SCH-005", message, "write a step, or remove it")


def _check_offer(doc: OfferDoc, amounts: Amounts, check: Check) -> None:
    for amount, path in _amounts(doc):
        if amount.strip("0.") and not amounts.minor(amount):
            becomes_nothing(amount, amounts, check.source, path, check.report)
        if amounts.minor(amount) >= MAX_SAFE:
            written = f"{amount} {amounts.written}"
            _too_large(written, amounts.currency, check.source, path, check.report)
    for form in kinds_of(doc):
        if form.kind in IN_BASIS_POINTS:
            continue
        depths = form.depths(doc)
        for i, (first, second) in enumerate(pairwise(depths), 1):
            if amounts.minor(first) == amounts.minor(second):
                both = f"`{first}` and `{second}` {amounts.written}"
                message = f"{both} are the same in {amounts.currency}"
                advice = "set them further apart, or take a smaller `step` in `exchange-rates.yaml`"
                path = (*form.path, i, "spend") if form.key == "spend_tiers" else (*form.path, i)
                check.add(path, "CUR-002", message, advice)


def _too_large(amount: str, currency: str, source: Source, path: DocPath, report: Report) -> None:
    message = f"`{amount}` is more in {currency} than can be counted"
    report.add(source, path, "CUR-005", message, "check the rate, and take a smaller amount")


def _amounts(doc: OfferDoc) -> Iterator[tuple[str, DocPath]]:
    """Every amount of *doc* that is rounded as declared, and where it stands."""
    yield doc.minimum_spend, ("minimum_spend",)
    for i, depth in enumerate(doc.amount_off or ()):
        yield depth, ("amount_off", i)
    for i, price in enumerate(doc.bundle_price.prices if doc.bundle_price else ()):
        yield price, ("bundle_price", "prices", i)
    for i, tier in enumerate(doc.spend_tiers or ()):
        yield tier.spend, ("spend_tiers", i, "spend")
        if tier.amount_off is not None:
            yield tier.amount_off, ("spend_tiers", i, "amount_off")


def _check_limits(library: Library, amounts: Amounts, report: Report) -> None:
    """A cap of nothing, or a worth of nothing, was never meant."""
    for doc, source in library.guardrails:
        most = doc.discount_cap and doc.discount_cap.at_most_amount
        if most and most.strip("0.") and not amounts.cap(most):
            becomes_nothing(most, amounts, source, ("discount_cap", "at_most_amount"), report)
    if library.objective:
        objective, source = library.objective
        worth = objective.worth
        if worth and worth.strip("0.") and not amounts.at_most(worth):
            becomes_nothing(worth, amounts, source, ("worth",), report)
