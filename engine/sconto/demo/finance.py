"""Real letters of a lender to earlier customers, as requests for the rate to write in each.

The data are South African and in rand; here they are a British lender's, at 4 rand to the pound.
Each customer is quoted what they had the last time, so amount and term are the last loan's. Rates
of loans of more than half a year, costs, and where and how people answer are assumed; nine in ten
have agreed to personalised offers. A loan is one line: its list price is the whole cost of credit
at the regular rate, so a discount on it is a lower rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from sconto.demo.requests import (
    NO_CONSENT_EVERY,
    Facts,
    Goods,
    Row,
    Visit,
    amount_in,
    cents,
    facts_of,
    money,
    pick,
    request_of,
    rows_from,
    share_of,
    yes_no,
)

CURRENCY: Final = "GBP"
JURISDICTIONS: Final = (*("GB-ENG",) * 7, "GB-SCT", "GB-WLS", "GB-NIR")
CHANNELS: Final = ("branch", "online", "online", "app")

SHORT_TERM_MONTHS: Final = 6
"""Up to so many months a loan is short-term credit, beyond it a personal loan."""
DAYS_PER_MONTH: Final = 30
COST_PERCENT: Final = {"high": 60, "medium": 50, "low": 40}
"""Funding, expected losses and handling, per cent of the cost of credit, by risk band."""

FACTS: Final[Facts] = {
    "risk_band": str,
    "months_since_last_loan": int,
    "previous_loans": int,
    "last_principal": amount_in(CURRENCY),
    "last_term_months": int,
    "bureau_score": int,
    "no_bureau_score": yes_no,
    "application_score": Decimal,
    "wave": int,
}


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of loan: regular monthly add-on rates in basis points, by risk band."""

    category: str
    slug: str
    rates_bp: dict[str, int]
    default_fee: int


# The bands' rates of short-term credit are those of the study's lender.
SHORT_TERM: Final = Product(
    "SHORT-TERM CREDIT", "short-term", {"high": 1175, "medium": 975, "low": 775}, 15_00
)
PERSONAL: Final = Product(
    "PERSONAL LOAN", "personal", {"high": 290, "medium": 240, "low": 190}, 12_00
)


def baskets(source: Path, skip: int, count: int) -> list[Any]:
    """*count* DecideRequests for the letters after the first *skip* of the sample *source*."""
    return [request_of(_visit(row), [_loan(row)]) for row in rows_from(source, skip, count)]


def _visit(row: Row) -> Visit:
    number = int(row["row"])
    return Visit(
        shopper_id=f"customer-{number}",
        channel=pick(number, CHANNELS),
        jurisdiction=pick(number, JURISDICTIONS),
        currency=CURRENCY,
        agreed=number % NO_CONSENT_EVERY != 0,
        facts=facts_of(row, FACTS),
    )


def _loan(row: Row) -> Goods:
    principal, months = cents(row["last_principal"]), int(row["last_term_months"])
    band = row["risk_band"]
    product = SHORT_TERM if months <= SHORT_TERM_MONTHS else PERSONAL
    rate = product.rates_bp[band]
    cost_of_credit = principal * rate * months // 10_000
    days = months * DAYS_PER_MONTH
    return Goods(
        product_id=f"{product.slug}-{months}m",
        category=product.category,
        department="LENDING",
        quantity=1,
        list_price=cost_of_credit,
        unit_cost=share_of(cost_of_credit, COST_PERCENT[band]),
        facts={
            "principal": money(principal, CURRENCY),
            "term_days": days,
            # Every loan is paid back at once, at its end.
            "principal_days": money(principal * days, CURRENCY),
            "default_fee": money(product.default_fee, CURRENCY),
            "monthly_rate_percent": Decimal(rate).scaleb(-2),
        },
    )
