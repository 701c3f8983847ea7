"""The page of one story: timeline, who blames whom, sides beside each other, reports, what stands beside it.

Every view has an address: `?lanes=kind`, `?compare=RUS,USA`, `?blamer=RUS&target=USA` for one cell's quotes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from classifiers.actors import name_of
from monitor.errors import NotFoundError
from monitor.store import Store
from reports import comparison
from reports.copies import carried
from reports.matrix import Cell
from reports.neighbours import related, silent
from reports.story_report import StoryReport, report
from reports.timeline import LaneBy, lane_of, timeline
from reports.web.database import ReadStore
from reports.web.views import page
from reports.words import OUTLET_WORDS, upper_first

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

#: How far to either side of a story its thread and the states' habits are looked for.
BESIDE = timedelta(days=14)
#: A state is taken for reachable if its outlets published within this of the story.
AROUND = timedelta(days=1)
#: Cells and reports that one page shows; the rest has addresses of its own.
PAGE_CELLS, PAGE_REPORTS = 24, 60


@router.get("/story/{key}")
def story(
    store: ReadStore,
    key: str,
    lanes: LaneBy = "state",
    compare: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006 (FastAPI copies it)
    blamer: Annotated[str, Query(max_length=200)] = "",
    target: Annotated[str, Query(max_length=200)] = "",
    number: Annotated[int, Query(alias="reports", ge=1, le=1000)] = 1,
) -> Response:
    """One story. The words after the id are for people only."""
    asked = key.split("-")[0]
    found = store.story(asked)
    told = report(found, store.coverage(found.id))
    if found.id != asked:
        return RedirectResponse(told.path, status_code=308)
    if len(compare) > 1:  # the form's boxes: one address for one view
        sides = ",".join(comparison.sides_of(",".join(compare)))
        return RedirectResponse(f"{told.path}?compare={sides}#sides", status_code=303)
    if blamer or target:
        return page("cell.html", report=told, cell=_cell(told, blamer, target))
    return page(
        "story.html",
        report=told,
        lanes=lanes,
        drawn=told.timeline if lanes == "state" else timeline(told.coverage, lanes),
        cells=told.matrix.cells[:PAGE_CELLS],
        places={(cell.blamer, cell.target): index for index, cell in enumerate(told.matrix.cells)},
        cell_path=lambda cell: cell_path(told, cell),
        changes=store.story_changes(found.id, 20),
        **_sides(told, "".join(compare)),
        **_reports(told, number),
        **_beside(store, told),
    )


def cell_path(told: StoryReport, cell: Cell) -> str:
    """The address of one cell with all its quotes."""
    return f"{told.path}?{urlencode({'blamer': cell.blamer.key, 'target': cell.target.key})}"


def _cell(told: StoryReport, blamer: str, target: str) -> Cell:
    for cell in told.matrix.cells:
        if (cell.blamer.key, cell.target.key) == (blamer, target):
            return cell
    raise NotFoundError(f"{blamer} → {target}", "is no blame in this story", advice="Its page lists what is")


def _sides(told: StoryReport, asked: str) -> dict[str, Any]:
    """The comparison that was asked for (two sides at least), and all sides there are to choose from."""
    keys = comparison.sides_of(asked)
    choice: dict[str, tuple[str, int]] = {}
    for covered in told.coverage:
        key, label, _ = lane_of(covered.feed)
        choice[key] = label, choice.get(key, ("", 0))[1] + 1
    for key in keys:
        choice.setdefault(key, (OUTLET_WORDS.get(key) or name_of(key), 0))  # type: ignore[call-overload]
    offered = [(key, upper_first(label), count) for key, (label, count) in choice.items()]
    return {
        "choice": offered,
        "chosen": keys,
        "asked": asked,
        "comparison": comparison.compare(told.coverage, keys) if len(keys) > 1 else None,
    }


def _reports(told: StoryReport, number: int) -> dict[str, Any]:
    every = carried(told.coverage)
    start = (number - 1) * PAGE_REPORTS
    return {
        "told": every[start : start + PAGE_REPORTS],
        "number": number,
        "more": len(every) > start + PAGE_REPORTS,
    }


def _beside(store: Store, told: StoryReport) -> dict[str, Any]:
    first, last = told.story.first, told.story.last
    neighbours = store.neighbours(first - BESIDE, last + BESIDE)
    heard = store.states_heard(first - AROUND, last + AROUND)
    return {"related": related(told, neighbours), "silent": silent(told, neighbours, heard)}
