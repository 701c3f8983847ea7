"""Weights of the frame reader that are none."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from classifiers.blame import WEIGHTS, about_weights, read_arrays
from monitor.errors import ClassifierError


def test_the_shipped_weights_are_read():
    assert "issue_token.weight" in read_arrays(WEIGHTS / "head.npz")
    assert "version" in about_weights(WEIGHTS)


@pytest.mark.parametrize("kind", ["none", "empty", "zeros", "zip", "pickle", "objects", "array", "words"])
def test_a_file_without_arrays_is_refused(tmp_path, kind):
    path = tmp_path / "head.npz"
    if kind == "objects":
        np.savez(path, w=np.array([{"x": 1}], dtype=object))
    elif kind == "words":
        np.savez(path, w=np.array(["x"]))
    elif kind == "array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    elif kind != "none":
        contents = {"empty": b"", "zeros": bytes(9), "zip": b"PK\x03\x04" + bytes(99)}
        path.write_bytes(contents.get(kind) or (pickle.dumps([1]) if kind == "pickle" else b""))
    with pytest.raises(ClassifierError, match=r"head\.npz: holds no weights"):
        read_arrays(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, json.dumps({"version": "x"})])
def test_an_about_that_says_too_little_is_refused(tmp_path, text):
    (tmp_path / "about.json").write_text(text)
    with pytest.raises(ClassifierError, match="holds no weights"):
        about_weights(tmp_path)
