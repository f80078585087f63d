"""Is the content of an entry here, as far as the stat cache knows?"""

from __future__ import annotations

import os

from annexish.flows.place.place import Place
from annexish.flows.state.past import Past
from annexish.flows.state.rows import Rows
from annexish.model.change import content_of
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.node import Load
from annexish.model.path import RepoPath, split
from annexish.store.cache import SEEDED, Cache


class Presence:
    """Tells of paths whether their content is here; directories of which nobody knows what was present have none."""

    def __init__(self, place: Place, load: Load) -> None:
        self._root = place.root
        self._cache = Cache(place.cache, read_only=True)
        self._past = Past(self._cache, load)
        self._row = Rows(self._cache, self._past)

    def close(self) -> None:
        """Let the cache go."""
        self._cache.close()

    def __call__(self, path: RepoPath, entry: Entry) -> bool:
        """Whether this path had this content here after the last commit."""
        if entry.kind is Kind.DIRECTORY:
            own = self._row(path)
            return own is not None and not self._past.row(own).flags & SEEDED
        return self.recorded(path, entry) is not None

    def now(self, path: RepoPath, entry: Entry) -> bool:
        """Whether this path, which is no directory, still has this content: its size and time are those recorded."""
        record = self.recorded(path, entry)
        if record is None:
            return False
        try:
            found = os.lstat(os.path.join(self._root, path))
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (record.size, record.mtime)

    def recorded(self, path: RepoPath, entry: Entry) -> Stat | None:
        """Return the record of a path that had this content after the last commit, None if that was not here."""
        parent, name = split(path)
        row = self._row(parent)
        if row is None or self._past.row(row).flags & SEEDED:
            return None
        record = self._past.stat(row, name)
        now = self._past.entry(row, name) if record is not None else None
        return record if now is not None and content_of(now) == content_of(entry) else None
