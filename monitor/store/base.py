"""One open database: connection, transactions, and how values become columns. Contains no business logic."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlite_utils import Database, Migrations

from monitor.errors import StoreError
from monitor.store.migrations import framewire

#: Seconds a writer waits for another one; transactions are short.
BUSY_SECONDS = 30.0


class StoreBase:
    """The connection. Use from one thread; open another store for another."""

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = str(path)
        try:
            connection = self._connect(read_only)
            connection.row_factory = sqlite3.Row
            self._db = Database(connection)
            if read_only:
                self._check_owner(read_only=True)
            else:
                self._migrate()
            connection.execute("pragma synchronous = normal")
        except OSError as error:
            message = f"cannot be opened ({error.strerror})"
            raise StoreError(self.path, message, advice="Give another --db") from error
        except sqlite3.DatabaseError as error:
            advice = "Give another --db, or restore a backup"
            raise StoreError(self.path, f"is no database of ours ({error})", advice=advice) from error

    def _connect(self, read_only: bool) -> sqlite3.Connection:
        if self.path == ":memory:":
            return sqlite3.connect(":memory:", isolation_level=None)
        if read_only:
            if not Path(self.path).exists():
                advice = "Run `framewire crawl` first, or `framewire demo` for the sample world"
                raise StoreError(self.path, "is not there", advice=advice)
            return sqlite3.connect(
                f"{Path(self.path).resolve().as_uri()}?mode=ro",  # a path may hold `#` or `?`
                uri=True,
                timeout=BUSY_SECONDS,
                check_same_thread=False,
                isolation_level=None,
            )
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)

    def _migrate(self) -> None:
        """Bring the file up to date; two processes that open a new one at once take turns."""
        if self._db.journal_mode == "wal" and not framewire.pending(self._db):
            return
        with nullcontext() if self.path == ":memory:" else FileLock(f"{self.path}.lock"):
            self._check_owner(read_only=False)
            self._db.enable_wal()
            framewire.apply(self._db)

    def _check_owner(self, *, read_only: bool) -> None:
        """Another application's file is neither read nor written; an empty one may become ours."""
        tables = set(self._db.table_names()) - {Migrations.migrations_table}
        if tables and not framewire.applied(self._db):
            raise StoreError(self.path, "belongs to another application", advice="Give another --db")
        if read_only and not tables:
            raise StoreError(
                self.path, "is empty", advice="Run `framewire crawl` first, or give another --db"
            )

    def close(self) -> None:
        """Close the connection."""
        self._db.conn.close()

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction, all or nothing.

        BEGIN IMMEDIATE, because with a plain BEGIN 304 of 400 concurrent read-then-write transactions failed
        with "database is locked" although a timeout was set.
        """
        if self._db.conn.in_transaction:
            yield
            return
        self._db.conn.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.conn.rollback()
            raise
        self._db.conn.commit()

    def rows(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return list(self._db.conn.execute(sql, parameters))

    def value(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Any:
        """The first column of the first row; None where there is no row."""
        row = self._db.conn.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def run(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Execute a change; how many rows it touched."""
        return self._db.conn.execute(sql, parameters).rowcount

    def put(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows, replacing those with the same key."""
        for row in rows:
            names = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            self._db.conn.execute(f"insert or replace into {table} ({names}) values ({marks})", row)


def to_text(moment: datetime | None) -> str | None:
    """A time as the store keeps it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def to_time(text: str | None) -> datetime | None:
    """A time from the store."""
    return datetime.fromisoformat(text) if text else None
