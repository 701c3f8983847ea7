"""The frame head in numpy: token states and candidate triples in, probabilities out.

The same function as `classifiers.torch_model.Head` without dropout; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifiers.pairs import Candidates

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Logits for the N triples of one window of T tokens."""

    stance: Floats  # (N, 4): none, blames, denies, accepts
    kind: Floats  # (N, 12)
    caveat: Floats  # (N,)
    cue: Floats  # (N, T) attention, sums to 1
    hidden: Floats  # (N, HIDDEN), what `issue` asks from


class Head:
    """The arrays of `head.npz` and the function they define."""

    def __init__(self, arrays: dict[str, Floats]) -> None:
        self._a = arrays
        self._heads = arrays["distance.weight"].shape[1]
        self._query = arrays["issue_token.weight"].shape[0]

    def judge(self, states: Floats, triples: Candidates) -> Verdicts:
        """States (T, hidden) of a window → logits for its triples."""
        roles = self._roles(states, triples)
        blamer, target = roles[triples.blamer_row], roles[triples.target_row]
        cue, context = self._attend(states, triples, np.concatenate([blamer, target], -1))
        left = np.tanh(self._linear("blamer", np.concatenate([blamer, context], -1)))
        right = np.tanh(self._linear("target", np.concatenate([target, context], -1)))
        same = (triples.blamer == triples.target)[:, None].astype(np.float32)
        hidden = _gelu(self._linear("mix", np.concatenate([left, right, left * right, context, same], -1)))
        return Verdicts(
            self._linear("stance", hidden),
            self._linear("kind", hidden),
            self._linear("caveat", hidden)[:, 0],
            cue,
            hidden,
        )

    def issue(self, states: Floats, hidden: Floats) -> Floats:
        """(T,) logit of each token to belong to the issue of the one triple whose `hidden` (HIDDEN,) is given."""
        tokens = self._linear("issue_token", states)
        return np.asarray(tokens @ self._linear("issue_query", hidden) / self._query**0.5, np.float32)

    def _linear(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self._a[f"{name}.weight"].T + self._a[f"{name}.bias"], np.float32)

    def _roles(self, states: Floats, triples: Candidates) -> Floats:
        sums = np.concatenate([np.zeros_like(states[:1]), states.cumsum(0)])
        start, end = triples.spans[:, 0], triples.spans[:, 1]
        mentions = (sums[end] - sums[start]) / (end - start)[:, None]
        known = np.concatenate([mentions, np.full_like(states[:1], -1e4)])
        largest = known[triples.groups].max(1)
        largest[triples.groups[:, 0] < 0] = 0
        return np.asarray(largest + self._a["bucket.weight"][triples.buckets], np.float32)

    def _attend(self, states: Floats, triples: Candidates, pair: Floats) -> tuple[Floats, Floats]:
        count, length = len(triples.place), len(states)
        query = self._linear("query", pair).reshape(count, self._heads, -1)
        keys = self._linear("key", states).reshape(length, self._heads, -1)
        scores = np.einsum("nhq,thq->nht", query, keys, optimize=True) / self._query**0.5
        by_part = self._a["distance.weight"][triples.distances]  # (P, T, heads)
        scores += by_part[triples.place].transpose(0, 2, 1)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        values = self._linear("value", states).reshape(length, self._heads, -1)
        read = np.einsum("nht,thd->nhd", weights, values, optimize=True).reshape(count, -1)
        return np.asarray(weights[:, 0], np.float32), np.asarray(read, np.float32)


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2))), np.float32)


def softmax(x: Floats) -> Floats:
    """Over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True), np.float32)
