"""The frame reader that the benches share: building one takes seconds."""

from __future__ import annotations

from functools import cache

from classifiers.blame import BlameReader


@cache
def shipped_reader(threads: int | None = None) -> BlameReader:
    """The shipped reader on so many threads (None: every core)."""
    return BlameReader(threads=threads)
