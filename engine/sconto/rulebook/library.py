"""All rule documents of one ruleset, sorted by kind and id, each with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from sconto.rulebook.documents import (
    BudgetDoc,
    DisclosureDoc,
    Document,
    EligibilityDoc,
    FactsDoc,
    GuardrailDoc,
    OfferDoc,
    Ruled,
    SegmentDoc,
    ShopDoc,
)
from sconto.rulebook.findings import Report, Source

D = TypeVar("D", bound=Document)

Unread = Mapping[str, frozenset[str]]
"""Ids of documents that exist but could not be read, by kind."""


@dataclass(frozen=True, slots=True)
class Located:
    """A document and where it stands."""

    doc: Document
    source: Source

    @property
    def id(self) -> str:
        """Its id; the kind, for the two kinds that there is only one of."""
        return self.doc.id if isinstance(self.doc, Ruled) else self.doc.kind


@dataclass(frozen=True, slots=True)
class Library:
    """The documents of one ruleset; each tuple is ordered by id, and ids are unique in a kind."""

    shop: tuple[ShopDoc, Source]
    facts: tuple[FactsDoc, Source]
    segments: tuple[tuple[SegmentDoc, Source], ...]
    offers: tuple[tuple[OfferDoc, Source], ...]
    eligibility: tuple[tuple[EligibilityDoc, Source], ...]
    guardrails: tuple[tuple[GuardrailDoc, Source], ...]
    budgets: tuple[tuple[BudgetDoc, Source], ...]
    disclosures: tuple[tuple[DisclosureDoc, Source], ...]
    unread: Unread

    def ids(self, kind: str) -> frozenset[str]:
        """Ids of all offers, budgets or segments, those that could not be read included."""
        shelf = {"offer": self.offers, "budget": self.budgets, "segment": self.segments}[kind]
        return frozenset(doc.id for doc, _ in shelf) | self.unread.get(kind, frozenset())


def shelve(
    documents: Sequence[Located], unread: Unread, place: str, report: Report
) -> Library | None:
    """*documents* as a library, or None when the shop or the facts are missing.

    An id used twice is reported with both places; *place* is where a missing file would belong.
    """
    documents = sorted(documents, key=lambda d: (d.doc.kind, d.id, d.source.file))
    for first, second in pairwise(documents):
        if (first.doc.kind, first.id) == (second.doc.kind, second.id):
            at = first.source.at(("id",))
            message = f"id `{second.id}` stands here and at {first.source.file}:{at.line}:{at.col}"
            report.add(second.source, ("id",), "FIL-004", message, "give one of them another id")
    _unique_over_kinds(documents, report)
    shops, facts = _of(ShopDoc, documents), _of(FactsDoc, documents)
    for kind, found in (("shop", shops), ("facts", facts)):
        if not found and kind not in unread:
            message = f"there is no `{kind}.yaml`"
            report.add(Source(place), (), "FIL-005", message, "every ruleset needs one")
    if not shops or not facts:
        return None
    return Library(
        shop=shops[0],
        facts=facts[0],
        segments=_of(SegmentDoc, documents),
        offers=_of(OfferDoc, documents),
        eligibility=_of(EligibilityDoc, documents),
        guardrails=_of(GuardrailDoc, documents),
        budgets=_of(BudgetDoc, documents),
        disclosures=_of(DisclosureDoc, documents),
        unread=unread,
    )


def _unique_over_kinds(documents: Sequence[Located], report: Report) -> None:
    """An eligibility rule and a guardrail share `covers.<id>`, so they can't share an id."""
    rules = {d.id: d for d in documents if d.doc.kind == "eligibility"}
    for located in documents:
        other = rules.get(located.id)
        if located.doc.kind == "guardrail" and other is not None:
            at = other.source.at(("id",))
            message = f"id `{located.id}` stands here and at {other.source.file}:{at.line}:{at.col}"
            report.add(located.source, ("id",), "FIL-004", message, "give one of them another id")


def _of(kind: type[D], documents: Sequence[Located]) -> tuple[tuple[D, Source], ...]:
    return tuple((d.doc, d.source) for d in documents if isinstance(d.doc, kind))
