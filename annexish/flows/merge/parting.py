"""Names of one inode that differ from now on: as many groups of hard links, and what is alone is a file of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annexish.apply.joining import inode_of
from annexish.merge.links import derived_mark
from annexish.model.entry import Entry


def parted(names: Sequence[Entry]) -> list[Entry]:
    """Return the names of whole groups, each with the mark that is right for what it is now.

    Most of the names of a group keep its mark.
    """
    counts = Counter(map(inode_of, names))
    most: dict[bytes | None, tuple[object, ...]] = {}
    for each in sorted(names, key=lambda one: -counts[inode_of(one)]):
        most.setdefault(each.links, inode_of(each))
    return [_marked(each, counts[inode_of(each)], keeps=most[each.links] == inode_of(each)) for each in names]


def _marked(entry: Entry, names: int, *, keeps: bool) -> Entry:
    if entry.links is None or (keeps and names > 1):
        return entry
    return entry._replace(links=derived_mark(entry.links, inode_of(entry)) if names > 1 else None)
