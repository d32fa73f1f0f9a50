"""The benchmarks run: they say what was measured, and leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sconto.rulebook.loader import load_folder

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.mark.slow
def test_the_smallest_run_measures_everything(tmp_path: Path) -> None:
    """One round gives a ratio, both latencies and every stage, and the folder is empty after."""
    told = _run(tmp_path, "--candidates", "10", "--rules", "20", "--callers", "2")

    measured = told["measured"][0]
    pair = measured["pairs"][0]
    assert (10, 20, 2) == (measured["candidates"], measured["rules"], pair["callers"])
    assert pair["ratio"]["median"] > 0
    assert pair["decide_us"]["p50"] > 0
    assert {s["name"] for s in measured["stages"]} >= {"parse", "rules", "features", "commit"}
    assert all(stage["time_us"]["p50"] > 0 for stage in measured["stages"])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_rules_are_reloaded_under_load_without_a_failed_call(tmp_path: Path) -> None:
    """One short round has at least one reload, and the folder is empty after."""
    command = [sys.executable, str(BENCHMARKS / "bench_reload.py"), "--folder", str(tmp_path)]
    small = ["--rounds", "1", "--seconds", "1", "--rules", "60", "--baskets", "64"]
    done = subprocess.run(
        [*command, *small], capture_output=True, check=False, text=True, timeout=120
    )

    assert 0 == done.returncode, done.stderr
    assert "0 failed calls" in done.stdout
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_reading_is_measured_for_the_deepest_request_too() -> None:
    """One repeat prints both columns; a deep request that is not valid would raise."""
    command = [sys.executable, str(BENCHMARKS / "bench_reading.py"), "--repeats", "1"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)

    assert 0 == done.returncode, done.stderr
    assert "500 lines" in done.stdout


@pytest.mark.slow
def test_training_is_measured_where_there_is_only_torch() -> None:
    """One round of one network prints its speed, and that precisions and processes agree."""
    command = [sys.executable, str(BENCHMARKS / "bench_training.py"), "--network", "dnn"]
    small = ["--rows", "300", "--steps", "2", "--rounds", "1", "--batch", "64"]
    done = subprocess.run(
        [*command, *small], capture_output=True, check=False, text=True, timeout=240
    )

    assert 0 == done.returncode, done.stderr
    assert "cpu bfloat16" in done.stdout
    assert "weights differ by at most 0.0e+00" in done.stdout
    assert "2 processes, cpu" in done.stdout
    assert "" == done.stderr


@pytest.mark.slow
def test_a_backtest_answers_as_a_plain_loop_does(tmp_path: Path) -> None:
    """One small round of every change prints its ratio, and the folder is empty after."""
    command = [sys.executable, str(BENCHMARKS / "bench_backtest.py"), "--folder", str(tmp_path)]
    small = ["--rounds", "1", "--decisions", "120", "--workers", "1"]
    done = subprocess.run(
        [*command, *small], capture_output=True, check=False, text=True, timeout=240, cwd=ROOT
    )

    assert 0 == done.returncode, done.stderr
    assert "minutes for a million" in done.stdout
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_rules_stage_agrees_with_its_peers() -> None:
    """The smallest run compares all engines, with facts missing too, and prints every ratio."""
    small = ["--rounds", "1", "--seconds", "0.01", "--rules", "40", "--candidates", "2"]
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / "bench_rules.py"), *small, "--no-large"],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )

    assert 0 == done.returncode, done.stderr
    assert "verdicts compared between the engines, 0 differ" in done.stdout
    assert all(name in done.stdout for name in ("zen", "CEL", "generated function"))


@pytest.mark.usefixtures("_importable")
@pytest.mark.parametrize("candidates", [10, 30])
@pytest.mark.parametrize("rules", [20, 100, 1_000])
def test_a_generated_ruleset_has_the_size_it_is_named_for(
    candidates: int, rules: int, tmp_path: Path
) -> None:
    """The loader takes what is generated, and counts as many candidates and rules as asked for."""
    from ruleset_files import write_ruleset  # noqa: PLC0415 - importable only in this test

    write_ruleset(tmp_path, candidates, rules, seed=1)

    ruleset = load_folder(tmp_path)
    assert rules == len(ruleset.rules)
    assert candidates == sum(len(offer.ladder) for offer in ruleset.offers)


@pytest.mark.usefixtures("_importable")
def test_baskets_grow_from_the_seed() -> None:
    """The same seed gives the same requests, another seed gives others."""
    from scenario import bodies  # noqa: PLC0415 - importable only in this test

    first = bodies(1, 20)
    bodies.cache_clear()

    assert first == bodies(1, 20)
    assert first != bodies(2, 20)


def _run(folder: Path, *options: str) -> Any:
    small = ("--rounds", "1", "--seconds", "0.5", "--decisions", "5", "--baskets", "64")
    done = subprocess.run(
        [
            sys.executable,
            str(BENCHMARKS / "bench_decide.py"),
            *(*small, "--format", "json", "--folder", str(folder), *options),
        ],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)
