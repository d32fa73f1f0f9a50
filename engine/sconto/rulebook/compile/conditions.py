"""Conditions of rule files, typed and turned into the domain's conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sconto.domain.condition import All, AnyOf, Comparison, Condition, Op, Remainder, negate
from sconto.domain.context import FactValue
from sconto.domain.facts import SIGNAL_PREFIX
from sconto.domain.money import MINOR_DIGITS
from sconto.domain.ruleset import FactSpec, FactType, Ruleset
from sconto.rulebook.check.protected import protected_word, why_not
from sconto.rulebook.compile.amounts import Amounts, as_written, becomes_nothing
from sconto.rulebook.documents.base import ConditionDoc
from sconto.rulebook.documents.quantities import is_decimal, scaled
from sconto.rulebook.documents.shape import GROUPS
from sconto.rulebook.findings import DocPath, Report, Source, did_you_mean, shown

MAX_SAFE: Final = 2**53
"""Bound on the magnitude of any number a rule compares: exact in JSON and in the rule engine."""

_FIELDS: Final = {
    "is": "equal", "is_not": "unequal", "in": "among", "not_in": "not_among",
    "at_least": "at_least", "at_most": "at_most", "more_than": "more_than",
    "less_than": "less_than", "between": "between", "multiple_of": "multiple_of",
}  # fmt: skip
_ORDER: Final = {
    "is": Op.EQ, "is_not": Op.NE, "in": Op.EQ, "not_in": Op.NE,
    "at_least": Op.GE, "at_most": Op.LE, "more_than": Op.GT, "less_than": Op.LT,
}  # fmt: skip
_BY_TYPE: Final = {
    FactType.BOOLEAN: ("is", "is_not"),
    FactType.TEXT: ("is", "is_not", "in", "not_in"),
    FactType.INTEGER: tuple(_FIELDS),
    FactType.MONEY: tuple(_FIELDS)[:-1],
    FactType.DECIMAL: tuple(_FIELDS)[:-1],
}
_HOW: Final = {
    FactType.BOOLEAN: "write `true` or `false`",
    FactType.TEXT: "write text; quote it when it looks like a number",
    FactType.INTEGER: "write a whole number without quotes",
    FactType.MONEY: 'write a quoted amount like `"2.50"`',
    FactType.DECIMAL: 'write a quoted number like `"37.5"`',
}

_COUNTED: Final = ("shopper.", SIGNAL_PREFIX, "basket.")
"""How the names of facts begin of which there can be every n-th."""

_UNKNOWN: Final = {"segment": "REF-002", "signal": "REF-009"}


def comparison_of(doc: ConditionDoc) -> tuple[str, Any]:
    """The comparison that *doc* makes: its key and what stands there; "" and None without one."""
    given = ((key, getattr(doc, name)) for key, name in _FIELDS.items())
    return next((pair for pair in given if pair[1] is not None), ("", None))


def comparisons_in(doc: ConditionDoc, path: DocPath) -> Iterator[tuple[ConditionDoc, DocPath]]:
    """Every part of *doc*, which stands at *path*, that compares a fact."""
    if doc.fact is not None:
        yield doc, path
    for group in GROUPS:
        for i, item in enumerate(getattr(doc, group) or ()):
            yield from comparisons_in(item, (*path, group, i))


@dataclass(frozen=True, slots=True)
class Item:
    """An item of `all`, `any` or `none`, found at *path*, beside what it was compiled to."""

    doc: ConditionDoc
    path: DocPath
    condition: Condition


def items_of(doc: ConditionDoc, path: DocPath, condition: Condition) -> tuple[str, list[Item]]:
    """The group that *doc*, compiled to *condition*, is, and its items; none for a comparison."""
    group = next((key for key in GROUPS if getattr(doc, key) is not None), "")
    if not group or isinstance(condition, Comparison):
        return group, []
    # `none` was compiled to the negation of each item, and negating twice gives it back.
    parts = condition.parts if group != "none" else map(negate, condition.parts)
    docs: list[ConditionDoc] = getattr(doc, group)
    pairs = enumerate(zip(docs, parts, strict=True))
    return group, [Item(item, (*path, group, i), part) for i, (item, part) in pairs]


NOTHING: Final = All(())
"""Stands in for a condition that could not be read; its finding keeps the ruleset from use."""


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one document; what is wrong goes to *report*."""

    source: Source
    facts: Mapping[str, FactSpec]
    """Facts that the conditions may use."""
    elsewhere: Mapping[str, str]
    """Facts that exist but can't be used here, with the reason."""
    amounts: Amounts
    report: Report
    instead: str = "compare facts of the shopper, the basket, the context or a segment"
    """Advice for whoever names one of those."""

    def read(self, doc: ConditionDoc, path: DocPath) -> Condition:
        """The condition that *doc*, found at *path*, stands for."""
        given = [k for k in (*GROUPS, "fact") if getattr(doc, k) is not None]
        if len(given) != 1:
            got = " and ".join(f"`{key}`" for key in given) or "none"
            message = f"a condition needs exactly one of `all`, `any`, `none` and `fact`, got {got}"
            advice = "add `fact:` with the fact to compare"
            if given:
                advice = "write each as an item of its own, like `- fact: basket.lines`"
            at = (*path, given[-1]) if given else path
            self.report.add(self.source, at, "SCH-006", message, advice)
            return NOTHING
        group = given[0]
        compared = [key for key, name in _FIELDS.items() if getattr(doc, name) is not None]
        if group == "fact":
            return self._comparison(doc, compared, path)
        if compared:
            message = f"`{compared[0]}` needs a `fact` beside it, not `{group}`"
            self.report.add(self.source, path, "SCH-006", message, "make it an item of the list")
            return NOTHING
        docs: list[ConditionDoc] = getattr(doc, group)
        parts = tuple(self.read(part, (*path, group, i)) for i, part in enumerate(docs))
        if group == "all":
            return All(parts)
        return AnyOf(parts) if group == "any" else negate(AnyOf(parts))

    def _comparison(self, doc: ConditionDoc, compared: list[str], path: DocPath) -> Condition:
        name = doc.fact or ""
        spec = self.spec(name, (*path, "fact"))
        if len(compared) != 1:
            got = " and ".join(f"`{key}`" for key in compared) or "none"
            message = f"fact `{name}` needs exactly one comparison, got {got}"
            advice = "use one of " + ", ".join(f"`{key}`" for key in _FIELDS)
            if compared:
                advice = "keep one, use `between: [low, high]`, or list two conditions under `all`"
            at = (*path, compared[-1]) if compared else path
            self.report.add(self.source, at, "SCH-006", message, advice)
            return NOTHING
        key = compared[0]
        if spec is None:
            return NOTHING
        if key not in _BY_TYPE[spec.type]:
            message = f"`{key}` can't compare `{name}`, whose type is {spec.type.value}"
            advice = "use one of " + ", ".join(f"`{k}`" for k in _BY_TYPE[spec.type])
            self.report.add(self.source, (*path, key), "TYP-001", message, advice)
            return NOTHING
        if doc.multiple_of is not None:
            return self._multiple(spec, doc.multiple_of, (*path, key))
        return self._compare(spec, key, getattr(doc, _FIELDS[key]), (*path, key))

    def _compare(
        self, spec: FactSpec, key: str, value: FactValue | list[FactValue], path: DocPath
    ) -> Condition:
        if not isinstance(value, list):
            return self._compared(spec, _ORDER[key], value, path)
        ops = (Op.GE, Op.LE) if key == "between" else (_ORDER[key],) * len(value)
        parts = tuple(
            self._compared(spec, op, v, (*path, i))
            for i, (op, v) in enumerate(zip(ops, value, strict=True))
        )
        return AnyOf(parts) if key == "in" else All(parts)

    def _compared(self, spec: FactSpec, op: Op, value: FactValue, path: DocPath) -> Comparison:
        return Comparison(spec.name, op, self.value(spec, value, path, op))

    def _multiple(self, spec: FactSpec, divisor: int, path: DocPath) -> Condition:
        """Whether the remainder is 0: that is a fact that is worked out before rules are judged."""
        if spec.name.startswith(_COUNTED):
            return Comparison(Remainder(spec.name, divisor).name, Op.EQ, 0)
        message = f"`multiple_of` can't compare `{spec.name}`"
        advice = "compare a fact of the shopper, a signal or the basket"
        self.report.add(self.source, path, "TYP-001", message, advice)
        return NOTHING

    def spec(self, name: str, path: DocPath) -> FactSpec | None:
        """What the fact *name*, written at *path*, is; None when it can't be used here."""
        word = protected_word(name)
        if word is not None:
            message = f"fact `{name}` names the protected attribute `{word}`"
            self.report.add(self.source, path, "PRT-001", message, why_not(word))
            return None
        spec = self.facts.get(name)
        if spec is not None:
            return spec
        reason = self.elsewhere.get(name)
        if reason is not None:
            self.report.add(self.source, path, "REF-007", f"fact `{name}` {reason}", self.instead)
            return None
        code = _UNKNOWN.get(name.partition(".")[0], "REF-001")
        advice = did_you_mean(name, self.facts)
        self.report.add(self.source, path, code, f"fact `{name}` is not known", advice)
        return None

    def value(self, spec: FactSpec, value: FactValue, path: DocPath, op: Op = Op.EQ) -> FactValue:
        """*value*, written at *path*, as what *op* compares the fact *spec* with.

        Money is in minor units.
        """
        match spec.type:
            case FactType.BOOLEAN:
                fits = isinstance(value, bool)
            case FactType.INTEGER:
                fits = isinstance(value, int) and not isinstance(value, bool)
            case FactType.TEXT:
                return self._text(spec, value, path)
            case FactType.MONEY | FactType.DECIMAL:
                return self._scaled(spec, value, path, op)
        if not fits:
            self._mistyped(spec, value, path)
        return value

    def _mistyped(self, spec: FactSpec, value: FactValue, path: DocPath) -> None:
        message = f"{shown(value)} does not fit `{spec.name}`, whose type is {spec.type.value}"
        self.report.add(self.source, path, "TYP-002", message, _HOW[spec.type])

    def _text(self, spec: FactSpec, value: FactValue, path: DocPath) -> FactValue:
        if not isinstance(value, str):
            self._mistyped(spec, value, path)
        elif spec.values and value not in spec.values:
            message = f"`{spec.name}` is never {shown(value)}"
            advice = did_you_mean(value, spec.values)
            self.report.add(self.source, path, "TYP-004", message, advice)
        return value

    def _scaled(self, spec: FactSpec, value: FactValue, path: DocPath, op: Op) -> FactValue:
        if not isinstance(value, str) or not is_decimal(value):
            self._mistyped(spec, value, path)
            return 0
        money = spec.type is FactType.MONEY
        places = MINOR_DIGITS[self.amounts.written] if money else spec.places
        number = scaled(value, places)
        if number is None or abs(number) >= MAX_SAFE:
            message = f"{shown(value)} is finer or larger than `{spec.name}` can be"
            advice = f"use at most {places} decimal places"
            self.report.add(self.source, path, "TYP-003", message, advice)
            return 0
        if not money:
            return number
        compared = self.amounts.compared(value, op)
        if number and not compared and not self.amounts.exact:
            becomes_nothing(value, self.amounts, self.source, path, self.report)
        return compared


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """Reads facts as the ruleset declares them; what is wrong goes to the report."""

    ruleset: Ruleset
    source: Source
    report: Report

    def read(self, given: Mapping[str, FactValue], path: DocPath) -> dict[str, FactValue]:
        """The facts *given* at *path*, typed; money and decimals become integers."""
        currency, specs = self.ruleset.currency, self.ruleset.facts
        amounts = as_written(currency)
        reader = ConditionReader(self.source, specs, {}, amounts, self.report)
        facts: dict[str, FactValue] = {}
        for name, value in given.items():
            spec = reader.spec(name, (*path, name))
            if spec is not None:
                facts[name] = reader.value(spec, value, (*path, name))
        return facts
