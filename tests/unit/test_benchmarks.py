"""The benchmarks run: they say what was measured, and leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sconto.api.quick_read import PlainReader
from sconto.app.log_query import LogQuery
from sconto.rulebook.loader import load_folder
from sconto.settings import Settings
from sconto.store.sqlite import SqliteStore
from sconto.v1.decision_service_pb2 import DecideRequest

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
    assert {"candidates": 10, "rules": 20, "logged": 0} == measured["of"]
    assert 2 == pair["callers"]
    assert measured["bytes_per_decision"] > 0
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
def test_codes_are_measured_beside_more_codes(tmp_path: Path) -> None:
    """A code that nobody knows would raise; the folder is empty after."""
    command = [sys.executable, str(BENCHMARKS / "bench_codes.py"), "--folder", str(tmp_path)]
    small = ["--rounds", "1", "--few", "20", "--many", "40", "--decisions", "8", "--callers", "2"]
    done = subprocess.run(
        [*command, *small], capture_output=True, check=False, text=True, timeout=120
    )

    assert 0 == done.returncode, done.stderr
    assert "40 codes" in done.stdout
    assert [] == list(tmp_path.iterdir())


@pytest.mark.slow
def test_training_is_measured_where_there_is_only_torch() -> None:
    """One round of one network prints its speed, and that precisions and processes agree."""
    command = [sys.executable, str(BENCHMARKS / "bench_training.py"), "--network", "dnn"]
    small = ["--rows", "65", "--steps", "2", "--rounds", "1", "--batch", "64"]
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
    small = ["--rounds", "1", "--decisions", "24", "--workers", "1"]
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
@pytest.mark.parametrize(("candidates", "rules"), [(10, 20), (30, 1_000)])
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


@pytest.mark.usefixtures("_importable")
def test_each_size_is_put_beside_the_next_smaller_one() -> None:
    """Ratios are of one round, and no two configurations are compared that differ in two sizes."""
    from load import Load  # noqa: PLC0415 - importable only in this test
    from side_by_side import Configuration, kept  # noqa: PLC0415 - importable only in this test

    few, many = Configuration(30, 100), Configuration(30, 1_000)
    rates = {few: (8.0, 4.0), many: (6.0, 4.0), Configuration(30, 20, 10): (9.0, 9.0)}
    echo = Load(100.0, (1.0,), ())
    loads = {of: {8: [(echo, Load(r, (1.0,), ())) for r in both]} for of, both in rates.items()}

    (found,) = kept(loads)

    assert (few, many, 8) == (found.smaller, found.larger, found.callers)
    assert (0.75, 1.0) == (found.ratio.least, found.ratio.greatest)


@pytest.mark.usefixtures("_importable")
def test_a_log_is_filled_with_decisions_that_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies are as many as asked for, have all that decisions write, and contradict nothing."""
    import logs  # noqa: PLC0415 - importable only in this test
    from ruleset_files import write_ruleset  # noqa: PLC0415 - importable only in this test

    monkeypatch.setattr(logs, "MADE", 40)
    (tmp_path / "rules").mkdir()
    write_ruleset(tmp_path / "rules", 10, 20, seed=1)
    settings = Settings(tmp_path / "rules", tmp_path / "data", ROOT / "models" / "retail")

    logs.fill(settings, 1, 100)

    with closing(SqliteStore(settings.log_file)) as store:
        found = store.decisions(LogQuery(limit=1_000))
        assert 100 == len({entry.decision_id for entry in found})
        assert any(store.reservation(entry.decision_id) for entry in found[:20])
        # Copies keep the records of their originals, and nobody served the rules.
        wrong = [line for line in store.discrepancies() if "its record" not in line]
        assert {line.partition(" of the log ")[2] for line in wrong} == {
            "was decided by a ruleset that is not kept"
        }
    assert logs.bytes_per_decision(settings.log_file) > 1_000


@pytest.mark.usefixtures("_importable")
def test_the_deepest_request_is_valid_and_as_deep_as_the_contract_allows(tmp_path: Path) -> None:
    """Every list is full, of words that the ruleset knows, and the quick reading takes it."""
    from deepest import deepest, write_deep_ruleset  # noqa: PLC0415 - importable only in this test
    from scenario import with_new_id  # noqa: PLC0415 - importable only in this test

    write_deep_ruleset(tmp_path, 20, seed=1)
    ruleset = load_folder(tmp_path)
    raw = with_new_id(deepest(ruleset).SerializeToString())

    context = PlainReader(ruleset).read(DecideRequest.FromString(raw), b"k" * 32, 0)
    assert context is not None
    assert (500, 64, 200) == (len(context.lines), len(context.shopper), len(context.offer_ids))
    assert {32} == {len(line.facts) for line in context.lines}


@pytest.mark.usefixtures("_importable")
def test_a_deep_request_is_shown_beside_what_others_notice() -> None:
    """Rate and latencies of the others, and the time of the deep one, each alone and together."""
    from bench_deep import Round, tables  # noqa: PLC0415 - importable only in this test
    from load import Load  # noqa: PLC0415 - importable only in this test

    others, deep = (Load(rate, (1e3, 2e3), ()) for rate in (100.0, 5.0))

    noticed, own = tables([Round(others, others, deep, deep)], 500_000)

    assert (3, 1) == (noticed.row_count, own.row_count)
    assert "500,000 bytes" in str(own.title)


def _run(folder: Path, *options: str) -> Any:
    small = ("--rounds", "1", "--seconds", "0.1", "--decisions", "2", "--baskets", "8")
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
