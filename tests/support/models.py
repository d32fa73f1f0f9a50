"""A small model folder as training writes it, made without training."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sconto.domain.ruleset import FactSpec, FactType
from sconto.scoring.manifest import MANIFEST_FILE, MODEL_FILE, ModelColumns

MEMBERS = 2
DEPTHS = (0.0, 0.1, 0.3)
COLUMNS = ModelColumns(
    numeric=("visits", "spend"),
    categorical=("band",),
    vocabularies=(("high", "low"),),
    arms=("none", "tenth", "third"),
    depths=DEPTHS,
    outcome="bought",
)
DECLARED = {
    spec.name: spec
    for spec in (
        FactSpec("shopper.visits", FactType.INTEGER),
        FactSpec("shopper.spend", FactType.DECIMAL, places=2),
        FactSpec("shopper.band", FactType.TEXT),
    )
}
KNOWLEDGE: dict[str, Any] = {
    "ranges": [[0.0, 100.0], [0.0, 1000.0]],
    "unknown_share": [0.0, 0.0, 0.0],
    "doubt": [[0.0, 0.001, 0.002], [0.0, 0.01, 0.02], [0.0, 0.1, 0.2]],
    "most_unknown": 1.0,
}
"""Every input is seldom missing, and the later it stands, the more it may hide."""
STEPS = np.array([[-2.0, -1.5, -1.0], [-1.0, -0.5, 1.0]], dtype=np.float32)
"""Logits of both members under each depth, of somebody about whom nothing is known."""


def graph(steps: np.ndarray[Any, np.dtype[np.float32]] = STEPS) -> bytes:
    """A model that adds 0.1 x visits + 0.01 x spend + id to *steps*; a missing number is 0.5."""
    constants = {
        "half": np.float32(0.5),
        "weights": np.array([[0.1], [0.01]], dtype=np.float32),
        "ones": np.ones((len(COLUMNS.categorical), 1), dtype=np.float32),
        "steps": steps[:, None, :],
    }
    nodes = [
        helper.make_node("IsNaN", ["numbers"], ["missing"]),
        helper.make_node("Where", ["missing", "half", "numbers"], ["known"]),
        helper.make_node("MatMul", ["known", "weights"], ["one"]),
        helper.make_node("Cast", ["ids"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["floats", "ones"], ["two"]),
        helper.make_node("Add", ["one", "two"], ["both"]),
        helper.make_node("Add", ["both", "steps"], ["logits"]),
    ]
    inputs = [
        helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["rows", 2]),
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows", 1]),
    ]
    output = helper.make_tensor_value_info(
        "logits", TensorProto.FLOAT, [MEMBERS, "rows", steps.shape[1]]
    )
    known = [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()]
    made = helper.make_graph(nodes, "g", inputs, [output], initializer=known)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def model_folder(folder: Path, model: bytes | None = None, **changed: Any) -> Path:
    """*folder* with a model and its manifest, some of whose fields are *changed* after it fits."""
    model = graph() if model is None else model
    none = "0" * 64
    manifest = {
        "name": "corner",
        "version": "v1",
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "feature_schema_sha256": COLUMNS.digest(),
        "made_from": {
            "recipe": "corner",
            "recipe_sha256": none,
            "examples_sha256": {"train": none},
            "libraries": {},
        },
        "columns": COLUMNS.model_dump(mode="json"),
        "outcome_kind": "sale",
        "members": MEMBERS,
        "knowledge": KNOWLEDGE,
        "parity": {"batch_sizes": [1, 7, 64], "largest_difference": 0.0, "tolerance": 1e-5},
        **changed,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(model)
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
    return folder
