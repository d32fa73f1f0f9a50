"""`sconto learn drift` as a person and a monitor run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from golden_rules import GOOD, write
from sconto.cli.main import sconto
from sconto.domain.canonical import canonical
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from support import builders
from support.deciding import command, decider
from unit.learning.data.shops import shop

ROWS = 240
WRITTEN_OFFERS = "customer,on,arm,seen,age,visit,spend"


def offers(moved: int) -> str:
    """Offers over four months; from March on `seen` is larger by *moved*."""
    chance = np.random.default_rng(0)
    lines = [WRITTEN_OFFERS]
    for n in range(ROWS):
        month = 1 + 4 * n // ROWS
        seen = int(chance.integers(0, 50)) + (moved if month > 2 else 0)
        visit = "yes" if chance.random() < 0.5 else "no"
        lines.append(
            f"c{n},2026-0{month}-{1 + n % 28:02},{'yes' if n % 2 else 'no'},{seen},30,{visit},1"
        )
    return "\n".join(lines) + "\n"


def moved_shop(folder: Path, moved: int) -> Path:
    """A recipe whose test period starts in March, over such offers."""
    return shop(
        folder,
        lambda r: r["split"].update(until="2026-05-01"),
        lambda r: r["features"].update(categories={"who": "'anybody'"}),
        offers=offers(moved),
    )


def learn_drift(*words: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(sconto, ["learn", "drift", *map(str, words)])


def test_a_planted_drift_is_named_first_with_its_month(tmp_path: Path) -> None:
    """Table and JSON must lead with the feature that moved, and tell the months and the score."""
    path = moved_shop(tmp_path, 60)

    text = learn_drift(path, "--by", "month", "--score")
    told = learn_drift(path, "--by", "month", "--score", "--format", "json")

    assert 0 == text.exit_code == told.exit_code
    report: dict[str, Any] = json.loads(told.stdout)
    moved = {d["name"]: d for d in report["features"]}["seen"]
    assert "large" == moved["level"]
    assert {"2026-01", "2026-02", "2026-03", "2026-04"} == {m["month"] for m in report["months"]}
    assert "expected" not in report["score"]
    assert "2026-03" in text.stdout
    assert "seen" in text.stdout


@pytest.mark.parametrize(
    ("moved", "bound", "code"), [(0, "0.25", 0), (60, "0.25", 1), (60, "50", 0)]
)
def test_a_monitor_is_told_by_the_exit_code(
    tmp_path: Path, moved: int, bound: str, code: int
) -> None:
    """`--fail-at` must end with 1 for a feature beyond it, name it, and with 0 for none."""
    path = moved_shop(tmp_path, moved)

    done = learn_drift(path, "--fail-at", bound)

    assert code == done.exit_code
    if code:
        assert "`seen`" in str(done.exception)


def test_pictures_are_written_only_on_request(tmp_path: Path) -> None:
    """Without `--out` nothing may be written; with it, the same pictures each time."""
    path = moved_shop(tmp_path, 60)
    before = sorted(tmp_path.rglob("*"))

    learn_drift(path, "--by", "month")
    assert before == sorted(tmp_path.rglob("*"))

    for folder in ("one", "two"):
        assert 0 == learn_drift(path, "--by", "month", "--out", tmp_path / folder).exit_code
    for name in ("drift.svg", "months.svg"):
        drawn = (tmp_path / "one" / name).read_bytes()
        assert b">seen</text>" in drawn
        assert drawn == (tmp_path / "two" / name).read_bytes()


async def test_a_servers_log_is_held_against_the_training_rows(tmp_path: Path) -> None:
    """Facts in decision records must be compared by name; features never sent must be named."""
    path = moved_shop(tmp_path, 0)
    declared = "kind: facts\nfacts:\n  shopper.seen: {type: integer, description: Seen.}\n"
    keep = {n: t for n, t in GOOD.items() if n.startswith(("shop", "offers", "budgets"))}
    write(tmp_path / "rules", {**keep, "facts.yaml": declared})
    rules = load_folder(tmp_path / "rules")
    store = SqliteStore(Settings(rules=Path(), data=tmp_path / "log").log_file)
    await store.keep_ruleset(rules.digest, rules.documents)
    decide = decider(store)
    for n in range(40):
        context = builders.context(user_ref=f"u{n}", shopper={"shopper.seen": 500 + n})
        await decide.decide(command(rules, context, request_id=f"r{n}"), canonical)
    store.close()

    done = learn_drift(path, "--against", tmp_path / "log", "--format", "json")

    assert 0 == done.exit_code
    report = json.loads(done.stdout)
    assert ["seen"] == [d["name"] for d in report["features"]]
    assert "large" == report["features"][0]["level"]
    assert "baskets" in report["not_sent"]
    assert None is report["outcome"]
    assert 40 == report["actual_rows"]


def test_a_mistake_in_the_recipe_is_shown_with_its_place(tmp_path: Path) -> None:
    """A faulty recipe must end with code 1 and its findings."""
    done = learn_drift(shop(tmp_path, lambda r: r["rows"].update(table="offer")))

    assert 1 == done.exit_code
    assert "did you mean `offers`?" in done.stdout


def test_months_need_a_clock(tmp_path: Path) -> None:
    """Rows without a moment must be told so, not be put into 1970."""
    path = shop(
        tmp_path,
        lambda r: r["rows"].pop("moment"),
        lambda r: r.update(split={"by": "unit", "test": 50}, events={}),
        lambda r: r["features"].update(windows=[], numbers={"seen": "seen"}),
        lambda r: r.pop("sequence"),
    )

    done = learn_drift(path, "--by", "month")

    assert "no clock" in str(done.exception)
