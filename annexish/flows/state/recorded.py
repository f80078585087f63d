"""What the stat cache has of a path of the snapshot that it describes."""

from __future__ import annotations

from annexish.flows.state.past import Past
from annexish.flows.state.rows import Rows
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.path import RepoPath, split
from annexish.scan.check import own_of
from annexish.store.cache import SEEDED, Cache


class Recorded:
    """Records by path."""

    def __init__(self, cache: Cache, past: Past) -> None:
        self._past = past
        self._row = Rows(cache, past)

    def __call__(self, path: RepoPath, entry: Entry) -> tuple[int, int, int] | None:
        """Return inode, size and mtime in ns; None if nobody knows."""
        stat = self._stat(path, entry)
        return None if stat is None else (stat.inode, stat.size, stat.mtime)

    def here(self, path: RepoPath, entry: Entry) -> bool | None:
        """Whether it is in the working tree; None if nobody knows."""
        row = self._row(path if entry.kind is Kind.DIRECTORY else split(path)[0])
        if row is None or self._past.row(row).flags & SEEDED:
            return None
        stat = self._stat(path, entry)
        return stat is not None and stat.inode != 0

    def _stat(self, path: RepoPath, entry: Entry) -> Stat | None:
        if entry.kind is Kind.DIRECTORY:
            row = self._row(path)
            return own_of(self._past.row(row)) if row is not None else None
        parent, name = split(path)
        row = self._row(parent)
        return self._past.stat(row, name) if row is not None else None
