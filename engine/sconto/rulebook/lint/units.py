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
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

from sconto.domain.facts import CANDIDATE_FACTS, REQUEST_FACTS, SIGNAL_PREFIX
from sconto.domain.formula import DEPTH_SHARE, Constant, FactRef, Formula, Operation
from sconto.domain.ruleset import FactType
from sconto.rulebook.compile.conditions import comparison_of, comparisons_in
from sconto.rulebook.compile.formula import FormulaRefused, parse_formula
from sconto.rulebook.compile.vocabulary import GIVEN_LINE_FACTS
from sconto.rulebook.documents.base import ConditionDoc, parts_of
from sconto.rulebook.documents.limits import PriceCeilingDoc, PriceFloorDoc
from sconto.rulebook.documents.packs import LegalPackDoc
from sconto.rulebook.documents.quantities import is_decimal
from sconto.rulebook.documents.rules import GuardrailDoc, SignalDoc
from sconto.rulebook.documents.shop import FactDoc, FactsDoc
from sconto.rulebook.findings import DocPath, Report, Source
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
    for number in compared:
        _check_scale(number, report)
    _check_hundreds(compared, money, report)
    _check_names(documents, report)
    for text, source, path in _formulas(documents):
        _check_formula(text, places, money, (source, path), report)


def _check_scale(number: Compared, report: Report) -> None:
    scale = scale_of(number.fact)
    if scale is None or number.value == 0 or scale.least <= abs(number.value) <= scale.most:
        return
    message = f"`{number.fact}` is in {scale.unit}, and `{number.value}` is hardly meant so"
    advice = "write the number in the fact's unit"
    report.add(number.source, number.path, "SEM-015", message, advice)


def _check_hundreds(compared: Sequence[Compared], money: frozenset[str], report: Report) -> None:
    by_fact: dict[str, list[Compared]] = {}
    for number in compared:
        if number.fact in money or scale_of(number.fact) is not None:
            by_fact.setdefault(number.fact, []).append(number)
    for fact, numbers in sorted(by_fact.items()):
        for first, second in combinations(numbers, 2):
            small, large = sorted((abs(first.value), abs(second.value)))
            if small and large == small * HUNDRED:
                _warn_hundred(fact, first, second, report)
                break


def _warn_hundred(fact: str, first: Compared, second: Compared, report: Report) -> None:
    at = first.source.at(first.path)
    message = (
        f"`{fact}` is compared with `{second.value}` here and with `{first.value}` in "
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


MONEY: Final = "money"
PER_CENT: Final = 100
ANY: Final = ""
"""A number can stand for anything, and so can what is multiplied by one."""


def mixed(formula: Formula, money: frozenset[str]) -> str | None:
    """What is mixed in *formula*, as text; None when nothing is. *money* are the facts that are.

    The facts of *money* are amounts; every other fact is of its own kind.
    """
    try:
        kind = _kind(formula, money)
    except _Mixed as found:
        return str(found)
    if kind not in {MONEY, ANY}:
        return f"the formula gives {kind}, and a price is money"
    return None


class _Mixed(Exception):
    """Things of different kinds were put together; the message says which."""


def _kind(formula: Formula, money: frozenset[str]) -> str:
    match formula:
        case Constant():
            return ANY
        case FactRef(name):
            return MONEY if name in money else f"`{name}`"
        case Operation("*"):
            return _product(formula, money)
        case Operation(op, left, right):
            return _same(op, _kind(left, money), _kind(right, money))


def _same(op: str, left: str, right: str) -> str:
    if ANY in {left, right}:
        return left or right
    if left != right:
        verb = {"+": "adds", "-": "subtracts"}.get(op, f"compares by `{op}`")
        raise _Mixed(f"the formula {verb} {left} and {right}")
    return left


def _product(formula: Operation, money: frozenset[str]) -> str:
    factors = list(_factors(formula))
    kinds = [_kind(factor, money) for factor in factors]
    if kinds.count(MONEY) > 1:
        raise _Mixed("the formula multiplies money by money")
    if MONEY not in kinds:
        return ANY
    others = [kind for kind in kinds if kind not in {MONEY, ANY, f"`{DEPTH_SHARE}`"}]
    if not any(_brings_down(factor) for factor in factors):
        for kind in others:
            scale = scale_of(kind.strip("`"))
            if scale is not None:
                raise _Mixed(f"the formula multiplies money by {kind}, which is in {scale.unit}")
    return ANY if others else MONEY


def _factors(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Operation) and formula.op == "*":
        yield from _factors(formula.left)
        yield from _factors(formula.right)
    else:
        yield formula


def _brings_down(factor: Formula) -> bool:
    """Whether *factor* is a number that makes a share of per cent."""
    return isinstance(factor, Constant) and 0 < abs(factor.value) * PER_CENT <= 1


@dataclass(frozen=True, slots=True)
class Compared:
    """A number as a rule file writes it, compared with *fact*; *path* leads to it."""

    fact: str
    value: Decimal
    source: Source
    path: DocPath


def compared_in(documents: Sequence[Located]) -> Iterator[Compared]:
    """Every number that a condition anywhere in *documents* compares a fact with."""
    for located in documents:
        for at, condition in parts_of(ConditionDoc, located.doc, ()):
            for doc, path in comparisons_in(condition, at):
                key, value = comparison_of(doc)
                yield from _of(doc, value, located.source, (*path, key))


def _of(doc: ConditionDoc, value: Any, source: Source, path: DocPath) -> Iterator[Compared]:
    listed = isinstance(value, list)
    for i, item in enumerate(value if listed else [value]):
        number = _number(item)
        if number is not None and doc.fact is not None:
            yield Compared(doc.fact, number, source, (*path, i) if listed else path)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    return Decimal(value) if is_decimal(value) else None


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit of shares; a number of it that is not zero lies between *least* and *most*."""

    unit: str
    least: int
    most: int


_SCALES: Final = {
    "_bp": Scale("basis points, of which 100 are 1 %", 100, 10_000),
    "_percent": Scale("per cent", 0, 100),
    "_pct": Scale("per cent", 0, 100),
    "_ppm": Scale("parts per million, of which 10000 are 1 %", 1_000, 1_000_000),
}


def scale_of(fact: str) -> Scale | None:
    """The unit of *fact*, if its name says that it is a share."""
    return next((scale for end, scale in _SCALES.items() if fact.endswith(end)), None)
