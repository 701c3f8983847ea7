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
    caveat: Floats  # (N,)
    cue: Floats  # (N, T) attention, sums to 1
    hidden: Floats  # (N, HIDDEN), what `issue` and `kind` ask from


class Head:
    """The arrays of `head.npz` and the function they define."""

    def __init__(self, arrays: dict[str, Floats]) -> None:
        self._a = arrays
        self._heads = arrays["distance.weight"].shape[1]
        self._query = arrays["issue_token.weight"].shape[0]

    def judge(self, states: Floats, triples: Candidates) -> Verdicts:
        """States (T, hidden) of a window → logits for its triples.

        A layer over [blamer, target] or [role, context] is the sum of two: the role's share is computed once for
        each (sentence, actor) row and picked by triple, since rows are far fewer than triples.
        """
        roles = self._roles(states, triples)
        cue, context = self._attend(states, triples, roles)
        left = np.tanh(self._shared("blamer", roles)[triples.blamer_row] + self._context("blamer", context))
        right = np.tanh(self._shared("target", roles)[triples.target_row] + self._context("target", context))
        same = (triples.blamer == triples.target)[:, None].astype(np.float32)
        hidden = _gelu(self._linear("mix", np.concatenate([left, right, left * right, context, same], -1)))
        return Verdicts(
            self._linear("stance", hidden),
            self._linear("caveat", hidden)[:, 0],
            cue,
            hidden,
        )

    def issue(self, states: Floats, hidden: Floats) -> Floats:
        """(T,) logit of each token to belong to the issue of the one triple whose `hidden` (HIDDEN,) is given."""
        tokens = self._linear("issue_token", states)
        return np.asarray(tokens @ self._linear("issue_query", hidden) / self._query**0.5, np.float32)

    def kind(self, states: Floats, hidden: Floats) -> Floats:
        """(12,) logits of the one triple: from the words of its issue, and from the triple itself."""
        weights = 1 / (1 + np.exp(-self.issue(states, hidden)))
        read = weights @ states / (weights.sum() + np.float32(1e-6))
        words = self._linear("kind_issue", _gelu(self._linear("kind_mix", read)))
        return np.asarray(self._linear("kind", hidden) + words, np.float32)

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

    def _attend(self, states: Floats, triples: Candidates, roles: Floats) -> tuple[Floats, Floats]:
        """Weights of the first head on tokens (N, T), and what all heads read (N, hidden)."""
        width = roles.shape[1]
        matrix = self._a["query.weight"]
        as_blamer = roles @ matrix[:, :width].T + self._a["query.bias"]
        as_target = roles @ matrix[:, width:].T
        query = self._by_head(as_blamer[triples.blamer_row] + as_target[triples.target_row])
        keys = self._by_head(self._linear("key", states))
        scores = query @ keys.transpose(0, 2, 1) / np.float32(self._query**0.5)  # (heads, N, T)
        bias = self._a["distance.weight"][triples.distances].transpose(2, 0, 1)  # (heads, parts, T)
        scores += bias[:, triples.place]
        scores -= scores.max(-1, keepdims=True)
        weights = np.exp(scores, out=scores)
        weights /= weights.sum(-1, keepdims=True)
        read = weights @ self._by_head(self._linear("value", states))  # (heads, N, width)
        return weights[0], np.ascontiguousarray(read.transpose(1, 0, 2)).reshape(len(triples.place), -1)

    def _by_head(self, x: Floats) -> Floats:
        """(rows, heads · width) → (heads, rows, width)."""
        return np.ascontiguousarray(x.reshape(len(x), self._heads, -1).transpose(1, 0, 2))

    def _shared(self, name: str, roles: Floats) -> Floats:
        """The share of a role in a layer over [role, context]."""
        return np.asarray(roles @ self._a[f"{name}.weight"][:, : roles.shape[1]].T, np.float32)

    def _context(self, name: str, context: Floats) -> Floats:
        """The share of the context in a layer over [role, context]."""
        matrix = self._a[f"{name}.weight"]
        return np.asarray(context @ matrix[:, -context.shape[1] :].T + self._a[f"{name}.bias"], np.float32)


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf

    return np.asarray(0.5 * x * (1 + erf(x / np.sqrt(2))), np.float32)


def softmax(x: Floats) -> Floats:
    """Over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True), np.float32)
