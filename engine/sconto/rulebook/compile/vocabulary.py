"""The facts that the rules of one library may use, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sconto.domain.facts import CANDIDATE_FACTS, LINE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.formula import DEPTH_SHARE
from sconto.domain.limits import DEPTH_SHARE_PLACES, LINE_FORMULA_FACTS, TAX_PERCENT
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.offer import OfferKind
from sconto.domain.ruleset import FactSpec, FactType
from sconto.rulebook.documents.shop import FactDoc
from sconto.rulebook.read.library import Library

GIVEN_LINE_FACTS: Final = {**LINE_FACTS, "line.unit_cost": FactType.MONEY}
"""Facts that lines have without being declared."""

_TAX: Final = FactDoc(
    type="decimal", places=4, description="Tax on this line, in per cent of its price without tax."
)

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
    of_line: Mapping[str, FactSpec]
    """Facts for the conditions on lines."""
    not_for_segments: Mapping[str, str]
    not_for_rules: Mapping[str, str]
    not_for_lines: Mapping[str, str]
    formula_places: Mapping[str, int]
    """Decimal places of every fact that formulas may read."""
    formula_money: frozenset[str]
    """The facts among these that are amounts of money."""
    without_tax: bool
    """Whether the shop's prices are without tax."""


def vocabulary(library: Library, currency: str) -> Vocabulary:
    """The vocabulary of *library*: what the shop and its legal packs declare, and what is given.

    Amounts are in *currency*.
    """
    shop = library.shop[0]
    declared = {name: fact_spec(name, doc) for name, doc in _declarations(library)}
    declared |= {f"consent.{c}": FactSpec(f"consent.{c}", FactType.BOOLEAN) for c in shop.consents}
    request = _given(REQUEST_FACTS, library) | _signals(library)
    request |= {n: s for n, s in declared.items() if not n.startswith("line.")}
    request |= {
        f"segment.{s}": FactSpec(f"segment.{s}", FactType.BOOLEAN) for s in library.ids("segment")
    }
    of_line = {n: FactSpec(n, kind) for n, kind in GIVEN_LINE_FACTS.items()}
    of_line |= {n: s for n, s in declared.items() if n.startswith("line.")}
    of_candidate = request | _given(CANDIDATE_FACTS, library)
    about_lines = dict.fromkeys(of_line, "is about one line and belongs in `line_when` or formulas")
    early = dict.fromkeys(CANDIDATE_FACTS, "is not known yet when segments are judged")
    return Vocabulary(
        declared=declared,
        of_request=request,
        of_candidate=of_candidate,
        of_line=of_line,
        not_for_segments=about_lines | early,
        not_for_rules=about_lines,
        not_for_lines=dict.fromkeys(of_candidate, "is not about one line"),
        formula_places=_formula_places(declared, MINOR_DIGITS[currency]),
        formula_money=frozenset(n for n, s in of_line.items() if s.type is FactType.MONEY),
        without_tax=shop.prices == "without_tax",
    )


def fact_spec(name: str, doc: FactDoc) -> FactSpec:
    """What *doc* declares the fact *name* to be."""
    values = frozenset(doc.values or ())
    return FactSpec(name, FactType(doc.type), doc.places or 0, values, doc.shopper_can_change)


def _declarations(library: Library) -> Iterator[tuple[str, FactDoc]]:
    """Every declaration, the shop's last, so that its word counts for its own facts."""
    for pack, _ in library.packs:
        yield from pack.facts.items()
    yield from library.facts[0].facts.items()
    if library.shop[0].prices == "without_tax":
        yield TAX_PERCENT, _TAX


def _signals(library: Library) -> dict[str, FactSpec]:
    sums = {doc.id for doc, _ in library.signals if doc.measure == "sum"}
    names = {i: f"{SIGNAL_PREFIX}{i}" for i in library.ids("signal")}
    return {
        name: FactSpec(name, FactType.MONEY if i in sums else FactType.INTEGER)
        for i, name in names.items()
    }


def _given(types: Mapping[str, FactType], library: Library) -> dict[str, FactSpec]:
    shop = library.shop[0]
    lanes = [lane.id for lane in library.stacking[0].lanes] if library.stacking else []
    values = {
        "context.channel": frozenset(shop.channels),
        "context.jurisdiction": frozenset(shop.jurisdictions),
        "offer.id": library.ids("offer"),
        "offer.kind": frozenset(kind.value for kind in OfferKind),
        "offer.lane": frozenset(lanes),
    }
    return {
        name: FactSpec(name, kind, values=values.get(name, frozenset()))
        for name, kind in types.items()
    }


def _formula_places(declared: Mapping[str, FactSpec], minor_digits: int) -> dict[str, int]:
    places = {name: _LINE_PLACES.get(name, minor_digits) for name in LINE_FORMULA_FACTS}
    places[DEPTH_SHARE] = DEPTH_SHARE_PLACES
    for name, spec in declared.items():
        if name.startswith("line.") and spec.type in {FactType.INTEGER, FactType.DECIMAL}:
            places[name] = spec.places
        elif name.startswith("line.") and spec.type is FactType.MONEY:
            places[name] = minor_digits
    return places
