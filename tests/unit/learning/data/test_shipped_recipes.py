"""The recipes that ship, on the data that ship: their figures are those of the sources."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from sconto.learning.data.leaks import leaks
from sconto.learning.data.prepare import Prepared, prepare
from sconto.learning.data.recipe import read_data_recipe
from sconto.learning.data.report import report_on
from sconto.learning.data.sources import SourceUnusable
from sconto.learning.judge.run import experiment_slope_of
from support.shipped import MODELS, shipped

RECIPES = (
    "finance", "travel", "ecommerce", "email", "redemption", "retail", "shoppers", "decisions",
)  # fmt: skip


@pytest.fixture(scope="module")
def finance() -> Prepared:
    """The loan offers."""
    return shipped(MODELS / "finance/recipe.yaml")


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_that_ships_can_be_read(name: str) -> None:
    """Each shipped recipe must be free of mistakes and named like its folder."""
    assert name == read_data_recipe(MODELS / name / "recipe.yaml").doc.name


def test_data_that_do_not_ship_are_asked_for() -> None:
    """A recipe whose data can't be shipped must say which file to give."""
    with pytest.raises(SourceUnusable, match="needs `--data` with a file"):
        prepare(MODELS / "email/recipe.yaml")


def test_loan_offers_are_those_of_the_paper(finance: Prepared) -> None:
    """53,810 letters, 53,178 at or below the regular rate, 8.46 % of those applied."""
    rows = sum(len(e) for e in finance.examples.values())
    applied = sum(o["applied"].sum() for o in finance.outcomes.values()) / rows

    assert 53_810 == finance.tables.cleaned["offers"].read
    assert 53_178 == rows
    assert 0.0846 == pytest.approx(applied, abs=5e-5)


def test_a_higher_rate_brings_fewer_applications_as_in_the_paper(finance: Prepared) -> None:
    """Applications must fall by .00268 (s.e. .00043 by branch) for each point of the rate."""
    offers = finance.tables.frames["priced"].filter(pl.col("depth") >= 0)
    controls = offers.select("risk", pl.col("wave").cast(pl.String)).to_dummies(drop_first=True)
    x = np.column_stack([offers["offer4"], controls, np.ones(offers.height)])
    y = offers["applied"].to_numpy().astype(np.float64)
    bread = np.linalg.inv(x.T @ x)
    slope = bread @ (x.T @ y)
    branch = offers["branchuse"].rank("dense").to_numpy().astype(np.int64) - 1
    scores = np.zeros((branch.max() + 1, x.shape[1]))
    np.add.at(scores, branch, x * (y - x @ slope)[:, None])
    error = np.sqrt((bread @ (scores.T @ scores) @ bread)[0, 0])

    assert -0.00268 == pytest.approx(slope[0], abs=5e-6)
    assert 0.00043 == pytest.approx(error, abs=5e-6)


def test_the_slope_of_take_up_is_that_of_the_paper(finance: Prepared) -> None:
    """Take-up must fall by .0024 for each point of the rate; gates hold models against it."""
    slope = experiment_slope_of(finance)

    assert slope is not None
    assert 53_178 == slope.rows
    assert -0.0024 == pytest.approx(slope.slope, abs=5e-5)
    assert 0.0004 < slope.error < 0.0005


def test_rates_were_drawn_by_chance(finance: Prepared) -> None:
    """Within risk band and wave no feature may tell the arms apart, and chances must add up."""
    report = report_on(finance, None)
    chances = finance.examples["train"].propensities

    assert report.balance is not None
    assert report.balance.far <= 1
    assert report.leaks is None
    assert chances is not None
    assert np.allclose(1, chances.sum(axis=1))
    assert chances.min() > 0.05


def test_depths_of_loan_offers_follow_their_arms(finance: Prepared) -> None:
    """The depth of each row must be near that of its arm, and deeper for a later arm."""
    rows = finance.examples["test"]
    means = [rows.depth[rows.arm == arm].mean() for arm in range(4)]

    assert sorted(means) == means
    assert np.allclose(means, [d or 0 for d in rows.columns.depths], atol=0.02)


def test_people_are_not_among_the_features(finance: Prepared) -> None:
    """Age and sex must be beside the rows to check fairness with, and not in them."""
    columns = finance.examples["train"].columns

    assert {"branchuse", "age", "female"} == set(finance.audit["train"].columns)
    assert set() == {"age", "female"} & {*columns.numeric, *columns.categorical}
    assert len(finance.examples["train"]) == finance.audit["train"].height


def test_hotel_bookings_are_those_of_the_article() -> None:
    """119,390 bookings, 37 % cancelled; nothing of the future in what is known at booking."""
    prepared = shipped(MODELS / "travel/recipe.yaml")
    bookings = prepared.tables.frames["bookings"]

    assert 119_390 == bookings.height
    assert 0.370 == pytest.approx(bookings["is_canceled"].mean(), abs=5e-4)
    assert {"train", "test"} == set(prepared.examples)
    assert () == leaks(prepared.recipe, None, prepared.tables)


def test_sessions_are_those_of_the_article() -> None:
    """12,330 sessions, 15.5 % with a purchase, and nothing that is counted from the purchase."""
    prepared = shipped(MODELS / "ecommerce/recipe.yaml")
    sessions = prepared.tables.frames["sessions"]

    assert 12_330 == sessions.height
    assert 0.155 == pytest.approx(sessions["Revenue"].mean(), abs=5e-4)
    assert "PageValues" not in sessions.columns


@pytest.mark.slow
def test_campaigns_are_those_of_complete_journey() -> None:
    """3,780 and 1,653 household-campaigns, 12.2 and 16.1 % redeemed; no leak; last purchases."""
    prepared = shipped(MODELS / "redemption/recipe.yaml")
    train, test = prepared.examples["train"], prepared.examples["test"]

    assert (3_780, 1_653) == (len(train), len(test))
    assert (0.122, 0.161) == (
        pytest.approx(train.outcome.mean(), abs=5e-4),
        pytest.approx(test.outcome.mean(), abs=5e-4),
    )
    assert 46 == len(train.columns.numeric) + len(train.columns.categorical)
    assert test.time.min() >= 1_506_830_400
    assert train.events is not None
    assert train.events.mask.mean() > 0.9
    assert () == leaks(prepared.recipe, None, prepared.tables)


def test_checkouts_know_their_past_and_nothing_later() -> None:
    """One checkout in three, three in four followed by another within a week; no leak."""
    prepared = shipped(MODELS / "retail/recipe.yaml")
    train, test = prepared.examples["train"], prepared.examples["test"]

    assert (28_762, 9_242) == (len(train), len(test))
    assert (0.752, 0.750) == (
        pytest.approx(train.outcome.mean(), abs=5e-4),
        pytest.approx(test.outcome.mean(), abs=5e-4),
    )
    assert () == leaks(prepared.recipe, None, prepared.tables)
    assert not np.isnan(train.numeric).any()


def test_a_checkout_is_counted_by_hand() -> None:
    """Features and outcome of some rows must be what a plain look at the lines gives."""
    prepared = shipped(MODELS / "retail/recipe.yaml")
    rows, known = prepared.examples["test"], prepared.tables.frames["baskets"]
    at = {name: i for i, name in enumerate(rows.columns.numeric)}
    for i in range(0, len(rows), 900):
        now, own = int(rows.time[i]), known.filter(pl.col("household_id") == int(rows.unit[i]))
        past = own.filter(pl.col("bought") < now, pl.col("bought") >= now - 56 * 86_400)
        ever = own.filter(pl.col("bought") < now)["bought"]
        taken_off = 1 - past["paid"].sum() / past["shelf"].sum()
        next_at = min((b for b in own["bought"] if _day(b) > _day(now)), default=None)

        assert past.height == rows.numeric[i, at["baskets_56d"]]
        assert past["paid"].sum() == pytest.approx(rows.numeric[i, at["spend_56d"]], abs=5e-3)
        assert int(taken_off * 10_000) == pytest.approx(
            rows.numeric[i, at["discount_share_56d"]], abs=1
        )
        assert (
            min((now - ever.max()) // 86_400, 56) == rows.numeric[i, at["days_since_last_basket"]]
        )
        assert min((now - ever.min()) // 86_400, 56) == rows.numeric[i, at["tenure_days"]]
        assert (next_at is not None and next_at <= now + 7 * 86_400) == rows.outcome[i]


def _day(instant: int) -> date:
    """The day of *instant* where the shops are."""
    return datetime.fromtimestamp(instant, ZoneInfo("America/New_York")).date()
