"""Opening a model safely: an ONNX file is untrusted input until all of these checks passed.

The bytes are read once and compared with the manifest before anything parses them; the graph may
hold only plain arithmetic, no control flow, no custom operators, no sub-graphs and no data outside
the file; onnxruntime is given the bytes, never a path (loading by path follows hard links).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from math import prod
from typing import Any, Final

import onnx
import onnxruntime

from sconto.errors import ModelUnusable

MAX_MODEL_BYTES: Final = 50 * 1024 * 1024
"""Larger than any model that answers in time on one core."""

PROVIDER: Final = "CPUExecutionProvider"
"""The same arithmetic on every machine of a kind; named in every record."""

MAX_NODES: Final = 2_000
"""Far above what a network of a few layers exports to."""

ROWS: Final = 1_000
"""Candidates of one decision, far more than there are: what a size that is left open counts as."""

MAX_COMPUTED: Final = 32_000_000
"""Numbers that all tensors of a run may have together; they may all be in memory at once."""

ALLOWED_OPERATORS: Final = frozenset(
    {
        "Add", "Cast", "Clip", "Concat", "Constant", "Div", "Gather", "Gemm", "Greater", "Identity",
        "IsNaN", "MatMul", "Max", "Min", "Mul", "Not", "Relu", "ReduceSum", "Reshape", "Sigmoid",
        "Sin", "Softplus", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where",
    }
)  # fmt: skip
"""Operators that can't loop, branch, or allocate by a number in the data."""


def open_session(model: bytes, inputs: AbstractSet[str], output: str) -> Any:
    """An onnxruntime session over *model*, on one thread without spinning.

    Raises ModelUnusable when the graph holds anything outside the allow-list, does not load, or
    takes and gives anything but *inputs* and *output*.
    """
    _inspect(model)
    options = onnxruntime.SessionOptions()
    # Fanning a model this small out over threads costs more than it gains.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(model, sess_options=options, providers=[PROVIDER])
    except Exception as error:  # onnxruntime's errors share no base below Exception
        raise ModelUnusable("onnxruntime can't load the model") from error
    if {i.name for i in session.get_inputs()} != inputs or [
        o.name for o in session.get_outputs()
    ] != [output]:
        raise ModelUnusable(f"the model must take {', '.join(sorted(inputs))} and give {output}")
    return session


def _inspect(model: bytes) -> None:
    if len(model) > MAX_MODEL_BYTES:
        raise ModelUnusable(f"the model is larger than {MAX_MODEL_BYTES} bytes")
    try:
        parsed = onnx.load_model_from_string(model)
    except Exception as error:  # protobuf's errors share no base below Exception
        raise ModelUnusable("the model is no ONNX file") from error
    if parsed.functions:
        raise ModelUnusable("the model defines functions of its own")
    graph = parsed.graph
    if len(graph.node) > MAX_NODES:
        raise ModelUnusable(f"the model has more than {MAX_NODES} nodes")
    for node in graph.node:
        _inspect_node(node)
    if graph.sparse_initializer or any(_is_external(t) for t in graph.initializer):
        raise ModelUnusable("the model keeps data outside its own file")
    _inspect_sizes(parsed)


def _inspect_sizes(model: onnx.ModelProto) -> None:
    """Refuse a small file that makes large tensors, before anything computes them."""
    try:
        graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    except Exception as error:  # onnx's errors share no base below Exception
        raise ModelUnusable("the sizes of the model's tensors don't fit together") from error
    shapes = {v.name: v.type.tensor_type for v in (*graph.value_info, *graph.output)}
    computed = 0
    for name in (name for node in graph.node for name in node.output):
        if name not in shapes or not shapes[name].HasField("shape"):
            raise ModelUnusable(f"how large the model's tensor `{name}` gets can't be known")
        computed += prod(d.dim_value or ROWS for d in shapes[name].shape.dim)
    if computed > MAX_COMPUTED:
        raise ModelUnusable(f"the model computes {computed} numbers, more than {MAX_COMPUTED}")


def _inspect_node(node: onnx.NodeProto) -> None:
    if node.domain not in {"", "ai.onnx"} or node.op_type not in ALLOWED_OPERATORS:
        raise ModelUnusable(f"the model uses the operator `{node.op_type}`, which is not allowed")
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs:
            raise ModelUnusable(f"operator `{node.op_type}` holds a graph of its own")
        if attribute.HasField("t") and _is_external(attribute.t):
            raise ModelUnusable("the model keeps data outside its own file")


def _is_external(tensor: onnx.TensorProto) -> bool:
    return bool(tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data)
