"""Codes of a shop, compiled: what they open, and budgets that count their uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sconto.domain.codes import PER_CODE, CodeSet, limit_id, normalised
from sconto.domain.ruleset import Budget, BudgetHolder, BudgetMeasure, Period
from sconto.rulebook.compile.amounts import validity
from sconto.rulebook.documents.codes import CodesDoc

_LIMITS: Final[Mapping[str, tuple[BudgetHolder, Period]]] = {
    "in_all": (BudgetHolder.CAMPAIGN, Period.TOTAL),
    "per_shopper": (BudgetHolder.SHOPPER, Period.TOTAL),
    "per_day": (BudgetHolder.CAMPAIGN, Period.DAY),
    "per_week": (BudgetHolder.CAMPAIGN, Period.WEEK),
    "per_month": (BudgetHolder.CAMPAIGN, Period.MONTH),
}
"""Whose each limit is, and when it starts afresh; in the order in which a refusal names them."""


def code_set(doc: CodesDoc) -> CodeSet:
    """The codes that *doc* describes."""
    limits = tuple(limit.id for limit in limits_of(doc))
    offers = tuple(sorted(set(doc.offers)))
    text = "" if doc.code is None else normalised(doc.code)
    return CodeSet(doc.id, text, offers, validity(doc), limits)


def limits_of(doc: CodesDoc) -> Iterator[Budget]:
    """The limits of *doc* as budgets, with the one use of each code for one use."""
    if doc.single_use:
        yield _limit(doc, PER_CODE, BudgetHolder.CODE, Period.TOTAL, 1)
    for key, (holder, period) in _LIMITS.items():
        most: int | None = getattr(doc.limits, key)
        if most is not None:
            yield _limit(doc, key, holder, period, most)


def _limit(doc: CodesDoc, key: str, holder: BudgetHolder, period: Period, most: int) -> Budget:
    name, use = limit_id(doc.id, key), BudgetMeasure.USE
    return Budget(name, doc.name, use, holder, period, most, validity=validity(doc))
