"""Files of earlier formats: opening them loses nothing, and they become what a new file is."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from contract.writes import decision, draw
from sconto.app.log_query import LogQuery
from sconto.app.ports import CodesWrite, PricesWrite
from sconto.domain.canonical import canonical
from sconto.domain.prior_price import ListPrice
from sconto.store.log_reader import SqliteLog
from sconto.store.schema import USER_VERSION
from sconto.store.sqlite import SqliteStore
from support.signed_logs import signed_log

FIXTURE = Path(__file__).parents[1] / "fixtures" / "record-3-retail.sqlite"
SENT = {"context": {"codes": [["gift", "1f"], ["other", "2f"]]}}
BECAME = {"outcome": {"codes": [{"status": "APPLIED"}, {"status": "NOT_CHOSEN"}]}}
CODE = "1f" * 16
KEPT = """
SELECT product_id, jurisdiction, channel, at_us, price, recorded_us FROM prices
WHERE at_us < 30 ORDER BY product_id, at_us
"""
TO_FORMAT_10 = """
DROP VIEW moves;
ALTER TABLE returns ADD COLUMN draws TEXT NOT NULL DEFAULT '[]';
UPDATE returns SET draws = coalesce(leaves.entry -> '$.draws', '[]')
FROM leaves WHERE leaves.seq = returns.seq;
DROP TABLE subtrees;
DROP TABLE leaves;
CREATE VIEW moves AS SELECT 0;
PRAGMA user_version = 10;
"""
TO_FORMAT_9 = (
    TO_FORMAT_10
    + """
DROP TABLE meta;
PRAGMA user_version = 9;
"""
)
TO_FORMAT_8 = (
    TO_FORMAT_9
    + """
ALTER TABLE prices RENAME TO newer;
CREATE TABLE prices (
  product_id TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  channel TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  price INTEGER NOT NULL CHECK (price >= 0),
  recorded_us INTEGER NOT NULL,
  PRIMARY KEY (product_id, jurisdiction, channel, at_us)
) STRICT, WITHOUT ROWID;
INSERT INTO prices
SELECT product_id, jurisdiction, channel, at_us, price, recorded_us FROM newer;
DROP TABLE newer;
PRAGMA user_version = 8;
"""
)
"""The table as format 8 wrote it."""
TO_FORMAT_7 = f"""{TO_FORMAT_8}
DROP TABLE log_codes;
DROP INDEX reservations_replaced;
PRAGMA user_version = 7;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "log.db"


async def test_entries_of_format_10_get_the_leaves_that_they_would_have_now(path: Path) -> None:
    """Of every kind, also where a return took draws from its reservation."""
    await signed_log(path.parent)
    path.with_name("decisions.sqlite").rename(path)
    with contextlib.closing(SqliteStore(path)) as store:
        before = store.leaves(1, 99)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(TO_FORMAT_10)

    with contextlib.closing(_upgraded(path)) as store:
        after = store.leaves(1, 99)
    assert len(before) == 14
    assert [_without_order(leaf) for leaf in after] == [_without_order(leaf) for leaf in before]


def _without_order(leaf: bytes) -> object:
    """What *leaf* says; what a return took stands after what it left."""
    said = json.loads(leaf)
    totals: Counter[tuple[str, int]] = Counter()
    for _, key, amount, limit in said.pop("draws", ()):
        totals[key, limit] += amount
    return said, totals


async def test_the_shops_currency_of_format_9_is_that_of_the_newest_decision(path: Path) -> None:
    """Rules that were kept later and decided nothing don't say what amounts are in."""
    with contextlib.closing(SqliteStore(path)) as store:
        for name, currency in enumerate(("JPY", "EUR", "USD")):
            shop = canonical([{"kind": "shop", "currency": currency}])
            await store.keep_ruleset(f"sha256:{name}", shop)
        assert store.shop_currency() == "JPY"
        await store.commit_decision(decision(1, record=canonical({"ruleset": "sha256:1"})))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(TO_FORMAT_9)

    store = SqliteStore(path)
    assert store.shop_currency() == "EUR"
    store.close()
    assert _form(path)[0] == USER_VERSION


def test_a_file_of_an_earlier_format_is_brought_to_this_one(path: Path) -> None:
    """With the tables of a new file and all that was in it; before, its log is read as it is."""
    shutil.copy(FIXTURE, path)
    with contextlib.closing(SqliteLog(path)) as log:
        before = log.entries(1, 99)
    assert len(before) == 12

    _upgraded(path).close()

    with contextlib.closing(SqliteLog(path)) as log:
        assert log.entries(1, 99) == before
    with contextlib.closing(SqliteStore(path)) as store:
        assert store.shop_currency() == "USD"


async def test_a_damaged_record_does_not_keep_a_file_of_an_earlier_format_back(path: Path) -> None:
    """It is named by the check; all others are brought along."""
    await _filled(path, TO_FORMAT_7)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE log SET record = x'00' WHERE seq = 2")

    with contextlib.closing(SqliteStore(path)) as store:
        assert [d.seq for d in store.decisions(LogQuery(code_set="gift"))] == [1]
        assert store.newest_seq() == 2


async def test_list_prices_of_format_8_are_in_the_currency_of_the_shop(path: Path) -> None:
    """All of them are kept, and none of them counts for another currency."""
    await _filled(path, TO_FORMAT_8)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT * FROM prices ORDER BY product_id, at_us").fetchall()

    with contextlib.closing(_upgraded(path)) as store:
        asked = (["brie", "wine"], "US-TN", "store", 0, 100)
        assert store.lowest_prices(*asked) == {"brie": 299, "wine": 999}
        assert store.lowest_prices(*asked, "EUR") == {}
        newer = (_price("brie", 199, 30, "EUR"), _price("brie", 289, 40))
        assert await store.commit_prices(PricesWrite(newer, 9)) == 2
        assert store.lowest_prices(*asked) == {"brie": 289, "wine": 999}
        assert store.lowest_prices(*asked, "EUR") == {"brie": 199}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute(KEPT).fetchall() == before


async def test_codes_of_format_7_are_known_and_found(path: Path) -> None:
    """Decisions are listed by the codes that they applied, and codes and prices are still there."""
    await _filled(path, TO_FORMAT_7)

    with contextlib.closing(_upgraded(path)) as store:
        found = {s: store.decisions(LogQuery(code_set=s)) for s in ("gift", "other")}
        assert {"gift": [1], "other": []} == {s: [e.seq for e in got] for s, got in found.items()}
        assert store.code_sets([CODE]) == {CODE: "gift"}
        assert store.codes_kept() == {"gift": 1}
        assert store.usage(["a/all/total"]) == {"a/all/total": 3}
        lowest = store.lowest_prices(["brie"], "US-TN", "store", 0, 100)
        assert lowest == {"brie": 299}


async def _filled(path: Path, downgrade: str) -> None:
    """A file with decisions, codes and list prices in the format that *downgrade* leads to."""
    record = canonical({**SENT, **BECAME})
    prices = (_price("brie", 299, 10), _price("brie", 349, 20), _price("wine", 999, 10))
    with contextlib.closing(SqliteStore(path)) as store:
        await store.commit_decision(decision(1, draw("a/all/total", 3), record=record))
        await store.commit_decision(decision(2, record=canonical({"context": {}, "outcome": {}})))
        await store.commit_codes(CodesWrite("gift", (CODE,)))
        await store.commit_prices(PricesWrite(prices, 9))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(downgrade)


def _upgraded(path: Path) -> SqliteStore:
    """The store of *path*, sound and with the tables of a new file."""
    store, new = SqliteStore(path), path.with_name("new.db")
    SqliteStore(new).close()
    assert store.discrepancies() == ()
    assert _form(path) == _form(new)
    return store


def _form(path: Path) -> tuple[object, list[object]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return version, connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
        ).fetchall()


def _price(product_id: str, price: int, at_us: int, currency: str = "") -> ListPrice:
    return ListPrice(product_id, "", "", at_us, price, currency)
