"""The manifest beside a model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sconto.errors import ModelUnusable
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE, read_manifest, read_model

SHIPPED = Path(__file__).parents[3] / "models" / "retail" / "v1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped model and its manifest."""
    for name in (MODEL_FILE, MANIFEST_FILE):
        shutil.copy(SHIPPED / name, tmp_path / name)
    return tmp_path


def rewrite(folder: Path, **changed: Any) -> None:
    """Change fields of the manifest in *folder*."""
    path = folder / MANIFEST_FILE
    fields = json.loads(path.read_text(encoding="utf-8")) | changed
    path.write_text(json.dumps(fields), encoding="utf-8")


def test_what_was_written_is_read_back(folder: Path) -> None:
    """A manifest must survive being written and read."""
    manifest = read_manifest(folder)

    rewrite(folder, **manifest.model_dump(mode="json"))
    assert manifest == read_manifest(folder)


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    """A folder without a manifest holds no model."""
    with pytest.raises(ModelUnusable, match="can't read the manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"model_sha256": "abc"}, "model_sha256"),
        ({"best_epoch": "18"}, "best_epoch"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_manifest_that_breaks_the_schema_is_refused(
    folder: Path, changed: dict[str, Any], where: str
) -> None:
    """Wrong types and unknown fields must be refused, naming the field."""
    rewrite(folder, **changed)

    with pytest.raises(ModelUnusable, match=f"is wrong at `{where}`"):
        read_manifest(folder)


def test_a_model_for_other_features_is_refused(folder: Path) -> None:
    """A model that learnt with another feature definition must not be served with this one."""
    rewrite(folder, feature_schema_sha256="0" * 64)

    with pytest.raises(ModelUnusable, match="other feature definitions"):
        read_manifest(folder)


def test_a_changed_model_is_refused(folder: Path) -> None:
    """One changed byte must make the model unusable."""
    manifest = read_manifest(folder)
    model = bytearray((folder / MODEL_FILE).read_bytes())
    model[len(model) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(model)

    with pytest.raises(ModelUnusable, match="not the one its manifest names"):
        read_model(folder, manifest)


def test_a_missing_model_is_refused(folder: Path) -> None:
    """A manifest alone is no model."""
    manifest = read_manifest(folder)
    (folder / MODEL_FILE).unlink()

    with pytest.raises(ModelUnusable, match="can't read model"):
        read_model(folder, manifest)
