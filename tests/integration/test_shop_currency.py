"""Amounts of a store stay in the shop's own currency: rules in another one are refused."""

from __future__ import annotations

import subprocess
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from sconto.app.in_force import Outcome
from sconto.app.shop_currency import check_currency, shop_currency
from sconto.domain.canonical import canonical, digest, parse
from sconto.errors import StoreUnavailable, Unavailable
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore
from support.publishing import MADE_US, envelope, statement
from support.served import RULES, SCONTO, keyed
from unit.api import publications
from unit.app.test_reload import bench

JPY = b'[{"currency":"JPY","kind":"shop"}]'


def in_yen(documents: bytes) -> bytes:
    """*documents* of a shop whose own currency is the yen."""
    read = parse(documents)
    for document in read:
        if document["kind"] == "shop":
            document["currency"] = "JPY"
    return canonical(read)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_store_keeps_the_currency_of_its_first_rules(kind: str, tmp_path: Path) -> None:
    """Rules in that currency go on; in another one they are refused with both names."""
    path = tmp_path / "log.db"
    with closing(MemoryStore() if kind == "memory" else SqliteStore(path)) as store:
        await check_currency(store, JPY)
        await store.keep_ruleset("sha256:1", JPY)
        await store.keep_ruleset("sha256:2", publications.retail().documents)
        assert "JPY" == store.shop_currency()

        await check_currency(store, JPY)
        with pytest.raises(Unavailable, match=r"have USD .* amounts are in JPY") as refused:
            await check_currency(store, publications.retail().documents)
    assert "name USD in `exchange-rates.yaml`" in refused.value.help


async def test_a_reload_to_another_currency_changes_nothing() -> None:
    """The rules before go on, and the report names both currencies."""
    retail = publications.retail()
    async with bench(retail, in_yen(retail.documents)) as b:
        await b.store.keep_ruleset(retail.digest, retail.documents)
        assert not await b.change()

    assert b.holder().ruleset is retail
    assert Outcome.REFUSED is b.holder.last.outcome
    assert "have JPY as the shop's currency" in b.holder.last.error


@pytest.mark.parametrize("validate_only", [False, True])
async def test_a_publication_in_another_currency_is_refused(validate_only: bool) -> None:
    """A dry run says so too."""
    documents = in_yen(publications.retail().documents)
    made = envelope(statement(digest(documents), made_us=MADE_US + 1_000_000), "anna", "ben")
    async with publications.shop() as d:
        failure = await publications.refused(
            d, publications.publish(1, made, documents=documents, validate_only=validate_only)
        )
    assert grpc.StatusCode.FAILED_PRECONDITION is failure.code
    assert "RULES_REFUSED" == failure.info.reason
    assert "have JPY as the shop's currency" in failure.message


class _AwayStore(MemoryStore):
    """A store that says nothing of its currency."""

    def shop_currency(self) -> str:
        """See Store."""
        raise StoreUnavailable("the store gave no answer within 2 s")


async def test_a_store_that_is_away_is_no_fault_of_published_rules() -> None:
    """They may be sent again as they are."""
    async with publications.shop(_AwayStore()) as d:
        failure = await publications.refused(d, publications.publish(1))
    assert grpc.StatusCode.UNAVAILABLE is failure.code
    assert "STORE_UNAVAILABLE" == failure.info.reason


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_server_in_another_currency_does_not_start(processes: int, tmp_path: Path) -> None:
    """It ends with code 3 and says what to do; nothing else is in the data folder afterwards."""
    keyed(tmp_path)
    with closing(SqliteStore(tmp_path / "decisions.sqlite")) as store:
        await store.keep_ruleset("sha256:1", JPY)
    command = [SCONTO, "serve", "--port", "0", "--data", str(tmp_path), "--rules", str(RULES)]
    command += ["--processes", str(processes)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: ASYNC221

    assert 3 == ran.returncode
    assert "have USD as the shop's currency, and the data folder's amounts are in JPY" in ran.stderr
    assert "a data folder of their own" in ran.stderr


@pytest.mark.parametrize("documents", [b"offers", b"[]", b'[{"kind":"facts"}]'])
def test_documents_without_a_shop_have_no_currency(documents: bytes) -> None:
    """They are of no ruleset that decides."""
    assert "" == shop_currency(documents)
