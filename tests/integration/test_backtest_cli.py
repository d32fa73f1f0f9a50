"""`sconto rules backtest` on a real log: what it tells, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sconto.store.packing import packed
from sconto.store.sqlite import SqliteStore
from support.backtest_runs import backtest, fill, rules_in
from support.served import RULES

COUNT = 100
SVG = "{http://www.w3.org/2000/svg}"

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rules that the log is made on."""
    return rules_in(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, rules: Path) -> Path:
    """A log of bookings."""
    data = tmp_path_factory.mktemp("log") / "data"
    assert 0 == fill(data, rules, COUNT)
    return data


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules under which the month's money for rooms is soon gone."""
    folder = tmp_path_factory.mktemp("tight")
    changes = {'limit: "15000.00"': 'limit: "300.00"', 'pacing: {ahead_at_most: "20 %"}\n': ""}
    return rules_in(folder, {"budgets/monthly-rooms.yaml": changes})


@pytest.fixture
def broken(log: Path, tmp_path: Path) -> tuple[Path, list[str]]:
    """A copy of the log with two records that can't be read, and their decisions' ids."""
    data = tmp_path / "broken"
    data.mkdir()
    with closing(sqlite3.connect(log / "decisions.sqlite")) as whole:
        whole.execute(f"VACUUM INTO '{data / 'decisions.sqlite'}'")
    with closing(sqlite3.connect(data / "decisions.sqlite")) as copy:
        find = "SELECT decision_id FROM log WHERE kind = 'decision' ORDER BY seq LIMIT 2"
        ids = [name for (name,) in copy.execute(find)]
        spoilt = (b"damaged", packed(b'{"schema": "sconto.decision/3"}'))
        for name, raw in zip(ids, spoilt, strict=True):
            change = "UPDATE log SET record = ? WHERE decision_id = ? AND kind = 'decision'"
            copy.execute(change, (raw, name))
        copy.commit()
    return data, ids


def test_the_rules_that_made_a_log_change_nothing_in_it(
    rules: Path, log: Path, capsys: Capsys
) -> None:
    """Every decision comes out as it is in the log, and so do the sums."""
    ran = backtest(capsys, "logged", rules, "--log", log, "--format", "json")
    metrics = ran.json["metrics"]

    assert (0, COUNT) == (ran.code, metrics["decisions"]["new"])
    assert metrics["discounts"]["old"] > 10
    assert [] == [name for name, m in metrics.items() if m["change"] and name != "decisions"]
    assert [] == ran.json["biggest"]


def test_a_smaller_budget_runs_out_and_costs_less(log: Path, tight: Path, capsys: Capsys) -> None:
    """The report says when it runs out, what changes, and which decisions to look at."""
    told = backtest(capsys, "logged", tight, "--log", log, "--format", "json").json
    rooms = [b for b in told["budgets"] if b["budget"] == "monthly-rooms"]
    biggest = told["biggest"][0]

    assert told["changes"]["given_to_none"] > 0
    assert told["metrics"]["discount_cost"]["change"] < 0
    assert told["metrics"]["net_revenue"]["change"] == -told["metrics"]["discount"]["change"]
    assert any(b["new"]["ran_out"] and not b["old"]["ran_out"] for b in rooms)
    assert all(b["new"]["peak"] <= 300_00 for b in rooms)
    assert f"sconto log show {biggest['decision_id']} --data {log}" == biggest["show"]
    assert abs(biggest["discount_cost_change"]) >= abs(told["biggest"][-1]["discount_cost_change"])


def test_workers_change_nothing(rules: Path, log: Path, tight: Path, capsys: Capsys) -> None:
    """Two processes tell, byte for byte, what one tells."""
    words = (rules, tight, "--log", log, "--format", "json")

    assert backtest(capsys, *words).out == backtest(capsys, *words, "--workers", "2").out


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("discount_cost > +5 %", 0),
        ("discount_cost < -1 %", 1),
        ("discount_cost < -0.01", 1),
        ("budgets_run_out > 0", 1),
        ("changed > 90 %", 0),
        ("net_revenue < +0", 0),
    ],
)
def test_limits_decide_the_exit_code(
    log: Path, tight: Path, capsys: Capsys, limit: str, code: int
) -> None:
    """A limit that is passed ends with 1, and the report says which."""
    ran = backtest(capsys, "logged", tight, "--log", log, "--fail-if", limit)

    assert code == ran.code
    assert f"{'FAILED' if code else 'held'}: fail if {limit}" in ran.out


@pytest.mark.parametrize("limit", ["discount_cost", "profit > 1", "margin > 5 %", "changed > x"])
def test_a_limit_that_says_nothing_is_wrong_usage(
    rules: Path, log: Path, capsys: Capsys, limit: str
) -> None:
    """It is refused before anything is decided."""
    ran = backtest(capsys, "logged", rules, "--log", log, "--fail-if", limit)

    assert (2, "") == (ran.code, ran.out)
    assert ran.err.startswith("error: ")


def test_the_picture_has_both_sides_and_what_runs_out(
    log: Path, tight: Path, capsys: Capsys, tmp_path: Path
) -> None:
    """An SVG with a curve for each side and a mark where the budget runs out; twice the same."""
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for path in (first, second):
        backtest(capsys, "logged", tight, "--log", log, "--plot", path)
    root = ET.fromstring(first.read_bytes())  # noqa: S314 - our own file
    ids = {element.get("id") for element in root.iter(f"{SVG}g")}

    assert f"{SVG}svg" == root.tag
    assert {"old-cost", "new-cost", "ran-out-new-0"} <= ids
    assert first.read_bytes() == second.read_bytes()


def test_records_that_cannot_be_read_are_named(
    rules: Path, broken: tuple[Path, list[str]], capsys: Capsys
) -> None:
    """They are counted and named with what is wrong, and the others are decided."""
    data, ids = broken
    told = backtest(capsys, "logged", rules, "--log", data, "--format", "json").json
    shown = backtest(capsys, "logged", rules, "--log", data, "--fail-if", "unreadable > 0")

    assert COUNT - 2 == told["metrics"]["decisions"]["new"]
    assert ids == [entry["decision_id"] for entry in told["unreadable"]]
    assert 1 == shown.code
    assert all(decision_id in shown.out for decision_id in ids)


def test_a_sample_is_drawn_over_the_whole_log(
    rules: Path, log: Path, tight: Path, capsys: Capsys
) -> None:
    """The same decisions each time, with budgets as they were in the log."""
    words = (rules, tight, "--log", log, "--sample", "40", "--format", "json")
    first, second = backtest(capsys, *words), backtest(capsys, *words)

    assert first.out == second.out
    assert (40, False) == (first.json["sampled"], first.json["budgets_followed"])
    assert 40 == first.json["metrics"]["decisions"]["new"]
    assert [] == first.json["budgets"]


def test_a_ruleset_is_found_by_its_digest(
    rules: Path, log: Path, tight: Path, capsys: Capsys
) -> None:
    """The log keeps the rules it was made by; the beginning of their digest names them."""
    by_folder = backtest(capsys, rules, tight, "--log", log, "--format", "json").json
    digest = by_folder["old"]["digest"]
    by_digest = backtest(capsys, digest[:15], tight, "--log", log, "--format", "json").json

    assert digest == by_digest["old"]["digest"]
    assert by_folder["metrics"] == by_digest["metrics"]
    assert 1 == backtest(capsys, "sha256:0000", tight, "--log", log).code


def test_a_span_of_days_leaves_the_rest_out(
    rules: Path, log: Path, capsys: Capsys, tmp_path: Path
) -> None:
    """Both ends count by the instant of the decision, and a span of nothing is no error."""
    out = tmp_path / "report.json"
    words = ("logged", rules, "--log", log, "--from", "2026-11-12")
    told = backtest(capsys, *words, "--to", "2026-11-15", "--format", "json", "--out", out).json
    empty = backtest(capsys, *words, "--to", "2026-11-12", "--fail-if", "discount_cost > +5 %")

    assert 0 < told["metrics"]["decisions"]["new"] < COUNT
    assert "2026-11-12" <= told["from"] <= told["to"] < "2026-11-15"
    assert told == json.loads(out.read_text())
    assert 0 == empty.code
    assert "the log holds no decision in that time" in empty.out


def test_what_cannot_be_loaded_ends_with_3(
    rules: Path, log: Path, capsys: Capsys, tmp_path: Path
) -> None:
    """No log, no rules and a file of another program: one line, and no empty log is made."""
    other = tmp_path / "other"
    other.mkdir()
    with closing(sqlite3.connect(other / "decisions.sqlite")) as file:
        file.execute("CREATE TABLE t (x)")
    SqliteStore(tmp_path / "new" / "decisions.sqlite").close()

    assert 3 == backtest(capsys, "logged", rules, "--log", tmp_path / "none").code
    assert not (tmp_path / "none").exists()
    assert 3 == backtest(capsys, "logged", tmp_path / "no-rules", "--log", log).code
    assert 3 == backtest(capsys, "logged", rules, "--log", other).code
    assert 0 == backtest(capsys, "logged", rules, "--log", tmp_path / "new").code
    assert 2 == backtest(capsys, "logged", rules, "--log", log, "--plot", "cost.gif").code


def test_rules_in_another_currency_than_the_log_are_refused(log: Path, capsys: Capsys) -> None:
    """Its amounts would be read as others; the message says which currencies they are."""
    ran = backtest(capsys, "logged", RULES, "--log", log)

    assert 3 == ran.code
    assert "have USD as the shop's currency, and the data folder's amounts are in EUR" in ran.err


def test_filling_a_log_again_gives_the_same_log(
    rules: Path, log: Path, tmp_path: Path, capsys: Capsys
) -> None:
    """The same seed and end give the same records; a folder with a log is left alone."""
    assert 0 == fill(tmp_path / "again", rules, COUNT)
    assert 1 == fill(tmp_path / "again", rules, COUNT)
    capsys.readouterr()
    read = "SELECT kind, decision_id, at_us, user_ref, record FROM log ORDER BY seq"
    logs = []
    for data in (log, tmp_path / "again"):
        with closing(sqlite3.connect(data / "decisions.sqlite")) as file:
            logs.append(file.execute(read).fetchall())
    store = SqliteStore(log / "decisions.sqlite")

    assert logs[0] == logs[1]
    assert COUNT == sum(kind == "decision" for kind, *_ in logs[0])
    assert {"decision", "redemption", "release"} <= {kind for kind, *_ in logs[0]}
    assert () == store.discrepancies()
    store.close()
