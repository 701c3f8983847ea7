"""The store of one request: opened to read only, closed when the answer is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from monitor.store import Store


def open_store(request: Request) -> Iterator[Store]:
    """A read-only store; StoreError where there is no database to read."""
    path: Path = request.app.state.db
    store = Store(path, read_only=True)
    try:
        yield store
    finally:
        store.close()


ReadStore = Annotated[Store, Depends(open_store)]
