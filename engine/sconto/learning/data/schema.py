"""What must hold of a table: types by Polars, values by pandera; then instants become numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Final

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from sconto.errors import ScontoError
from sconto.learning.data.documents import ColumnDoc

TYPES: Final[Mapping[str, pl.DataType]] = {
    "text": pl.String(),
    "whole": pl.Int64(),
    "number": pl.Float64(),
    "yes_no": pl.Boolean(),
    "instant": pl.Int64(),
    "day": pl.Int64(),
}
"""How each declared type is kept; instants and days are Unix seconds."""

_YES: Final = ("true", "t", "yes", "y", "1")
_NO: Final = ("false", "f", "no", "n", "0")


class SchemaBroken(ScontoError):
    """A table that is not as its recipe declares it; every broken promise is named."""

    code = "SCHEMA_BROKEN"
    help = "mend the data, or declare the column as it is"


class SkippedTimes(Exception):
    """Local times that never were, where clocks are put forward; *column* holds them."""

    def __init__(self, column: str, message: str) -> None:
        self.column = column
        super().__init__(message)


def typed(name: str, frame: pl.DataFrame, columns: Mapping[str, ColumnDoc]) -> pl.DataFrame:
    """The declared columns of *frame* with their types, checked.

    Raises:
        SchemaBroken: A column is missing, a value has another type, or breaks its promise.
        SkippedTimes: A column holds local times that never were.
    """
    absent = [c for c in columns if c not in frame.columns]
    if absent:
        listed = ", ".join(f"`{c}`" for c in absent)
        raise SchemaBroken(f"table `{name}` has no column {listed}")
    kept = pl.DataFrame([_cast(name, frame[c], doc) for c, doc in columns.items()])
    schema = pa.DataFrameSchema({c: _promises(doc) for c, doc in columns.items()})
    try:
        schema.validate(kept, lazy=True)
    except SchemaErrors as error:
        raise SchemaBroken(f"table `{name}`: {_listed(error)}") from error
    return kept


def _promises(doc: ColumnDoc) -> pa.Column:
    checks = []
    if doc.of is not None:
        checks.append(pa.Check.isin(doc.of, error=f"must be one of {', '.join(doc.of)}"))
    if doc.at_least is not None:
        least = float(Fraction(doc.at_least))
        checks.append(pa.Check.greater_than_or_equal_to(least, error=f"must be at least {least:g}"))
    if doc.at_most is not None:
        most = float(Fraction(doc.at_most))
        checks.append(pa.Check.less_than_or_equal_to(most, error=f"must be at most {most:g}"))
    return pa.Column(TYPES[doc.type], checks=checks, nullable=doc.missing)


def _listed(error: SchemaErrors) -> str:
    """Each broken promise once: column, promise, how often."""
    failures = error.failure_cases
    violations = {}
    for column, check, rows in (
        failures.group_by("column", "check", maintain_order=True).len().iter_rows()
    ):
        promise = "must not be missing" if check == "not_nullable" else check
        violations[f"`{column}` {promise}"] = rows
    return "; ".join(f"{what} ({rows} rows)" for what, rows in violations.items())


def _cast(table: str, values: pl.Series, doc: ColumnDoc) -> pl.Series:
    try:
        if doc.type in {"instant", "day"}:
            return _seconds(values, doc)
        if doc.type == "yes_no":
            return _yes_no(values)
        if doc.type == "text" and values.dtype.is_float():
            # 1.0 for an id that only is a float because some are missing.
            values = values.cast(pl.Int64)
        return values.cast(TYPES[doc.type])
    except pl.exceptions.PolarsError as error:
        message = f"table `{table}`: `{values.name}` holds values that are no {doc.type}"
        raise SchemaBroken(message) from error


def _yes_no(values: pl.Series) -> pl.Series:
    if values.dtype == pl.Boolean:
        return values
    text = values.cast(pl.String).str.to_lowercase()
    known = text.is_in([*_YES, *_NO]) | text.is_null()
    if not known.all():
        raise pl.exceptions.InvalidOperationError("neither yes nor no")
    return pl.select(
        pl.when(text.is_not_null()).then(text.is_in(_YES)).alias(values.name)
    ).to_series()


def _seconds(values: pl.Series, doc: ColumnDoc) -> pl.Series:
    """Instants as Unix seconds; a day is its first instant in the column's zone."""
    if values.dtype.is_integer():
        return values.cast(pl.Int64)
    if values.dtype == pl.String:
        values = _parsed(values, doc)
    at = values.cast(pl.Datetime("us")) if values.dtype == pl.Date else values
    if at.dtype == pl.Datetime and getattr(at.dtype, "time_zone", None) is None:
        at = _in_zone(at, doc)
    return at.dt.epoch("s").cast(pl.Int64)


def _in_zone(local: pl.Series, doc: ColumnDoc) -> pl.Series:
    """*local* times of the column's zone as instants; of two with one name the earlier."""
    at = _instants(local, doc.zone)
    if doc.type == "day":
        # A day without a midnight begins when clocks are put forward, at one o'clock.
        at = at.zip_with(at.is_not_null(), _instants(local + timedelta(hours=1), doc.zone))
    skipped = local.filter(at.is_null() & local.is_not_null())
    if skipped.is_empty():
        return at
    rows = "1 row" if len(skipped) == 1 else f"{len(skipped)} rows"
    message = f"`{local.name}` holds {skipped[0]}, which the clocks of {doc.zone} skip ({rows})"
    raise SkippedTimes(local.name, message)


def _instants(local: pl.Series, zone: str) -> pl.Series:
    return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")


def _parsed(values: pl.Series, doc: ColumnDoc) -> pl.Series:
    if doc.type == "day":
        return values.str.to_date(doc.form, strict=True)
    return values.str.to_datetime(doc.form, strict=True)
