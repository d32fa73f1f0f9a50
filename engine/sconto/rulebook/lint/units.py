"""Numbers that look as if they were written in the wrong unit.

- A share (`candidate.depth_bp`, and facts whose names end in `_bp`, `_percent`, `_pct` or `_ppm`)
  is compared with a number that is out of its scale: basis points below 100 or above 10000,
  per cent above 100, parts per million below 1000 or above a million.
- One share, or one amount of money, is compared with two numbers of which one is exactly a hundred
  times the other: cents beside units, or per cent beside basis points.
- A whole number is named like money, so that nobody can tell whether it counts cents or units.
- A formula adds, subtracts or compares things of different kinds, multiplies money by money or by
  a per cent, or makes no money at all. A number written out can stand for anything, and so can a
  product of facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from sconto.domain.facts import CANDIDATE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.ruleset import FactType
from sconto.rulebook.compile.formula import FormulaRefused, parse_formula
from sconto.rulebook.compile.vocabulary import GIVEN_LINE_FACTS
from sconto.rulebook.documents.limits import PriceCeilingDoc, PriceFloorDoc
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.rules import GuardrailDoc, SignalDoc
from sconto.rulebook.documents.shop import FactDoc, FactsDoc
from sconto.rulebook.findings import DocPath, Report, Source
from sconto.rulebook.lint.compared import Compared, compared_in
from sconto.rulebook.lint.formula_units import mixed
from sconto.rulebook.lint.shares import scale_of
from sconto.rulebook.read.library import Located

_MONEY_WORDS: Final = re.compile(
    r"[._](price|spend|spent|cost|amount|fee|total|revenue|value)(_[0-9]+[a-z]*)?$"
)
HUNDRED: Final = 100


def check_units(documents: Sequence[Located], places: Mapping[str, int], report: Report) -> None:
    """Warn about numbers and formulas in *documents* whose units don't fit.

    *places* are the decimal places of the facts that formulas read.
    """
    money = _money(documents)
    compared = sorted(
        compared_in(documents), key=lambda c: (c.source.file, c.source.at(c.path).line)
    )
    for said in compared:
        _check_scale(said, report)
    _check_hundreds(compared, money, report)
    _check_names(documents, report)
    for text, source, path in _formulas(documents):
        _check_formula(text, places, money, (source, path), report)


def _check_scale(said: Compared, report: Report) -> None:
    scale = scale_of(said.fact)
    if scale is None or said.number == 0 or scale.least <= abs(said.number) <= scale.most:
        return
    message = f"`{said.fact}` is in {scale.unit}, and `{said.number}` is hardly meant so"
    report.add(said.source, said.path, "SEM-015", message, "write the number in the fact's unit")


def _check_hundreds(compared: Sequence[Compared], money: frozenset[str], report: Report) -> None:
    by_fact: dict[str, list[Compared]] = {}
    for said in compared:
        if said.fact in money or scale_of(said.fact) is not None:
            by_fact.setdefault(said.fact, []).append(said)
    for fact, numbers in sorted(by_fact.items()):
        for first, second in combinations(numbers, 2):
            small, large = sorted((abs(first.number), abs(second.number)))
            if small and large == small * HUNDRED:
                _warn_hundred(fact, first, second, report)
                break


def _warn_hundred(fact: str, first: Compared, second: Compared, report: Report) -> None:
    at = first.source.at(first.path)
    message = (
        f"`{fact}` is compared with `{second.number}` here and with `{first.number}` in "
        f"{first.source.file}:{at.line}, a hundred times apart"
    )
    advice = "write both in the same unit; money is in units and basis points are hundredths of 1 %"
    report.add(second.source, second.path, "SEM-015", message, advice)


def _check_names(documents: Sequence[Located], report: Report) -> None:
    for name, doc, source in _facts(documents):
        if doc.type == "integer" and _MONEY_WORDS.search(name) and scale_of(name) is None:
            message = f"fact `{name}` is named like money, but declared as a whole number"
            advice = "declare it with `type: money`, so that nobody takes cents for units"
            report.add(source, ("facts", name, "type"), "SEM-015", message, advice)


def _check_formula(
    text: str,
    places: Mapping[str, int],
    money: frozenset[str],
    place: tuple[Source, DocPath],
    report: Report,
) -> None:
    try:
        found = mixed(parse_formula(text, places), money)
    except FormulaRefused:
        return
    if found is not None:
        advice = "add money to money only, and bring shares down first: `* 0.01` for per cent"
        report.add(*place, "SEM-015", found, advice)


def _formulas(documents: Sequence[Located]) -> Iterator[tuple[str, Source, DocPath]]:
    for located in documents:
        for rule, path in _priced(located):
            for key in ("price_floor", "price_ceiling"):
                price: PriceFloorDoc | PriceCeilingDoc | None = getattr(rule, key)
                if price is not None:
                    yield price.formula, located.source, (*path, key, "formula")


def _priced(located: Located) -> Iterator[tuple[object, DocPath]]:
    if isinstance(located.doc, GuardrailDoc):
        yield located.doc, ()
    elif isinstance(located.doc, LegalPackDoc):
        yield from ((rule, ("rules", i)) for i, rule in enumerate(located.doc.rules))


def _facts(documents: Sequence[Located]) -> Iterator[tuple[str, FactDoc, Source]]:
    for located in documents:
        if isinstance(located.doc, FactsDoc | LegalPackDoc):
            yield from ((n, doc, located.source) for n, doc in located.doc.facts.items())


def _money(documents: Sequence[Located]) -> frozenset[str]:
    """The facts that are amounts of money."""
    given = {**REQUEST_FACTS, **CANDIDATE_FACTS, **GIVEN_LINE_FACTS}
    found = {name for name, kind in given.items() if kind is FactType.MONEY}
    found |= {name for name, doc, _ in _facts(documents) if doc.type == "money"}
    sums = [d.doc for d in documents if isinstance(d.doc, SignalDoc) and d.doc.measure == "sum"]
    return frozenset(found | {f"{SIGNAL_PREFIX}{doc.id}" for doc in sums})
