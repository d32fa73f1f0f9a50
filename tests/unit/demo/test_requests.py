"""What `sconto play` sends: well-formed, the same in every run, nothing protected."""

from __future__ import annotations

import csv
import importlib
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import protovalidate
import pytest

from sample_data import held_back
from sconto.demo import retail
from sconto.demo.assortment import ASSORTMENT
from sconto.demo.industries import INDUSTRIES
from sconto.demo.requests import rows_from
from sconto.demo.retail import cost_percent
from sconto.demo.tally import minor
from sconto.learning.data.prepare import Prepared
from sconto.rulebook.check.protected import PROTECTED
from sconto.rulebook.loader import load_folder
from support.shipped import MODELS, shipped

ROOT = Path(__file__).parents[3]
RECIPE = MODELS / "retail/recipe.yaml"
SAMPLED = [name for name, industry in INDUSTRIES.items() if industry.sample]
PERSONAL = set(PROTECTED) | {
    "babies", "children", "country", "dependants", "edhi", "female", "province", "region", "rural",
}  # fmt: skip
"""Words in the columns of the sources that say something about a person's family or home."""
LARGEST_SAMPLE = 150_000
CURRENCIES = {"retail": "USD", "travel": "EUR", "finance": "GBP", "ecommerce": "EUR"}


@pytest.fixture(autouse=True)
def _prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retail, "prepare", shipped)


def made(name: str, skip: int, count: int) -> list[Any]:
    """*count* requests of the industry *name*."""
    industry = INDUSTRIES[name]
    source = RECIPE if industry.sample is None else ROOT / "samples" / industry.sample
    requests: list[Any] = importlib.import_module(industry.module).baskets(source, skip, count)
    return requests


@cache
def some(name: str) -> list[Any]:
    """All requests of a sample, or the first of the retail baskets."""
    return made(name, 0, 1000 if INDUSTRIES[name].sample else 50)


def lines_of(name: str, category: str) -> Iterator[dict[str, Any]]:
    """The facts of each line of *category* in the requests of *name*, by fact name."""
    for request in some(name):
        for line in request.basket.lines:
            if line.category == category:
                yield {fact.name: getattr(fact, fact.WhichOneof("value")) for fact in line.facts}


def test_every_industry_has_requests() -> None:
    """The four businesses are here, each with enough for a day."""
    assert ["retail", "travel", "finance", "ecommerce"] == list(INDUSTRIES)
    assert [549, 693, 869] == [len(some(name)) for name in SAMPLED]


@pytest.mark.parametrize("name", INDUSTRIES)
def test_requests_are_well_formed(name: str) -> None:
    """Each keeps the contract of the wire, and no piece costs nothing or more than its price."""
    for request in some(name):
        protovalidate.validate(request)
        assert CURRENCIES[name] == request.currency_code
        for line in request.basket.lines:
            assert 0 < minor(line.unit_cost) <= minor(line.list_price)
            assert all(
                fact.money.currency_code == request.currency_code and minor(fact.money) >= 0
                for fact in line.facts
                if fact.HasField("money")
            )


@pytest.mark.parametrize("name", INDUSTRIES)
def test_requests_are_the_same_in_every_run(name: str) -> None:
    """Only the request ids are new, so that a second run is no retry of the first."""
    first = some(name)[:20]
    shipped.cache_clear()
    second = made(name, 0, 20)

    assert not {r.request_id for r in first} & {r.request_id for r in second}
    assert [without_id(r) for r in first] == [without_id(r) for r in second]


def without_id(request: Any) -> bytes:
    """*request* but for its id."""
    copy = type(request)()
    copy.CopyFrom(request)
    copy.ClearField("request_id")
    return bytes(copy.SerializeToString(deterministic=True))


@pytest.mark.parametrize("name", INDUSTRIES)
def test_the_next_run_goes_on_where_the_last_stopped(name: str) -> None:
    """Skipped requests are not made again."""
    assert [without_id(r) for r in some(name)[7:12]] == [without_id(r) for r in made(name, 7, 5)]


@pytest.mark.parametrize("name", INDUSTRIES)
def test_no_fact_says_who_a_person_is(name: str) -> None:
    """Neither the facts nor their names carry a protected attribute."""
    facts = {
        fact.name
        for request in some(name)
        for facts in (request.shopper.attributes, *(line.facts for line in request.basket.lines))
        for fact in facts
    }

    assert facts
    assert set() == {word for name in facts for word in re.split(r"[._]", name)} & PERSONAL


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_are_small_and_say_nothing_about_who_a_person_is(name: str) -> None:
    """What is committed is small, and its protected columns were left out."""
    sample = ROOT / "samples" / str(INDUSTRIES[name].sample)
    with sample.open(encoding="utf-8") as file:
        columns = next(csv.reader(file))

    assert sample.stat().st_size < LARGEST_SAMPLE
    assert set() == {word for c in columns for word in c.lower().split("_")} & PERSONAL
    assert not any(column.startswith("reservation_status") for column in columns)


@pytest.fixture
def checkouts() -> Prepared:
    """The rows of the retail recipe."""
    return shipped(RECIPE)


def test_retail_baskets_are_those_of_their_checkout(checkouts: Prepared) -> None:
    """Each request holds the goods of one held-back checkout, at what they cost on the shelf."""
    rows = checkouts.examples["test"]
    total = rows.numeric[:, rows.columns.numeric.index("basket_total")]

    for i, request in enumerate(some("retail")):
        paid = sum(minor(line.list_price) * line.quantity for line in request.basket.lines)
        assert f"household-{rows.unit[i]}" == request.shopper.shopper_id
        assert round(float(total[i]) * 100) == paid


def test_every_input_of_the_retail_model_is_a_fact_that_is_sent(checkouts: Prepared) -> None:
    """Its features are facts that the rules declare, and are sent in the declared types."""
    declared = load_folder(ROOT / "rules/retail").facts
    inputs = checkouts.examples["test"].columns.numeric
    facts = {f"shopper.{name}" for name in inputs}

    for request in some("retail"):
        assert facts == {fact.name for fact in request.shopper.attributes}
        for fact in request.shopper.attributes:
            assert declared[fact.name].type.value == fact.WhichOneof("value")


def test_what_a_return_is_worth_is_what_such_baskets_brought(checkouts: Prepared) -> None:
    """The worth in the rules must be the mean margin of baskets after more than a week's absence.

    Of the training period; what was charged, less the assumed unit costs.
    """
    since, until = (
        datetime(2017, *day, tzinfo=UTC).timestamp() for day in ((2, 27, 5), (10, 15, 4))
    )
    lines = checkouts.tables.frames["lines"]
    goods = lines.select("department", "category").unique()
    percent = goods.with_columns(pl.Series("percent", [cost_percent(*row) for row in goods.rows()]))
    margin = pl.col("paid") - pl.col("shelf") * pl.col("percent") / 100
    brought = (
        lines.join(percent, on=["department", "category"])
        .group_by("household_id", "basket_id", "bought")
        .agg(margin.sum().alias("margin"))
        .sort("household_id", "bought")
        .with_columns(absent=pl.col("bought").diff().over("household_id"))
        .filter(pl.col("absent") > 7 * 86_400, pl.col("bought").is_between(since, until))
    )

    worth = load_folder(ROOT / "rules/retail").objective.worth
    assert worth == round(float(brought["margin"].mean()) * 100)


def test_retail_baskets_need_no_torch() -> None:
    """Who plays has no torch, and nothing that only training needs."""
    code = (
        "import sys;"
        "[sys.modules.__setitem__(name, None) for name in ('torch', 'sklearn', 'lightgbm')];"
        "import sconto.demo.retail"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr)


def test_rows_begin_again_after_the_last(tmp_path: Path) -> None:
    """A run that passes the end goes on with the first row, and sends none twice."""
    path = tmp_path / "rows.csv"
    path.write_text("row\n0\n1\n2\n")

    assert ["2", "0"] == [row["row"] for row in rows_from(path, 5, 2)]
    assert ["1", "2", "0"] == [row["row"] for row in rows_from(path, 1, 10)]


def test_only_changed_packages_have_a_contract_price() -> None:
    """A package that was booked before says what it cost then, and some became cheaper."""
    packages = list(lines_of("travel", "PACKAGE"))
    changed = [facts for facts in packages if facts["line.booked"]]

    assert 0 < len(changed) < len(packages)
    assert all(("line.contract_price" in f) == f["line.booked"] for f in packages)
    assert {True, False} == {minor(f["line.cost_decrease"]) > 0 for f in changed}


def test_some_fares_are_shown_without_their_charges() -> None:
    """The law about shown prices of flights gets something to say, but not about most."""
    shown = [facts["line.price_includes_charges"] for facts in lines_of("travel", "AIR FARE")]

    assert 0 < shown.count(False) < shown.count(True)


def test_regular_loans_keep_the_caps_on_their_cost() -> None:
    """The list price is lawful: at most 0.8 % of the principal a day, and the principal in all."""
    for request in some("finance"):
        (line,) = request.basket.lines
        facts = {fact.name: fact for fact in line.facts}
        principal = minor(facts["line.principal"].money)
        outstanding = minor(facts["line.principal_days"].money)
        assert minor(line.list_price) <= min(outstanding * 8 // 1000, principal)
        assert minor(facts["line.default_fee"].money) <= 15_00


def test_a_cost_of_credit_is_worked_out_by_hand() -> None:
    """1,000 rand are 250 pounds; four months at 7.75 % a month come to 77.50."""
    first = some("finance")[0]

    assert 77_50 == minor(first.basket.lines[0].list_price)
    assert "low" == next(f.text for f in first.shopper.attributes if f.name == "shopper.risk_band")


def test_carts_hold_different_goods_and_one_parcel() -> None:
    """No product is dealt into a cart twice, and the parcel comes last."""
    for request in some("ecommerce"):
        products = [line.product_id for line in request.basket.lines]
        assert len(products) == len(set(products))
        assert ["parcel"] == [p for p in products if p == products[-1]]


def test_only_old_books_say_whether_their_price_is_free() -> None:
    """Before 18 months a publisher can't have ended the fixed price, so nothing is sent."""
    books = list(lines_of("ecommerce", "BOOKS"))

    assert {True, False} == {"line.price_binding_ended" in facts for facts in books}
    for facts in books:
        assert ("line.price_binding_ended" in facts) == (facts["line.days_since_publication"] > 546)


def test_the_assortment_has_what_the_laws_speak_about() -> None:
    """Every product gets into some cart, with the facts that the laws on its kind read."""
    needed = {
        "BOOKS": {
            "line.publisher_price",
            "line.days_since_publication",
            "line.collected_in_shop",
            "line.book_sale_basis",
            "line.days_since_last_supply",
        },
        "WINE": {"line.abv_percent", "line.volume_ml", "line.price_cut_days"},
        "COFFEE": {
            "line.reference_price",
            "line.loyalty_credit",
            "line.fruit_or_vegetable",
            "line.spoils_soon_unadvertised",
        },
        "SHIPPING": {"line.ships_books", "line.book_order_total"},
        "TOYS": {"line.lowest_price_30d", "line.clearance_evidence"},
    }
    sold = {line.product_id for r in some("ecommerce") for line in r.basket.lines}

    assert {product.id for product in ASSORTMENT} | {"parcel"} == sold
    for category, names in needed.items():
        assert all(names <= set(facts) for facts in lines_of("ecommerce", category))
    assert all("line.lowest_price_30d" not in facts for facts in lines_of("ecommerce", "TABLETS"))


@pytest.mark.parametrize("name", SAMPLED)
def test_facts_are_what_the_model_learns_by_and_of_rows_it_never_saw(name: str) -> None:
    """Every row is one that the recipe holds back, and its facts are the recipe's own features."""
    rows, _ = held_back(name)
    test = shipped(MODELS / name / "recipe.yaml").examples["test"]
    position = {row: i for i, row in enumerate(rows["row"])}
    columns = test.columns

    assert len(rows) == len(test)
    for request, row in zip(some(name), rows_from(sample_of(name), 0, 1000), strict=True):
        sent = {fact.name.removeprefix("shopper."): fact for fact in request.shopper.attributes}
        numbers = [number_of(sent.get(column)) for column in columns.numeric]
        texts = [text_of(sent.get(column)) for column in columns.categorical]
        i = position[int(row["row"])]
        assert np.array_equal(np.float32(numbers), test.numeric[i], equal_nan=True)
        assert texts == [
            listed[at - 1] if at else (text if text not in listed else "listed")
            for text, listed, at in zip(
                texts, columns.vocabularies, test.categorical[i], strict=True
            )
        ]


def sample_of(name: str) -> Path:
    """The committed sample of the industry *name*."""
    return ROOT / "samples" / str(INDUSTRIES[name].sample)


def number_of(fact: Any) -> float:
    """What a model is shown of *fact*: amounts in major units; NaN where it was not sent."""
    if fact is None:
        return math.nan
    value = getattr(fact, fact.WhichOneof("value"))
    return minor(value) / 100 if fact.HasField("money") else float(value)


def text_of(fact: Any) -> str | None:
    """*fact* as a category; None where it was not sent."""
    return None if fact is None else str(getattr(fact, fact.WhichOneof("value")))
