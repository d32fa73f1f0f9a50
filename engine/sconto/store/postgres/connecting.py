"""Connections to the database of a log, on which every wait has an end."""

from __future__ import annotations

import logging
import select
from typing import Any, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sconto.errors import StoreUnavailable, StoreUnfit
from sconto.store.postgres.schema import NAMESPACE, VERSION

_T = TypeVar("_T")

LOCK_MS: Final = 2_000
"""How long a commit waits for those of other replicas, as with SQLite."""
STATEMENT_MS: Final = 2_500
"""A statement that takes longer is given up by the server."""
IDLE_MS: Final = 1_000
"""A replica that stands still between the two halves of a commit loses it after so long.

Others wait behind it; its own callers are told that nothing was written.
"""
ANSWER_SECONDS: Final = 2.8
"""The server, or what lies between, is given up when it has said nothing for so long."""
CONNECT_SECONDS: Final = 2
_TRANSACTION_TIMEOUT: Final = 170_000
"""The first version of the server that bounds whole transactions."""

# Every error is raised or told by us.
logging.getLogger("psycopg").setLevel(logging.ERROR)


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed by whatever leaves its state in doubt, a late answer among it."""

    def wait(self, gen: PQGen[_T], interval: float = 0.1, timeout: float | None = None) -> _T:
        """See psycopg.Connection."""
        try:
            return super().wait(gen, interval, ANSWER_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            self.pgconn.finish()
            raise

    @property
    def is_open(self) -> bool:
        """Whether the server has not closed it: it says nothing unasked, but that it ends."""
        if self.closed:
            return False
        heard = select.poll()
        heard.register(self.pgconn.socket, select.POLLIN)
        return not heard.poll(0)


def shown(url: str) -> str:
    """*url* as it may be printed: without a password."""
    parts = conninfo_to_dict(url)
    host, port, name = (str(parts.get(key) or "") for key in ("host", "port", "dbname"))
    if host.startswith("/"):
        return f"postgresql:///{name}?host={host}"
    return f"postgresql://{host}{f':{port}' if port else ''}/{name}"


def one_line(error: psycopg.Error) -> str:
    """What *error* says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def connect(url: str, *, to_write: bool) -> Connection:
    """A connection to the store at *url*, in autocommit.

    Raises StoreUnavailable when there is none to be had, and StoreUnfit for a database without a
    store, or with one of another format.
    """
    settings = {
        "search_path": NAMESPACE,
        "lock_timeout": LOCK_MS,
        "statement_timeout": STATEMENT_MS,
        "idle_in_transaction_session_timeout": IDLE_MS,
        "default_transaction_read_only": "off" if to_write else "on",
        # Plans are kept while a log grows from nothing: one for a small table must not be.
        "enable_seqscan": "off",
    }
    try:
        connection = _connected(url, settings)
        try:
            recognise(connection, url)
            if to_write:
                _bound(connection)
        except BaseException:
            connection.close()
            raise
    except psycopg.Error as error:
        message = f"can't connect to the store `{shown(url)}`: {one_line(error)}"
        raise StoreUnavailable(message) from error
    return connection


def _connected(url: str, settings: dict[str, object]) -> Connection:
    given = conninfo_to_dict(url)
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    info = make_conninfo(
        url,
        options=f"{given.get('options', '')} {options}".strip(),
        application_name=str(given.get("application_name", "sconto")),
        connect_timeout=CONNECT_SECONDS,
        # Of several hosts the one that takes writes: a standby may lag behind what was answered.
        target_session_attrs="read-write"
        if settings["default_transaction_read_only"] == "off"
        else "primary",
    )
    return Connection.connect(info, autocommit=True)


def recognise(connection: psycopg.Connection[tuple[Any, ...]], url: str) -> None:
    """Raise StoreUnfit unless *connection* is to a store of the present format."""
    try:
        ((version,),) = connection.execute("SELECT version FROM format").fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        message = f"the database `{shown(url)}` holds no store"
        raise StoreUnfit(message, "run `sconto store migrate` with the same `--store`") from error
    if version != VERSION:
        message = f"the store `{shown(url)}` has format {version}, this version uses {VERSION}"
        newer = "use the version of sconto that migrated it, or a later one"
        older = "run `sconto store migrate` with the same `--store`"
        raise StoreUnfit(message, newer if version > VERSION else older)


def _bound(connection: Connection) -> None:
    """Have COMMIT wait for the disk, and end transactions whose replica stands still in one."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', FALSE)"
        " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )
    if connection.info.server_version >= _TRANSACTION_TIMEOUT:
        connection.execute(f"SET transaction_timeout = {LOCK_MS + STATEMENT_MS}")
