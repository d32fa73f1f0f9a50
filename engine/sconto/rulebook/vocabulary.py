"""The facts that the rules of one library may use, by name, and the attributes none may use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sconto.domain.facts import CANDIDATE_FACTS, REQUEST_FACTS
from sconto.domain.limits import LINE_FORMULA_FACTS
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import FactSpec, FactType
from sconto.rulebook.documents import FactDoc, FactsDoc
from sconto.rulebook.findings import Report, Source
from sconto.rulebook.library import Library

PROTECTED: Final = frozenset(
    {
        "age", "ancestry", "birth", "birthday", "birthdate", "disability", "disabled", "ethnic",
        "ethnicity", "gender", "genetic", "health", "immigration", "marital", "married",
        "nationality", "political", "pregnancy", "pregnant", "race", "racial", "religion",
        "religious", "sex", "sexual", "sexuality", "union", "veteran",
    }
)  # fmt: skip
"""Words that name attributes no discount may depend on, as law in several places demands."""

_LINE_PLACES: Final = {"line.quantity": 0}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What rules may name."""

    declared: Mapping[str, FactSpec]
    """Facts that the checkout may send: `shopper.*`, `line.*` and the shop's `consent.*`."""
    of_request: Mapping[str, FactSpec]
    """Facts for the conditions of segments."""
    of_candidate: Mapping[str, FactSpec]
    """Facts for the conditions of eligibility rules: of the request and of the candidate."""
    not_for_segments: Mapping[str, str]
    not_for_rules: Mapping[str, str]
    formula_places: Mapping[str, int]
    """Decimal places of every fact that formulas may read."""


def vocabulary(library: Library, report: Report) -> Vocabulary:
    """The vocabulary of *library*; a protected attribute among its facts is reported."""
    facts, source = library.facts
    shop = library.shop[0]
    declared = {name: _spec(name, doc) for name, doc in facts.facts.items()}
    declared |= {f"consent.{c}": FactSpec(f"consent.{c}", FactType.BOOLEAN) for c in shop.consents}
    _check_declared(facts, source, report)
    request = _given(REQUEST_FACTS, library)
    request |= {n: s for n, s in declared.items() if not n.startswith("line.")}
    request |= {
        f"segment.{s}": FactSpec(f"segment.{s}", FactType.BOOLEAN) for s in library.ids("segment")
    }
    lines = [n for n in (*declared, *LINE_FORMULA_FACTS) if n.startswith("line.")]
    of_lines = dict.fromkeys(lines, "is about one line and belongs in formulas")
    of_candidates = dict.fromkeys(CANDIDATE_FACTS, "is not known yet when segments are judged")
    return Vocabulary(
        declared=declared,
        of_request=request,
        of_candidate=request | _given(CANDIDATE_FACTS, library),
        not_for_segments=of_lines | of_candidates,
        not_for_rules=of_lines,
        formula_places=_formula_places(declared, MINOR_DIGITS[shop.currency]),
    )


def _spec(name: str, doc: FactDoc) -> FactSpec:
    return FactSpec(name, FactType(doc.type), doc.places or 0, frozenset(doc.values or ()))


def _given(types: Mapping[str, FactType], library: Library) -> dict[str, FactSpec]:
    shop = library.shop[0]
    values = {
        "context.channel": frozenset(shop.channels),
        "context.jurisdiction": frozenset(shop.jurisdictions),
        "offer.id": library.ids("offer"),
        "offer.kind": frozenset(kind.value for kind in OfferKind),
    }
    return {
        name: FactSpec(name, kind, values=values.get(name, frozenset()))
        for name, kind in types.items()
    }


def _formula_places(declared: Mapping[str, FactSpec], minor_digits: int) -> dict[str, int]:
    places = {name: _LINE_PLACES.get(name, minor_digits) for name in LINE_FORMULA_FACTS}
    for name, spec in declared.items():
        if name.startswith("line.") and spec.type in {FactType.INTEGER, FactType.DECIMAL}:
            places[name] = spec.places
        elif name.startswith("line.") and spec.type is FactType.MONEY:
            places[name] = minor_digits
    return places


def _check_declared(facts: FactsDoc, source: Source, report: Report) -> None:
    for name, doc in facts.facts.items():
        path = ("facts", name)
        words = set(re.split(r"[._]", name))
        if named := sorted(words & PROTECTED):
            message = f"fact `{name}` names the protected attribute `{named[0]}`"
            advice = "no discount may depend on it; remove the fact"
            finding = source.finding(source.key_at(path), "PRT-001", message, advice)
            report.extend([finding])
        if name in LINE_FORMULA_FACTS:
            message = f"fact `{name}` is there already"
            report.add(source, path, "SCH-005", message, "remove it; every line has it")
        _check_fact_keys(name, doc, source, report)


def _check_fact_keys(name: str, doc: FactDoc, source: Source, report: Report) -> None:
    path = ("facts", name)
    if (doc.places is not None) != (doc.type == "decimal"):
        message = f"`places` belongs to decimal facts, and `{name}` has the type {doc.type}"
        report.add(source, path, "SCH-006", message, "give `places` exactly with `type: decimal`")
    if doc.values is not None and doc.type != "text":
        message = f"`values` belongs to text facts, and `{name}` has the type {doc.type}"
        report.add(source, path, "SCH-006", message, "remove `values`")
