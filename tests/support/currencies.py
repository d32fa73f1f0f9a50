"""A shop that sells in two currencies: offers of each kind that has amounts, limits, a budget."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, Final

from sconto.domain.context import DecisionContext
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.ruleset import Ruleset
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from support import builders

RULED: Final = {
    "owner": "Tests",
    "why": "To be paid for in several currencies.",
    "valid_from": "2020-01-01",
    "valid_to": "2030-01-01",
}
FLOOR_SHARE: Final = Fraction(11, 10)


def documents(
    shop: str,
    currencies: Mapping[str, Mapping[str, str]],
    *more: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
    **keys: Any,
) -> list[Mapping[str, Any]]:
    """The shop with its *keys*, its *facts*, the rates of the other *currencies*, and *more*."""
    rates = {
        "kind": "exchange_rates",
        "date": "2026-11-23",
        "source": "Tests.",
        "currencies": currencies,
    }
    return [
        {
            "kind": "shop",
            "name": "Shop",
            "industry": "retail",
            "currency": shop,
            "channels": ["store"],
            "jurisdictions": {"US-WI": {"time_zone": "America/Chicago"}},
            "reservation_minutes": 30,
            **keys,
        },
        {"kind": "facts", "facts": {}, **(facts or {})},
        *([rates] if currencies else []),
        *more,
    ]


def compiled(written: list[Mapping[str, Any]]) -> Ruleset:
    """The ruleset that *written* documents make; raises InvalidRules."""
    return ruleset_from_documents(json.dumps(written).encode())


def offer(offer_id: str, **keys: Any) -> dict[str, Any]:
    """An offer on everything."""
    return {"kind": "offer", "id": offer_id, "name": offer_id, **RULED, **keys}


@dataclass(frozen=True, slots=True)
class Sold:
    """A rulebook of many amounts, with the other currency in which its shop sells."""

    shop: str
    currency: str
    rate: Fraction
    step: int
    """Minor units of the other currency."""
    base: Ruleset
    amounts: Mapping[str, Fraction]
    """The amounts that limits and offers have, in units of the shop's currency."""

    @property
    def ruleset(self) -> Ruleset:
        """The rules in the other currency."""
        found = self.base.in_currency(self.currency)
        assert found is not None
        return found

    def exact(self, name: str) -> Fraction:
        """An amount of the rules in minor units of the other currency, not rounded."""
        return self.amounts[name] * self.rate * 10 ** MINOR_DIGITS[self.currency]


def sold(seed: int) -> Sold:
    """A shop of its own currency, rate, steps and amounts for each *seed*."""
    random = Random(seed)
    shop, currency = random.sample(["EUR", "GBP", "JPY", "KWD"], 2)
    # The rate of currencies of about their worth, and what it may have become.
    worth = {"EUR": 1.0, "GBP": 0.86, "JPY": 162.5, "KWD": 0.33}
    rate = f"{worth[currency] / worth[shop] * random.uniform(0.7, 1.4):.9f}"
    digits = MINOR_DIGITS[currency]
    step = random.choice([1, 5, 10])
    unit = worth[shop]
    places = MINOR_DIGITS[shop]

    def amount(euros: float) -> str:
        return f"{euros * unit * random.uniform(0.9, 1.1):.{places}f}"

    made = {
        "off": amount(5), "more": amount(15), "spend": amount(20), "tier": amount(60),
        "cap": amount(25), "floor": amount(1), "budget": amount(40), "bundle": amount(30),
    }  # fmt: skip
    stated = {
        "rate": rate,
        "step": f"{step / 10**digits:.{digits}f}",
        "rounding": random.choice(["down", "half_up", "up"]),
    }
    base = compiled(documents(shop, {currency: stated}, *_rules(made)))
    exact = {name: Fraction(text) for name, text in made.items()}
    return Sold(shop, currency, Fraction(rate), step, base, exact)


def _rules(amounts: Mapping[str, str]) -> list[dict[str, Any]]:
    tiers = [
        {"spend": amounts["spend"], "percent_off": "5 %"},
        {"spend": amounts["tier"], "amount_off": amounts["off"]},
    ]
    whole = {"scope": {"categories": ["CHEESE"]}, "pieces": 2}
    budgets = {"budgets": ["all"]}
    return [
        offer("amount", amount_off=[amounts["off"], amounts["more"]], **budgets),
        offer("percent", percent_off=["7.5 %", "20 %"], minimum_spend=amounts["spend"], **budgets),
        offer("tiers", spend_tiers=tiers, **budgets),
        offer("bundle", bundle_price={"items": [whole], "prices": [amounts["bundle"]]}, **budgets),
        {
            "kind": "guardrail", "id": "floor", "name": "Floor", **RULED,
            "price_floor": {"formula": f"line.unit_cost * 1.1 + {amounts['floor']}"},
        },
        {
            "kind": "guardrail", "id": "cap", "name": "Cap", **RULED,
            "discount_cap": {"at_most_amount": amounts["cap"]},
        },
        {
            "kind": "budget", "id": "all", "name": "All", **RULED,
            "limit": amounts["budget"], "held_by": "campaign", "period": "total",
            "shadow_price": {"at_pace": "0.2", "sharpness": 2},
        },
    ]  # fmt: skip


def basket(of: Sold, random: Random) -> DecisionContext:
    """A request in the other currency."""
    unit = of.amounts["off"] / 5 * of.rate * 10 ** MINOR_DIGITS[of.currency]
    lines = [
        builders.line(
            f"l{i}",
            quantity=random.randint(1, 4),
            list_price=max(1, int(unit * random.randint(1, 40))),
            unit_cost=int(unit * random.randint(0, 20) / 2),
        )
        for i in range(random.randint(1, 4))
    ]
    return builders.context(*lines, currency=of.currency)
