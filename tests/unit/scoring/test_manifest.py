"""The manifest of a model is untrusted: what does not fit is refused, by name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sconto.errors import ModelUnusable
from sconto.scoring.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    ModelColumns,
    read_manifest,
    read_model,
)
from sconto.scoring.scorer import OnnxScorer
from support.models import COLUMNS, DEPTHS, KNOWLEDGE, model_folder


def columns(**changed: Any) -> ModelColumns:
    """The columns, some of them *changed*."""
    return ModelColumns(**{**COLUMNS.model_dump(), **changed})


def columns_with(**changed: Any) -> dict[str, Any]:
    """The manifest's part about columns, some of it *changed*."""
    return {"columns": {**COLUMNS.model_dump(), **changed}}


def known(**changed: Any) -> dict[str, Any]:
    """The manifest's part about the inputs, some of it *changed*."""
    return {"knowledge": {**KNOWLEDGE, **changed}}


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """A manifest must survive being written and read."""
    manifest = read_manifest(model_folder(tmp_path))
    again = manifest.model_dump(mode="json")
    (tmp_path / MANIFEST_FILE).write_text(json.dumps(again), encoding="utf-8")

    assert COLUMNS == manifest.columns
    assert manifest == read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"outcome_kind": "luck"}, "wrong at `outcome_kind`"),
        (known(ranges=[[0, 1]]), "wrong at `its top`"),
        (known(unknown_share=[0, 0, 2]), "wrong at `knowledge.unknown_share.2`"),
        (known(unknown_share=[0, 0]), "wrong at `its top`"),
        (known(doubt=[[0, 0, 0]]), "wrong at `its top`"),
        (known(doubt=[[0, 0]] * 3), "wrong at `its top`"),
        (known(most_unknown=1.5), "wrong at `knowledge.most_unknown`"),
        ({"model_sha256": "abc"}, "wrong at `model_sha256`"),
        ({"members": 0}, "wrong at `members`"),
        ({"members": 9}, "does not fit the columns"),
        ({"extra": 1}, "wrong at `extra`"),
        ({"feature_schema_sha256": "0" * 64}, "not those it learnt with"),
        (
            columns_with(numeric=["visits", "spent"]),
            "not those it learnt with",
        ),
        (columns_with(arms=[]), "wrong at `columns.arms`"),
        (columns_with(depths=[0, 0.1, 30]), "wrong at `columns.depth"),
        (columns_with(depths=[0, 0.1]), "wrong at `columns`"),
        (columns_with(vocabularies=[]), "wrong at `columns`"),
        (columns_with(numeric=["band", "a"]), "wrong at `columns`"),
    ],
)
def test_a_manifest_that_was_tampered_with_is_refused(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    """The server must not start on it, and say where it is wrong."""
    model_folder(tmp_path, **changed)

    with pytest.raises(ModelUnusable, match=said):
        OnnxScorer(tmp_path, limit_seconds=1.0)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"name": "corner"', b"null", b'{"name": NaN}'],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Garbage is a clear error, not a crash of a parser."""
    model_folder(tmp_path)
    (tmp_path / MANIFEST_FILE).write_bytes(raw)

    with pytest.raises(ModelUnusable, match="manifest"):
        OnnxScorer(tmp_path, limit_seconds=1.0)


def test_a_number_that_json_does_not_have_is_refused(tmp_path: Path) -> None:
    """A depth that is not finite must not reach arithmetic."""
    model_folder(tmp_path)
    text = (tmp_path / MANIFEST_FILE).read_text()
    changed = text.replace(json.dumps(list(DEPTHS)), "[0.0, 0.1, NaN]")
    (tmp_path / MANIFEST_FILE).write_text(changed)

    assert text != changed
    with pytest.raises(ModelUnusable, match="wrong at `columns"):
        OnnxScorer(tmp_path, limit_seconds=1.0)


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    """One changed byte must make the model unusable."""
    model_folder(tmp_path)
    raw = bytearray((tmp_path / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / "model.onnx").write_bytes(raw)

    with pytest.raises(ModelUnusable, match="not the one its manifest names"):
        OnnxScorer(tmp_path, limit_seconds=1.0)


def test_the_digest_tells_every_column_apart() -> None:
    """Another name, vocabulary, arm, depth or outcome must give another digest."""
    others = (
        columns(numeric=("visits", "spent")),
        columns(categorical=("bands",)),
        columns(vocabularies=(("low", "high"),)),
        columns(arms=("none", "tenth", "more")),
        columns(depths=(0.0, 0.1, 0.31)),
        columns(outcome="visited"),
    )

    assert 7 == len({COLUMNS.digest(), *(other.digest() for other in others)})


def test_arms_are_a_curve_only_where_depths_ascend() -> None:
    """A depth that is not known, or out of order, leaves arms to be known by name."""
    assert DEPTHS == COLUMNS.curve
    assert columns(depths=(0.0, None, 0.3)).curve is None
    assert columns(depths=(0.0, 0.3, 0.1)).curve is None
    assert columns(depths=(0.0, 0.1, 0.1)).curve is None


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    """A manifest alone is no model, and a folder without one neither."""
    manifest = read_manifest(model_folder(tmp_path / "m"))
    (tmp_path / "m" / MODEL_FILE).unlink()

    with pytest.raises(ModelUnusable, match="can't read model"):
        read_model(tmp_path / "m", manifest)
    with pytest.raises(ModelUnusable, match="can't read the manifest"):
        read_manifest(tmp_path)
