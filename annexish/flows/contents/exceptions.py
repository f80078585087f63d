"""Where what is present is not what is wanted: the exceptions that a repository tells others of."""

from __future__ import annotations

from typing import NamedTuple

from annexish.flows.state.gaps import present_in
from annexish.model.entry import Kind
from annexish.model.ids import ROOT, ObjectId, TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join
from annexish.plan.scope import Placed
from annexish.store.cache import TOP_ROW, Cache


class Exceptions(NamedTuple):
    """Objects that are present though not wanted, and that are absent though wanted; a directory is all in it."""

    besides: frozenset[ObjectId]
    lacking: frozenset[ObjectId]


NONE = Exceptions(frozenset(), frozenset())


class _Directory:
    """What was found in a directory; `whole` says that nothing in it is as it is wanted."""

    def __init__(self, above: int, id: ObjectId) -> None:
        self.above = above
        self.id = id
        self.lacking: list[ObjectId] = []
        self.whole = True


class _At(NamedTuple):
    above: int
    path: RepoPath
    row: int
    tree: TreeId
    id: ObjectId


def exceptions_of(cache: Cache, load: Load, tree: TreeId, placed: Placed) -> Exceptions:
    """Compare what is present with what is wanted of the snapshot that a cache describes.

    Of what is out of scope only those directories are entered that have something present in or below them.
    """
    alive = cache.alive()
    besides: set[ObjectId] = set()
    found: list[_Directory] = []
    todo = [_At(-1, TOP, TOP_ROW, tree, ROOT)]
    while todo:
        at = todo.pop()
        if at.row not in alive and not placed.enters(at.path):
            continue
        here, rows = present_in(cache, cache.row(at.row)), cache.children(at.row)
        directory = _Directory(at.above, at.id)
        found.append(directory)
        number = len(found) - 1
        for node in leaves(load, at.tree):
            for entry in node.entries:
                path = join(at.path, entry.name)
                if entry.kind is Kind.DIRECTORY:
                    todo.append(_At(number, path, rows[entry.name], node.subtrees[entry.id], entry.id))
                elif entry.name not in here:
                    if placed.wants(path):
                        directory.lacking.append(entry.id)
                elif placed.wants(path):
                    directory.whole = False
                else:
                    besides.add(entry.id)
    return Exceptions(frozenset(besides), _joined(found))


def _joined(found: list[_Directory]) -> frozenset[ObjectId]:
    """Let a directory stand for what is in it where all of that is absent; parents come before children."""
    lacking: set[ObjectId] = set()
    for directory in reversed(found):
        above = found[directory.above] if directory.above >= 0 else None
        if directory.whole and directory.lacking:
            (lacking.add if above is None else above.lacking.append)(directory.id)
            continue
        lacking.update(directory.lacking)
        if above is not None and not directory.whole:
            above.whole = False
    return frozenset(lacking)
