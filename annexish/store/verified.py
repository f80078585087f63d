"""When each content was last verified, and the order in which to read them again.

What is remembered is derived and may be lost: a file that cannot be read is made anew. The agenda of
one run lies in temporary tables of the same connection, which SQLite sorts on disk when they are large.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from annexish.errors import Busy

_REMEMBERED = """
CREATE TABLE IF NOT EXISTS verified (
  digest BLOB NOT NULL, mark INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (digest, mark)) WITHOUT ROWID;
"""
_AGENDA = """
CREATE TEMP TABLE content (
  at INTEGER PRIMARY KEY, path BLOB NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, place INTEGER NOT NULL,
  inode INTEGER NOT NULL, mark INTEGER NOT NULL, record BLOB);
CREATE TEMP TABLE kept (
  digest BLOB NOT NULL, keep INTEGER NOT NULL, place INTEGER NOT NULL, inode INTEGER NOT NULL,
  PRIMARY KEY (digest, keep)) WITHOUT ROWID;
CREATE TEMP TABLE away (place INTEGER PRIMARY KEY);
CREATE INDEX temp.content_digest ON content (digest, inode);
"""
_IN_ORDER = """
SELECT MIN(at) AS first, path, content.digest, size, place, inode, content.mark, record FROM content
LEFT JOIN verified ON verified.digest = content.digest AND verified.mark = content.mark
GROUP BY place, inode, content.digest ORDER BY COALESCE(time, 0), first
"""
_APART = """
SELECT digest, keep FROM kept WHERE (digest, keep) > (?, ?) AND NOT EXISTS (
  SELECT 1 FROM content
  WHERE content.digest = kept.digest AND content.inode = kept.inode AND content.place = kept.place)
ORDER BY digest, keep LIMIT 4096
"""
_UNPROTECTED = """
SELECT COUNT(*) FROM content WHERE place >= 0 AND size > 0 AND place NOT IN (SELECT place FROM away)
AND NOT EXISTS (SELECT 1 FROM kept WHERE kept.digest = content.digest)
"""
_STALE = """
DELETE FROM main.verified WHERE NOT EXISTS (
  SELECT 1 FROM content WHERE content.digest = verified.digest AND content.mark = verified.mark)
"""
KEEP = -1
"""The place of what is in the keep, smaller ones are other keeps; the rest are file systems, 0 is that of the root."""


class Content(NamedTuple):
    """A file to be read: `mark` tells it from others with its digest; `record` is the caller's, None for none."""

    at: int
    path: bytes
    digest: bytes
    size: int
    place: int
    inode: int
    mark: int
    record: bytes | None


class Agenda:
    """What is to be verified, least recently verified first.

    With `read_only` nothing is written; what cannot be read is as if nothing was remembered.
    """

    def __init__(self, path: str, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._sql = self._opened_to_read() if read_only else self._opened()
        self._sql.executescript(_AGENDA)
        self._sql.execute("BEGIN")

    def _opened(self) -> sqlite3.Connection:
        try:
            return _made(self._path)
        except sqlite3.OperationalError as error:
            raise Busy(f"what was verified cannot be read: {error}") from error
        except sqlite3.DatabaseError:
            forget(self._path)
            return _made(self._path)

    def _opened_to_read(self) -> sqlite3.Connection:
        return _readable(self._path, "ro") or _made(":memory:")

    def add(self, contents: Iterable[Content]) -> None:
        """Put contents on the agenda, in tree order of their numbers."""
        rows = ((*content[:5], _signed(content.inode), _signed(content.mark), content.record) for content in contents)
        self._sql.executemany("INSERT INTO content VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_kept(self, keep: int, place: int, kept: Iterable[tuple[bytes, int]]) -> None:
        """Note (digest, inode) of names in a keep, which is on a file system."""
        rows = ((digest, keep, place, _signed(inode)) for digest, inode in kept)
        self._sql.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", rows)

    def set_away(self, place: int) -> None:
        """Note that nobody knows what is kept of a file system."""
        self._sql.execute("INSERT OR IGNORE INTO away VALUES (?)", (place,))

    def apart(self) -> Iterator[tuple[bytes, int]]:
        """Yield (digest, keep) of what a keep has in an inode which no file with that digest has."""
        last = (b"", 0)
        while found := self._sql.execute(_APART, last).fetchall():
            for last in found:
                yield last

    def unprotected(self) -> int:
        """Return how many files have no name in the keep."""
        return int(self._sql.execute(_UNPROTECTED).fetchone()[0])

    def in_order(self) -> Iterator[Content]:
        """Yield one content for each inode: never verified first, then by time, and in tree order."""
        yield from map(Content._make, self._sql.execute(_IN_ORDER))
        # nobody could write what was verified while it is being read
        self._end()

    def content(self, at: int) -> Content:
        """Return a content by its number."""
        return Content._make(self._sql.execute("SELECT * FROM content WHERE at = ?", (at,)).fetchone())

    def alike(self, content: Content, *, same_inode: bool) -> list[Content]:
        """Return the files that have a content's digest in its inode, or those that have it in other inodes."""
        found = self._sql.execute(
            "SELECT * FROM content WHERE digest = ? AND place > ? ORDER BY at", (content.digest, KEEP)
        )
        here = (content.place, content.inode)
        return [each for each in map(Content._make, found) if ((each.place, each.inode) == here) is same_inode]

    def remember(self, verified: Iterable[tuple[bytes, int]], moment: int) -> None:
        """Note (digest, mark) of what was verified at a time (s); the writers' lock is held.

        Where there is no room, nothing is remembered: that costs reading it again, and no more.
        """
        self._end()
        self._sql.execute("BEGIN")
        try:
            rows = ((digest, mark, moment) for digest, mark in verified)
            self._sql.executemany("INSERT OR REPLACE INTO main.verified VALUES (?, ?, ?)", rows)
            self._sql.execute("COMMIT")
        except sqlite3.OperationalError:
            with suppress(sqlite3.OperationalError):
                self._sql.execute("ROLLBACK")

    def prune(self) -> None:
        """Forget what is not on the agenda; the writers' lock is held, and everything was put on it."""
        self._end()
        with suppress(sqlite3.OperationalError):
            self._sql.execute(_STALE)

    def close(self) -> None:
        """Let go; the agenda is gone."""
        self._sql.close()

    def _end(self) -> None:
        if self._sql.in_transaction:
            self._sql.execute("COMMIT")


def oldest(path: str) -> tuple[int, int] | None:
    """Return how many contents are known to have been verified, and when (s) the first of them; None for none."""
    with _to_read(path) as sql:
        count, moment = sql.execute("SELECT COUNT(*), MIN(time) FROM verified").fetchone() if sql else (0, 0)
    return (count, moment) if count else None


def verified_at(path: str, digests: Iterable[bytes]) -> list[int]:
    """Return when (s) each of these contents was last verified, 0 for never."""
    query = "SELECT MAX(time) FROM verified WHERE digest = ?"
    with _to_read(path) as sql:
        return [sql.execute(query, (digest,)).fetchone()[0] or 0 if sql else 0 for digest in digests]


@contextmanager
def _to_read(path: str) -> Iterator[sqlite3.Connection | None]:
    """Open what is remembered; None if that is nothing, or nothing that can be read.

    What SQLite must take back after a verification was killed needs a connection that may write.
    """
    sql = _readable(path, "ro") or _readable(path, "rw")
    try:
        yield sql
    finally:
        if sql is not None:
            sql.close()


def _readable(path: str, mode: str) -> sqlite3.Connection | None:
    """Open a record of verifications in a mode of SQLite; None if there is none, or it cannot be read so."""
    if not os.path.exists(path):
        return None
    name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        sql = sqlite3.connect(f"file:{name}?mode={mode}", uri=True, isolation_level=None, timeout=60)
    except sqlite3.DatabaseError:
        return None
    try:
        sql.execute("SELECT COUNT(*) FROM verified WHERE digest = x''").fetchone()
    except sqlite3.DatabaseError:
        sql.close()
        return None
    return sql


def _made(path: str) -> sqlite3.Connection:
    """Open a record of verifications; one that is not there is made."""
    sql = sqlite3.connect(path, isolation_level=None, timeout=60)
    sql.execute("PRAGMA synchronous = NORMAL")
    sql.executescript(_REMEMBERED)
    sql.execute("SELECT COUNT(*) FROM verified").fetchone()
    return sql


def forget(path: str) -> None:
    """Remove a record of verifications that cannot be read."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(path + suffix)


def _signed(number: int) -> int:
    """SQLite's integers have 63 bits and a sign; inode numbers have 64 bits."""
    return number - (1 << 64) if number >= 1 << 63 else number
