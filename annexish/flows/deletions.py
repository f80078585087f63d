"""The guard of everything that takes files away here because they are gone elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing

from annexish.errors import Refused
from annexish.flows.place import Place
from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.plan.guard import too_many
from annexish.store.cache import Cache


def require_few_deletions(place: Place, changes: Iterable[Change], what: str, hint: str) -> None:
    """Raise Refused if most of the files that are here would go, counted after moves."""
    gone = sum(change.after is None and change.kind is not Kind.DIRECTORY for change in changes)
    with closing(Cache(place.cache, read_only=True)) as cache:
        files = int(cache.meta("files") or 0)
    if too_many(gone, files, place.settings.get("guard.max_deletions")):
        raise Refused(f"the {what} would delete {gone:,} of {files:,} files", hint=hint)
