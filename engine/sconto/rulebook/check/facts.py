"""Checks of declared facts and events, and of names that no rule may use."""

from __future__ import annotations

from sconto.domain.behaviour import OWN_EVENTS
from sconto.domain.limits import TAX_PERCENT
from sconto.rulebook.check.base import Check
from sconto.rulebook.check.protected import protected_word, why_not
from sconto.rulebook.compile.vocabulary import GIVEN_LINE_FACTS
from sconto.rulebook.documents.shop import FactDoc
from sconto.rulebook.findings import DocPath


def check_name(name: str, what: str, path: DocPath, check: Check) -> None:
    """Report a protected attribute in *name*, the key or the value at *path*."""
    word = protected_word(name)
    if word is not None:
        message = f"{what} names the protected attribute `{word}`"
        position = check.source.key_at(path)
        finding = check.source.finding(position, "PRT-001", message, why_not(word))
        check.report.extend([finding])


def check_facts(check: Check) -> None:
    """Report what is wrong with the facts and events that the shop declares."""
    facts = check.library.facts[0]
    for event in facts.events:
        check_name(event, f"event `{event}`", ("events", event), check)
        if event in OWN_EVENTS:
            message = f"event `{event}` is recorded by Sconto itself"
            check.add(("events", event), "EVT-001", message, "remove it; signals may use it")
    for name, doc in facts.facts.items():
        check_fact(name, doc, check)


def check_fact(name: str, doc: FactDoc, check: Check) -> None:
    """Report what is wrong with the declaration *doc* of the fact *name*."""
    path = ("facts", name)
    check_name(name, f"fact `{name}`", path, check)
    if name in {*GIVEN_LINE_FACTS, TAX_PERCENT}:
        message = f"fact `{name}` is there already"
        advice = "remove it; every line has it"
        if name == TAX_PERCENT:
            advice = "remove it; `prices: without_tax` in shop.yaml declares it"
        check.add(path, "SCH-005", message, advice)
    if (doc.places is not None) != (doc.type == "decimal"):
        message = f"`places` belongs to decimal facts, and `{name}` has the type {doc.type}"
        check.add(path, "SCH-006", message, "give `places` exactly with `type: decimal`")
    if doc.values is not None and doc.type != "text":
        message = f"`values` belongs to text facts, and `{name}` has the type {doc.type}"
        check.add(path, "SCH-006", message, "remove `values`")
