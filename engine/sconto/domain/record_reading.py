"""Reading a decision record: the stored columns as the object that people and programs read."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sconto.domain.canonical import parse
from sconto.domain.context import DecisionContext, Line, Moment, OtherLine, SentCode
from sconto.domain.decision import Decision
from sconto.domain.measured import MeasuredQuantity, Unit
from sconto.domain.objective import Outcome
from sconto.domain.reasons import RungCause
from sconto.domain.record import (
    ABOVE_CEILING,
    CANDIDATES,
    LINES,
    OFFERS,
    REVIEW,
    ROWS,
    SCHEMA,
    SCORES,
    STACKED,
    VALUES,
    Columns,
    Provenance,
    columns_of,
)
from sconto.domain.scores import Scores
from sconto.errors import CorruptRecord

Record = Mapping[str, Any]
"""A decision record as it is read: each candidate stands whole under `candidates`."""

OF_SCORES: Final = frozenset({"digest", "outcome", "unknown", "assumed", "features"})
"""The keys of a record's model that are of its scores; the others describe the model."""

_OF_CANDIDATES: Final = frozenset(
    {"candidates", "offers", "line_sets", "verdicts", "refused", "stacked", "values"}
)
"""The keys of stored columns that become `candidates`."""


def record_of(decision: Decision, provenance: Provenance) -> Record:
    """The record of *decision* as it is read."""
    return readable(columns_of(decision, provenance))


def read_record(raw: bytes) -> Record:
    """The record that the stored bytes *raw* hold; raises CorruptRecord when they hold none."""
    columns = parse(raw)
    found = columns.get("schema") if isinstance(columns, dict) else None
    if found != SCHEMA:
        raise CorruptRecord(f"it has format `{found}`, not `{SCHEMA}`")
    try:
        return readable(columns)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CorruptRecord(f"it can't be understood: {type(error).__name__} {error}") from error


def readable(columns: Columns) -> Record:
    """The object that is read of stored *columns*."""
    record = {key: value for key, value in columns.items() if key not in _OF_CANDIDATES}
    lines = [dict(zip(LINES, row, strict=True)) for row in rows(columns["context"]["lines"], LINES)]
    for i, *measured in columns["context"].get("measured", ()):
        lines[i]["measured"] = measured
    context = {key: value for key, value in columns["context"].items() if key != "measured"}
    record["context"] = {**context, "lines": lines}
    record["scores"] = columns.get("scores")
    record["candidates"] = candidates_of(columns)
    return record


def rows(table: Mapping[str, Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows of a stored *table* with the columns *names*."""
    count = table[ROWS]
    if not count:
        return []
    columns = [table[name] for name in names]
    whole = [list(column) * count if len(column) == 1 else column for column in columns]
    return list(zip(*whole, strict=True))


def candidates_of(columns: Columns) -> list[dict[str, Any]]:
    """The candidates of stored *columns*, each whole."""
    offers, line_sets = rows(columns["offers"], OFFERS), columns["line_sets"]
    found: list[dict[str, Any]] = []
    for offer, depth, discount, on, parts, reason in rows(columns["candidates"], CANDIDATES):
        offer_id, kind, lane = offers[offer]
        found.append(
            {
                "offer_id": offer_id,
                "kind": kind,
                "lane": lane,
                "depth": depth,
                "discount": discount,
                "allocation": [list(part) for part in zip(line_sets[on], parts, strict=True)],
                "reason": reason,
                "findings": [],
            }
        )
    for number, draw in columns["refused"]:
        found[number]["refused"] = draw
    for number, on_top_of, discount in columns["stacked"]:
        stacked = {"on_top_of": on_top_of, "discount": discount, "findings": []}
        found[number]["stacked"] = stacked
    for against, number, finding in findings_of(columns):
        candidate = found[number]
        if against == REVIEW:
            candidate.setdefault("reviews", []).append(finding)
        else:
            (candidate["stacked"] if against == STACKED else candidate)["findings"].append(finding)
    if "values" in columns:
        allowed = [candidate for candidate in found if not candidate["findings"]]
        for candidate, value in zip(allowed, rows(columns["values"], VALUES), strict=True):
            candidate["value"] = dict(zip(VALUES, value, strict=True))
    return found


def findings_of(columns: Columns) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """What each verdict speaks against, the candidate's number, and the finding about it."""
    for against, reason, rule, line_id, compared, candidates, values in columns["verdicts"]:
        seen = values * len(candidates) if len(values) == 1 else values
        for number, observed in zip(candidates, seen, strict=True):
            clauses = [[*c, value] for c, value in zip(compared, observed, strict=True)]
            told = {"reason": reason, "rule": rule, "line_id": line_id, "clauses": clauses}
            yield against, number, told


def context_of(record: Record) -> DecisionContext:
    """The decision context that *record* was made for."""
    stored = record["context"]
    return DecisionContext(
        user_ref=stored["user_ref"],
        channel=stored["channel"],
        jurisdiction=stored["jurisdiction"],
        currency=stored["currency"],
        moment=Moment(
            as_of_us=stored["as_of_us"],
            zone=stored["zone"],
            local_date=date.fromisoformat(stored["local_date"]),
            weekday=stored["weekday"],
            hour=stored["hour"],
            tzdata=stored["tzdata"],
            elsewhere={
                zone: (date.fromisoformat(day), hour)
                for zone, (day, hour) in stored["elsewhere"].items()
            },
        ),
        consents=stored["consents"],
        shopper=stored["shopper"],
        lines=tuple(line_of(line) for line in stored["lines"]),
        offer_ids=tuple(stored["offer_ids"]),
        signals=stored["signals"],
        behaviour_seq=stored["behaviour_seq"],
        codes=tuple(SentCode(*code) for code in stored.get("codes", ())),
        other_lines=tuple(OtherLine(*line) for line in stored.get("other_lines", ())),
    )


def line_of(stored: Mapping[str, Any]) -> Line:
    """The basket line that stands in a record as it is read."""
    measured = stored.get("measured")
    return Line(**{**stored, "measured": measured and _measured(*measured)})


def _measured(thousandths: int, unit: str) -> MeasuredQuantity:
    return MeasuredQuantity(thousandths, Unit(unit))


def reviews_of(outcome: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What a person should look at: in what was given, and prices above a ceiling."""
    return [*outcome["reviews"], *outcome.get(ABOVE_CEILING, ())]


def list_totals(columns: Columns) -> list[int]:
    """What each line of stored *columns* costs at list price, minor units."""
    context = columns["context"]
    totals = [price * n for price, n in rows(context["lines"], ("list_price", "quantity"))]
    for i, thousandths, unit in context.get("measured", ()):
        totals[i] = _measured(thousandths, unit).price(totals[i])
    return totals


def scores_of(record: Record) -> Scores | None:
    """The integer scores that *record* was ranked by, or None below the model rung."""
    model = record["model"]
    if model is None:
        return None
    found = rows(record["scores"], SCORES)
    probability, baseline, spread, doubt = zip(*found, strict=True) if found else ((),) * 4
    return Scores(
        model_digest=model["digest"],
        outcome=Outcome(model["outcome"]),
        probability_ppm=probability,
        baseline_ppm=baseline,
        spread_ppm=spread,
        doubt_ppm=doubt,
        unknown=tuple(model["unknown"]),
        assumed=model["assumed"],
        features=base64.b64decode(model["features"]),
    )


def provenance_of(record: Record) -> Provenance:
    """What *record* says about its making."""
    model = record["model"] or {}
    return Provenance(
        decision_id=record["decision_id"],
        request_id=record["request_id"],
        received_us=record["received_us"],
        engine=record["engine"],
        model={k: v for k, v in model.items() if k not in OF_SCORES},
        replaces=record.get("replaces", ""),
        caller=record.get("caller", ""),
    )


def cause_of(record: Record) -> RungCause:
    """Why *record* was not made on the model rung."""
    return RungCause[record["outcome"]["rung_cause"]]
