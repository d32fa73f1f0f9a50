"""Findings about keys, and about names that lead elsewhere, explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sconto.rulebook.codes.code import Code

KEYS: Final[Mapping[str, Code]] = {
    "SCH-001": Code(
        "an unknown kind",
        "`kind` says what the file describes; the kinds are listed in docs/rules.md.",
        "kind: offfer",
        "kind: offer",
    ),
    "SCH-002": Code(
        "a missing key",
        "The rule can't be understood without this key.",
        "kind: offer\nid: cheese",
        "kind: offer\nid: cheese\nname: Cheese\nowner: Dairy buyer",
    ),
    "SCH-003": Code(
        "an unknown key",
        "A key that nobody reads would be a wish that nobody fulfils.",
        'percent_of: ["5 %"]',
        'percent_off: ["5 %"]',
    ),
    "SCH-004": Code(
        "a value of the wrong type",
        "The value is of another type than the key holds: text, whole number, list or mapping.",
        "budgets: monthly",
        "budgets: [monthly]",
    ),
    "SCH-005": Code(
        "a value that is not allowed",
        "The value has the right type, but is none that the key may hold.",
        "period: year",
        "period: month",
    ),
    "SCH-006": Code(
        "keys that exclude each other",
        "Of these keys exactly one says what is meant.",
        'percent_off: ["5 %"]\namount_off: ["1.00"]',
        'percent_off: ["5 %"]',
    ),
    "SCH-007": Code(
        "a thing named twice in a list",
        "A list names each thing once. Where a thing stands twice, one of them was to be another.",
        "channels: [store, store]",
        "channels: [store, online]",
    ),
    "REF-001": Code(
        "an unknown fact",
        "Rules compare the facts of `facts.yaml`, of legal packs, and those that are always there.",
        "fact: shopper.basket_56d",
        "fact: shopper.baskets_56d",
    ),
    "REF-002": Code(
        "an unknown segment",
        "There is no segment of this name in `segments/`.",
        "fact: segment.regulars",
        "fact: segment.regular",
    ),
    "REF-003": Code(
        "an unknown budget",
        "There is no budget of this name in `budgets/`.",
        "budgets: [campain]",
        "budgets: [campaign]",
    ),
    "REF-004": Code(
        "an unknown offer",
        "There is no offer of this name in `offers/`.",
        "offers: [chese]",
        "offers: [cheese]",
    ),
    "REF-005": Code(
        "an unknown jurisdiction",
        "The shop does not sell there: `shop.yaml` lists its jurisdictions.",
        "jurisdictions: [US-TX]",
        "jurisdictions: [US-TN]",
    ),
    "REF-006": Code(
        "segments that need each other",
        "Segments that need each other can't be judged in any order.",
        "id: valued\nwhen: {fact: segment.valued, is: true}",
        "id: valued\nwhen: {fact: segment.regular, is: true}",
    ),
    "REF-007": Code(
        "a fact that can't be used here",
        "The fact exists, but is not known where this condition is judged. Segments are judged "
        "before there are offers; `line.*` belongs in `line_when` and in formulas.",
        "kind: segment\nwhen: {fact: candidate.depth_bp, more_than: 1000}",
        "kind: eligibility\ndeny_when: {fact: candidate.depth_bp, more_than: 1000}",
    ),
    "REF-008": Code(
        "an offer that outlives its budget",
        "An offer may not run while one of its budgets does not: nobody would pay for it.",
        "offer:  valid_to: 2028-01-01\nbudget: valid_to: 2027-01-01",
        "offer:  valid_to: 2027-01-01\nbudget: valid_to: 2027-01-01",
    ),
    "REF-009": Code(
        "an unknown signal",
        "There is no signal of this name in `signals/`.",
        "fact: signal.spent",
        "fact: signal.spend",
    ),
    "REF-010": Code(
        "an unknown event",
        "The event is neither declared in `facts.yaml` nor recorded by Sconto itself.",
        "events: [basket_abandonned]",
        "events: [basket_abandoned]",
    ),
    "REF-011": Code(
        "an unknown goods class",
        "`classes.yaml` does not say which goods belong to this class.",
        "scope: {classes: [alchohol]}",
        "scope: {classes: [alcohol]}",
    ),
    "REF-012": Code(
        "an unknown lane",
        "`stacking.yaml` has no lane of this name.",
        "lane: baskets",
        "lane: basket",
    ),
    "REF-013": Code(
        "an unknown language",
        "A text or a title is in a language that `languages` of `shop.yaml` does not list.",
        "languages: [en, de]      # and an offer has\ntitle: {fr: Semaine du vin}",
        "languages: [en, de, fr]  # and an offer has\ntitle: {fr: Semaine du vin}",
    ),
}  # fmt: skip
