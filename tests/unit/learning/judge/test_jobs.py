"""Fits: once for the same rows, settings and seed, whatever was stopped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sconto.learning.data.documents import HandRuleDoc
from sconto.learning.judge import jobs
from sconto.learning.judge.jobs import (
    Job,
    Material,
    material,
    perform,
    result,
    result_path,
    suite,
)
from sconto.learning.networks.model import NetworkModel
from sconto.learning.networks.network import Fitting
from unit.learning.judge.judged import DNN, small_suite
from unit.learning.rows import examples

RULE = HandRuleDoc(rank="recency", arm="'tenth'")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks of two members and two epochs."""
    monkeypatch.setattr(jobs, "suite", small_suite)


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the models that were fitted, as they are."""
    names: list[str] = []
    fit = jobs._done

    def counted(job: Job) -> Any:
        names.append(job.model)
        return fit(job)

    monkeypatch.setattr(jobs, "_done", counted)
    return names


def rows(seed: int = 0) -> Material:
    """Sixty rows to learn from and twenty to be asked about."""
    return material(examples(60, seed), None, examples(20, seed + 100))


def job(model: str = "t logistic", seed: int = 0, of: Material | None = None) -> Job:
    """A job on `rows`."""
    return Job(model, RULE, of or rows(), seed, 0)


def quietly(*_: object) -> None:
    """Nobody is told."""


def test_a_job_is_not_done_twice(tmp_path: Path, fitted: list[str]) -> None:
    """Neither in one run nor in the next may the same fit be made again."""
    told: list[str] = []
    asked = [job(), job(), job("none")]
    perform(asked, tmp_path, 1, lambda one, done: told.extend([one.model] * done))
    perform([job("none"), job(), job("best arm")], tmp_path, 1, quietly)

    assert ["t logistic", "none", "best arm"] == fitted
    assert ["none", "t logistic", "t logistic"] == sorted(told)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, fitted: list[str]) -> None:
    """What was done before the stop must be kept, and nothing half-done be taken for done."""
    wanted = [job("none"), job("t logistic"), job(DNN)]

    def stop(done: Job, _: bool) -> None:
        if done.model == "t logistic":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(wanted, tmp_path, 1, stop)
    assert ["none"] == fitted
    (tmp_path / "half.npz").write_bytes(b"")
    perform(wanted, tmp_path, 1, quietly)

    assert ["none", "t logistic", DNN] == fitted
    assert all(result_path(one, tmp_path).exists() for one in wanted)


def test_what_is_kept_is_what_the_model_said(tmp_path: Path) -> None:
    """Response, rank, choice, disagreement and losses must come back to the last bit."""
    asked = job(DNN)
    perform([asked], tmp_path, 1, quietly)
    kept = result(asked, tmp_path)
    model = next(m for m in small_suite(asked.rows.train, RULE) if m.name == DNN)
    model.fit(asked.rows.train, None, 0)
    said = model.predict(asked.rows.test)

    assert isinstance(model, NetworkModel)
    assert (said.response == kept.prediction.response).all()
    assert (said.rank == kept.prediction.rank).all()
    assert (said.choice == kept.prediction.choice).all()
    assert kept.disagreement is not None
    assert (model.disagreement(asked.rows.test) == kept.disagreement).all()
    assert kept.losses is not None
    assert (2, 2) == kept.losses.shape


def test_other_rows_seeds_and_settings_are_other_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result may be taken only for the very same question."""
    train, test = examples(60), examples(20, 100)
    known = {
        result_path(one, tmp_path)
        for one in (
            job(),
            job(seed=1),
            job("none"),
            job(of=rows(1)),
            job(of=material(train, None, examples(20, 101))),
            job(of=material(train, examples(10), test)),
            job(DNN),
        )
    }

    def longer(*_: Any, **__: Any) -> tuple[NetworkModel, ...]:
        return (NetworkModel(DNN, how=Fitting(epochs=3, members=2)),)

    monkeypatch.setattr(jobs, "suite", longer)

    assert 7 == len(known)
    assert result_path(job(DNN), tmp_path) not in known


@pytest.mark.slow
def test_several_processes_give_what_one_gives(tmp_path: Path) -> None:
    """The answers must not depend on how many processes fit."""
    wanted = [job("t logistic"), job("s lightgbm")]
    told: list[str] = []
    perform(wanted, tmp_path / "two", 2, lambda done, _: told.append(done.model))
    perform(wanted, tmp_path / "one", 1, quietly)

    assert ["t logistic", "s lightgbm"] == told
    for one in wanted:
        two = result(one, tmp_path / "two").prediction.response
        np.testing.assert_array_equal(result(one, tmp_path / "one").prediction.response, two)


def test_amounts_have_no_networks() -> None:
    """Networks answer with chances, so they are not asked for amounts."""
    chances = examples(4)
    amounts = replace(chances, outcome=np.arange(4, dtype=np.float32))

    assert DNN in {m.name for m in suite(chances, RULE)}
    assert not [m for m in suite(amounts, RULE) if isinstance(m, NetworkModel)]
