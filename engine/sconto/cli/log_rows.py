"""Which decisions to list, and each on one line, with the same keys wherever it was read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sconto.cli.options import EPOCH
from sconto.cli.output import print_json, print_table
from sconto.domain.money import format_minor
from sconto.domain.reasons import ReasonCode


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions to list; empty and None mean any."""

    shopper_id: str
    offer_id: str
    reason: ReasonCode | None
    from_us: int | None
    to_us: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class Row:
    """A decision as a list shows it; the field names are the keys of the JSON form, stable."""

    decision_id: str
    as_of_time: str
    shopper_ref: str
    channel: str
    jurisdiction: str
    offer_ids: tuple[str, ...]
    """The offers given, in the order of their lanes; empty when there was no discount."""
    discount_minor: int
    currency: str
    reason: str
    rung: str


def row_of(record: Mapping[str, Any]) -> Row:
    """The row of a decision *record*."""
    context, outcome = record["context"], record["outcome"]
    return Row(
        decision_id=record["decision_id"],
        as_of_time=instant_text(context["as_of_us"]),
        shopper_ref=context["user_ref"],
        channel=context["channel"],
        jurisdiction=context["jurisdiction"],
        offer_ids=tuple(discount["offer_id"] for discount in outcome["discounts"]),
        discount_minor=outcome["discount"],
        currency=context["currency"],
        reason=outcome["reason"],
        rung=outcome["rung"],
    )


def instant_text(at_us: int) -> str:
    """*at_us*, microseconds UTC, as RFC 3339 text."""
    return (EPOCH + timedelta(microseconds=at_us)).isoformat().replace("+00:00", "Z")


def print_rows(rows: Iterable[Row], more: bool, form: str) -> None:
    """Print *rows*, newest first, and whether there are *more* than were asked for."""
    listed = list(rows)
    if form == "json":
        print_json({"decisions": [asdict(row) for row in listed], "more": more})
        return
    headings = ("decision", "time", "shopper", "offer", ">discount", "reason", "rung")
    title = "1 decision" if len(listed) == 1 else f"{len(listed)} decisions"
    older = ", and older ones: raise `--limit` or set `--to`" if more else ""
    print_table(f"{title}{older}", headings, map(_cells, listed))


def _cells(row: Row) -> tuple[str, ...]:
    money = format_minor(row.discount_minor, row.currency) if row.offer_ids else ""
    time = row.as_of_time[:19].replace("T", " ")
    offers = ", ".join(row.offer_ids)
    return row.decision_id, time, row.shopper_ref[:12], offers, money, row.reason, row.rung
