"""The guard of everything that takes files away here because they are gone elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from annexish.flows.place.place import Place
from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.plan.guard import too_many
from annexish.store.cache import Cache


def too_much(place: Place, changes: Iterable[Change], what: str) -> str | None:
    """Return why so many files may not go unasked, counted after moves; None if they may.

    `changes` are those of the working tree: what leaves the scope goes too.
    """
    gone = sum(change.after is None and change.kind is not Kind.DIRECTORY for change in changes)
    with closing(Cache(place.cache, read_only=True)) as cache:
        files = int(cache.meta("files") or 0)
    if not too_many(gone, files, place.settings.get("guard.max_deletions")):
        return None
    return f"the {what} would delete {gone:,} of {files:,} files"
