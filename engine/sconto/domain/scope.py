"""Scopes: which basket lines an offer, a guardrail or an eligibility rule is about."""

from __future__ import annotations

from dataclasses import dataclass

from sconto.domain.context import Line


@dataclass(frozen=True, slots=True)
class Scope:
    """Which basket lines something is about; an empty selector means any, `exclude_*` wins."""

    departments: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    exclude_departments: frozenset[str] = frozenset()
    exclude_categories: frozenset[str] = frozenset()
    classes: tuple[Scope, ...] = ()
    """Goods classes, as scopes of their own: a line must be in one of them; none means any."""

    def covers(self, line: Line) -> bool:
        """Whether *line* is in scope."""
        return (
            (not self.departments or line.department in self.departments)
            and (not self.categories or line.category in self.categories)
            and (not self.brands or line.brand in self.brands)
            and (not self.products or line.product_id in self.products)
            and line.department not in self.exclude_departments
            and line.category not in self.exclude_categories
            and (not self.classes or any(scope.covers(line) for scope in self.classes))
        )

    def all_products(self) -> frozenset[str]:
        """Every product that it, or one of its classes, names."""
        return self.products.union(*(scope.all_products() for scope in self.classes))


EVERYTHING = Scope()
"""Covers every line."""
