"""A whole training run on a few households, and the artefact that ships."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import yaml
from rich.progress import Progress

from sconto.learning import card, pipeline, plots
from sconto.learning.export import run, session_of
from sconto.learning.pipeline import train_recipe
from sconto.learning.recipe import read_recipe
from sconto.scoring.features import DEPTH_FACT, FACTS, encode
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE, read_manifest, read_model

RETAIL = Path(__file__).parents[3] / "models" / "retail"
SHIPPED = RETAIL / "v1"
KILOBYTE = 1_000


@pytest.fixture(scope="module")
def small_recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped recipe, cut down to about 60 households and two epochs."""
    recipe = yaml.safe_load((RETAIL / "recipe.yaml").read_text(encoding="utf-8"))
    recipe["data"] |= {"household_share_bp": 250, "unit_share_bp": 3_000, "depth_min_lines": 1}
    recipe["training"] |= {"max_epochs": 2, "batch_size": 512}
    path = tmp_path_factory.mktemp("recipe") / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def artefact(small_recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a run of the small recipe leaves behind."""
    with Progress(disable=True) as progress:
        return train_recipe(small_recipe, tmp_path_factory.mktemp("out") / "tiny", progress)


@pytest.mark.slow
def test_a_run_leaves_a_whole_artefact(artefact: Path, small_recipe: Path) -> None:
    """Model, manifest, card and plots must be there, and the manifest must fit recipe and model."""
    manifest = read_manifest(artefact)

    assert {
        MODEL_FILE,
        MANIFEST_FILE,
        card.CARD_FILE,
        plots.CALIBRATION_FILE,
        plots.RESPONSE_FILE,
    } == {path.name for path in artefact.iterdir()}
    assert read_model(artefact, manifest)
    assert read_recipe(small_recipe)[1] == manifest.created_from.recipe_sha256
    assert {"network", "logistic", "constant"} == set(manifest.metrics)
    assert all(count > 1_000 for count in manifest.rows.values())


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_artefact(
    artefact: Path, small_recipe: Path, tmp_path: Path
) -> None:
    """A second run must write every file again byte for byte, and show every long step."""
    with Progress(disable=True) as progress:
        again = train_recipe(small_recipe, tmp_path / "again", progress)

    assert digests(artefact) == digests(again)
    assert ["prepare the data", "train", "judge and export"] == [
        task.description.split(",")[0] for task in progress.tasks
    ]
    assert all(task.finished for task in progress.tasks)


@pytest.mark.slow
def test_units_are_encoded_in_parts_as_they_are_at_once(
    small_recipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few rows are taken together, inputs and outcomes must be the same to the bit."""
    recipe, _ = read_recipe(small_recipe)
    at_once = pipeline.prepare(recipe, Progress(disable=True)).examples
    monkeypatch.setattr(pipeline, "CHUNK", 700)
    in_parts = pipeline.prepare(recipe, Progress(disable=True)).examples

    for period, rows in at_once.items():
        same = in_parts[period]
        assert len(rows.bought) > 700
        assert np.array_equal(rows.bought, same.bought)
        for part in ("numeric", "ids", "depth"):
            assert np.array_equal(getattr(rows.inputs, part), getattr(same.inputs, part))


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 (hex) of every file in *folder*, by name."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_the_shipped_model_was_made_by_the_shipped_recipe() -> None:
    """The manifest must name the recipe beside it, and the model and features must be its own."""
    manifest = read_manifest(SHIPPED)

    assert read_recipe(RETAIL / "recipe.yaml")[1] == manifest.created_from.recipe_sha256
    assert read_model(SHIPPED, manifest)


def test_the_shipped_card_says_what_the_manifest_says() -> None:
    """The card must be the one that the manifest and the recipe give, not edited by hand."""
    recipe, _ = read_recipe(RETAIL / "recipe.yaml")

    assert card.text(read_manifest(SHIPPED), recipe) == (SHIPPED / card.CARD_FILE).read_text(
        "utf-8"
    )


def test_the_shipped_artefact_is_small() -> None:
    """All its files together must stay under 300 kB."""
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 300 * KILOBYTE


def test_the_shipped_model_beats_the_constant_and_owns_up_to_the_rest() -> None:
    """It must beat the constant; the card must say how it stands to the logistic regression."""
    manifest = read_manifest(SHIPPED)
    network, constant = manifest.metrics["network"], manifest.metrics["constant"]
    text = (SHIPPED / card.CARD_FILE).read_text("utf-8")

    assert network.log_loss < constant.log_loss
    assert network.auc > constant.auc
    assert "Observational, no causal effect claimed" in text
    assert "assumption" in text.lower()
    assert f"{manifest.gain_over_logistic.low:.5f}" in text


def test_the_shipped_model_never_falls_with_depth() -> None:
    """Over every category and a fine ladder of depths, the shipped model must keep its promise."""
    manifest = read_manifest(SHIPPED)
    session = session_of(read_model(SHIPPED, manifest))
    depths = list(range(0, 6_001, 50))
    for category in manifest.vocabularies["line.category"]:
        facts = {fact: [3] for fact in FACTS} | {
            "line.category": [category],
            "line.department": ["GROCERY"],
            DEPTH_FACT: depths,
        }
        probability = run(session, encode(facts, manifest.vocabularies))[:, 0]

        assert (np.diff(np.round(probability.astype(np.float64) * 1_000_000)) >= 0).all()
        assert probability[-1] > probability[0]
