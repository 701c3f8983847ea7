"""What tests share: a clock that stands still, an open store, the models built once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from monitor.second_reader import LlmReader
from monitor.store import Store
from reports.web.app import create_app
from tests.fakes import StillClock
from tests.llm_server import KEY, LlmServer, serving
from tests.rows import keep, sample_stories


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = Store(tmp_path / "test.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[TestClient]:
    """The pages over the sample world with its labelled frames."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    opened = Store(path)
    keep(opened, sample_stories())
    opened.close()
    with TestClient(create_app(path)) as client:
        yield client


@pytest.fixture(scope="session")
def reader():
    from classifiers.blame import BlameReader

    return BlameReader()


@pytest.fixture
def server() -> Iterator[LlmServer]:
    """An endpoint that plays recorded answers of a language model."""
    with serving() as opened:
        yield opened


@pytest.fixture
def llm(server: LlmServer) -> Iterator[LlmReader]:
    """The second reader, asking that endpoint."""
    with LlmReader(server.url, "recorded", KEY, seconds=5, tries=3, pause=0.01) as opened:
        yield opened
