"""A table from a PostgreSQL query: a real server, started for the test, stopped after it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sconto.learning.data.prepare import prepare
from sconto.learning.data.sources import SourceUnusable
from unit.learning.data.shops import OFFERS, shop

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = shutil.which("initdb") or (str(_INSTALLED[-1]) if _INSTALLED else None)

pytestmark = pytest.mark.skipif(INITDB is None, reason="PostgreSQL is not installed")


def run(program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL as a user who is not root, as it demands."""
    user = "nobody" if os.geteuid() == 0 else None
    path = Path(str(INITDB)).parent / program
    subprocess.run([path, *arguments], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The connection string of a fresh cluster that only this machine's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "shop", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c fsync=off -k {folder}"
    run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        address = f"host={folder} user=shop dbname=postgres"
        with psycopg.connect(address) as database:
            database.execute("CREATE SEQUENCE numbers")
        yield address
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_a_query_of_postgresql_is_a_table(tmp_path: Path, cluster: str) -> None:
    """The same rows from PostgreSQL, in its own types, must make the same examples as from CSV."""
    with psycopg.connect(cluster) as database, database.cursor() as cursor:
        cursor.execute(
            'CREATE TABLE offers (customer text, "on" date, arm boolean, seen integer,'
            " age integer, visit boolean, spend numeric(9, 2))"
        )
        with cursor.copy("COPY offers FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(OFFERS)
    from_csv = prepare(shop(tmp_path)).examples["train"].digest()

    path = shop(
        tmp_path,
        lambda r: r["tables"]["offers"].update(
            {"from": {"postgresql": cluster, "query": "SELECT * FROM offers"}}
        ),
    )

    assert from_csv == prepare(path).examples["train"].digest()


@pytest.mark.parametrize(
    ("query", "message"),
    [("SELECT * FROM nowhere", "nowhere"), ("SELECT nextval('numbers')", "read-only")],
)
def test_a_query_only_reads(tmp_path: Path, cluster: str, query: str, message: str) -> None:
    """A bad query must be told in PostgreSQL's words, and one that writes must be refused."""
    path = shop(
        tmp_path,
        lambda r: r["tables"]["offers"].update({"from": {"postgresql": cluster, "query": query}}),
    )

    with pytest.raises(SourceUnusable, match=f"table `offers`: .*{message}"):
        prepare(path)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A connection that fails must be one line, not a traceback."""
    source = {"postgresql": f"host={tmp_path} user=shop", "query": "SELECT 1"}
    path = shop(tmp_path, lambda r: r["tables"]["offers"].update({"from": source}))

    with pytest.raises(SourceUnusable, match="table `offers`: connection"):
        prepare(path)
