"""Which of many scopes cover a line, found once for each kind of line and then remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sconto.domain.context import Line
from sconto.domain.scope import Scope

MAX_REMEMBERED: Final = 50_000
"""Kinds of lines kept, a few MB; then the memory starts afresh."""

Kind = tuple[str, str, str, str]


class ScopeIndex:
    """Answers for a fixed tuple of scopes, numbered from 0.

    Remembering can't change an answer: a scope looks at nothing but what makes up a line's kind.
    """

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self._scopes = tuple(scopes)
        self._products = frozenset(p for scope in scopes for p in scope.all_products())
        self._remembered: dict[Kind, int] = {}

    def covering(self, line: Line) -> int:
        """Bit i says that scope i covers *line*."""
        product = line.product_id if line.product_id in self._products else ""
        kind = (line.department, line.category, line.brand, product)
        bits = self._remembered.get(kind)
        if bits is None:
            bits = sum(1 << i for i, scope in enumerate(self._scopes) if scope.covers(line))
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            self._remembered[kind] = bits
        return bits
