"""Warnings about what is defined and never used: the rule that was to name it is missing."""

from __future__ import annotations

from collections.abc import Iterator

from sconto.rulebook.compile.conditions import comparisons_in
from sconto.rulebook.documents.base import ConditionDoc, Ruled, parts_of
from sconto.rulebook.documents.limits import FrequencyCapDoc
from sconto.rulebook.lint.subject import Place, Subject


def check_used(subject: Subject) -> None:
    """Warn about budgets, lanes, segments, signals, consents and codes that nothing uses."""
    for what, place, by, advice in _unused(subject):
        message = f"{what} is defined, and {by}"
        subject.warn(place, "SEM-022", message, advice)


def _unused(subject: Subject) -> Iterator[tuple[str, Place, str, str]]:
    library, facts = subject.library, _facts(subject)
    for segment, source in library.segments:
        if f"segment.{segment.id}" not in facts:
            advice = f"compare `segment.{segment.id}` in a rule, or remove it"
            yield f"segment `{segment.id}`", (source, ("id",)), "no rule names it", advice
    for signal, source in library.signals:
        if f"signal.{signal.id}" not in facts:
            advice = f"compare `signal.{signal.id}` in a rule, or remove it"
            yield f"signal `{signal.id}`", (source, ("id",)), "no rule names it", advice
    shop, source = library.shop
    for i, consent in enumerate(shop.consents):
        if f"consent.{consent}" not in facts:
            advice = f"ask for `consent.{consent}` in a rule, or remove it"
            yield f"consent `{consent}`", (source, ("consents", i)), "no rule asks for it", advice
    drawn = {name for offer, _ in library.offers for name in offer.budgets or ()}
    for budget, source in library.budgets:
        if budget.id not in drawn:
            advice = f"name it under `budgets` of an offer, like `budgets: [{budget.id}]`"
            yield f"budget `{budget.id}`", (source, ("id",)), "no offer draws on it", advice
    yield from _lanes(subject)
    yield from _codes(subject)


def _codes(subject: Subject) -> Iterator[tuple[str, Place, str, str]]:
    """Codes and offers that never meet: on no day both hold."""
    offers = {offer.id: offer for offer, _ in subject.library.offers}
    met: set[str] = set()
    for doc, source in subject.library.codes:
        together = {name for name in doc.offers if _overlap(doc, offers[name])}
        met |= together
        if not together:
            by = "no offer that it opens runs on any of its days"
            advice = "let it hold while one of its offers runs, or remove it"
            yield f"code `{doc.id}`", (source, ("offers",)), by, advice
    for offer, source in subject.library.offers:
        if offer.id in subject.ruleset.need_code - met:
            by = "no code for it holds on any of its days"
            advice = "let one of its codes hold while it runs, or remove it"
            yield f"offer `{offer.id}`", (source, ("id",)), by, advice


def _overlap(one: Ruled, other: Ruled) -> bool:
    return one.valid_from < other.valid_to and other.valid_from < one.valid_to


def _facts(subject: Subject) -> set[str]:
    """The facts that any rule compares, or caps."""
    documents = [d.doc for d in subject.documents]
    compared = {
        str(comparison.fact)
        for doc in documents
        for path, condition in parts_of(ConditionDoc, doc, ())
        for comparison, _ in comparisons_in(condition, path)
    }
    capped = {
        f"signal.{cap.signal}" for doc in documents for _, cap in parts_of(FrequencyCapDoc, doc, ())
    }
    return compared | capped


def _lanes(subject: Subject) -> Iterator[tuple[str, Place, str, str]]:
    if subject.library.stacking is None:
        return
    stacking, source = subject.library.stacking
    taken = {offer.lane for offer in subject.ruleset.offers}
    for i, lane in enumerate(stacking.lanes):
        if lane.id not in taken:
            advice = f"write `lane: {lane.id}` in an offer, or remove the lane"
            yield f"lane `{lane.id}`", (source, ("lanes", i, "id")), "no offer is in it", advice
