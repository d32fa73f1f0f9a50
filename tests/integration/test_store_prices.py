"""The record of list prices, in every store."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.stores import STORES, opened
from sconto.app.ports import PricesWrite, Store
from sconto.domain.prior_price import ListPrice
from sconto.store.memory import MemoryStore
from sconto.store.sqlite import SqliteStore

NOW = 99


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each store in turn, empty."""
    with opened(request.param, tmp_path) as made:
        yield made


def price(
    at_us: int, amount: int, product: str = "tea", place: str = "", way: str = ""
) -> ListPrice:
    """A price of tea everywhere."""
    return ListPrice(product, place, way, at_us, amount)


async def _kept(store: Store, *prices: ListPrice) -> int | ListPrice:
    return await store.commit_prices(PricesWrite(prices, NOW))


def _lowest(store: Store, since_us: int, until_us: int) -> int | None:
    return store.lowest_prices(["tea"], "DE", "store", since_us, until_us).get("tea")


async def test_the_lowest_price_in_force_in_a_window(store: Store) -> None:
    """What held when it began counts, what ended before or begins at its end does not."""
    assert 4 == await _kept(store, price(10, 500), price(20, 400), price(30, 600), price(50, 700))

    assert None is _lowest(store, 0, 10)
    assert 500 == _lowest(store, 0, 11)
    assert 400 == _lowest(store, 15, 60)
    assert 400 == _lowest(store, 29, 60)
    assert 600 == _lowest(store, 30, 60)
    assert 700 == _lowest(store, 50, 60)
    assert 600 == _lowest(store, 49, 50)


async def test_prices_of_other_products_and_places_do_not_count(store: Store) -> None:
    """A price of everywhere does, beside those of the place and the channel."""
    await _kept(
        store,
        price(10, 900),
        price(10, 800, place="DE"),
        price(10, 700, way="store"),
        price(10, 600, place="FR"),
        price(10, 500, place="DE", way="app"),
        price(10, 400, product="coffee"),
    )

    assert {"tea": 700} == store.lowest_prices(["tea"], "DE", "store", 0, 20)
    assert {"tea": 500} == store.lowest_prices(["tea"], "DE", "app", 0, 20)
    assert {"tea": 600, "coffee": 400} == store.lowest_prices(
        ["coffee", "milk", "tea"], "FR", "web", 0, 20
    )


async def test_a_price_is_kept_once_and_never_changed(store: Store) -> None:
    """The same price again is no news; another one is refused with all that came with it."""
    await _kept(store, price(10, 500))

    assert 1 == await _kept(store, price(10, 500), price(20, 400), price(20, 400))
    assert price(10, 500) == await _kept(store, price(30, 100), price(10, 499))
    assert isinstance(await _kept(store, price(40, 1), price(40, 2)), ListPrice)
    assert 400 == _lowest(store, 0, 60)


prices = st.builds(
    price,
    st.integers(0, 20),
    st.integers(0, 5),
    st.sampled_from(["tea", "coffee"]),
    st.sampled_from(["", "DE", "FR"]),
    st.sampled_from(["", "store"]),
)


@settings(deadline=None, max_examples=80)
@given(sent=st.lists(prices, max_size=12), since=st.integers(0, 20), length=st.integers(1, 20))
def test_both_stores_find_the_same(sent: list[ListPrice], since: int, length: int) -> None:
    """Whatever came in whatever order; and it is what a look at every instant finds."""

    async def keep(store: Store) -> None:
        for one in sent:
            await store.commit_prices(PricesWrite((one,), NOW))

    memory = MemoryStore()
    with tempfile.TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "s")) as file:
        asyncio.run(keep(memory))
        asyncio.run(keep(file))
        asked = (["tea", "coffee"], "DE", "store", since, since + length)
        found = file.lowest_prices(*asked)
        assert found == memory.lowest_prices(*asked)
    first: dict[tuple[str, str, str, int], ListPrice] = {}
    for one in sent:
        first.setdefault(one.key, one)
    for name in ("tea", "coffee"):
        held = []
        for place, way in ((p, w) for p in ("", "DE") for w in ("", "store")):
            own = {p.at_us: p.price for p in first.values() if p[:3] == (name, place, way)}
            for instant in range(since, since + length):
                until = [at for at in own if at <= instant]
                held += [own[max(until)]] if until else []
        assert found.get(name) == min(held, default=None)
