"""The kind of number that a formula makes: money, pieces, a share, or what a fact says it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sconto.domain.formula import DEPTH_SHARE, Constant, FactRef, Formula, Operation
from sconto.rulebook.lint.shares import scale_of

MONEY: Final = "money"
PER_CENT: Final = 100
ANY: Final = ""
"""A number can stand for anything, and so can what is multiplied by one."""


def mixed(formula: Formula, money: frozenset[str]) -> str | None:
    """What is mixed in *formula*, in words; None when nothing is. *money* are the facts that are.

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
