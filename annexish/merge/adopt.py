"""Two histories of the same files that have nothing in common: which new object here is which one there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from annexish.model.change import Change, content_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath, components, split

Same = Mapping[ObjectId, ObjectId]
"""What one side calls an object, and what the other side calls it."""


def same_objects(first: Iterable[Change], later: Iterable[Change]) -> dict[ObjectId, ObjectId]:
    """Pair what is new on the first side with what is new on the later one.

    Of the same path, directories are one, and so is what has the same content. Of the rest, files with the same
    content are one: those of the same name first, then in tree order. Empty files are told by their path only.
    """
    here, there = _new(first), _new(later)
    same: dict[ObjectId, ObjectId] = {}
    for path in here.keys() & there.keys():
        if _alike(here[path], there[path]):
            same[here[path].id] = there[path].id
    taken = {*same.values()}
    left = _by_content((path, entry) for path, entry in here.items() if entry.id not in same)
    right = _by_content((path, entry) for path, entry in there.items() if entry.id not in taken)
    for content in left.keys() & right.keys():
        same.update(_by_name(left[content], right[content]))
    return same


def _new(changes: Iterable[Change]) -> dict[RepoPath, Entry]:
    return {change.path: change.after for change in changes if change.before is None and change.after is not None}


def _alike(one: Entry, other: Entry) -> bool:
    return content_of(one) == content_of(other)


def _by_content(found: Iterable[tuple[RepoPath, Entry]]) -> dict[object, list[tuple[RepoPath, Entry]]]:
    groups: dict[object, list[tuple[RepoPath, Entry]]] = defaultdict(list)
    for path, entry in found:
        if entry.kind is Kind.FILE and entry.size:
            groups[entry.digest].append((path, entry))
    return groups


def _by_name(
    here: list[tuple[RepoPath, Entry]], there: list[tuple[RepoPath, Entry]]
) -> Iterable[tuple[ObjectId, ObjectId]]:
    """Yield pairs of files with one content, the best ones first."""
    here, there = (sorted(each, key=lambda one: components(one[0])) for each in (here, there))
    names: dict[bytes, list[tuple[RepoPath, Entry]]] = defaultdict(list)
    for path, entry in reversed(there):
        names[split(path)[1]].append((path, entry))
    pairs, rest, taken = [], [], set()
    for path, entry in here:
        waiting = names[split(path)[1]]
        if waiting:
            other = waiting.pop()[1].id
            taken.add(other)
            pairs.append((entry.id, other))
        else:
            rest.append(entry.id)
    pairs += zip(rest, (entry.id for _, entry in there if entry.id not in taken), strict=False)
    return pairs
