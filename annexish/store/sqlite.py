"""Connections to SQLite whose errors are those of this program, with what to do next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from annexish.errors import AnnexishError, Busy, Corrupt, Unreachable

_KEPT_WAITING = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Unwritable(Unreachable):
    """It would have to be written, and cannot be."""


@contextmanager
def translating() -> Iterator[None]:
    """Turn errors of SQLite into those of this program."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translated(error) from error


class Connection(sqlite3.Connection):
    """Executes; what is fetched one by one is fetched within `translating`."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401 - SQLite's own are wider
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as error:
            raise _translated(error) from error

    def executemany(self, sql: str, parameters: Iterable[object], /) -> sqlite3.Cursor:
        with translating():
            return super().executemany(sql, parameters)  # type: ignore[arg-type] # of sequences

    def executescript(self, sql: str, /) -> sqlite3.Cursor:
        with translating():
            return super().executescript(sql)


def connected(path: str, mode: str) -> Connection:
    """Open a file in one of SQLite's modes; `:memory:` is none."""
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    uri = f"file:{quoted}?mode={mode}" if path != ":memory:" else path
    with translating():
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=60, factory=Connection)


def _translated(error: sqlite3.Error) -> AnnexishError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _KEPT_WAITING:
        return Busy(f"the stat cache is in use: {error}")
    if code == sqlite3.SQLITE_READONLY:
        return Unwritable(f"the stat cache cannot be written: {error}")
    if isinstance(error, sqlite3.OperationalError):
        return Unreachable(f"the stat cache cannot be used: {error}")
    return Corrupt(
        f"the stat cache cannot be read: {error}",
        hint="remove .annexish/cache.sqlite; the next command builds it again by reading every file",
    )
