"""Training rows from a real decision log: decided, redeemed and reported through the real store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contract.writes import HASH
from golden_rules import GOOD, write
from sconto.app.ports import EventsWrite, SentEvent, Step, StepWrite, StoredAnswer
from sconto.domain.behaviour import BehaviourEvent
from sconto.domain.canonical import canonical
from sconto.domain.experiment import Experiment
from sconto.errors import StoreUnavailable
from sconto.learning.data import decision_log
from sconto.learning.data.leaks import leaks
from sconto.learning.data.prepare import prepare
from sconto.learning.drift.features import Level
from sconto.learning.drift.report import report_on
from sconto.learning.examples import Columns
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from support import builders
from support.deciding import command, decider

RECIPE = Path(__file__).parents[2] / "models/decisions/recipe.yaml"
SECOND = 1_000_000
DAY = 86_400
HOLDOUT = Experiment("trial", "s", 500_000, 0, builders.ALWAYS)


async def filled(folder: Path, shoppers: int = 12) -> None:
    """A log of two decisions for each shopper, half of the shoppers held out, some redeemed."""
    store = SqliteStore(Settings(rules=Path(), data=folder).log_file)
    decide = decider(store)
    budget = builders.budget("campaign", 1_000_000)
    offers = builders.offer("cheese", 1000, budgets=("campaign",))
    rules = builders.ruleset(offers, budgets=[budget], experiment=HOLDOUT)
    for n in range(2 * shoppers):
        user, later = f"u{n // 2}", n % 2 * 10 * DAY * SECOND
        context = builders.context(user_ref=user, shopper={"shopper.tenure_days": n})
        moment = replace(context.moment, as_of_us=context.moment.as_of_us + later)
        asked = command(rules, replace(context, moment=moment), request_id=f"r{n}")
        await decide.decide(asked, canonical)
    for entry in store.due(1 << 60, 1_000)[::2]:
        at = builders.AS_OF_US + SECOND
        await store.commit_step(
            StepWrite("", StoredAnswer(HASH, b""), entry.decision_id, Step.REDEEM, at, b"{}")
        )
    events = [
        SentEvent(f"u{n}", f"e{n}", BehaviourEvent("purchase", builders.AS_OF_US + SECOND, 1_250))
        for n in range(0, shoppers, 3)
    ]
    await store.commit_events(EventsWrite(tuple(events)))
    store.close()


async def test_every_decision_is_a_row(tmp_path: Path) -> None:
    """Arm, depth, logged propensity, redemption and shopper facts must be those of the records."""
    await filled(tmp_path)

    rows = decision_log.decisions(tmp_path)

    assert 24 == rows.height
    assert {"none", "cheese"} == set(rows["given"])
    given, held = rows.filter(given="cheese"), rows.filter(given="none")
    assert {0.1} == set(given["depth"])
    assert {0.5} == set(rows["propensity"])
    assert {"holdout"} == set(held["group"])
    assert 0 < given["redeemed"].sum() < given.height
    assert 0 == held["redeemed"].sum()
    assert set(range(24)) == set(rows["shopper_tenure_days"])
    assert rows["as_of"].is_sorted()


async def test_the_recipe_of_the_log_makes_examples(tmp_path: Path) -> None:
    """The shipped recipe must make rows with propensities, outcomes, history and no leak."""
    await filled(tmp_path, 40)

    prepared = prepare(RECIPE, tmp_path)

    train = prepared.examples["train"]
    assert ("none", "discount") == train.columns.arms
    assert train.propensity is not None
    assert np.allclose(0.5, train.propensity)
    later = train.time > train.time.min()
    assert {0.0} == set(train.outcome[later])
    assert 0 < train.outcome[~later].mean() < 0.7
    assert np.allclose(12.5, train.value[train.outcome == 1])
    purchases = train.numeric[:, train.columns.numeric.index("purchases")]
    assert set(purchases[~later]) == {0}
    assert 1 in set(purchases[later])
    assert train.events is not None
    assert train.events.mask[later].any()
    assert () == leaks(prepared.recipe, tmp_path, prepared.tables)


async def test_a_log_is_held_against_the_log_that_was_learnt_from(tmp_path: Path) -> None:
    """All later decisions must be compared, in the ids of then; more of the same has not moved."""
    await filled(tmp_path / "then", 40)
    await filled(tmp_path / "now", 90)
    prepared = prepare(RECIPE, tmp_path / "then")

    report = report_on(prepared, tmp_path / "now", score=False, months=True)

    assert 180 == report.actual_rows
    assert () == report.not_sent
    assert {Level.SMALL} == {d.level for d in report.features}
    assert report.outcome is not None
    assert ["2026-11", "2026-12"] * 2 == [m.month for m in report.months]


async def test_what_decisions_were_told_is_read_as_a_model_reads_it(tmp_path: Path) -> None:
    """Decimals and money in the units that the ruleset declares; what it declares not, never."""
    facts = (
        "kind: facts\nfacts:\n"
        "  shopper.seen: {type: decimal, places: 2, description: Seen.}\n"
        "  shopper.spend: {type: money, description: Spent.}\n"
        "  shopper.who: {type: text, description: Who.}\n"
        "  line.abv_percent: {type: decimal, places: 1, description: Strength.}\n"
    )
    keep = {n: t for n, t in GOOD.items() if n.startswith(("shop", "offers", "budgets"))}
    write(tmp_path / "rules", {**keep, "facts.yaml": facts})
    rules = load_folder(tmp_path / "rules")
    store = SqliteStore(Settings(rules=Path(), data=tmp_path).log_file)
    await store.keep_ruleset(rules.digest, rules.documents)
    decide = decider(store)
    told = {"shopper.seen": 1_250, "shopper.spend": 990, "shopper.who": "ann", "shopper.x": 7}
    for n, known in enumerate((told, {"shopper.who": "zoe"})):
        context = builders.context(user_ref=f"u{n}", shopper=known)
        await decide.decide(command(rules, context, request_id=f"r{n}"), canonical)
    store.close()
    columns = Columns(("seen", "spend", "x", "y"), ("who",), (("ann",),), ("a",), (None,), "o")

    found = decision_log.sent(tmp_path, columns)

    order = np.argsort(np.isnan(found.numeric[:, 0]))
    nan = np.nan
    wanted = [[12.5, 9.9, nan, nan], [nan] * 4]
    assert np.allclose(wanted, found.numeric[order], equal_nan=True)
    assert [1, 0] == found.categorical[order, 0].tolist()
    assert {"seen", "spend", "who"} == found.names


async def test_an_empty_log_has_the_columns(tmp_path: Path) -> None:
    """A log without decisions must give empty tables that SQL can be written for."""
    await filled(tmp_path, 0)

    assert 0 == decision_log.decisions(tmp_path).height
    assert "propensity" in decision_log.decisions(tmp_path).columns
    assert ["user_ref", "kind", "at", "amount"] == decision_log.behaviour(tmp_path).columns


@pytest.mark.parametrize("table", ["decisions", "behaviour"])
def test_no_log_is_made_by_looking_for_one(tmp_path: Path, table: Any) -> None:
    """A folder without a log must be refused, and stay without one."""
    with pytest.raises(StoreUnavailable, match="there is no decision log"):
        getattr(decision_log, table)(tmp_path)
    assert [] == list(tmp_path.iterdir())
