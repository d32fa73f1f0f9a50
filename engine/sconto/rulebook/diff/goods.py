"""Which goods a rulebook can tell apart: one line for each label that a scope names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from sconto.domain.context import Line
from sconto.domain.offer import Offer
from sconto.domain.ruleset import Ruleset
from sconto.domain.scope import Scope
from sconto.rulebook.offer_kinds import BY_KIND

ELSE: Final = "everything else that it covers"
"""Goods of a scope that no label tells apart."""
MOST_GOODS: Final = 400
"""Kinds of goods of one offer that are looked at; an offer with more is described by its first."""


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of some goods, and what they are called."""

    name: str
    line: Line


def goods_of(offer: Offer, labels: frozenset[str]) -> list[Goods]:
    """The goods that *offer* takes money off; *labels* are categories that other rules name."""
    scope = BY_KIND[offer.kind].discounted(offer)
    found: dict[str, Goods] = {}
    for selector in scope.classes or (scope,):
        for goods in _of(selector, labels):
            if scope.covers(goods.line) and len(found) < MOST_GOODS:
                found.setdefault(goods.name, goods)
    return list(found.values())


def _of(scope: Scope, labels: frozenset[str]) -> Iterator[Goods]:
    departments = sorted(scope.departments) or [""]
    categories = sorted(scope.categories) or ["", *([] if scope.departments else sorted(labels))]
    brands, products = sorted(scope.brands) or [""], sorted(scope.products) or [""]
    for department, category, brand, item in product(departments, categories, brands, products):
        name = " ".join(n for n in (department, category, brand, item) if n) or ELSE
        yield Goods(name, Line("l", item, category, department, brand, 1, 10_000, None, {}))


def labels_of(ruleset: Ruleset) -> frozenset[str]:
    """Every category that a scope of *ruleset* names."""
    scopes = [
        *(BY_KIND[offer.kind].discounted(offer) for offer in ruleset.offers),
        *(rule.scope for rule in ruleset.eligibility),
        *(rule.scope for rule in ruleset.earn_nothing),
        *(guardrail.scope for guardrail in ruleset.guardrails),
    ]
    return frozenset(c for scope in scopes for c in _categories(scope))


def _categories(scope: Scope) -> frozenset[str]:
    named = scope.categories | scope.exclude_categories
    return named.union(*(_categories(s) for s in scope.classes)) - {""}
