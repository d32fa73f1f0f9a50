"""The statement that lists decisions: it walks the index of one filter, newest first.

So a page is read in its order and no further, however long the log is.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sconto.app.log_query import LogQuery
from sconto.store.rows import mask


class _Filter(NamedTuple):
    """Rows of *table* stand for decisions, whose numbers are in its column *seq*."""

    table: str
    seq: str
    walked: str
    """Holds of the rows that are walked: one for each decision."""
    held: str
    """Holds of decisions that have such a row, where another table is walked."""


_REPLACED: Final = _Filter(
    "reservations",
    "seq",
    "walked.state = 'replaced'",
    "EXISTS (SELECT 1 FROM reservations AS r WHERE r.seq = log.seq AND r.state = 'replaced')",
)
_RETURNED: Final = _Filter(
    "returns",
    "reservation",
    "NOT EXISTS (SELECT 1 FROM returns AS r"
    " WHERE r.reservation = walked.reservation AND r.seq < walked.seq)",
    "EXISTS (SELECT 1 FROM returns AS r WHERE r.reservation = log.seq)",
)
_BY_CODE: Final = _Filter(
    "log_codes",
    "seq",
    "walked.set_id = ?",
    "EXISTS (SELECT 1 FROM log_codes AS c WHERE c.set_id = ? AND c.seq = log.seq)",
)
_BY_OFFER: Final = _Filter(
    "log_offers",
    "seq",
    "walked.offer_id = ?",
    "EXISTS (SELECT 1 FROM log_offers AS o WHERE o.offer_id = ? AND o.seq = log.seq)",
)


class Dialect(NamedTuple):
    """What differs between databases."""

    record: str
    join: str
    mark: str


SQLITE: Final = Dialect("unpacked(log.record)", "CROSS JOIN", "?")
"""Of a cross join SQLite walks the first table."""
POSTGRES: Final = Dialect("log.record", "JOIN", "%s")
"""Records come packed."""


def decisions_sql(query: LogQuery, dialect: Dialect = SQLITE) -> tuple[str, tuple[Any, ...]]:
    """The statement that finds what *query* asks for, and its values."""
    filters: list[tuple[_Filter, tuple[str, ...]]] = [
        *([(_REPLACED, ())] if query.replaced else []),
        *([(_RETURNED, ())] if query.returned else []),
        *([(_BY_CODE, (query.code_set,))] if query.code_set else []),
        *([(_BY_OFFER, (query.offer_id,))] if query.offer_id else []),
    ]
    # A shopper has few decisions, and an index of their own.
    walk = None if query.user_ref else next(iter(filters), None)
    source, seq = "log", "log.seq"
    clauses: list[tuple[str, tuple[Any, ...]]] = []
    if walk is not None:
        table, values = walk
        seq = f"walked.{table.seq}"
        source = f"{table.table} AS walked {dialect.join} log ON log.seq = {seq}"
        clauses.append((table.walked, values))
    clauses += [(each.held, values) for each, values in filters if each is not (walk and walk[0])]
    reasons = None if query.reason is None else mask([query.reason])
    asked: list[tuple[str, Any]] = [
        ("log.user_ref = ?", query.user_ref or None),
        ("log.reasons & ? <> 0", reasons),
        ("log.at_us >= ?", query.from_us),
        ("log.at_us < ?", query.to_us),
        (f"{seq} < ?", query.before_seq),
        (f"{seq} >= ?", query.from_seq or None),
    ]
    clauses += [(clause, (value,)) for clause, value in asked if value is not None]
    where = " AND ".join(["log.kind = 'decision'", *(clause for clause, _ in clauses)])
    values = tuple(value for _, own in clauses for value in own)
    columns = (
        f"log.seq, log.kind, log.decision_id, log.at_us, {dialect.record}, log.user_ref, "
        "coalesce(log.request_key, '')"
    )
    sql = f"SELECT {columns} FROM {source} WHERE {where} ORDER BY {seq} DESC LIMIT ?"  # noqa: S608
    return sql.replace("?", dialect.mark), (*values, query.limit)
