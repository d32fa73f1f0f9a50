"""Sconto's own decision log as tables: what was decided, with what probability, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from sconto.app.audit import every_decision
from sconto.app.ports import ReservationState, Step, Store
from sconto.domain.behaviour import OWN_EVENTS
from sconto.domain.exchange import SAME, Exchange
from sconto.domain.record_reading import line_of
from sconto.domain.ruleset import FactSpec
from sconto.errors import StoreUnavailable
from sconto.learning.examples import Columns, Floats, Ints
from sconto.rulebook.compile.ruleset import ruleset_from_documents
from sconto.scoring.reading import Reading, reading_of
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore

PAGE: Final = 1_000
"""Decisions read together."""

NOTHING: Final = "none"
"""What `given` says where there was no discount."""

_SECOND: Final = 1_000_000
_FOREVER_US: Final = 1 << 62

_DECISION: Final = {
    "decision_id": pl.String,
    "user_ref": pl.String,
    "as_of": pl.Int64,
    "channel": pl.String,
    "jurisdiction": pl.String,
    "currency": pl.String,
    "weekday": pl.Int64,
    "hour": pl.Int64,
    "group": pl.String,
    "rung": pl.String,
    "given": pl.String,
    "list_total": pl.Float64,
    "discount": pl.Float64,
    "depth": pl.Float64,
    "lines": pl.Int64,
    "propensity": pl.Float64,
    "redeemed": pl.Boolean,
    "released": pl.Boolean,
}


def decisions(folder: Path) -> pl.DataFrame:
    """One row for every decision of the log in *folder* that no other replaced, oldest first.

    `as_of` is Unix seconds; `given` the ids of the offers given, joined by `+`, or `NOTHING`;
    `list_total` and `discount` are minor units of `currency`; `depth` is discount over list total;
    `propensity` the probability with which the policy chose what it chose. Facts of the shopper
    and signals follow as `shopper_...` and `signal_...`, missing where a record has none.

    Raises:
        StoreUnavailable: There is no log, or it can't be read.
    """
    with _log(folder) as store:
        found = [_decision(record, store) for record in every_decision(store, PAGE)]
        rows = [row for row in found if row is not None]
    facts = sorted({name for row in rows for name in row} - _DECISION.keys())
    names = [*_DECISION, *facts]
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in names},
        schema_overrides=_DECISION,
        strict=False,
    )
    return frame.sort("as_of", "decision_id")


def behaviour(folder: Path) -> pl.DataFrame:
    """One row for every event that shoppers of the log in *folder* were reported with.

    user_ref, kind, at (Unix seconds) and amount (minor units of the shop's currency); not the
    events that Sconto records itself, which the decisions already tell.

    Raises:
        StoreUnavailable: There is no log, or it can't be read.
    """
    with _log(folder) as store:
        shoppers = sorted({record["context"]["user_ref"] for record in every_decision(store, PAGE)})
        rows = [
            (shopper, event.kind, event.at_us // _SECOND, event.amount)
            for shopper in shoppers
            for event in store.behaviour(shopper, -1, _FOREVER_US).events
            if event.kind not in OWN_EVENTS
        ]
    schema = {"user_ref": pl.String, "kind": pl.String, "at": pl.Int64, "amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True, slots=True)
class Sent:
    """The facts of n decisions about their shoppers, as a model of *columns* reads it.

    Attributes:
        numeric: float32 [n, f]; NaN where missing.
        categorical: int64 [n, c]; ids, `UNKNOWN` where missing or not listed.
        as_of: int64 [n]; Unix seconds.
        names: The features of which at least one decision had a fact.
    """

    numeric: Floats
    categorical: Ints
    as_of: Ints
    names: frozenset[str]


def sent(folder: Path, columns: Columns) -> Sent:
    """The facts of the decisions of the log in *folder*, read as the server reads them.

    The feature `price` is the fact `shopper.price`, else the signal `signal.price`, in the unit
    that the ruleset of the decision declares. A decision whose ruleset the log does not have
    counts as one without facts.

    Raises:
        StoreUnavailable: There is no log, or it can't be read.
    """
    with _log(folder) as store:
        read = cache(lambda *of: reading_of(columns, *_declared(store, *of)))
        rows = [_facts_of(record, read) for record in every_decision(store, PAGE)]
    numbers, ids, as_of, facts = zip(*rows, strict=True) if rows else ((), (), (), ())
    names = (*columns.numeric, *columns.categorical)
    known = frozenset().union(*facts)
    return Sent(
        np.concatenate([np.empty((0, len(columns.numeric)), np.float32), *numbers]),
        np.concatenate([np.empty((0, len(columns.categorical)), np.int64), *ids]),
        np.array(as_of, dtype=np.int64),
        frozenset(name for i, name in enumerate(names) if i in known),
    )


def _facts_of(
    record: Mapping[str, Any], read: Callable[[str, str], Reading]
) -> tuple[Floats, Ints, int, frozenset[int]]:
    """One row, its instant, and the positions of the columns that it has facts for."""
    context = record["context"]
    facts = {**context["shopper"], **context["signals"]}
    reading = read(record["ruleset"], context["currency"])
    asked = [fact for fact, _ in (*reading.numbers, *reading.categories)]
    known = frozenset(i for i, fact in enumerate(asked) if fact in facts)
    return *reading.row(facts), context["as_of_us"] // _SECOND, known


def _declared(
    store: Store, digest: str, currency: str
) -> tuple[Mapping[str, FactSpec], str, Exchange]:
    """The facts of a decision's ruleset, and what its currency is to that of the shop."""
    documents = store.ruleset_documents(digest)
    kept = None if documents is None else ruleset_from_documents(documents).in_currency(currency)
    return ({}, currency, SAME) if kept is None else (kept.facts, currency, kept.exchange)


@contextmanager
def _log(folder: Path) -> Iterator[Store]:
    settings = Settings(rules=Path(), data=folder)
    if not settings.log_file.exists():
        # Opening would make an empty one, from which nothing can be learnt.
        raise StoreUnavailable(f"there is no decision log in `{folder}`")
    store = SqliteStore(settings.log_file)
    try:
        yield store
    finally:
        store.close()


def _decision(record: Mapping[str, Any], store: Store) -> dict[str, Any] | None:
    """The row of a decision; none of one that another replaced: its basket was never sold."""
    context, outcome = record["context"], record["outcome"]
    list_total = sum(line_of(line).list_total for line in context["lines"])
    reservation = store.reservation(record["decision_id"])
    if reservation is not None and reservation.state is ReservationState.REPLACED:
        return None
    states = {reservation.state.value} if reservation else set()
    states |= {entry.kind for entry in store.history(record["decision_id"])}
    return {
        "decision_id": record["decision_id"],
        "user_ref": context["user_ref"],
        "as_of": context["as_of_us"] // _SECOND,
        "channel": context["channel"],
        "jurisdiction": context["jurisdiction"],
        "currency": context["currency"],
        "weekday": context["weekday"],
        "hour": context["hour"],
        "group": outcome["group"],
        "rung": outcome["rung"],
        "given": _given(outcome["discounts"]),
        "list_total": list_total,
        "discount": outcome["discount"],
        "depth": outcome["discount"] / list_total if list_total else 0.0,
        "lines": len(context["lines"]),
        "propensity": outcome["action_propensity_ppm"] / 1_000_000,
        "redeemed": reservation is not None and reservation.state is ReservationState.REDEEMED,
        "released": bool(states & {Step.RELEASE.value, ReservationState.RETURNED.value}),
        **_facts(context["shopper"]),
        **_facts(context["signals"]),
    }


def _given(discounts: Iterable[Mapping[str, Any]]) -> str:
    return "+".join(discount["offer_id"] for discount in discounts) or NOTHING


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts by names that SQL takes without quotes."""
    return {name.replace(".", "_"): value for name, value in facts.items()}
