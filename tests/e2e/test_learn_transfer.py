"""`sconto learn transfer` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sconto.cli.main import sconto
from sconto.learning.networks import transfer
from unit.learning.data.shops import shop


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop of four customers needs no hundreds of steps."""
    monkeypatch.setattr(transfer, "LEAST_STEPS", 4)


def learn_transfer(*words: str | Path) -> Result:
    """What the command answers with two seeds and one network."""
    words = (*words, "--repeats", "2", "--members", "1")
    return CliRunner().invoke(sconto, ["learn", "transfer", *map(str, words)])


def test_the_table_has_every_way_and_the_picture_is_written(tmp_path: Path) -> None:
    """JSON must hold each trial, and how each way differs from scratch."""
    path, picture = shop(tmp_path), tmp_path / "transfer.svg"

    told = learn_transfer(path, "--share", "100", "--out", picture, "--format", "json")

    assert 0 == told.exit_code, told.output
    report = json.loads(told.stdout)
    assert [*transfer.REUSES] == [row["reuse"] for row in report["rows"]]
    assert 8 == len(report["trials"])
    assert b"<svg" in picture.read_bytes()


def test_another_recipe_teaches_only_with_the_same_events(tmp_path: Path) -> None:
    """Events without the category that RECIPE has must be refused, in words."""
    other = tmp_path / "other"
    other.mkdir()
    path = shop(tmp_path)
    taught = shop(other, lambda r: r["events"]["bought"].pop("categories"))

    told = learn_transfer(path, "--from", taught, "--share", "100")

    assert 1 == told.exit_code
    assert "same numbers and categories" in str(told.exception)


def test_too_few_labels_are_refused(tmp_path: Path) -> None:
    """One percent of four rows holds nothing to learn from."""
    told = learn_transfer(shop(tmp_path), "--share", "1")

    assert 1 == told.exit_code
    assert "take a larger share" in str(told.exception)
