"""Checks of legal packs: of each alone, and with the shop that they bind."""

from __future__ import annotations

from typing import Final

from sconto.rulebook.check.base import Check
from sconto.rulebook.check.facts import check_fact
from sconto.rulebook.compile.amounts import currencies_of
from sconto.rulebook.documents.packs import PACK_RULE_KEYS, LegalPackDoc
from sconto.rulebook.documents.shop import FactDoc
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.read.library import Library

MIN_EXAMPLES: Final = 3


def check_examples_given(doc: LegalPackDoc, source: Source, report: Report) -> None:
    """A law that nobody worked out on examples is not trusted."""
    if len(doc.examples) < MIN_EXAMPLES:
        message = f"pack `{doc.id}` has {len(doc.examples)} worked examples, at least 3 are needed"
        advice = "work out a case that it allows, one that it bars, and one with a missing fact"
        report.add(source, ("examples",), "LAW-001", message, advice)


def check_packs(library: Library, report: Report) -> None:
    """Report what is wrong with the packs of *library*, and between them and the shop."""
    known: dict[str, tuple[FactDoc, str]] = {
        name: (doc, library.facts[1].file) for name, doc in library.facts[0].facts.items()
    }
    for doc, source in library.packs:
        check = Check(library, source, report)
        for name, fact in doc.facts.items():
            check_fact(name, fact, check)
            _check_same(name, fact, known.setdefault(name, (fact, source.file)), check)
        for i in range(len(doc.rules)):
            _check_rule(doc, i, check)
        _check_currency(doc, library, report)
    _check_classes(library, report)


def _check_same(name: str, fact: FactDoc, other: tuple[FactDoc, str], check: Check) -> None:
    first, file = other
    if (fact.type, fact.places, _values(fact)) == (first.type, first.places, _values(first)):
        return
    message = f"fact `{name}` is declared as {_said(fact)} here and as {_said(first)} in {file}"
    check.add(("facts", name), "LAW-004", message, "declare it alike in both places")


def _values(fact: FactDoc) -> frozenset[str]:
    return frozenset(fact.values or ())


def _said(fact: FactDoc) -> str:
    return fact.type if fact.places is None else f"{fact.type} with {fact.places} places"


def _check_rule(doc: LegalPackDoc, i: int, check: Check) -> None:
    rule, path = doc.rules[i], ("rules", i)
    check.one_of(rule, PACK_RULE_KEYS, path)
    check.dates(rule.valid_from, rule.valid_to, path)
    if rule.disclosure is None and rule.sentence is None:
        message = f"rule `{rule.id}` needs a `sentence`"
        check.add(path, "SCH-002", message, "say the rule in plain words")
    if rule.disclosure is not None and (rule.line_when is not None or rule.encode == "review"):
        message = "a disclosure has no `line_when` and no `encode`"
        check.add(path, "SCH-006", message, "remove them")
    if rule.earns_nothing and rule.encode == "review":
        check.add(path, "SCH-006", "`earns_nothing` has no `encode`", "remove it")


def _check_currency(doc: LegalPackDoc, library: Library, report: Report) -> None:
    shop, source = library.shop
    if doc.currency is not None and doc.currency not in currencies_of(library).rates:
        message = f"legal pack `{doc.id}` has amounts in {doc.currency}, the shop {shop.currency}"
        advice = f"give the rate of {doc.currency} in `exchange-rates.yaml`"
        report.add(source, ("currency",), "LAW-003", message, advice)


def _check_classes(library: Library, report: Report) -> None:
    if "classes" in library.unread:
        return
    source = library.classes[1] if library.classes else library.shop[1]
    asked: dict[str, list[str]] = {}
    for doc, _ in library.packs:
        for name in _classes(doc):
            asked.setdefault(name, []).append(doc.id)
    for name, packs in asked.items():
        if name not in library.classes_known:
            message = (
                f"goods class `{name}` is not mapped, and legal pack `{packs[0]}` speaks about it"
            )
            advice = f"list its categories in `classes.yaml`, or write `{name}: none` there"
            report.add(source, ("classes",), "LAW-002", message, advice)


def _classes(doc: LegalPackDoc) -> list[str]:
    return sorted({name for rule in doc.rules for name in rule.classes or ()})
