"""Findings about keys, and about names that lead elsewhere, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.explained.page import Explained

WORDS: Final[Mapping[str, Explained]] = {
    "SCH-001": Explained(
        "`kind` says what the file describes; the kinds are listed in docs/rules.md.",
        "kind: offfer",
        "kind: offer",
    ),
    "SCH-002": Explained(
        "The rule can't be understood without this key.",
        "kind: offer\nid: cheese",
        "kind: offer\nid: cheese\nname: Cheese\nowner: Dairy buyer",
    ),
    "SCH-003": Explained(
        "A key that nobody reads would be a wish that nobody fulfils.",
        'percent_of: ["5 %"]',
        'percent_off: ["5 %"]',
    ),
    "SCH-004": Explained(
        "The value is of another type than the key holds: text, whole number, list or mapping.",
        "budgets: monthly",
        "budgets: [monthly]",
    ),
    "SCH-005": Explained(
        "The value has the right type, but is none that the key may hold.",
        "period: year",
        "period: month",
    ),
    "SCH-006": Explained(
        "Of these keys exactly one says what is meant.",
        'percent_off: ["5 %"]\namount_off: ["1.00"]',
        'percent_off: ["5 %"]',
    ),
    "REF-001": Explained(
        "Rules compare the facts of `facts.yaml`, of legal packs, and those that are always there.",
        "fact: shopper.basket_56d",
        "fact: shopper.baskets_56d",
    ),
    "REF-002": Explained(
        "There is no segment of this name in `segments/`.",
        "fact: segment.regulars",
        "fact: segment.regular",
    ),
    "REF-003": Explained(
        "There is no budget of this name in `budgets/`.",
        "budgets: [campain]",
        "budgets: [campaign]",
    ),
    "REF-004": Explained(
        "There is no offer of this name in `offers/`.",
        "offers: [chese]",
        "offers: [cheese]",
    ),
    "REF-005": Explained(
        "The shop does not sell there: `shop.yaml` lists its jurisdictions.",
        "jurisdictions: [US-TX]",
        "jurisdictions: [US-TN]",
    ),
    "REF-006": Explained(
        "Segments that need each other can't be judged in any order.",
        "id: valued\nwhen: {fact: segment.valued, is: true}",
        "id: valued\nwhen: {fact: segment.regular, is: true}",
    ),
    "REF-007": Explained(
        "The fact exists, but is not known where this condition is judged. Segments are judged "
        "before there are offers; `line.*` belongs in `line_when` and in formulas.",
        "kind: segment\nwhen: {fact: candidate.depth_bp, more_than: 1000}",
        "kind: eligibility\ndeny_when: {fact: candidate.depth_bp, more_than: 1000}",
    ),
    "REF-008": Explained(
        "An offer may not run while one of its budgets does not: nobody would pay for it.",
        "offer:  valid_to: 2028-01-01\nbudget: valid_to: 2027-01-01",
        "offer:  valid_to: 2027-01-01\nbudget: valid_to: 2027-01-01",
    ),
    "REF-009": Explained(
        "There is no signal of this name in `signals/`.",
        "fact: signal.spent",
        "fact: signal.spend",
    ),
    "REF-010": Explained(
        "The event is neither declared in `facts.yaml` nor recorded by Sconto itself.",
        "events: [basket_abandonned]",
        "events: [basket_abandoned]",
    ),
    "REF-011": Explained(
        "`classes.yaml` does not say which goods belong to this class.",
        "scope: {classes: [alchohol]}",
        "scope: {classes: [alcohol]}",
    ),
    "REF-012": Explained(
        "`stacking.yaml` has no lane of this name.",
        "lane: baskets",
        "lane: basket",
    ),
}  # fmt: skip
