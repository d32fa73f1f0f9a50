"""What an operator does to a database: bring it to the present format."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from sconto.errors import StoreUnavailable, StoreUnfit
from sconto.store.postgres.connecting import CONNECT_SECONDS, one_line, shown
from sconto.store.postgres.schema import NAMESPACE, VERSION, Migrated, migrate

_OLDEST: Final = 150_000
"""PostgreSQL 15."""


def unbounded(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection for work that may take long; raises StoreUnavailable when there is none."""
    try:
        return psycopg.connect(url, connect_timeout=CONNECT_SECONDS, autocommit=True)
    except psycopg.Error as error:
        raise StoreUnavailable(f"can't connect to `{shown(url)}`: {one_line(error)}") from error


def migrate_database(url: str) -> Migrated:
    """Bring the database at *url* to the present format; see `migrate`.

    Raises StoreUnfit for a server that is too old, a database in another encoding, and one with a
    schema of our name or a later format; StoreUnavailable when it can't be reached.
    """
    with unbounded(url) as connection:
        if connection.info.server_version < _OLDEST:
            message = f"`{shown(url)}` is PostgreSQL {connection.info.server_version // 10_000}"
            raise StoreUnfit(message, "use PostgreSQL 15 or later")
        if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
            message = f"the database `{shown(url)}` is in the encoding {encoding}"
            raise StoreUnfit(message, "make it anew with `ENCODING UTF8 TEMPLATE template0`")
        try:
            done = migrate(connection)
        except psycopg.errors.DuplicateSchema as error:
            message = f"the schema `{NAMESPACE}` in `{shown(url)}` is of another program"
            raise StoreUnfit(message, "name a database of its own with `--store`") from error
        except psycopg.Error as error:
            message = f"`{shown(url)}` was left as it was: {one_line(error)}"
            raise StoreUnavailable(message) from error
    if done.now > VERSION:
        message = f"the store `{shown(url)}` has format {done.now}, this version uses {VERSION}"
        raise StoreUnfit(message, "use the version of sconto that migrated it, or a later one")
    return done
