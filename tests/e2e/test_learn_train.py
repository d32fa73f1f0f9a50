"""`sconto learn train` on data recipes, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sconto.cli.exit_codes import Exit
from sconto.cli.main import sconto
from sconto.errors import Rejected
from sconto.learning.examples_files import read, write
from sconto.scoring.manifest import read_manifest
from sconto.scoring.scorer import OnnxScorer
from unit.learning.data.shops import shop

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
    told = short(out, path, "--model", "gru")

    kept = json.loads((out / "training.json").read_bytes())
    assert kept == {part: told[part] for part in kept}
    assert ["gru", 4, 1, "cpu"] == [told[k] for k in ("model", "rows", "processes", "device")]
    assert [2, 2] == [len(losses) for losses in told["losses"]]


def test_what_was_trained_can_be_served_or_it_is_said_why_not(tmp_path: Path) -> None:
    """The server must take the folder; a run that it can't take leaves no older model there."""
    path, out = (
        shop(tmp_path, lambda r: r.update(objective={"outcome": "sale"})),
        tmp_path / "model",
    )
    told = short(out, path)
    manifest = read_manifest(out)
    OnnxScorer(out, limit_seconds=1.0).close()
    refused = short(out, path, "--model", "gru", "--fresh")

    assert told["not_served"] is None
    assert told["weights_sha256"].startswith(manifest.version)
    assert {"train": told["rows_sha256"]} == manifest.made_from.examples_sha256
    assert "last events" in refused["not_served"]
    assert "no `objective`" in short(tmp_path / "other", shop(tmp_path))["not_served"]
    assert not (out / "model.onnx").exists()
    assert not (out / "manifest.json").exists()


def test_options_change_what_is_learnt_and_the_same_ones_do_not(tmp_path: Path) -> None:
    """The seed, network and precision must reach the fit; twice the same is the same."""
    path = shop(tmp_path)
    asked = [("gru",), ("gru", "--seed", "2"), ("cnn",), ("gru", "--mixed"), ("gru", "--seed", "1")]
    asked += [("gru", "--rate", "0.01"), ("gru", "--batch", "2"), ("gru", "--width", "9")]
    asked += [("gru", "--dropout", "0.1"), ("gru", "--hide", "0.1")]
    runs = [
        short(tmp_path / str(i), path, "--model", *words)["weights_sha256"]
        for i, words in enumerate([*asked, ("gru",)])
    ]

    assert 9 == len(set(runs))
    assert runs[0] == runs[4] == runs[-1]


def many(folder: Path) -> Path:
    """Rows of the shop in *folder*, each several times and of a unit of its own."""
    few, out = read(written(folder) / "train"), folder / "many"
    rows = few[np.resize(np.arange(len(few)), 200)]
    write([replace(rows, unit=np.arange(200, dtype=np.int64))], 200, out / "train")
    return out


def test_a_patient_run_says_how_it_did_on_units_held_out(tmp_path: Path) -> None:
    """The loss on them is told after each epoch, and the folder keeps what it was."""
    path, asked = shop(tmp_path), ("--patience", "1", "--members", "1", "--epochs", "9")
    done = learn_train(path, "--examples", many(tmp_path), *asked, "--out", tmp_path / "model")
    kept = json.loads((tmp_path / "model/training.json").read_bytes())
    [held] = kept["held_losses"]

    assert 0 == done.exit_code, done.output
    of_members = [line for line in done.stderr.splitlines() if line.startswith("member")]
    assert len(held) == sum(", held out " in line for line in of_members)
    assert f"held out {min(held):.4f}" in done.stdout


def test_several_seeds_make_as_many_models_and_a_summary(tmp_path: Path) -> None:
    """Each in its own folder as if made alone, and how far their losses are apart."""
    path, out = shop(tmp_path), tmp_path / "models"
    two = ("--seed", "1", "--seed", "2")
    both, alone = short(out, path, *two), short(tmp_path / "one", path, "--seed", "2")
    said = learn_train(path, *two, "--members", "1", "--epochs", "1", "--fresh", "--out", out)

    assert [str(out / "seed-1"), str(out / "seed-2")] == [run["folder"] for run in both["runs"]]
    assert alone["weights_sha256"] == both["runs"][1]["weights_sha256"]
    assert "2 seeds: training loss" in said.stdout
    assert "standard deviation" in said.stdout


def written(folder: Path) -> Path:
    """The rows of the shop in *folder*, written to another."""
    out = folder / "rows"
    CliRunner().invoke(sconto, ["learn", "data", str(folder / "recipe.yaml"), "--out", str(out)])
    return out


def test_rows_of_a_folder_are_trained_as_those_of_the_recipe(tmp_path: Path) -> None:
    """What `sconto learn data --out` wrote must give the weights that the tables give."""
    path = shop(tmp_path)
    examples = written(tmp_path)
    of_tables = short(tmp_path / "one", path, "--model", "gru")
    (tmp_path / "offers.csv").unlink()
    of_rows = short(tmp_path / "two", path, "--model", "gru", "--examples", examples)

    assert of_tables["weights_sha256"] == of_rows["weights_sha256"]
    other = learn_train(path, "--examples", examples, "--outcome", "spend")
    assert "another recipe or outcome" in str(other.exception)
    both = learn_train(path, "--examples", examples, "--data", tmp_path)
    assert "not both" in both.output + str(both.exception)


def test_what_can_not_be_trained_is_told(tmp_path: Path) -> None:
    """Unknown networks, faulty recipes, missing data and options of another kind have codes."""
    path = shop(tmp_path)
    unknown = learn_train(path, "--model", "forest", "--out", tmp_path / "out")
    assert isinstance(unknown.exception, Rejected)
    assert "`gru`" in unknown.exception.help

    faulty = shop(tmp_path, lambda r: r["rows"].update(table="offer"))
    done = learn_train(faulty)
    assert Exit.REFUSED == done.exit_code
    assert "did you mean `offers`?" in done.stdout


@dataclass(frozen=True, slots=True)
class Long:
    """A run that takes long enough to be stopped, and what its folder holds when it is not."""

    words: tuple[str | Path, ...]
    whole: Any

    @classmethod
    def made(cls, folder: Path) -> Long:
        """One in *folder*."""
        path, examples = shop(folder), folder / "many"
        few = read(written(folder) / "train")
        write([few[np.resize(np.arange(len(few)), 3_000)]], 3_000, examples / "train")
        words = (path, "--examples", examples)
        words += ("--model", "gru", "--members", "2", "--epochs", "3")
        return cls(words, carried_on(folder / "whole", words))


def carried_on(out: Path, words: tuple[str | Path, ...]) -> Any:
    """What *out* keeps of the run when it has come to its end."""
    assert 0 == learn_train(*words, "--out", out).exit_code
    return json.loads((out / "training.json").read_bytes())


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Long:
    """One for all tests that stop it."""
    return Long.made(tmp_path_factory.mktemp("long"))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path: Path, number: int, long: Long) -> None:
    """It ends with 130 and advice at once; the same command ends with the weights of one run."""
    stopped = tmp_path / "stopped"
    with subprocess.Popen(
        [SCONTO, "learn", "train", *long.words, "--out", stopped],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as running:
        first = stopped / "checkpoints/member-0/fit.pt"
        while not first.exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(number)
        said = running.communicate(timeout=30)[1]

    assert Exit.INTERRUPTED == running.returncode, said
    assert "the same command goes on" in said
    assert not (stopped / "training.json").exists()
    assert long.whole == carried_on(stopped, long.words)
