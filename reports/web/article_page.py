"""The page of one article: its text with the words that blame marked in place, its revisions, what people said of it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from monitor.store import Coverage, Store
from reports.differences import differences
from reports.highlight import paragraphs, reading_order, span
from reports.matrix import blame_lines
from reports.web.database import ReadStore
from reports.web.views import page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

#: Revisions that are compared on one page; live blogs have hundreds.
MOST_REVISIONS = 10


@router.get("/article/{key}")
def article(store: ReadStore, key: str, said: str = "") -> Response:
    """One article; `said` is the frame that a correction was just kept for."""
    covered = store.covered(key)
    text = covered.article
    quotes = {quote.id: line for line in blame_lines([covered]) for quote in line.quotes}
    order = sorted(range(len(covered.frames)), key=lambda i: reading_order(covered.frames[i]))
    frames, keys = [covered.frames[i] for i in order], [covered.frame_ids[i] for i in order]
    verdicts = store.corrections_of(key)
    return page(
        "article.html",
        covered=covered,
        frames=frames,
        keys=keys,
        lines=[quotes[key] for key in keys],
        lost=[span(text.title if frame.place == "title" else text.text, frame) is None for frame in frames],
        title=paragraphs(text.title, frames, "title"),
        body=paragraphs(text.text, frames, "text"),
        story=store.story_of(key),
        reading=store.reading_of(key),
        verdicts={key: [one for one in verdicts if one.frame == key] for key in keys},
        revisions=_revisions(store, covered),
        said=said if said in keys else "",
    )


def _revisions(store: Store, covered: Coverage) -> list[dict[str, object]]:
    """Each change of the text, newest first: when it was seen, and what changed."""
    before = store.revisions(covered.article.id)[-MOST_REVISIONS:]
    texts = [(old.title, old.text) for old in before]
    texts.append((covered.article.title, covered.article.text))
    changes = [
        {
            "number": old.revision + 1,
            "seen": old.replaced,
            "title": differences(old.title, new[0]),
            "text": differences(old.text, new[1]),
        }
        for old, new in zip(before, texts[1:], strict=True)
    ]
    return changes[::-1]
