"""A small backtest is told in exactly the words of its reviewed files.

After a wanted change: `UPDATE_GOLDEN=1 pytest tests/golden/backtest`, then read the diff.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sconto.app.backtest.budget_state import shared_holders
from sconto.app.backtest.metrics import read_threshold
from sconto.app.backtest.report import About, report_of
from sconto.app.backtest.run import Run
from sconto.app.backtest.tally import Tally
from sconto.app.ports import Step
from sconto.cli.rules.backtest_text import print_report
from sconto.domain.ruleset import BudgetHolder, GuardrailKind, Period, Ruleset
from support import builders
from support.backtests import MemoryLog, StaleHands, sides

HERE = Path(__file__).parent
HOUR_US = 3_600_000_000


def _rules(name: str, depth: int, limit: int) -> Ruleset:
    holder, cap = BudgetHolder.SHOPPER, GuardrailKind.DISCOUNT_CAP
    offers = [
        builders.offer("cheese", depth, budgets=("month", "shopper"), supplier_share_bp=2500),
        builders.offer("everything", 500, minimum_spend=5000, budgets=("month",)),
    ]
    budgets = [
        builders.budget("month", limit, period=Period.MONTH),
        builders.budget("shopper", 300, holder=holder, period=Period.DAY),
    ]
    cap_rule = builders.guardrail("largest", cap, amount=450)
    made = builders.ruleset(*offers, budgets=budgets, guardrails=[cap_rule])
    return replace(made, digest=f"sha256:{name}")


def _log(ruleset: Ruleset) -> MemoryLog:
    log = MemoryLog()
    for i, (user, price, cost) in enumerate(
        [("u1", 1000, 600), ("u2", 2000, 1200), ("u1", 1500, 900), ("u3", 6000, 3000),
         ("u4", 900, None), ("u5", 1200, 700), ("u2", 800, 500)]
    ):  # fmt: skip
        line = builders.line(list_price=price, unit_cost=cost)
        context = builders.context(line, user_ref=user)
        day = builders.DAY + timedelta(days=i // 4)
        at_us = builders.AS_OF_US + i * 6 * HOUR_US
        moment = replace(context.moment, as_of_us=at_us, local_date=day, weekday=day.weekday())
        log.decide(replace(context, moment=moment), ruleset)
        if i == 1:
            log.step("d2", Step.RELEASE)
    log.step("d1", Step.REDEEM)
    log.kept[-3] = replace(log.kept[-3], record=b"{")
    return log


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """The report on a log of seven decisions, one of which can't be read."""
    old, new = _rules("old", 1000, 700), _rules("new", 2000, 500)
    log = _log(old)
    tally = Tally(log.span(None, None), "USD")
    both = sides(log, None, new, old)
    run = Run(log, both, tally.span, shared_holders(dict.fromkeys(builders.PLACES, "")))
    run.go(StaleHands(log, both, 2), tally)
    names = {"largest": "Largest discount"}
    about = About("logged", "", "rules/draft", new.digest, "var/log", None, names)
    limits = ("discount_cost > +5 %", "budgets_run_out > 2")
    return report_of(tally, about, [read_threshold(text) for text in limits])


def test_the_tables_are_as_reviewed(
    report: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every table and every note, in words for people."""
    print_report(report)
    told = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines()) + "\n"

    assert told == _reviewed("report.txt", told)


def test_the_json_is_as_reviewed(report: dict[str, Any]) -> None:
    """Every key, in an order that never changes."""
    told = json.dumps(report, indent=2) + "\n"

    assert told == _reviewed("report.json", told)


def _reviewed(name: str, told: str) -> str:
    golden = HERE / name
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(told)
    return golden.read_text()
