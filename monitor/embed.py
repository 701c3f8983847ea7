"""What of an article the encoder sees: the title and the opening."""

from __future__ import annotations

from monitor.model import Article

#: Title and this many characters: more of the text did not cluster better (OG2021, AllSides).
OPENING = 600


def opening(article: Article) -> str:
    """Title and opening as one text."""
    return f"{article.title}\n{article.text[:OPENING]}"
