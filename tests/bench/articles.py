"""Whole articles of so many sentences, made of our own labelled passages, in every language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from classifiers.sentences import split
from monitor.model import Text


def articles(rows: Iterable[dict[str, Any]], *, sentences: int, each: int) -> dict[str, list[Text]]:
    """`each` articles by language; a language whose passages do not suffice has fewer."""
    passages: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        passages[row["lang"]].append("\n".join(filter(None, [row.get("title"), row["text"]])))
    return {language: _filled(language, texts, sentences, each) for language, texts in passages.items()}


def _filled(language: str, passages: Iterable[str], sentences: int, each: int) -> list[Text]:
    """Passages one after the other, cut at the last sentence; the first sentence is the title."""
    done: list[Text] = []
    parts: list[str] = []
    for passage in passages:
        parts += [passage[sentence.start : sentence.end] for sentence in split(passage, language)]
        if len(parts) > sentences and len(done) < each:
            title, *body = parts[: sentences + 1]
            done.append(
                Text(id=f"{language}-{len(done)}", title=title, text="\n".join(body), language=language)
            )
            parts = []
    return done
