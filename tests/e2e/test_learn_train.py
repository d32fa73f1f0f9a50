"""`sconto learn train` on data recipes, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sconto.cli.exits import Exit
from sconto.cli.main import sconto
from sconto.learning.examples_files import write
from unit.learning.data.shops import shop
from unit.learning.networks.rows import rows

SCONTO = Path(sys.executable).parent / "sconto"


def learn_train(*words: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(sconto, ["learn", "train", *map(str, words)])


def short(folder: Path, *words: str | Path) -> Any:
    """What a run of two small members says of itself."""
    asked = ("--members", "2", "--epochs", "2", "--format", "json", "--out", folder)
    done = learn_train(*words, *asked)
    assert 0 == done.exit_code, done.output
    return json.loads(done.stdout)


def test_a_recipe_is_trained_and_says_so(tmp_path: Path) -> None:
    """The folder must hold what was learnt, from which rows, and the digest of the weights."""
    path, out = shop(tmp_path), tmp_path / "model"
    told = short(out, path)

    kept = json.loads((out / "training.json").read_bytes())
    assert kept == {part: told[part] for part in kept}
    assert ["dnn", 4, 1, "cpu"] == [told[k] for k in ("model", "rows", "processes", "device")]
    assert [2, 2] == [len(losses) for losses in told["losses"]]


def test_options_change_what_is_learnt_and_the_same_ones_do_not(tmp_path: Path) -> None:
    """The seed, network, outcome and precision must reach the fit; twice the same is the same."""
    path = shop(tmp_path)
    runs = [
        short(tmp_path / str(i), path, *words)["weights_sha256"]
        for i, words in enumerate(
            [(), ("--seed", "2"), ("--model", "gru"), ("--mixed",), ("--seed", "1"), ()]
        )
    ]

    assert 4 == len(set(runs))
    assert runs[0] == runs[4] == runs[5]


def test_rows_of_a_folder_are_trained_as_those_of_the_recipe(tmp_path: Path) -> None:
    """What `sconto learn data --out` wrote must give the weights that the tables give."""
    path, written = shop(tmp_path), tmp_path / "rows"
    CliRunner().invoke(sconto, ["learn", "data", str(path), "--out", str(written)])
    of_tables = short(tmp_path / "one", path)
    (tmp_path / "offers.csv").unlink()

    assert (
        of_tables["weights_sha256"]
        == short(tmp_path / "two", path, "--examples", written)["weights_sha256"]
    )


def test_what_can_not_be_trained_is_told(tmp_path: Path) -> None:
    """Unknown networks, faulty recipes, missing data and options of another kind have codes."""
    path = shop(tmp_path)
    unknown = learn_train(path, "--model", "forest", "--out", tmp_path / "out")
    assert "`gru`" in getattr(unknown.exception, "advice", "")
    assert Exit.REFUSED == getattr(unknown.exception, "code", None)

    retail = Path(__file__).parents[2] / "models/retail/recipe.yaml"
    assert "`kind: training`" in learn_train(retail, "--epochs", "3").output + str(
        learn_train(retail, "--epochs", "3").exception
    )

    faulty = shop(tmp_path, lambda r: r["rows"].update(table="offer"))
    done = learn_train(faulty)
    assert Exit.REFUSED == done.exit_code
    assert "did you mean `offers`?" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path: Path, number: int) -> None:
    """It ends with 130 and advice at once; the same command ends with the weights of one run."""
    path, examples = shop(tmp_path), tmp_path / "rows"
    write([rows(4_000)], 4_000, examples / "train")
    words = ["learn", "train", path, "--examples", examples, "--members", "2", "--epochs", "6"]
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    with subprocess.Popen(
        [SCONTO, *words, "--out", stopped], stderr=subprocess.PIPE, text=True, env=os.environ
    ) as running:
        first = stopped / "checkpoints/member-0/fit.pt"
        while not first.exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(number)
        said = running.communicate(timeout=30)[1]

    assert Exit.INTERRUPTED == running.returncode, said
    assert "the same command goes on" in said
    assert not (stopped / "training.json").exists()
    for folder in (stopped, whole):
        assert 0 == learn_train(*words[2:], "--out", folder).exit_code
    ours, theirs = (json.loads((f / "training.json").read_bytes()) for f in (stopped, whole))
    assert ours == theirs
