"""PostgresStore: the Store port in a PostgreSQL database, for any number of replicas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import psycopg

from sconto.app.log_query import LogQuery
from sconto.app.ports import Behaviour, LogEntry, Reservation, StoredAnswer
from sconto.domain.budget import BudgetView
from sconto.errors import StoreUnavailable
from sconto.store import rows
from sconto.store.committer import Writer
from sconto.store.durable import DurableStore
from sconto.store.log_query import POSTGRES, decisions_sql
from sconto.store.packing import unpacked
from sconto.store.postgres import lookup
from sconto.store.postgres.connecting import Connection, connect, one_line
from sconto.store.postgres.writer import PostgresWriter
from sconto.store.schema import CHECKPOINT, CURRENCY, OF_RULES

_T = TypeVar("_T")
_ENTRY: Final = (
    "SELECT seq, kind, decision_id, at_us, record, user_ref, coalesce(request_key, '') FROM log"
)


class Database:
    """The Source of the store at *url*."""

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self) -> Connection:
        """See Source; raises StoreUnavailable as `connect` does."""
        return connect(self._url, to_write=False)

    def is_open(self, connection: Connection) -> bool:
        """See Source."""
        return connection.is_open

    def close(self, connection: Connection) -> None:
        """See Source."""
        connection.close()


class PostgresStore(DurableStore[Connection]):
    """The Store port over the database at *url*.

    Commits go to *writer*, by default one over the same database. Opening raises StoreUnavailable
    for a database that can't be reached or holds no store.
    """

    def __init__(self, url: str, writer: Writer | None = None) -> None:
        super().__init__(writer or PostgresWriter(url), Database(url))

    def lowest_prices(
        self,
        product_ids: Sequence[str],
        jurisdiction: str,
        channel: str,
        since_us: int,
        until_us: int,
        currency: str = "",
    ) -> Mapping[str, int]:
        """See Store."""
        asked = (product_ids, jurisdiction, channel, since_us, until_us, currency)
        return self._read(lambda c: lookup.lowest_prices(c, *asked))

    def code_sets(self, refs: Sequence[str]) -> Mapping[str, str]:
        """See Store."""
        asked = [bytes.fromhex(ref) for ref in refs]
        sql = "SELECT encode(ref, 'hex'), set_id FROM codes WHERE ref = ANY(%s)"
        return dict(self._select(sql, (asked,)))

    def codes_kept(self) -> Mapping[str, int]:
        """See Store."""
        return dict(self._select("SELECT set_id, count(*) FROM codes GROUP BY set_id"))

    def keys_in_use(self, prefix: str) -> int:
        """See Store."""
        sql = "SELECT count(*) FROM balance WHERE key >= %s AND key < %s AND used <> 0"
        ((count,),) = self._select(sql, (prefix, f"{prefix}\U0010ffff"))
        return int(count)

    def publications(self, after_seq: int) -> tuple[LogEntry, ...]:
        """See Store."""
        return self._entries(f"{_ENTRY} WHERE {OF_RULES} AND seq > %s ORDER BY seq", (after_seq,))

    def ruleset_documents(self, digest: str) -> bytes | None:
        """See Store."""
        found = self._select("SELECT documents FROM rulesets WHERE digest = %s", (digest,))
        return rows.documents(digest, found)

    def shop_currency(self) -> str:
        """See Store."""
        return self._meta(CURRENCY)

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        sql = "SELECT entry FROM leaves WHERE seq BETWEEN %s AND %s ORDER BY seq"
        return [entry.encode() for (entry,) in self._select(sql, (first, last))]

    def subtrees(self, level: int, first: int, last: int) -> Sequence[bytes]:
        """See Store."""
        sql = "SELECT hash FROM subtrees WHERE level = %s AND nth BETWEEN %s AND %s ORDER BY nth"
        return [hashed for (hashed,) in self._select(sql, (level, first, last))]

    def checkpoint(self) -> str:
        """See Store."""
        return self._meta(CHECKPOINT)

    def answer(self, request_key: str) -> StoredAnswer | None:
        """See Store."""
        return self._read(lambda c: lookup.answer(c, request_key))

    def usage(self, keys: Sequence[str]) -> BudgetView:
        """See Store."""
        sql = "SELECT key, used FROM balance WHERE key = ANY(%s) AND used <> 0"
        return dict(self._select(sql, ([*keys],)))

    def behaviour(
        self, user_ref: str, since_us: int, until_us: int, without: str = ""
    ) -> Behaviour:
        """See Store."""
        return self._read(lambda c: lookup.behaviour(c, user_ref, since_us, until_us, without))

    def decision(self, decision_id: str) -> LogEntry | None:
        """See Store."""
        sql = f"{_ENTRY} WHERE decision_id = %s AND kind = 'decision'"
        return next(iter(self._entries(sql, (decision_id,))), None)

    def history(self, decision_id: str) -> tuple[LogEntry, ...]:
        """See Store."""
        return self._entries(f"{_ENTRY} WHERE decision_id = %s ORDER BY seq", (decision_id,))

    def reservation(self, decision_id: str) -> Reservation | None:
        """See Store."""
        return self._read(lambda c: lookup.reservation(c, decision_id))

    def held(self) -> int:
        """See Store."""
        ((count,),) = self._select("SELECT count(*) FROM reservations WHERE state = 'held'")
        return int(count)

    def due(self, now_us: int, limit: int) -> tuple[Reservation, ...]:
        """See Store."""
        return self._read(lambda c: lookup.due(c, now_us, limit))

    def newest_seq(self) -> int:
        """See Store."""
        ((newest,),) = self._select("SELECT coalesce(max(seq), 0) FROM log")
        return int(newest)

    def decisions(self, query: LogQuery) -> tuple[LogEntry, ...]:
        """See Store."""
        return self._entries(*decisions_sql(query, POSTGRES))

    def _meta(self, name: str) -> str:
        found = self._select("SELECT value FROM meta WHERE name = %s", (name,))
        return found[0][0] if found else ""

    def _look(self) -> None:
        self.newest_seq()

    def _has_events_to_forget(self, before_us: int, limit: int) -> bool:
        return self._read(lambda c: lookup.has_events_to_forget(c, before_us, limit))

    def _entries(self, sql: str, values: Sequence[Any]) -> tuple[LogEntry, ...]:
        found = self._select(sql, values)
        return tuple(
            LogEntry(seq, kind, about, at_us, unpacked(record), user_ref, request_key)
            for seq, kind, about, at_us, record, user_ref, request_key in found
        )

    def _select(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._read(lambda c: lookup.ask(c, sql, values).fetchall())

    def _read(self, question: Callable[[Connection], _T]) -> _T:
        try:
            return question(self._readers.connection)
        except psycopg.Error as error:
            raise StoreUnavailable(f"the store can't be read: {one_line(error)}") from error
