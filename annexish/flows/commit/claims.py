"""What was brought back to its path claims its identity: it is the object that it was, whatever other evidence says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from annexish.model.entry import Kind
from annexish.model.evidence import Stat
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath, join, split
from annexish.model.report import Returned
from annexish.scan.stat import unpack
from annexish.scan.survey import LISTED, Survey


def claimed_places(
    survey: Survey, returned: Mapping[RepoPath, Returned]
) -> Iterator[tuple[tuple[int, int], tuple[ObjectId, ...]]]:
    """Yield (number of a listing, position of a name) and ids of what was brought back and is still as it was then.

    A directory has the position -1.
    """
    if not returned:
        return
    parents = {split(path)[0] for path in returned}
    for listing in survey:
        if listing.state != LISTED:
            continue
        own = returned.get(RepoPath(listing.path))
        if own is not None and own.kind is Kind.DIRECTORY:
            yield (listing.number, -1), own.ids
        if listing.path not in parents:
            continue
        for at, (name, stat) in enumerate(zip(listing.names, unpack(listing.columns), strict=True)):
            found = returned.get(join(listing.path, name))
            if found is not None and listing.codes[at] and _still_is(stat, found):
                yield (listing.number, at), found.ids


def _still_is(stat: Stat, found: Returned) -> bool:
    if found.kind is Kind.DIRECTORY:
        return False
    return found.kind is not Kind.FILE or (stat.size, stat.mtime) == (found.size, found.mtime)
