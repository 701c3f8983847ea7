"""The encoder contract: unit vectors, one language beside another."""

import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from classifiers.encoder import PREFIX, build_once, open_encoder, pad, verify
from monitor.errors import EncoderError

TEXTS = [
    "Kyiv accused Moscow of shelling a hospital.",
    "Киев обвинил Москву в обстреле больницы.",
    "The harbour festival drew a record crowd.",
    "",
    "x " * 2000,
]


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


def test_vectors_have_length_one_and_the_right_shape(encoder):
    vectors = encoder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_translations_are_closer_than_strangers(encoder):
    english, russian, festival, *_ = encoder.embed(TEXTS)
    assert english @ russian > english @ festival


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder):
    alone = encoder.embed([TEXTS[0]])[0]
    among = encoder.embed(TEXTS)[0]
    assert np.array_equal(alone, among)


def test_no_texts_no_vectors(encoder):
    assert encoder.embed([]).shape == (0, encoder.dimension)


def test_the_tokenizer_covers_the_text(encoder):
    encoding = encoder.tokenizer.encode(PREFIX + TEXTS[1])
    assert encoding.offsets[-2][1] == len(PREFIX + TEXTS[1])


def test_padding_is_masked():
    tokens, mask = pad([[5, 6, 7], [8]])
    assert tokens.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_an_unknown_model_says_what_to_do():
    with pytest.raises(EncoderError) as caught:
        open_encoder("/no/such/folder")
    assert caught.value.advice


def _build_slowly(arguments: tuple[str, str]) -> None:
    path, log = map(Path, arguments)

    def build(fresh: Path) -> None:
        with log.open("a") as file:
            file.write("built\n")
        fresh.write_bytes(b"model")

    build_once(path, build)


def test_two_processes_build_once(tmp_path):
    path, log = tmp_path / "cache" / "model.onnx", tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as pool:
        pool.map(_build_slowly, [(str(path), str(log))] * 3)
    assert log.read_text() == "built\n"
    assert verify(path)


def test_a_cut_off_file_is_built_again(tmp_path):
    path = tmp_path / "model.onnx"
    build_once(path, lambda fresh: fresh.write_bytes(b"whole model"))
    path.write_bytes(b"who")
    build_once(path, lambda fresh: fresh.write_bytes(b"whole model"))
    assert path.read_bytes() == b"whole model"
    assert verify(path)
