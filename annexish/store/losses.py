"""What commits recorded as deleted or replaced: a table beside the stat cache, derived from the history.

A loss says where an object was and when; whether its bytes are still there, the keep says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annexish.model.entry import Entry, Kind
from annexish.model.ids import CommitId, Digest, ObjectId
from annexish.model.path import RepoPath
from annexish.model.report import Returned
from annexish.store.cache import Cache


class Loss(NamedTuple):
    """One object that a commit recorded as deleted, or a file whose bytes it recorded as replaced.

    `seen` is the time (s) of the last commit that had it, `time` that of `commit`, which does not;
    `size` is in bytes; `digest` is there for files.
    """

    commit: CommitId
    path: RepoPath
    kind: Kind
    size: int
    digest: Digest | None
    seen: int
    time: int
    replaced: bool


class Losses:
    """The table, in the transaction of its cache."""

    def __init__(self, cache: Cache) -> None:
        self._sql = cache.connection

    def add(self, losses: Iterable[Loss]) -> None:
        """Record losses."""
        self._sql.executemany("INSERT INTO loss VALUES (?, ?, ?, ?, ?, ?, ?, ?)", losses)

    def newest_first(self) -> Iterator[Loss]:
        """Yield all, those of the newest commit first."""
        found = self._sql.execute("SELECT * FROM loss ORDER BY rowid DESC")
        return (Loss._make((*row[:2], Kind(row[2]), *row[3:-1], bool(row[-1]))) for row in found)

    def numbered(self) -> Iterator[tuple[int, Loss]]:
        """Yield all with their numbers in the table, those of the oldest commit first."""
        found = self._sql.execute("SELECT rowid, * FROM loss ORDER BY rowid")
        return ((row[0], Loss._make((*row[1:3], Kind(row[3]), *row[4:-1], bool(row[-1])))) for row in found)

    def only_these(self, contents: Counter[Digest]) -> set[Digest]:
        """Return those contents that have no more losses than are given here."""
        count = "SELECT COUNT(*) FROM loss WHERE digest = ?"
        return {
            digest for digest, losses in contents.items() if self._sql.execute(count, (digest,)).fetchone()[0] <= losses
        }

    def forget(self, numbers: Iterable[int]) -> None:
        """Remove losses by their numbers."""
        self._sql.executemany("DELETE FROM loss WHERE rowid = ?", ((number,) for number in numbers))

    def remove(self, losses: Iterable[Loss]) -> None:
        """Forget losses."""
        self._sql.executemany(
            "DELETE FROM loss WHERE commit_id = ? AND path = ?", ((loss.commit, loss.path) for loss in losses)
        )

    def has(self, digest: bytes) -> bool:
        """Whether any loss is of a content."""
        return self._sql.execute("SELECT 1 FROM loss WHERE digest = ?", (digest,)).fetchone() is not None

    def add_twins(self, digests: Iterable[bytes]) -> None:
        """Note contents that more than one inode has."""
        self._sql.executemany("INSERT OR IGNORE INTO twin VALUES (?)", ((digest,) for digest in digests))

    def is_twin(self, digest: bytes) -> bool:
        """Whether more than one inode had a content, once."""
        return self._sql.execute("SELECT 1 FROM twin WHERE digest = ?", (digest,)).fetchone() is not None

    def set_bare(self, digests: Iterable[bytes], *, bare: bool) -> None:
        """Note contents that cannot be kept, or that this is no longer so."""
        statement = "INSERT OR IGNORE INTO bare VALUES (?)" if bare else "DELETE FROM bare WHERE digest = ?"
        self._sql.executemany(statement, ((digest,) for digest in digests))

    def bare_in(self, fans: Iterable[int]) -> list[bytes]:
        """Return the contents that could not be kept whose digests begin with one of these bytes."""
        query = "SELECT digest FROM bare WHERE digest >= ? AND digest < ?"
        found = (self._sql.execute(query, (bytes([fan]), bytes([fan]) + b"\xff" * 32)) for fan in fans)
        return [digest for rows in found for (digest,) in rows]

    def set_returned(self, objects: Iterable[tuple[RepoPath, Entry]]) -> None:
        """Note what is brought back to where it was."""
        self._sql.executemany(
            "INSERT OR REPLACE INTO returned VALUES (?, ?, ?, ?, ?)",
            ((path, b"".join(entry.ids), entry.kind, entry.size, entry.mtime_ns) for path, entry in objects),
        )

    def returned(self) -> dict[RepoPath, Returned]:
        """Return what was brought back since the last commit."""
        found = self._sql.execute("SELECT * FROM returned")
        return {path: Returned(_split(ids), Kind(kind), size, mtime) for path, ids, kind, size, mtime in found}

    def settle_returned(self, objects: Iterable[tuple[RepoPath, Digest | None]]) -> None:
        """What was brought back and committed is lost no more; what its path had lost before still is."""
        for path, digest in objects:
            self._sql.execute("DELETE FROM returned WHERE path = ?", (path,))
            self._sql.execute("DELETE FROM loss WHERE path = ? AND digest IS ? AND replaced = 0", (path, digest))

    def forget_returned(self) -> None:
        """Forget what was brought back: what no commit of everything found at its path is there no more."""
        self._sql.execute("DELETE FROM returned")

    def total(self) -> tuple[int, int]:
        """Return how many contents are lost and not confirmed, and their bytes; each is counted once."""
        found = self._sql.execute(
            "SELECT COUNT(*), TOTAL(size) FROM (SELECT DISTINCT digest, size FROM loss "
            "WHERE digest IS NOT NULL AND size > 0)"
        ).fetchone()
        return int(found[0]), int(found[1])

    def bare(self) -> int:
        """Return how many contents cannot be kept."""
        return int(self._sql.execute("SELECT COUNT(*) FROM bare").fetchone()[0])


def _split(ids: bytes) -> tuple[ObjectId, ...]:
    return tuple(ObjectId(ids[at : at + 16]) for at in range(0, len(ids), 16))
