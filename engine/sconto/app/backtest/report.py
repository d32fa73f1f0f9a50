"""A backtest as one JSON object: all its figures, in an order that never changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sconto.app.backtest.budget_use import BudgetBook, KeyUse
from sconto.app.backtest.comparison import NEW, OLD
from sconto.app.backtest.metrics import METRICS, Threshold, Values, metrics
from sconto.app.backtest.outcome import Outcome
from sconto.app.backtest.tally import CHANGES, Change, Group, Sum, Tally

SCHEMA: Final = "sconto.backtest/1"

ASSUMED: Final = (
    "Behaviour is assumed unchanged: the same shoppers come, with the same baskets, and buy them.",
    "What another discount would have brought or lost in sales is not in these figures.",
    "A sale counts unless the log released its discount or let it lapse: then on neither side.",
    "A discount that is new or different counts as redeemed wherever the sale counts.",
    "What the log gives back goes back to the budgets of both sides, at the same instant.",
    "Signals are those of the log: a frequency cap sees the discounts that were really given.",
    "Who is set aside by chance is drawn again, from the seed of each ruleset.",
    "Each side's expected gain is by its own objective: a higher worth raises it by itself.",
)
"""What a backtest takes for granted, in the words that every report has."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class About:
    """What was backtested: the names of both sides, their digests, and the sampled share."""

    old: str
    old_digest: str
    """Empty for what was really decided."""
    new: str
    new_digest: str
    log: str
    sampled: int | None
    """Decisions that were drawn; None when all were taken."""
    limits: Mapping[str, str]
    """Names of guardrails of either side, by id."""


def report_of(tally: Tally, about: About, thresholds: Sequence[Threshold]) -> dict[str, Any]:
    """The report on *tally*. Money is in minor units, times are RFC 3339 in UTC."""
    values = metrics(tally, frozenset(about.limits))
    return {
        "schema": SCHEMA,
        "old": {"name": about.old, "digest": about.old_digest},
        "new": {"name": about.new, "digest": about.new_digest},
        "log": about.log,
        "from": instant(tally.span.from_us) if tally.span.decisions else None,
        "to": instant(tally.span.to_us) if tally.span.decisions else None,
        "decisions_in_log": tally.span.decisions,
        "sampled": about.sampled,
        "budgets_followed": tally.followed,
        "currency": tally.currency,
        "assumed": list(ASSUMED),
        "metrics": {name: _metric(name, values) for name in METRICS},
        "changes": {kind: tally.kinds[kind] for kind in CHANGES},
        "sales": tally.sales,
        "discounts_still_held": tally.still_held,
        "lines": tally.lines,
        "lines_without_cost": tally.lines_without_cost,
        "by": _by(tally),
        "limits": _limits(tally, about.limits),
        "withheld": _sides(tally.why),
        "no_discount": _pairs(tally.reasons),
        "budgets": _budgets(tally.books),
        "shopper_caps": _caps(tally.books),
        "facts_missing": _sides(tally.missing),
        "facts_dropped": _each(tally.dropped),
        "unreadable": [
            {"seq": e.seq, "decision_id": e.decision_id, "why": e.why}
            for e in tally.unreadable_entries
        ],
        "biggest": [_change(change, about.log) for change in _biggest(tally)],
        "thresholds": [_threshold(t, values, tally.currency) for t in thresholds],
    }


def instant(at_us: int) -> str:
    """*at_us*, microseconds UTC, as RFC 3339 text without fractions of a second."""
    moment = _EPOCH + timedelta(microseconds=at_us)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _metric(name: str, values: Values) -> dict[str, Any]:
    old, new = values[name]
    return {"unit": METRICS[name].unit.value, "old": old, "new": new, "change": new - old}


def _threshold(threshold: Threshold, values: Values, currency: str) -> dict[str, Any]:
    old, new = values[threshold.metric]
    broken = threshold.broken(values, currency)
    return {"fail_if": threshold.text, "old": old, "new": new, "failed": broken}


def _by(tally: Tally) -> dict[str, Any]:
    groups: dict[str, dict[str, Group]] = {"offer": tally.offers, "segment": {}}
    for (jurisdiction, channel, segments), group in tally.groups.items():
        named = [("jurisdiction", jurisdiction), ("channel", channel)]
        named += [("segment", segment) for segment in segments]
        for dimension, name in named:
            groups.setdefault(dimension, {}).setdefault(name, Group()).add_all(group)
    return {
        dimension: [_group(name, found[name]) for name in sorted(found)]
        for dimension, found in groups.items()
    }


def _group(name: str, group: Group) -> dict[str, Any]:
    return {
        "name": name,
        "decisions": group.decisions,
        "changed": group.changed,
        "old": _sum(group.sides[OLD]),
        "new": _sum(group.sides[NEW]),
    }


def _sum(one: Sum) -> dict[str, int]:
    return {
        "discounts": one.given,
        "discount": one.discount,
        "supplier_share": one.supplier,
        "discount_cost": one.cost,
    }


def _limits(tally: Tally, names: Mapping[str, str]) -> list[dict[str, Any]]:
    found = _sides(tally.withheld)
    return [{**row, "text": names[row["name"]]} for row in found if row["name"] in names]


def _sides(
    counted: tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]],
) -> list[dict[str, Any]]:
    old, new = (_expanded(side) for side in counted)
    return _pairs((old, new))


def _pairs(counted: tuple[Counter[str], Counter[str]]) -> list[dict[str, Any]]:
    old, new = counted
    return [{"name": n, "old": old[n], "new": new[n]} for n in sorted({*old, *new})]


def _each(counted: Counter[tuple[str, ...]]) -> list[dict[str, Any]]:
    found = _expanded(counted)
    return [{"name": name, "decisions": found[name]} for name in sorted(found)]


def _expanded(counted: Counter[tuple[str, ...]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for names, times in counted.items():
        for name in names:
            found[name] += times
    return found


def _budgets(books: tuple[BudgetBook, BudgetBook]) -> list[dict[str, Any]]:
    keys = sorted({*books[OLD].keys, *books[NEW].keys})
    return [
        {
            "budget": key.split("/", 1)[0],
            "key": key,
            "old": _use(books[OLD].keys.get(key)),
            "new": _use(books[NEW].keys.get(key)),
        }
        for key in keys
    ]


def _use(key: KeyUse | None) -> dict[str, Any] | None:
    if key is None:
        return None
    return {
        "measure": "count" if key.counted else "amount",
        "limit": key.limit,
        "peak": key.peak,
        "ran_out": None if key.ran_out_us is None else instant(key.ran_out_us),
        "refused": key.refused,
        "paced": key.paced,
    }


def _caps(books: tuple[BudgetBook, BudgetBook]) -> list[dict[str, Any]]:
    names = sorted({*books[OLD].capped, *books[NEW].capped})
    return [
        {"budget": name, "old": _cap(books[OLD], name), "new": _cap(books[NEW], name)}
        for name in names
    ]


def _cap(book: BudgetBook, name: str) -> dict[str, int]:
    return {"caps": len(book.capped.get(name, ())), "decisions": book.capped_decisions[name]}


def _biggest(tally: Tally) -> Iterable[Change]:
    return (change for _, _, change in sorted(tally.biggest, key=lambda b: b[:2], reverse=True))


def _change(change: Change, log: str) -> dict[str, Any]:
    return {
        "decision_id": change.decision_id,
        "at": instant(change.at_us),
        "old": _outcome(change.old),
        "new": _outcome(change.new),
        "discount_cost_change": change.new.cost - change.old.cost,
        "show": f"sconto log show {change.decision_id} --data {log}",
        "link": f"decisions/{change.decision_id}",
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "reason": outcome.reason,
        "discounts": [
            {
                "offer_id": g.offer_id,
                "depth": g.depth,
                "discount": g.discount,
                "supplier_share": g.supplier,
            }
            for g in outcome.given
        ],
    }
