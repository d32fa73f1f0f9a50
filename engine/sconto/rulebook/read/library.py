"""All rule documents of one ruleset, sorted by kind and id, each with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

from sconto.rulebook.documents import PACK, Document
from sconto.rulebook.documents.base import Owned
from sconto.rulebook.documents.codes import CodesDoc
from sconto.rulebook.documents.exchange import ExchangeRatesDoc
from sconto.rulebook.documents.jurisdictions import inside
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
from sconto.rulebook.findings import DocPath, Report, Source

D = TypeVar("D", bound=Document)

Unread = Mapping[str, frozenset[str]]
"""Ids of documents that exist but could not be read, by kind."""

_NAMED_IN_RECORDS: Final = frozenset({"disclosure", "eligibility", "guardrail"})
"""Kinds whose ids are the names of rules in records, together with those of pack rules."""


@dataclass(frozen=True, slots=True)
class Located:
    """A document and where it stands."""

    doc: Document
    source: Source

    @property
    def id(self) -> str:
        """Its id; the kind, for the kinds that there is only one of."""
        return self.doc.id if isinstance(self.doc, Owned) else self.doc.kind


@dataclass(frozen=True, slots=True)
class Library:
    """The documents of one ruleset; each tuple is ordered by id, and ids are unique in a kind."""

    shop: tuple[ShopDoc, Source]
    facts: tuple[FactsDoc, Source]
    exchange_rates: tuple[ExchangeRatesDoc, Source] | None
    classes: tuple[ClassesDoc, Source] | None
    stacking: tuple[StackingDoc, Source] | None
    objective: tuple[ObjectiveDoc, Source] | None
    experiment: tuple[ExperimentDoc, Source] | None
    segments: tuple[tuple[SegmentDoc, Source], ...]
    signals: tuple[tuple[SignalDoc, Source], ...]
    offers: tuple[tuple[OfferDoc, Source], ...]
    codes: tuple[tuple[CodesDoc, Source], ...]
    eligibility: tuple[tuple[EligibilityDoc, Source], ...]
    guardrails: tuple[tuple[GuardrailDoc, Source], ...]
    budgets: tuple[tuple[BudgetDoc, Source], ...]
    disclosures: tuple[tuple[DisclosureDoc, Source], ...]
    packs: tuple[tuple[LegalPackDoc, Source], ...]
    """The packs of the places where the shop sells."""
    unread: Unread

    def ids(self, kind: str) -> frozenset[str]:
        """Ids of all documents of *kind*, those that could not be read included."""
        shelves: Mapping[str, tuple[tuple[Owned, Source], ...]] = {
            "offer": self.offers,
            "budget": self.budgets,
            "segment": self.segments,
            "signal": self.signals,
        }
        return frozenset(doc.id for doc, _ in shelves[kind]) | self.unread.get(kind, frozenset())

    @property
    def classes_known(self) -> Mapping[str, object]:
        """The goods classes that `classes.yaml` maps."""
        return self.classes[0].classes if self.classes else {}


def in_use(documents: Sequence[Located]) -> list[Located]:
    """*documents* without the legal packs of places where their shop does not sell."""
    places = {p for d in documents if isinstance(d.doc, ShopDoc) for p in d.doc.jurisdictions}
    return [
        d
        for d in documents
        if not isinstance(d.doc, LegalPackDoc) or inside(d.doc.jurisdictions, places)
    ]


def shelve(
    documents: Sequence[Located], unread: Unread, place: str, report: Report
) -> Library | None:
    """*documents* as a library, or None when the shop or the facts are missing.

    An id used twice is reported with both places; *place* is where a missing file would belong.
    """
    documents = sorted(documents, key=lambda d: (d.doc.kind, d.id, d.source.file))
    for first, second in pairwise(documents):
        if (first.doc.kind, first.id) == (second.doc.kind, second.id):
            _twice(second.id, (first.source, ("id",)), (second.source, ("id",)), report)
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
        exchange_rates=_only(ExchangeRatesDoc, documents),
        classes=_only(ClassesDoc, documents),
        stacking=_only(StackingDoc, documents),
        objective=_only(ObjectiveDoc, documents),
        experiment=_only(ExperimentDoc, documents),
        segments=_of(SegmentDoc, documents),
        signals=_of(SignalDoc, documents),
        offers=_of(OfferDoc, documents),
        codes=_of(CodesDoc, documents),
        eligibility=_of(EligibilityDoc, documents),
        guardrails=_of(GuardrailDoc, documents),
        budgets=_of(BudgetDoc, documents),
        disclosures=_of(DisclosureDoc, documents),
        packs=_of(LegalPackDoc, documents),
        unread=unread,
    )


Place = tuple[Source, DocPath]


def _unique_over_kinds(documents: Sequence[Located], report: Report) -> None:
    """Records name rules by their id alone, so no two share one."""
    seen: dict[str, tuple[str, Place]] = {}
    for rule_id, kind, place in _named_in_records(documents):
        first_kind, first = seen.setdefault(rule_id, (kind, place))
        same_shelf = first_kind == kind and kind != PACK
        if first is not place and not same_shelf:
            _twice(rule_id, first, place, report)


def _named_in_records(documents: Sequence[Located]) -> Iterator[tuple[str, str, Place]]:
    for located in documents:
        doc = located.doc
        if isinstance(doc, LegalPackDoc):
            for i, rule in enumerate(doc.rules):
                yield rule.id, doc.kind, (located.source, ("rules", i, "id"))
        elif doc.kind in _NAMED_IN_RECORDS:
            yield located.id, doc.kind, (located.source, ("id",))


def _twice(name: str, first: Place, second: Place, report: Report) -> None:
    at = first[0].at(first[1])
    message = f"id `{name}` stands here and at {first[0].file}:{at.line}:{at.col}"
    report.add(*second, "FIL-004", message, "give one of them another id")


def _of(kind: type[D], documents: Sequence[Located]) -> tuple[tuple[D, Source], ...]:
    return tuple((d.doc, d.source) for d in documents if isinstance(d.doc, kind))


def _only(kind: type[D], documents: Sequence[Located]) -> tuple[D, Source] | None:
    return next(iter(_of(kind, documents)), None)
