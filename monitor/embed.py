"""What of an article the encoder and the clusterer see: the title and the opening."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from classifiers.actors import finder
from monitor.join import Item
from monitor.model import Article

#: Title and this many characters: more of the text did not cluster better (OG2021, AllSides).
OPENING = 600


def opening(article: Article) -> str:
    """Title and opening as one text."""
    return opening_of(article.title, article.text)


def opening_of(title: str, text: str) -> str:
    """Title and opening as one text."""
    return f"{title}\n{text[:OPENING]}" if text else title


def make_item(id: str, opening: str, language: str, published: datetime, vector: NDArray[np.float32]) -> Item:
    """What the clusterer takes: the vector, and the actors that the opening names."""
    actors = frozenset(mention.actor for mention in finder(language).find(opening, published.date()))
    return Item(
        id=id, language=language, published=published, vector=vector, actors=actors, length=len(opening)
    )
