"""A model file is untrusted: what must not be served is refused before it runs."""

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from sconto.errors import ModelUnusable
from sconto.scoring.manifest import INPUTS, OUTPUT, read_manifest, read_model
from sconto.scoring.session import open_session
from support.models import model_folder


def opened(raw: bytes) -> Any:
    """A session over *raw*, with the inputs and output that models have."""
    return open_session(raw, frozenset(INPUTS), OUTPUT)


def model(*nodes: onnx.NodeProto, **graph: object) -> onnx.ModelProto:
    """A model with the right inputs and output around *nodes*."""
    inputs = [
        helper.make_tensor_value_info("numbers", TensorProto.FLOAT, ["n", 1]),
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", 2]),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1])
    made = helper.make_graph(list(nodes), "g", inputs, [output], **graph)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)])


def sigmoid(source: str = "numbers") -> onnx.NodeProto:
    """A node that makes the output from *source*."""
    return helper.make_node("Sigmoid", [source], ["logits"])


def test_a_model_of_plain_arithmetic_opens(tmp_path: Path) -> None:
    """What training writes passes every check."""
    folder = model_folder(tmp_path)
    session = opened(read_model(folder, read_manifest(folder)))

    assert OUTPUT == session.get_outputs()[0].name


@pytest.mark.parametrize(
    "operator", ["Loop", "If", "Scan", "ConstantOfShape", "Expand", "RandomNormal", "Range"]
)
def test_operators_outside_the_list_are_refused(operator: str) -> None:
    """Control flow and operators that allocate by a number in the data never run."""
    bad = model(helper.make_node(operator, ["numbers"], ["x"]), sigmoid())

    with pytest.raises(ModelUnusable, match=f"`{operator}`"):
        opened(bad.SerializeToString())


def test_operators_of_another_domain_are_refused() -> None:
    """A known name in a custom domain is another operator."""
    bad = model(helper.make_node("Add", ["numbers", "numbers"], ["x"], domain="evil"), sigmoid("x"))

    with pytest.raises(ModelUnusable, match="`Add`"):
        opened(bad.SerializeToString())


@pytest.mark.parametrize("how", ["plain", "symlink", "hardlink"])
def test_data_outside_the_file_is_refused(tmp_path: Path, how: str) -> None:
    """External data is refused whatever the path looks like (CVE-2026-34446 and its kin)."""
    secret = tmp_path / "secret"
    secret.write_bytes(np.ones(1, dtype=np.float32).tobytes())
    location = tmp_path / "weights"
    {"plain": secret.rename, "symlink": location.symlink_to, "hardlink": location.hardlink_to}[how](
        location if how == "plain" else secret
    )
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=os.path.relpath(location, tmp_path))
    bad = model(
        helper.make_node("Add", ["numbers", "w"], ["x"]), sigmoid("x"), initializer=[tensor]
    )

    with pytest.raises(ModelUnusable, match="outside"):
        opened(bad.SerializeToString())


@pytest.mark.parametrize("raw", [b"", b"\xff" * 100, b"not a model"])
def test_bytes_that_are_no_model_are_refused(raw: bytes) -> None:
    """Garbage is a clear error, not a crash of a parser."""
    with pytest.raises(ModelUnusable):
        opened(raw)


def test_a_model_with_other_inputs_is_refused() -> None:
    """A model of another shape would be fed nonsense."""
    bad = model(sigmoid())
    bad.graph.input[1].name = "something"

    with pytest.raises(ModelUnusable, match="must take"):
        opened(bad.SerializeToString())


def test_a_changed_byte_is_noticed_before_parsing(tmp_path: Path) -> None:
    """The manifest vouches for the bytes: one changed weight is another model."""
    model_folder(tmp_path)
    raw = bytearray((tmp_path / "model.onnx").read_bytes())
    raw[-1] ^= 1
    (tmp_path / "model.onnx").write_bytes(raw)
    manifest = read_manifest(tmp_path)

    assert hashlib.sha256(raw).hexdigest() != manifest.model_sha256
    with pytest.raises(ModelUnusable, match="not the one"):
        read_model(tmp_path, manifest)


def test_a_small_file_that_computes_large_tensors_is_refused() -> None:
    """A column and a row of a few kilobytes make a table of gigabytes, already when it loads."""
    sides = [
        helper.make_tensor(name, TensorProto.FLOAT, size, bytes(4 * 20_000), raw=True)
        for name, size in (("column", (20_000, 1)), ("row", (1, 20_000)))
    ]
    nodes = [
        helper.make_node("Add", ["column", "row"], ["table"]),
        helper.make_node("ReduceSum", ["table"], ["one"]),
        helper.make_node("Add", ["numbers", "one"], ["sum"]),
    ]
    bomb = model(*nodes, sigmoid("sum"), initializer=sides).SerializeToString()

    assert len(bomb) < 200_000
    with pytest.raises(ModelUnusable, match="the model computes 400002001 numbers"):
        opened(bomb)


@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_what_is_no_file_is_not_read(name: str, tmp_path: Path) -> None:
    """Reading a pipe would hang the start."""
    folder = model_folder(tmp_path)
    manifest = read_manifest(folder)
    (folder / name).unlink()
    os.mkfifo(folder / name)

    with pytest.raises(ModelUnusable, match="can't read"):
        read_model(folder, manifest if name == "model.onnx" else read_manifest(folder))
