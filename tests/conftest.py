"""What tests share: a clock that stands still, an open store, the models built once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from monitor.store import Store
from tests.fakes import StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = Store(tmp_path / "test.db")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def reader():
    from classifiers.blame import BlameReader

    return BlameReader()
