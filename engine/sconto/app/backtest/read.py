"""A logged decision, read: its request, what was decided, and the scores it was decided by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sconto.app.backtest.outcome import Outcome, logged_outcome
from sconto.domain.budget import BudgetView
from sconto.domain.context import DecisionContext
from sconto.domain.exchange import SAME, Exchange
from sconto.domain.reasons import Rung, RungCause
from sconto.domain.record import SCORES
from sconto.domain.record_reading import Record, cause_of, context_of, read_record, rows, scores_of
from sconto.domain.ruleset import Ruleset
from sconto.domain.scores import Scores
from sconto.errors import CorruptRecord

Scored = Mapping[tuple[str, str, int, int], tuple[list[list[int]], Mapping[str, int]]]
"""Allocation and scores in ppm, by offer id, kind, depth and discount."""

RulesetOf = Callable[[str], Ruleset | None]
"""The ruleset that a digest of the log names; None when it is not kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a backtest adds up of a request; amounts in minor units of the shop's currency."""

    at_us: int
    jurisdiction: str
    channel: str
    list_total: int
    margin: int
    """Before any discount, over the lines whose unit cost is known."""
    lines: int
    lines_without_cost: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A decision record, read."""

    decision_id: str
    digest: str
    """Of the ruleset it was made on."""
    context: DecisionContext
    asked: Asked
    budgets: BudgetView
    rung: Rung
    cause: RungCause
    scores: Scores | None
    """What the model scores_of of the candidates that were allowed then; None below its rung."""
    scored: Scored
    outcome: Outcome
    record: Mapping[str, Any]
    """All of it, as it was stored."""

    def used(self, key: str) -> int:
        """What ledger key *key* had used when it was decided."""
        amount: int = self.budgets.get(key, 0)
        return amount


def read_logged(raw: bytes, ruleset_of: RulesetOf) -> Reading:
    """The decision record that *raw* is; raises CorruptRecord when it is none that can be read."""
    record = read_record(raw)
    try:
        return _read(record, ruleset_of)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"it can't be understood: {type(error).__name__} {error}") from error


def _read(record: Mapping[str, Any], ruleset_of: RulesetOf) -> Reading:
    context, kept = context_of(record), ruleset_of(record["ruleset"])
    ruleset = kept and kept.in_currency(context.currency)
    if ruleset is None and "shop_currency" in record:
        raise CorruptRecord(f"the rate of {context.currency} that it was made by is not kept")
    exchange = ruleset.exchange if ruleset else SAME
    return Reading(
        decision_id=record["decision_id"],
        digest=record["ruleset"],
        context=context,
        asked=_totals_of(context, exchange),
        budgets=record["budgets"],
        rung=Rung[record["outcome"]["rung"]],
        cause=cause_of(record),
        scores=scores_of(record),
        scored=_scored(record),
        outcome=logged_outcome(record, ruleset),
        record=record,
    )


def _scored(record: Record) -> Scored:
    """What the model scores_of of each candidate that was allowed alone."""
    if record["scores"] is None:
        return {}
    allowed = [c for c in record["candidates"] if not c["findings"]]
    scores_of = [dict(zip(SCORES, row, strict=True)) for row in rows(record["scores"], SCORES)]
    return {
        (c["offer_id"], c["kind"], c["depth"], c["discount"]): (c["allocation"], scores)
        for c, scores in zip(allowed, scores_of, strict=True)
    }


def _totals_of(context: DecisionContext, exchange: Exchange) -> Asked:
    known = [line for line in context.lines if line.unit_cost is not None]
    return Asked(
        at_us=context.moment.as_of_us,
        jurisdiction=context.jurisdiction,
        channel=context.channel,
        list_total=exchange.to_shop(context.list_total),
        margin=exchange.to_shop(sum(line.list_total - (line.cost_total or 0) for line in known)),
        lines=len(context.lines),
        lines_without_cost=len(context.lines) - len(known),
    )
