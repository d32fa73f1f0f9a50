"""`sconto learn judge` as a person runs it, on a small trial."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sconto.cli.exit_codes import report
from sconto.cli.main import sconto
from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.examples import Examples
from sconto.learning.judge import jobs, run
from sconto.learning.models import Model
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting, Shape
from unit.learning.judge.judged import DNN, gated, small_suite, trial

SHOP = {
    "shop": "kind: shop\nname: Shop\nindustry: retail\ncurrency: USD\nchannels: [store]\n"
    "jurisdictions:\n  US-TN: {time_zone: America/Chicago}\nreservation_minutes: 30\n",
    "facts": "kind: facts\nfacts: {}\n",
}
EASY = {"model": DNN, "figure": "falls", "at_most": "0"}
HARD = {"model": DNN, "figure": "qini tenth", "than": "t logistic", "low_at_least": "0.9"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of two members and two epochs."""
    monkeypatch.setattr(jobs, "suite", small_suite)
    monkeypatch.setattr(run, "suite", small_suite)


def judge(*words: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(sconto, ["learn", "judge", *map(str, words)])


def test_all_models_are_judged_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures, report and card must be there with every model; a second run fits nothing."""
    out = tmp_path / "out"
    path = trial(tmp_path, gated(EASY))
    text = judge(path, "--out", out, "--repeats", 2)
    monkeypatch.setattr(jobs, "_done", None)
    told = judge(path, "--out", out, "--repeats", 2, "--format", "json")

    assert (0, 0) == (text.exit_code, told.exit_code), (text.exception, told.exception)
    figures = json.loads(told.stdout)
    assert json.loads((out / "figures.json").read_text()) == figures
    names = ["none", "best arm", "hand rule", "response lightgbm", "t logistic", "s lightgbm"]
    assert [*names, "t lightgbm", "x lightgbm", "dr lightgbm", DNN] == [*figures["models"]]
    assert all(len(m["figures"]["auc"]["values"]) == 2 for m in figures["models"].values())
    assert {"visit", "spend"} == {*figures["policies"]}
    assert {"everybody none", "everybody tenth"} < {*figures["policies"]["spend"]["values"]}
    assert "PASS" in text.stdout
    assert "# Model card: corner, visit" in (out / "card.md").read_text()
    assert "<svg" in (out / "report.html").read_text()


def priced(recipe: dict[str, Any]) -> None:
    """A visit brings 10, and what is sent costs 1.50."""
    recipe["objective"] = {"outcome": "return", "margin": "10", "cost_when": "given"}
    recipe["treatment"]["arms"][1]["cost"] = "1.5"
    del recipe["value"]


def test_choices_that_count_costs_are_judged_by_money(tmp_path: Path) -> None:
    """Beside each choice by response there must be one by gain, and what both bring for money."""
    out, gate = tmp_path / "out", {"model": "t logistic", "figure": "value_by_gain"}
    gates = gated({**gate, "than": "best arm", "at_least": "-1"}, {**gate, "at_least": "99"})
    names = ("none", "best arm", "hand rule", "t logistic", DNN)
    models = [word for name in names for word in ("--model", name)]
    path = trial(tmp_path, priced, gates, rows=600)
    done = judge(path, "--out", out, "--repeats", 2, *models)
    figures = json.loads((out / "figures.json").read_text())
    own = figures["policies"]["value"]
    values = figures["models"]["t logistic"]["figures"]["value_by_gain"]["values"]

    assert 1 == report(done.exception).code if isinstance(done.exception, Exception) else False
    assert {"t logistic", "t logistic by gain", "dnn by gain", "hand rule"} < {*own["values"]}
    assert {"dnn as served", "dnn by threshold"} < {*own["values"]}
    assert not {"hand rule by gain", "none", "best arm", "t logistic as served"} & {*own["values"]}
    assert {"everybody none", own["than"]} == {*own["values"]["dnn by gain"]["gains"]}
    assert {"everybody none", own["than"], "dnn by gain", "dnn by threshold"} == {
        *own["values"]["dnn as served"]["gains"]
    }
    assert 2 == len(figures["models"][DNN]["least"]) == len(values)
    assert [True, False] == [gate["passed"] for gate in figures["gates"]]
    assert "value less cost" in (out / "card.md").read_text()


def test_the_winner_is_kept_for_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best network must be there to serve, be kept as it is, and go when none can serve."""
    out, rules = tmp_path / "out", tmp_path / "rules"
    rules.mkdir()
    for name, text in {**SHOP, "objective": 'kind: objective\nminimum_gain: "99"\n'}.items():
        (rules / f"{name}.yaml").write_text(text)
    words = ("--out", out, "--repeats", 1, "--model", DNN, "--rules", rules)
    path = trial(tmp_path, priced)
    done = judge(path, *words)
    manifest = json.loads((out / "model/manifest.json").read_text())
    with monkeypatch.context() as context:
        context.setattr(NetworkModel, "fit", None)
        again = judge(path, *words)
    other = judge(trial(tmp_path), *words)

    assert (0, 0, 0) == (done.exit_code, again.exit_code, other.exit_code), other.exception
    assert (
        "holds dnn as fitted in the first repeat: of the networks, its choice by gain brings most"
        in done.stdout
    )
    assert "return" == manifest["outcome_kind"]
    asked = {"minimum_gain": 99_000_000, "minimum_gain_of_cost": 0, "caution": 1000}
    (own,) = (one for one in manifest["tried"] if one["least"] == asked)
    assert ([0, 0, 0], 0) == (own["worth"], own["given"])
    assert [0, 0, 0] == manifest["tried"][0]["behind"]
    assert 'the rules ask for `minimum_gain: "99"`' in done.stdout
    assert "the choice by these rules was worth 0.0000 [0.0000, 0.0000] a customer" in done.stdout
    assert "no model was kept to serve: the recipe has no `objective`" in other.stdout
    assert not (out / "model/model.onnx").exists()


def test_what_was_not_drawn_by_chance_is_not_known(tmp_path: Path) -> None:
    """Without an experiment no policy may have a figure, and the card must say why."""

    def observed(recipe: dict[str, Any]) -> None:
        recipe["treatment"] |= {"randomised": False, "propensity": None}

    out = tmp_path / "out"
    done = judge(
        trial(tmp_path, priced, observed), "--out", out, "--repeats", 1, "--model", "t logistic"
    )
    figures = json.loads((out / "figures.json").read_text())

    assert 0 == done.exit_code, done.exception
    assert {} == figures["policies"]
    assert "value_by_gain" not in figures["models"]["t logistic"]["figures"]
    assert "Not known, for nothing was drawn by chance" in (out / "card.md").read_text()


def test_a_missed_gate_ends_with_code_1(tmp_path: Path) -> None:
    """The gate must be named with what was measured, after everything was written."""
    done = judge(
        trial(tmp_path, gated(EASY, HARD)), "--out", tmp_path / "out", "--repeats", 2,
        "--model", DNN, "--model", "t logistic",
    )  # fmt: skip

    assert isinstance(done.exception, Exception)
    said = report(done.exception)
    assert 1 == said.code
    assert "1 of 2 gates are missed: dnn, qini tenth" == said.message
    assert "MISS" in done.stdout
    assert "Not judged in this run: none, best arm, hand rule, response lightgbm" in done.stdout
    assert (tmp_path / "out/card.md").exists()


def test_amounts_are_judged_by_squared_error(tmp_path: Path) -> None:
    """An outcome that is an amount has neither AUC nor threshold, and no network."""
    out = tmp_path / "out"
    done = judge(trial(tmp_path), "--out", out, "--outcome", "spend", "--repeats", 1)
    figures = json.loads((out / "figures.json").read_text())

    assert 0 == done.exit_code, done.exception
    assert DNN not in figures["models"]
    assert {"mse", "falls", "snips visit", "snips spend"} == {
        *figures["models"]["t logistic"]["figures"]
    }


def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    """A name that no model has must end with code 1 and those that there are, before any fit."""
    done = judge(trial(tmp_path, rows=40), "--model", "dnnn", "--out", tmp_path / "out")

    assert isinstance(done.exception, Exception)
    assert 1 == report(done.exception).code
    assert "there is no model `dnnn`" in report(done.exception).message
    assert "`dr lightgbm`, `dnn`" in report(done.exception).message
    assert "--model" in report(done.exception).advice
    assert not [*(tmp_path / "out").rglob("*.npz")]


def test_an_unknown_model_is_refused_before_rows_are_prepared(tmp_path: Path) -> None:
    """Names are known from the recipe: nobody waits for tables to learn that one is wrong."""
    path = trial(tmp_path, rows=40)
    (tmp_path / "offers.csv").unlink()
    done = judge(path, "--model", "dnnn", "--out", tmp_path / "out")

    assert isinstance(done.exception, Exception)
    assert "there is no model `dnnn`" in report(done.exception).message


def test_where_nobody_watches_every_fit_is_a_line(tmp_path: Path) -> None:
    """Without a terminal standard error must tell of every fit, with the seconds so far."""
    done = judge(
        trial(tmp_path), "--out", tmp_path / "out", "--repeats", 1, "--model", "t logistic"
    )
    lines = done.stderr.splitlines()

    assert 0 == done.exit_code, done.exception
    assert any(line.endswith("reading and preparing") for line in lines)
    fits = [line for line in lines if "fits done" in line]
    assert fits
    assert all(re.match(r" *\d+\.\d s  [^:]*: \d+ of \d+ fits done$", f) for f in fits)


def test_a_test_file_is_judged_on(tmp_path: Path) -> None:
    """With a split by file, rows of the test file must be judged on; without one, none can be."""
    path = trial(tmp_path, lambda recipe: recipe.update(split={"by": "file"}))
    (tmp_path / "later").mkdir()
    head, *rows = (tmp_path / "offers.csv").read_text().splitlines(keepends=True)
    (tmp_path / "later/offers.csv").write_text("".join([head, *rows[:100]]))
    words = (path, "--out", tmp_path / "out", "--repeats", 1, "--model", "t logistic")
    done, without = judge(*words, "--test-data", tmp_path / "later"), judge(*words)
    figures = json.loads((tmp_path / "out/figures.json").read_text())

    assert 0 == done.exit_code, done.exception
    assert [240, 100] == [figures["periods"][name]["rows"] for name in ("train", "test")]
    assert "there are no test rows" in str(without.exception)


def test_a_mistake_in_a_gate_is_shown_with_its_place(tmp_path: Path) -> None:
    """A faulty recipe must end with code 1 and findings, as for `sconto learn data`."""
    done = judge(trial(tmp_path, gated({**EASY, "figure": "fall"}), rows=4))

    assert 1 == done.exit_code
    assert "did you mean `falls`?" in done.stdout


def test_where_time_splits_repeats_are_seeds_and_units_are_drawn_anew(tmp_path: Path) -> None:
    """One split, other seeds: constants don't vary, and differences have intervals over units."""
    out = tmp_path / "out"

    def by_time(recipe: dict[str, Any]) -> None:
        split = {"train_from": "2026-02-01", "test_from": "2026-02-20", "until": "2026-03-01"}
        recipe["split"] = {"by": "time"} | split

    done = judge(
        trial(tmp_path, by_time), "--out", out, "--repeats", 2,
        "--model", DNN, "--model", "t logistic",
    )  # fmt: skip
    figures = json.loads((out / "figures.json").read_text())
    linear, network = figures["models"]["t logistic"], figures["models"][DNN]

    assert 0 == done.exit_code, done.exception
    assert 0 == linear["figures"]["auc"]["deviation"]
    assert 0 < network["figures"]["log_loss"]["deviation"]
    again, seeds = network["bootstrap"]["t logistic"], network["than"]["t logistic"]
    assert {"auc", "log_loss"} == set(again)
    for figure, interval in again.items():
        assert seeds[figure]["mean"] == pytest.approx(interval["mean"], abs=1e-5)
        assert interval["low"] < interval["mean"] < interval["high"]
    assert {} == linear["bootstrap"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (5, "no", "`visit` is the same for all test rows"),
        (5, "yes", "`visit` is the same for all test rows"),
        (2, "no", "`tenth` was given to 0 of the test rows only"),
    ],
)
def test_rows_that_say_nothing_are_refused(
    tmp_path: Path, column: int, value: str, said: str
) -> None:
    """One outcome or one arm only must be said in words before anything is fitted."""
    path = trial(tmp_path)
    head, *lines = (line.split(",") for line in (tmp_path / "offers.csv").read_text().split())
    for line in lines:
        line[column] = value
    (tmp_path / "offers.csv").write_text("\n".join(map(",".join, [head, *lines])) + "\n")
    done = judge(path, "--out", tmp_path / "out", "--model", "none")

    assert isinstance(done.exception, Exception)
    assert said in report(done.exception).message
    assert 3 == report(done.exception).code
    assert not [*(tmp_path / "out").rglob("*.npz")]


def test_networks_over_events_say_what_they_add(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are held against the network without events, the pretrained one against its like."""

    def with_events(train: Examples, rule: HandRuleDoc) -> tuple[Model, ...]:
        how, gru = Fitting(epochs=1, members=1), Shape(events="gru")
        more = [NetworkModel("gru", gru, how), NetworkModel("gru pretrained", gru, how)]
        return (*small_suite(train, rule), *more)

    monkeypatch.setattr(jobs, "suite", with_events)
    monkeypatch.setattr(run, "suite", with_events)
    out = tmp_path / "out"
    names = [word for name in (DNN, "gru", "gru pretrained") for word in ("--model", name)]
    done = judge(trial(tmp_path), "--out", out, "--repeats", 2, *names)
    card = (out / "card.md").read_text()

    assert 0 == done.exit_code, done.exception
    assert [DNN, "gru"] == json.loads((out / "figures.json").read_text())["references"]
    (beside_dnn,) = (line for line in card.splitlines() if line.startswith("- AUC beside dnn"))
    (beside_gru,) = (line for line in card.splitlines() if line.startswith("- AUC beside gru"))
    assert "gru (" in beside_dnn
    assert "gru pretrained (" in beside_gru
    assert "dnn (" not in beside_gru
