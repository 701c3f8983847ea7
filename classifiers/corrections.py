"""Analysts' words on frames as labelled passages, for `framewire train --with-corrections`.

    corrections of an article → the last word on each (blamer, target, stance) → one line in the training format

"right" is a labelled frame, "wrong" a passage without that frame. What nobody judged is neither: a line names it
under `unsure`, and training looks away from those pairs instead of learning that the reader was wrong there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from classifiers.dataset import problems
from classifiers.document import MAX_CHARACTERS

Row = Mapping[str, Any]
Triple = tuple[str, str, str]


def to_rows(corrections: Iterable[Row], unjudged: Iterable[Row] = ()) -> list[dict[str, Any]]:
    """One line an article from corrections in the order of their times; `unjudged` are its frames without one.

    The last word on a triple counts, whoever said it and whichever version of the classifier found it.
    Articles without a "right" or "wrong" that can be used give no line.
    """
    judged: dict[str, dict[Triple, Row]] = {}
    for row in corrections:
        frames = judged.setdefault(row["article"], {})
        frames[_triple(row)] = row
    others: dict[str, set[Triple]] = {}
    for row in unjudged:
        others.setdefault(row["article"], set()).add(_triple(row))
    lines = (_line(frames, others.get(article, set())) for article, frames in judged.items())
    return [line for line in lines if line]


def _line(frames: dict[Triple, Row], others: set[Triple]) -> dict[str, Any] | None:
    """The article of these verdicts; None where they teach nothing."""
    article = next(iter(frames.values()))
    line: dict[str, Any] = {
        "id": f"correction-{article['article']}",
        "lang": article["language"],
        "date": article["published"][:10],
        "outlet_state": article["outlet_state"],
        "form": "correction",
        "title": article["title"],
        "text": article["text"],
        "frames": [],
    }
    wrong = {triple for triple, row in frames.items() if row["verdict"] == "wrong"}
    right = {
        triple: _labelled(row, line)
        for triple, row in frames.items()
        if row["verdict"] == "right" and _fits(row, line)
    }
    if not wrong and not right:
        return None
    line["frames"] = list(right.values())
    line["unsure"] = [list(triple) for triple in sorted((frames.keys() | others) - wrong - right.keys())]
    return line


def _triple(row: Row) -> Triple:
    return row["blamer"], row["target"], row["stance"]


def _labelled(row: Row, line: dict[str, Any]) -> dict[str, Any]:
    """The frame in the training format; the analyst confirmed no words for the actors or the cue."""
    issue = row["issue"]
    return {
        **{name: row[name] for name in ("blamer", "target", "stance", "kind")},
        "caveat": bool(row["caveat"]),
        **dict.fromkeys(("blamer_text", "target_text", "cue_text"), ""),
        "issue_text": issue
        if issue != row["evidence"] and issue in f"{line['title']}\n{line['text']}"
        else "",
        "evidence": row["evidence"],
    }


def _fits(row: Row, line: dict[str, Any]) -> bool:
    """Whether the frame can be shown in the text: that may have changed since, and so may the actors."""
    read = f"{line['title']}\n{line['text']}"[:MAX_CHARACTERS]
    return row["evidence"] in read and not problems(line | {"frames": [_labelled(row, line)]})
