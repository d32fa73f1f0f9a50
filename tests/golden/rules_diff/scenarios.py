"""Realistic edits of the four starter rulebooks, by name: the book, and what is edited."""

from __future__ import annotations

from typing import Final

from support.editing import Edits

FLASH_SALE = """\
kind: offer
id: flash-sale
name: Flash sale of wine
owner: Wine buyer
why: The cellar is full before Christmas.
valid_from: 2026-12-01
valid_to: 2026-12-24
lane: item
percent_off: ["10 %", "25 %"]
scope:
  categories: [WINE]
at_most_pieces: 6
supplier_pays: "40 %"
budgets: [monthly-campaign]
"""

WINE_CAP = """\
kind: guardrail
id: wine-depth-cap
name: Deepest cut of wine
owner: Head of shop
why: Wine is not what we want to be cheap for.
valid_from: 2026-12-01
valid_to: 2028-01-01
depth_cap:
  at_most: "15 %"
scope:
  categories: [WINE]
jurisdictions: [DE]
"""

CODES: Final = """\
kind: codes
id: gift
name: Gift
owner: Head of shop
why: A code for those who ask.
valid_from: 2026-01-01
valid_to: 2028-01-01
code: GIFT-10
offers: [soft-drinks]
"""

SMALL_NEWCOMER: Final = """\
  all:
    - {fact: shopper.tenure_days, less_than: 28}
    - {fact: shopper.spend_56d, less_than: "50.00"}
"""

APP_USER: Final = """\
  shopper.app_user:
    type: boolean
    description: Uses the app.
"""

WELCOME: Final = """\
require:
  all:
    - fact: segment.returning
      is: true
    - fact: segment.unreliable
      is: false
"""

FRANCS: Final = '  CHF:\n    rate: "0.94"\n  GBP:\n    rate: "0.88"'
YEN: Final = """\
kind: exchange_rates
date: 2026-12-01
source: The bank.
currencies:
  EUR: {rate: "0.93", step: "0.05", rounding: down}
  JPY: {rate: "152.5"}
"""

SCENARIOS: Final[dict[str, tuple[str, Edits]]] = {
    "retail-deeper-cheese": (
        "retail",
        {
            "retail/offers/cheese.yaml": (
                'percent_off: ["5 %", "10 %", "15 %", "20 %"]',
                'percent_off: ["5 %", "10 %", "25 %"]',
            ),
            "retail/guardrails/largest-discount.yaml": ('"20 %"', '"25 %"'),
        },
    ),
    "retail-regulars-from-six": (
        "retail",
        {
            "retail/segments/regular.yaml": ("at_least: 8", "at_least: 6"),
            "retail/signals/spend-90d.yaml": ("90 days", "60 days"),
        },
    ),
    "retail-money": (
        "retail",
        {
            "retail/budgets/week-per-state.yaml": ('"200.00"', '"300.00"'),
            "retail/budgets/weekly-per-shopper.yaml": ("period: week", "period: month"),
            "retail/offers/basket.yaml": ('minimum_spend: "40.00"', 'minimum_spend: "25.00"'),
            "retail/offers/meat.yaml": ('"50 %"', '"40 %"'),
            "retail/offers/soft-drinks.yaml": (", weekly-per-shopper", ""),
        },
    ),
    "retail-price-of-money": (
        "retail",
        {
            "retail/budgets/monthly-campaign.yaml": (
                "period: month",
                'period: month\nshadow_price: {at_pace: "0.35", sharpness: 3}',
            ),
            "retail/segments/newcomer.yaml": (
                "  fact: shopper.tenure_days\n  less_than: 28",
                SMALL_NEWCOMER,
            ),
        },
    ),
    "retail-who": (
        "retail",
        {
            "retail/eligibility/deep-steps-for-valued-or-lapsing.yaml": (
                "more_than: 1500",
                "more_than: 1000",
            ),
            "retail/eligibility/basket-offer-from-three-lines.yaml": None,
            "retail/eligibility/no-discount-for-coupon-guessing.yaml": (
                "deny_when:\n  fact: signal.coupon-tries-10m\n  at_least: 5",
                "require:\n  fact: signal.coupon-tries-10m\n  less_than: 5",
            ),
        },
    ),
    "retail-objective": (
        "retail",
        {
            "retail/objective.yaml": ('worth: "6.22"', 'worth: "7.00"'),
            "retail/offers/basket.yaml": (
                "kind: offer",
                'kind: offer\ncost_when: redeemed\ncost_of_offering: "0.15"',
            ),
            "retail/offers/cheese.yaml": ("kind: offer", "kind: offer\naim: sale"),
        },
    ),
    "travel-objective": (
        "travel",
        {"travel/objective.yaml": ('minimum_gain: "0.25"', 'minimum_gain: "1.00"')},
    ),
    "ecommerce-objective": (
        "ecommerce",
        {"ecommerce/objective.yaml": ('from_half: "53 %"', 'from_half: "54 %"')},
    ),
    "retail-law": (
        "retail",
        {"legal/us-tn-cigarettes.yaml": ("1.15", "1.20")},
    ),
    "retail-needs-a-code": ("retail", {"retail/codes/gift.yaml": CODES}),
    "ecommerce-wine-cap": ("ecommerce", {"ecommerce/guardrails/wine-depth-cap.yaml": WINE_CAP}),
    "ecommerce-flash-sale": ("ecommerce", {"ecommerce/offers/flash-sale.yaml": FLASH_SALE}),
    "ecommerce-bundle": (
        "ecommerce",
        {
            "ecommerce/offers/headphone-kit.yaml": ('"99.00"', '"95.00"'),
            "ecommerce/offers/larger-carts.yaml": ('"6.00"', '"8.00"'),
            "ecommerce/offers/toys-three-for-two.yaml": ("buy: 2", "buy: 3"),
            "ecommerce/offers/free-delivery.yaml": ('"50 %", "100 %"', '"50 %"'),
        },
    ),
    "ecommerce-house": (
        "ecommerce",
        {
            "ecommerce/experiment.yaml": ('holdout: "5 %"', 'holdout: "8 %"'),
            "ecommerce/shop.yaml": ("reservation_minutes: 30", "reservation_minutes: 45"),
            "ecommerce/classes.yaml": ("WINE", "BEER"),
        },
    ),
    "finance-floors": (
        "finance",
        {
            "finance/guardrails/cost-and-capital.yaml": ("0.015", "0.02"),
            "finance/guardrails/margin-floor.yaml": ('"25 %"', '"20 %"'),
            "finance/guardrails/long-terms-for-a-look.yaml": ("encode: review\n", ""),
            "finance/guardrails/short-loan-depth-cap.yaml": ('"12 %"', '"8 %"'),
            "finance/guardrails/frequency-cap.yaml": ("at_most: 3", "at_most: 2"),
        },
    ),
    "finance-segments": (
        "finance",
        {"finance/segments/strained.yaml": ("  any:\n", "  all:\n")},
    ),
    "retail-scopes": (
        "retail",
        {
            "retail/offers/cheese.yaml": ("[CHEESE, CHEESES]", "[CHEESE, FETA]"),
            "retail/offers/frozen-and-snacks.yaml": ("  brands: [National]\n", ""),
            "retail/offers/meat.yaml": (
                "  departments: [MEAT, MEAT-PCKGD]",
                "  departments: [MEAT, MEAT-PCKGD]\n  exclude_categories: [BEEF]",
            ),
            "retail/guardrails/house-margin-floor.yaml": ("[HOME DELIVERY]", "[CHEESE]"),
            "retail/disclosures/makers-share.yaml": ("BAG SNACKS", "CHEESE"),
        },
    ),
    "retail-offers": (
        "retail",
        {
            "retail/offers/meat.yaml": ("lane: shelf", "lane: basket\nexclusive: true"),
            "retail/offers/soft-drinks.yaml": (
                'percent_off: ["5 %", "10 %", "15 %", "20 %"]',
                'amount_off: ["0.50", "1.00"]',
            ),
            "retail/offers/drugstore.yaml": (
                "lane: shelf",
                'lane: shelf\nrounding: {mode: down, to: "0.05"}',
            ),
            "retail/offers/week-shop-tiers.yaml": (
                '{spend: "100.00", percent_off: "2 %"}',
                '{spend: "90.00", percent_off: "2 %"}',
            ),
            "retail/offers/yoghurt-three-for-two.yaml": (
                "  get: 1\n",
                "  get: 1\n  at_most_sets: 2\n",
            ),
            "retail/offers/cheese.yaml": ("lane: shelf", "lane: shelf\nat_most_pieces: 1"),
            "retail/offers/pizza-night.yaml": None,
        },
    ),
    "retail-house": (
        "retail",
        {
            "retail/facts.yaml": (
                "  shopper.tenure_days:",
                f"{APP_USER}  shopper.tenure_days:",
            ),
            "retail/stacking.yaml": (
                "  - id: basket\n    sees: price_after_earlier_lanes",
                "  - id: basket\n    sees: list_price",
            ),
            "retail/shop.yaml": (
                "channels: [store, online, app]",
                (
                    "channels: [app, online, store]\nlanguages: [en, es]\n"
                    "texts: {es: {give_consent: '¡{saving}!'}}"
                ),
            ),
            "retail/offers/frozen-and-snacks.yaml": (
                "lane: shelf",
                "lane: shelf\ntitle: {en: Snacks}",
            ),
            "retail/disclosures/personal-discount.yaml": ("what you bought", "what you like"),
            "retail/budgets/deliveries-per-day.yaml": ("limit_count: 40", 'limit: "200.00"'),
            "retail/budgets/week-per-state.yaml": ('pacing: {ahead_at_most: "25 %"}\n', ""),
        },
    ),
    "retail-in-euros-and-yen": ("retail", {"retail/exchange-rates.yaml": YEN}),
    "common-offers-dearer-pounds": (
        "common-offers",
        {"common-offers/exchange-rates.yaml": ('  GBP:\n    rate: "0.86"', FRANCS)},
    ),
    "common-offers-rates-of-another-day": (
        "common-offers",
        {"common-offers/exchange-rates.yaml": ("date: 2026-11-24", "date: 2026-12-01")},
    ),
    "finance-new-and-gone": (
        "finance",
        {
            "finance/disclosures/still-costs.yaml": None,
            "finance/eligibility/no-nudge-into-very-short-loans.yaml": None,
            "finance/guardrails/largest-discount.yaml": None,
            "finance/guardrails/short-loan-depth-cap.yaml": None,
        },
    ),
    "travel-lines": (
        "travel",
        {
            "travel/eligibility/early-booking-from-60-days.yaml": (
                "less_than: 60",
                "less_than: 45",
            ),
            "travel/offers/early-booking.yaml": ("valid_to: 2028-01-01", "valid_to: 2027-07-01"),
            "travel/stacking.yaml": ("without_scores: largest", "without_scores: nothing"),
        },
    ),
    "travel-rewritten": (
        "travel",
        {
            "travel/eligibility/welcome-back-for-returning.yaml": (
                WELCOME,
                WELCOME.replace("require", "deny_when")
                .replace("all", "any")
                .replace("true", "false", 1)
                .replace("unreliable\n      is: false", "unreliable\n      is: true"),
            ),
        },
    ),
}
