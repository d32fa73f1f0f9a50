"""Findings about values, formulas, offers, law and limits, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.code import Code

VALUES: Final[Mapping[str, Code]] = {
    "TYP-001": Code(
        "a comparison that the fact's type doesn't have",
        "Text and true/false have no order, so they can't be more or less than something.",
        "fact: segment.regular\nat_least: 1",
        "fact: segment.regular\nis: true",
    ),
    "TYP-002": Code(
        "a value of another type than the fact",
        "The value is compared with a fact of another type. Money is quoted, whole numbers aren't.",
        'fact: shopper.baskets_56d\nat_least: "8"',
        "fact: shopper.baskets_56d\nat_least: 8",
    ),
    "TYP-003": Code(
        "a value finer than the fact",
        "The value has more decimal places than the currency, or than the fact was declared with.",
        'limit: "500.001"',
        'limit: "500.00"',
    ),
    "TYP-004": Code(
        "a value that the fact never has",
        "The fact was declared with the values that it can have, and this is none of them.",
        "fact: shopper.tier\nis: gald",
        "fact: shopper.tier\nis: gold",
    ),
    "FRM-001": Code(
        "a formula that can't be read",
        "The formula is no arithmetic.",
        'formula: "line.unit_cost * * 1.15"',
        'formula: "line.unit_cost * 1.15"',
    ),
    "FRM-002": Code(
        "something that formulas don't have",
        "Formulas know `+ - * ( )`, `min`, `max`, numbers and facts of the line. They have no "
        "division, because it is not exact.",
        'formula: "line.unit_cost / 0.8"',
        'formula: "line.unit_cost * 1.25"',
    ),
    "FRM-003": Code(
        "a formula that is too long or too large",
        "The formula is too long, or its value could need more digits than are computed exactly.",
        'formula: "line.unit_cost * line.unit_cost * line.unit_cost * 1.000001"',
        'formula: "line.unit_cost * 1.15"',
    ),
    "OFR-001": Code(
        "a depth ladder out of order",
        "A ladder goes from the shallowest depth to the deepest, each once, the first above zero.",
        'percent_off: ["10 %", "5 %"]',
        'percent_off: ["5 %", "10 %"]',
    ),
    "OFR-002": Code(
        "spend tiers out of order",
        "Tiers go from the smallest spend to the largest, each once, the first above zero.",
        'spend_tiers:\n  - {spend: "100.00", percent_off: "5 %"}\n'
        '  - {spend: "50.00", percent_off: "2 %"}',
        'spend_tiers:\n  - {spend: "50.00", percent_off: "2 %"}\n'
        '  - {spend: "100.00", percent_off: "5 %"}',
    ),
    "OFR-003": Code(
        "an offer that names no lane, where there are several",
        "With several lanes an offer says in which of them it competes.",
        'kind: offer\npercent_off: ["5 %"]',
        'kind: offer\nlane: shelf\npercent_off: ["5 %"]',
    ),
    "LAN-001": Code(
        "a lane declared twice",
        "Every lane has an id of its own.",
        "lanes:\n  - {id: shelf, sees: list_price}\n  - {id: shelf, sees: list_price}",
        "lanes:\n  - {id: shelf, sees: list_price}\n  - {id: basket, sees: list_price}",
    ),
    "CUR-001": Code(
        "an amount that becomes nothing in another currency",
        "By the exchange rate the amount is less than half a step of the other currency, or less "
        "than its smallest unit. A minimum spend or a discount of nothing was not meant.",
        'amount_off: ["0.02"]     # GBP has a step of 0.05',
        'amount_off: ["0.10"]',
    ),
    "CUR-002": Code(
        "two depths that are one in another currency",
        "By the exchange rate, its steps and its rounding, two depths of an offer become the same "
        "amount, so that one of them says nothing.",
        'amount_off: ["1.00", "1.02"]     # GBP has a step of 0.05',
        'amount_off: ["1.00", "1.50"]',
    ),
    "CUR-003": Code(
        "a formula that multiplies two amounts",
        "An amount is multiplied by the exchange rate once. What two amounts make together is no "
        "amount, so nobody knows what it is in another currency.",
        'formula: "line.unit_cost * line.list_price"',
        'formula: "line.unit_cost * 1.15"',
    ),
    "CUR-004": Code(
        "a rate for the shop's own currency",
        "`exchange-rates.yaml` says what one unit of the shop's currency is in each other one.",
        'shop: currency: EUR\nexchange-rates: currencies: {EUR: {rate: "1"}}',
        'shop: currency: EUR\nexchange-rates: currencies: {GBP: {rate: "0.86"}}',
    ),
    "CUR-005": Code(
        "an amount too large for another currency",
        "By the exchange rate an amount, or the largest basket, becomes a number with more than 15 "
        "digits. Such a rate is a slip.",
        'exchange-rates: currencies: {JPY: {rate: "0.000000001"}}',
        'exchange-rates: currencies: {JPY: {rate: "165.2"}}',
    ),
    "COD-001": Code(
        "two codes that are read alike",
        "Case, spaces and hyphens make no difference in a code, O is read as 0, and I and L as 1. "
        "Which offers a code opens must be one answer, so no two sets have codes that are read "
        "alike.",
        "codes/spring.yaml: code: SALE-10\ncodes/autumn.yaml: code: SALEIO",
        "codes/spring.yaml: code: SALE-10\ncodes/autumn.yaml: code: AUTUMN-10",
    ),
    "OBJ-001": Code(
        "an aim whose worth nobody declares",
        "A sale brings the margin of its lines; what a return or a larger basket brings must be "
        "declared, or nothing is worth a discount.",
        "aim: return",
        'aim: return\nworth: "8.50"',
    ),
    "OBJ-002": Code(
        "an assumed response out of order",
        "A deeper discount is never assumed to bring less.",
        'steps:\n  - {depth: "10 %", from_half: "53 %"}\n  - {depth: "20 %", from_half: "52 %"}',
        'steps:\n  - {depth: "10 %", from_half: "53 %"}\n  - {depth: "20 %", from_half: "55 %"}',
    ),
    "EXP-001": Code(
        "shares of an experiment that leave nobody",
        "Somebody must be left whom the choice policy answers.",
        'holdout: "98 %"\nexploration: "2 %"',
        'holdout: "5 %"\nexploration: "2 %"',
    ),
    "SIG-001": Code(
        "a sum over events that carry no amount",
        "Only events declared with `amount: true` carry money that can be summed.",
        "events: [basket_abandoned]\nmeasure: sum",
        "events: [order_placed]\nmeasure: sum",
    ),
    "SIG-002": Code(
        "a frequency cap over a sum",
        "A frequency cap counts, and this signal adds up money.",
        "frequency_cap: {signal: spend-90d, at_most: 3}",
        "frequency_cap: {signal: discounts-7d, at_most: 3}",
    ),
    "EVT-001": Code(
        "an event that Sconto records itself",
        "Sconto records this event itself; a checkout that sends it too would count it twice.",
        "events:\n  discount_given: {description: Given.}",
        "events:\n  order_placed: {description: Paid.}",
    ),
    "VAL-001": Code(
        "a validity that is never in force",
        "`valid_to` is the first day on which the rule no longer holds, so it comes after "
        "`valid_from`.",
        "valid_from: 2026-12-24\nvalid_to: 2026-12-24",
        "valid_from: 2026-12-24\nvalid_to: 2026-12-25",
    ),
    "LIM-001": Code(
        "a rule with too many alternatives",
        "Once its `any` lists are multiplied out, a rule has at most 64 alternatives.",
        "all: [{any: [... 9 items ...]}, {any: [... 9 items ...]}]",
        "all: [{fact: segment.one-of-nine, is: true}, {any: [... 9 items ...]}]",
    ),
    "LIM-002": Code(
        "a rule that needs too many optional facts at once; no longer a limit",
        "No longer a limit, and not reported any more: an alternative may need any number of facts "
        "that could be missing.",
        "all: [... 7 shopper facts ...]",
        "all: [{fact: segment.of-three, is: true}, ... 4 shopper facts ...]",
    ),
    "LIM-003": Code(
        "too many rules",
        "All rules together have more alternatives than the rule engine was measured with.",
        "100,001 alternatives",
        "100,000 alternatives",
    ),
    "TXT-001": Code(
        "a text with a placeholder that nobody can fill in",
        "Each text for shoppers has its own placeholders; the finding lists them.",
        "texts:\n  en: {give_consent: Agree and save {amount}.}",
        "texts:\n  en: {give_consent: Agree and save {saving}.}",
    ),
    "PRT-001": Code(
        "a protected attribute",
        "No rule may look at a protected attribute, nor at a fact, event, consent, segment or "
        "signal that is named after one. The finding says which word and which law.",
        "fact: shopper.nationality",
        "fact: shopper.tenure_days",
    ),
    "LAW-001": Code(
        "a legal pack with too few worked examples",
        "A law that nobody worked out on examples is not trusted: at least 3, with one that it "
        "allows, one that it bars, and one with a missing fact.",
        "examples: []",
        "examples:\n  - {name: At the minimum, ...}\n  - {name: Below it, ...}\n"
        "  - {name: Volume not sent, ...}",
    ),
    "LAW-002": Code(
        "a goods class of a legal pack that the shop does not map",
        "A legal pack speaks about goods of this class; say which of yours they are, or `none`.",
        "classes: {}",
        "classes: {alcohol: none}",
    ),
    "LAW-003": Code(
        "a legal pack in a currency without a rate",
        "The law has amounts in a currency that is not the shop's, and that has no exchange rate.",
        "shop: currency: EUR     # sells in US-TN",
        'exchange-rates: currencies: {USD: {rate: "1.08"}}',
    ),
    "LAW-004": Code(
        "a fact declared with two types",
        "A fact that the shop and a legal pack both use is one fact, so both declare it alike.",
        "line.abv_percent: {type: integer, description: Strength.}",
        "line.abv_percent: {type: decimal, places: 1, description: Strength.}",
    ),
    "LAW-005": Code(
        "a worked example that comes out differently",
        "A worked example of the pack comes out differently when it is decided. The rule or the "
        "example is wrong.",
        'discount: "4.01"\nexpect: {given: true}',
        'discount: "4.00"\nexpect: {given: true}',
    ),
    "LAW-006": Code(
        "a goods class that misses goods by their spelling",
        "A legal pack speaks about the class, and a text of it differs from one that other rules "
        "use in capital letters, spaces, hyphens, Unicode form or look-alike characters only. "
        "Texts are compared letter by letter, so the law would not hold for those goods.",
        "classes.yaml:     alcohol: {categories: [Beer]}\noffers/ale.yaml:  categories: [BEER]",
        "classes.yaml:     alcohol: {categories: [BEER]}\noffers/ale.yaml:  categories: [BEER]",
    ),
}  # fmt: skip
