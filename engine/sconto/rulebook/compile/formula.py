"""Formulas of price floors and ceilings: a small, total part of arithmetic, read from text.

`+ - *`, decimal numbers, `line.*` facts, `min(...)` and `max(...)`. Anything else is refused, and
so is a formula whose exact value could have more digits than money arithmetic keeps.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sconto.domain.formula import Constant, FactRef, Formula, Operation, formula_facts
from sconto.domain.money import EXACT
from sconto.rulebook.check.protected import protected_word, why_not
from sconto.rulebook.compile.amounts import RATE_DIGITS, Amounts
from sconto.rulebook.findings import clipped, did_you_mean

MAX_LENGTH: Final = 200
MAX_DEPTH: Final = 20
MAX_DIGITS: Final = 40
"""Most digits of an exact value; leaves room to multiply by a quantity within 60."""
MAX_CONVERTED: Final = MAX_DIGITS + RATE_DIGITS
"""Most digits where amounts were multiplied by a rate, which leaves the same room."""
FACT_DIGITS: Final = 16
"""Most digits of a fact: every integer fact is below 2**53."""

_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?\Z")
_NOT_ASCII: Final = re.compile(r"[^\t\n\x20-\x7e]")
_OPERATORS: Final[dict[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


class FormulaRefused(Exception):
    """The text is no formula; *code*, the message and *advice* become a finding.

    *at* is how many characters of the text stand before the part that is wrong.
    """

    def __init__(self, code: str, message: str, advice: str, at: int = 0) -> None:
        self.code = code
        self.advice = advice
        self.at = at
        super().__init__(message)


def parse_formula(text: str, facts: Mapping[str, int]) -> Formula:
    """The formula that *text* stands for; raises FormulaRefused.

    *facts* holds the decimal places of every fact that it may read. Positions count from the
    first character that is no space.
    """
    if len(text) > MAX_LENGTH:
        message = f"the formula has {len(text)} characters, the most allowed is {MAX_LENGTH}"
        raise FormulaRefused("FRM-003", message, "say it shorter")
    text = text.strip()
    if (odd := _NOT_ASCII.search(text)) is not None:
        message = f"formula {_ticked(text)} has `{odd.group()}`, which is no plain letter or digit"
        raise FormulaRefused("FRM-001", message, "type it again on a plain keyboard", odd.start())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _unread(text, error) from None
    formula = _formula(tree.body, text, facts, 0)
    if _digits(formula, facts)[0] > MAX_DIGITS:
        message = f"its exact value could have more than {MAX_DIGITS} digits"
        raise FormulaRefused("FRM-003", message, "multiply fewer facts")
    return formula


def converted(
    formula: Formula,
    facts: Mapping[str, int],
    money: frozenset[str],
    amounts: Amounts,
    *,
    up: bool,
) -> Formula:
    """*formula*, written for one currency, for facts and a value in another one.

    Facts in *money* are in the other one already; numbers, and products of facts without one of
    these, are multiplied by the rate. A rate with too many digits is rounded so that no value is
    below the exact one, or with *up* false above it. Raises FormulaRefused where two amounts are
    multiplied. *facts* as in `parse_formula`.
    """
    if amounts.rate == 1:
        return formula
    made = _Conversion(money, amounts).of(formula, up=up)
    if _digits(made, facts)[0] > MAX_CONVERTED:
        message = f"its exact value in {amounts.currency} could have too many digits"
        raise FormulaRefused("FRM-003", message, "multiply fewer facts")
    return made


@dataclass(frozen=True, slots=True)
class _Conversion:
    money: frozenset[str]
    amounts: Amounts

    def of(self, formula: Formula, *, up: bool) -> Formula:
        """*formula*, whose value is an amount in the files' currency, in the other one."""
        match formula:
            case FactRef(name) if name in self.money:
                return formula
            case Constant(value):
                return Constant(EXACT.multiply(value, self.amounts.factor(up=up)))
            case Operation("*", left, right) if self._has_money(formula):
                return self._product(left, right, up=up)
            case Operation(op, left, right) if op != "*":
                return Operation(op, self.of(left, up=up), self.of(right, up=up != (op == "-")))
            case _:
                return Operation("*", formula, Constant(self.amounts.factor(up=up)))

    def _product(self, left: Formula, right: Formula, *, up: bool) -> Formula:
        if self._has_money(left) and self._has_money(right):
            message = (
                f"the formula multiplies two amounts: it has no value in {self.amounts.currency}"
            )
            advice = "multiply an amount by a number"
            raise FormulaRefused("CUR-003", message, advice)
        if self._has_money(left):
            return Operation("*", self.of(left, up=up), right)
        return Operation("*", left, self.of(right, up=up))

    def _has_money(self, formula: Formula) -> bool:
        return not self.money.isdisjoint(formula_facts(formula))


def _unread(text: str, error: Exception) -> FormulaRefused:
    advice = "write it like `line.unit_cost * 1.15`"
    if "%" in text:
        advice = "write a share as a number: 115 % is 1.15"
    offset = (error.offset or 1) - 1 if isinstance(error, SyntaxError) else 0
    if not text:
        return FormulaRefused("FRM-001", "the formula is empty", advice)
    if 0 < offset < len(text) and getattr(error, "lineno", 1) == 1:
        message = f"formula {_ticked(text)} can't be read from {_ticked(text[offset:])} on"
        return FormulaRefused("FRM-001", message, advice, offset)
    return FormulaRefused("FRM-001", f"formula {_ticked(text)} can't be read", advice)


def _formula(node: ast.expr, text: str, facts: Mapping[str, int], depth: int) -> Formula:
    if depth > MAX_DEPTH:
        message = f"the formula is nested deeper than {MAX_DEPTH}"
        raise FormulaRefused("FRM-003", message, "remove brackets")
    match node:
        case ast.Constant():
            return _constant(node, text)
        case ast.Attribute(value=ast.Name(id=space), attr=name):
            return _fact(f"{space}.{name}", _start(node, text), facts)
        case ast.BinOp():
            return _operation(node, text, facts, depth)
        case ast.Call(func=ast.Name(id="min" | "max" as op), args=[_, _, *_], keywords=[]):
            return _fold(op, [_formula(a, text, facts, depth + 1) for a in node.args])
        case _:
            raise _unknown(node, text)


def _constant(node: ast.Constant, text: str) -> Constant:
    written = ast.get_source_segment(text, node) or ""
    if not _NUMBER.match(written):
        raise _unknown(node, text)
    return Constant(Decimal(written))


def _start(node: ast.expr, text: str) -> int:
    """How many characters of *text*, on its first line, stand before *node*."""
    return len(text.encode()[: node.col_offset].decode()) if node.lineno == 1 else 0


def _fact(name: str, at: int, facts: Mapping[str, int]) -> FactRef:
    if (word := protected_word(name)) is not None:
        message = f"fact `{name}` names the protected attribute `{word}`"
        raise FormulaRefused("PRT-001", message, why_not(word), at)
    if name not in facts:
        message = f"fact `{name}` is not known to formulas"
        raise FormulaRefused("REF-001", message, did_you_mean(name, facts), at)
    return FactRef(name)


def _operation(node: ast.BinOp, text: str, facts: Mapping[str, int], depth: int) -> Operation:
    op = _OPERATORS.get(type(node.op))
    if op is None:
        raise _unknown(node, text)
    left = _formula(node.left, text, facts, depth + 1)
    return Operation(op, left, _formula(node.right, text, facts, depth + 1))


def _fold(op: str, parts: list[Formula]) -> Formula:
    folded = parts[0]
    for part in parts[1:]:
        folded = Operation(op, folded, part)
    return folded


def _unknown(node: ast.expr, text: str) -> FormulaRefused:
    part, at = ast.get_source_segment(text, node) or text, _start(node, text)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
        advice = "multiply instead: `* 0.001` says `/ 1000` exactly"
        return FormulaRefused(
            "FRM-002", f"{_ticked(part)} divides, which formulas can't", advice, at
        )
    advice = "use + - * ( ) min max, numbers like 1.15 and `line.*` facts"
    if isinstance(node, ast.Tuple):
        advice = "write decimals with a point, like 1.15; a comma belongs into min and max only"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        advice = "write a number in digits, at most 12 before the point and 12 behind it"
    return FormulaRefused("FRM-002", f"{_ticked(part)} is not part of formulas", advice, at)


def _ticked(text: str) -> str:
    return f"`{clipped(text)}`"


def _digits(formula: Formula, facts: Mapping[str, int]) -> tuple[int, int]:
    """Upper bounds: digits in all, and decimal places, of any exact value on the way."""
    match formula:
        case Constant(value):
            _, digits, exponent = value.as_tuple()
            places = -int(exponent)
            return max(len(digits), places), places
        case FactRef(name):
            return FACT_DIGITS, facts[name]
        case Operation(op, left, right):
            (a, a_places), (b, b_places) = _digits(left, facts), _digits(right, facts)
            if op == "*":
                return a + b, a_places + b_places
            places = max(a_places, b_places)
            return max(a - a_places, b - b_places) + places + 1, places
