"""The rule documents, one model per kind: what a rule file may hold, and where it stands.

The JSON Schema that editors use is made from these models, so every key has a description.
"""

from __future__ import annotations

from typing import Final

from sconto.rulebook.documents.codes import CodesDoc
from sconto.rulebook.documents.exchange import ExchangeRatesDoc
from sconto.rulebook.documents.offers import ExperimentDoc, ObjectiveDoc, OfferDoc, StackingDoc
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.rules import (
    BudgetDoc,
    DisclosureDoc,
    EligibilityDoc,
    GuardrailDoc,
    SegmentDoc,
    SignalDoc,
)
from sconto.rulebook.documents.shop import ClassesDoc, FactsDoc, ShopDoc

Document = (
    ShopDoc | ExchangeRatesDoc | FactsDoc | ClassesDoc | StackingDoc | ObjectiveDoc
    | ExperimentDoc | SegmentDoc | SignalDoc | OfferDoc | CodesDoc | EligibilityDoc
    | GuardrailDoc | BudgetDoc | DisclosureDoc | LegalPackDoc
)  # fmt: skip

MODELS: Final[dict[str, type[Document]]] = {
    "shop": ShopDoc,
    "exchange_rates": ExchangeRatesDoc,
    "facts": FactsDoc,
    "classes": ClassesDoc,
    "stacking": StackingDoc,
    "objective": ObjectiveDoc,
    "experiment": ExperimentDoc,
    "segment": SegmentDoc,
    "signal": SignalDoc,
    "offer": OfferDoc,
    "codes": CodesDoc,
    "eligibility": EligibilityDoc,
    "guardrail": GuardrailDoc,
    "budget": BudgetDoc,
    "disclosure": DisclosureDoc,
    "legal_pack": LegalPackDoc,
}
"""The model of each kind of document."""

SINGLES: Final[dict[str, str]] = {
    "shop.yaml": "shop",
    "exchange-rates.yaml": "exchange_rates",
    "facts.yaml": "facts",
    "classes.yaml": "classes",
    "stacking.yaml": "stacking",
    "objective.yaml": "objective",
    "experiment.yaml": "experiment",
}
"""The kind of each file that a ruleset has at most one of."""

SHELVES: Final[dict[str, str]] = {
    "segments": "segment",
    "signals": "signal",
    "offers": "offer",
    "codes": "codes",
    "eligibility": "eligibility",
    "guardrails": "guardrail",
    "budgets": "budget",
    "disclosures": "disclosure",
}
"""The folder of each kind of rule."""

PACK: Final = "legal_pack"
"""The kind of the files in a folder of legal packs, which stands beside the rulesets."""
