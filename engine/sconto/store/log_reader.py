"""SqliteLog: the decision log of a store's file, read from beside its server."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sconto.app.backtest.log import Logged, Span
from sconto.app.ports import Behaviour, ReservationState
from sconto.app.shop_currency import shop_currency
from sconto.domain.budget import BudgetView
from sconto.errors import StoreUnavailable
from sconto.store import lookup, rows
from sconto.store.read_only import connect_to_read
from sconto.store.schema import LAST_RULES

_ENTRIES: Final = """
SELECT log.seq, log.kind, log.decision_id, unpacked(log.record), held.state,
       coalesce(held.seq, log.seq),
       EXISTS (SELECT 1 FROM log AS r WHERE r.decision_id = log.decision_id AND r.kind = 'return')
FROM log
LEFT JOIN log AS made ON made.decision_id = log.decision_id AND made.kind = 'decision'
LEFT JOIN reservations AS held ON held.seq = made.seq
WHERE log.seq BETWEEN ? AND ? AND log.kind IN
  ('decision', 'redemption', 'release', 'expiry', 'replacement', 'return')
ORDER BY log.seq
"""
_DECISIONS: Final = " FROM log WHERE seq BETWEEN ? AND ? AND kind = 'decision'"
_SPAN: Final = """
SELECT min(seq), max(seq), count(*) FROM log
WHERE kind = 'decision' AND at_us >= ? AND at_us < ?
"""
_ALWAYS: Final = 1 << 62


class SqliteLog:
    """The DecisionLog port over a store's file, on a connection that can't write.

    Raises StoreUnavailable on opening, as `connect_to_read` does.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect_to_read(path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def span(self, from_us: int | None, to_us: int | None) -> Span:
        """See DecisionLog."""
        start = -_ALWAYS if from_us is None else from_us
        end = _ALWAYS if to_us is None else to_us
        ((first, last, count),) = self._select(_SPAN, start, end)
        if not count:
            return Span(1, 0, 0, 0, 0)
        ((begun, ended),) = self._select(
            f"SELECT min(at_us), max(at_us){_DECISIONS}",
            first,
            last,
        )
        return Span(first, last, count, begun, ended)

    def entries(self, first: int, last: int) -> Sequence[Logged]:
        """See DecisionLog."""
        return [
            Logged(seq, kind, about, record, state and ReservationState(state), made, bool(again))
            for seq, kind, about, record, state, made, again in self._select(_ENTRIES, first, last)
        ]

    def shoppers(self, first: int, last: int) -> Sequence[str]:
        """See DecisionLog."""
        sql = f"SELECT DISTINCT user_ref{_DECISIONS}"
        return [ref for (ref,) in self._select(sql, first, last)]

    def ids(self, first: int, last: int) -> Sequence[tuple[int, str]]:
        """See DecisionLog."""
        sql = f"SELECT seq, decision_id{_DECISIONS}"
        return self._select(sql, first, last)

    def opening(self, before: int) -> BudgetView:
        """See DecisionLog."""
        sql = "SELECT key, sum(delta) FROM moves WHERE seq < ? GROUP BY key HAVING sum(delta) <> 0"
        return dict(self._select(sql, before))

    def ruleset_documents(self, digest: str) -> bytes | None:
        """See DecisionLog."""
        found = self._select("SELECT documents FROM rulesets WHERE digest = ?", digest)
        return rows.documents(digest, found)

    def shop_currency(self) -> str:
        """The shop's own currency by the rules of the newest decision; empty without one."""
        found = self._select(LAST_RULES)
        return shop_currency(found[0][0]) if found else ""

    def digests(self) -> Sequence[str]:
        """The digests of all rulesets that are kept, sorted."""
        return [digest for (digest,) in self._select("SELECT digest FROM rulesets ORDER BY digest")]

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See DecisionLog."""
        try:
            return lookup.behaviour(self._connection, user_ref, since_us, until_us, without)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store can't be read: {error}") from error

    def _select(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the store can't be read: {error}") from error
