"""The guard of everything that takes files away here because they are gone elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from annexish.flows.place.place import Place
from annexish.flows.state.presence import Presence
from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath
from annexish.plan.guard import too_many
from annexish.store.cache import Cache
from annexish.store.history import Nodes


def too_much(place: Place, changes: Iterable[Change], what: str) -> str | None:
    """Return why so many files may not go unasked, counted after moves; None if they may.

    `changes` are those of the working tree: what leaves the scope goes too. What is absent cannot go.
    """
    gone = [
        (change.old_path, change.before)
        for change in changes
        if change.after is None and change.before and change.old_path and change.kind is not Kind.DIRECTORY
    ]
    with closing(Cache(place.cache, read_only=True)) as cache:
        files, absent = (int(cache.meta(each) or 0) for each in ("files", "absent"))
    limit = place.settings.get("guard.max_deletions")
    count = len(gone)
    if absent and too_many(count, files, limit):
        count = _present(place, gone)
    return f"the {what} would delete {count:,} of {files:,} files" if too_many(count, files, limit) else None


def _present(place: Place, files: Iterable[tuple[RepoPath, Entry]]) -> int:
    """Return how many of these files are here, as far as the stat cache knows."""
    with closing(Presence(place, Nodes(place.history))) as present:
        return sum(present(path, entry) for path, entry in files)
