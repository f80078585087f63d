"""What is absent gives way to what has its name here: it goes on beside it, and a person decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from annexish.flows.place.place import Place
from annexish.model.beside import beside, fit_for_names
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath, components, join
from annexish.model.state import Position, State

ELSEWHERE = b"elsewhere"
"""What the version that is not here is called in names and messages."""


class Aside(NamedTuple):
    """Of two objects that want one name of a directory, what is here, and what is absent under the name `beside`."""

    directory: ObjectId
    path: RepoPath
    here: Entry
    absent: Entry
    beside: bytes


def name_beside(entry: Entry, is_free: Callable[[bytes], bool]) -> bytes:
    """Return a free name like that of an object, the same in every repository that needs one for it."""
    id = entry.id.hex()
    number = 0
    while True:
        number += 1
        mark = b".%b-%b" % (ELSEWHERE, id[: 8 * number].encode()) + (b"-%d" % number if number > 4 else b"")
        name = beside(entry.name, mark)
        if is_free(name):
            return name


def conflicts_of(asides: Sequence[Aside], place: Place) -> list[Conflict]:
    """Return what is to be decided, in tree order, as a merge says it of two objects of one name."""
    if not asides:
        return []
    from annexish.merge.outline import ordered

    id, name = place.identity()
    label = fit_for_names(name or id[:8]).encode("utf-8", "surrogateescape")
    conflicts = []
    for each in asides:
        wanted = Position(each.directory, each.here.name)
        here = Version(
            label, bytes.fromhex(id), join(each.path, each.here.name), each.here.id, State(wanted, each.here)
        )
        absent = Version(ELSEWHERE, b"", join(each.path, each.beside), each.absent.id, State(wanted, each.absent))
        conflicts.append(Conflict(Disagreement.NAME, here.path, None, ordered((here, absent))))
    return sorted(conflicts, key=lambda each: components(each.path))
