"""What commits recorded as deleted or replaced: a table beside the stat cache, derived from the history.

A loss says where an object was and when; whether its bytes are still there, the keep says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annexish.model.entry import Kind
from annexish.model.ids import CommitId, Digest
from annexish.model.path import RepoPath
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
        return (Loss._make((*row[:2], Kind(row[2]), *row[3:])) for row in found)

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

    def bare(self) -> int:
        """Return how many contents cannot be kept."""
        return int(self._sql.execute("SELECT COUNT(*) FROM bare").fetchone()[0])
