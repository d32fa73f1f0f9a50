"""What must hold between the keys of a document and between documents, beyond their types."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sconto.domain.behaviour import CODE_UNKNOWN, OWN_EVENTS
from sconto.domain.money import BP_ONE
from sconto.rulebook.check.base import Check
from sconto.rulebook.check.codes import check_codes
from sconto.rulebook.check.currencies import check_currencies
from sconto.rulebook.check.facts import check_facts, check_name
from sconto.rulebook.check.offers import check_objective, check_offer, check_stacking
from sconto.rulebook.check.packs import check_packs
from sconto.rulebook.check.texts import check_languages, check_texts
from sconto.rulebook.documents.base import Ruled, ScopeDoc
from sconto.rulebook.documents.codes import CodesDoc
from sconto.rulebook.documents.jurisdictions import inside
from sconto.rulebook.documents.offers import ExperimentDoc, OfferDoc
from sconto.rulebook.documents.quantities import basis_points
from sconto.rulebook.documents.rules import (
    BudgetDoc,
    EligibilityDoc,
    GuardrailDoc,
    SegmentDoc,
    SignalDoc,
)
from sconto.rulebook.documents.shop import ClassesDoc
from sconto.rulebook.findings import Report, Source, did_you_mean
from sconto.rulebook.guardrail_kinds import check_guardrail
from sconto.rulebook.read.library import Library


def check_library(library: Library, report: Report) -> None:
    """Report everything in *library* that its documents' types can't rule out."""
    _check_shop(library, report)
    check_facts(Check(library, library.facts[1], report))
    if library.stacking:
        check_stacking(library.stacking[0], Check(library, library.stacking[1], report))
    if library.objective:
        check_objective(library.objective[0], Check(library, library.objective[1], report))
    check_packs(library, report)
    for doc, source in _ruled(library):
        check = Check(library, source, report)
        check.dates(doc.valid_from, doc.valid_to)
        check.scopes(doc)
        _check_places(getattr(doc, "jurisdictions", None), check)
        _check_kind(doc, check)
    check_currencies(library, report)


def _check_kind(doc: Ruled, check: Check) -> None:
    match doc:
        case OfferDoc():
            check_offer(doc, check)
            check_languages(doc.title or {}, ("title",), check)
        case CodesDoc():
            check_codes(doc, check)
        case EligibilityDoc():
            check.one_of(doc, ("deny_when", "require"))
            check.known(doc.offers, check.library.ids("offer"), ("offers",), "REF-004", "offers")
        case GuardrailDoc():
            check_guardrail(doc, check)
        case BudgetDoc():
            _check_budget(doc, check)
        case SegmentDoc():
            check_name(doc.id, f"segment `{doc.id}`", ("id",), check)
        case SignalDoc():
            check_name(doc.id, f"signal `{doc.id}`", ("id",), check)
            _check_signal(doc, check)
        case ExperimentDoc():
            _check_experiment(doc, check)


def _check_budget(doc: BudgetDoc, check: Check) -> None:
    check.one_of(doc, ("limit", "limit_count"))
    check.amount(doc.limit, ("limit",))
    if doc.shadow_price is not None and doc.limit is None:
        message = "`shadow_price` is about money, and this budget counts discounts"
        check.add(("shadow_price",), "SCH-006", message, "use `limit`, or remove it")
    if doc.time_zone is not None:
        check.zone(doc.time_zone, ("time_zone",))


def _ruled(library: Library) -> Iterator[tuple[Ruled, Source]]:
    yield from chain(
        [library.experiment] if library.experiment else [],
        library.segments,
        library.signals,
        library.offers,
        library.codes,
        library.eligibility,
        library.guardrails,
        library.budgets,
        library.disclosures,
    )


def _check_shop(library: Library, report: Report) -> None:
    shop, source = library.shop
    check = Check(library, source, report)
    for name, jurisdiction in shop.jurisdictions.items():
        check.zone(jurisdiction.time_zone, ("jurisdictions", name, "time_zone"))
    check_texts(shop, check)
    for i, consent in enumerate(shop.consents):
        check_name(consent, f"consent `{consent}`", ("consents", i), check)
    if library.classes:
        doc, classes_source = library.classes
        _check_classes(doc, Check(library, classes_source, report))


def _check_classes(doc: ClassesDoc, check: Check) -> None:
    for name, goods in doc.classes.items():
        if isinstance(goods, ScopeDoc) and goods.classes is not None:
            message = f"class `{name}` is made of other classes"
            advice = "list departments, categories, brands or products"
            check.add(("classes", name, "classes"), "SCH-006", message, advice)


def _check_places(names: list[str] | None, check: Check) -> None:
    places = check.library.shop[0].jurisdictions
    for i, name in enumerate(names or ()):
        if not inside([name], places):
            message = f"`{name}` holds none of the jurisdictions of this ruleset"
            check.add(
                ("jurisdictions", i), "REF-005", message, did_you_mean(name, places, near=False)
            )


def _check_signal(doc: SignalDoc, check: Check) -> None:
    declared = check.library.facts[0].events
    for i, event in enumerate(doc.events):
        check_name(event, f"event `{event}`", ("events", i), check)
    known = (*declared, *OWN_EVENTS)
    check.known(doc.events, known, ("events",), "REF-010", "events")
    without = {CODE_UNKNOWN, *(name for name, event in declared.items() if not event.amount)}
    for i, event in enumerate(doc.events):
        if doc.measure == "sum" and event in without:
            message = f"event `{event}` carries no amount that could be summed"
            advice = "use `measure: count`, or declare the event with `amount: true`"
            check.add(("events", i), "SIG-001", message, advice)


def _check_experiment(doc: ExperimentDoc, check: Check) -> None:
    if doc.holdout is None and doc.exploration is None:
        message = "an experiment needs `holdout`, `exploration` or both"
        check.add((), "SCH-006", message, "give at least one of them")
    shares = [basis_points(s) or 0 for s in (doc.holdout, doc.exploration) if s is not None]
    if sum(shares) >= BP_ONE:
        key = "holdout" if doc.holdout is not None else "exploration"
        message = "`holdout` and `exploration` together reach 100 %"
        check.add((key,), "EXP-001", message, "leave some shoppers to the choice policy")
