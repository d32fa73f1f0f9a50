"""`sconto learn data` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from sconto.cli.main import sconto
from sconto.learning.examples_files import read
from unit.learning.data.shops import shop


def learn_data(*words: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(sconto, ["learn", "data", *map(str, words)])


def test_a_recipe_is_carried_out_and_told_in_figures(tmp_path: Path) -> None:
    """The report must hold sizes, rates, missing values, ages, balance and leaks, as JSON too."""
    path = shop(tmp_path)

    text, told = learn_data(path), learn_data(path, "--format", "json")

    assert 0 == text.exit_code
    assert "leaks: none" in text.stdout
    report = json.loads(told.stdout)
    assert 0.5 == report["periods"]["train"]["outcomes"]["visit"]
    assert {"read": 7, "dropped": [], "kept": 7} == report["tables"]["purchases"]
    assert 0.25 == report["features"]["seen"]["missing"]
    assert None is report["features"]["seen"]["age_days"]
    assert 0 < report["features"]["baskets"]["age_days"] < 26
    assert [] == report["leaks"]
    assert {"none", "tenth"} == set(report["arms"])
    lines = text.stderr.splitlines()
    assert ["reading and preparing", "deleting the future and looking for leaks"] == [
        line.split(" s  ")[1] for line in lines
    ]


def test_rows_are_written_only_on_request(tmp_path: Path) -> None:
    """Without `--out` nothing may be written; with it, the rows of each period."""
    path = shop(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    learn_data(path)
    assert before == sorted(tmp_path.rglob("*"))

    out = tmp_path / "rows"
    done = learn_data(path, "--out", out, "--format", "json")
    report = json.loads(done.stdout)
    assert report["periods"]["train"]["digest"] == read(out / "train").digest()
    assert 2 == len(read(out / "test"))


def test_a_mistake_is_shown_with_its_place(tmp_path: Path) -> None:
    """A faulty recipe must end with code 1 and its findings, as text and as JSON."""
    path = shop(tmp_path, lambda r: r["rows"].update(table="offer"))

    text, told = learn_data(path), learn_data(path, "--format", "json")

    assert 1 == text.exit_code == told.exit_code
    assert "did you mean `offers`?" in text.stdout
    assert "SCH-005" == json.loads(told.stdout)["findings"][0]["code"]


def test_a_leak_ends_with_a_failure(tmp_path: Path) -> None:
    """A feature that sees the future must be named, with code 1."""
    sql = (
        "SELECT *, (SELECT count(*) FROM purchases p WHERE p.customer = o.customer) AS total "
        "FROM offers o"
    )
    path = shop(
        tmp_path,
        lambda r: r["tables"].update(joined={"from": {"sql": sql}}),
        lambda r: r["rows"].update(table="joined"),
        lambda r: r["features"]["numbers"].update(total="total"),
    )

    done = learn_data(path)

    assert 1 == done.exit_code
    assert "`total`" in str(done.exception)


def test_data_that_are_missing_end_with_code_3(tmp_path: Path) -> None:
    """A table that can't be read must be told without a traceback."""
    path = shop(tmp_path)
    (tmp_path / "offers.csv").unlink()

    assert "can't read" in str(learn_data(path).exception)
