"""Present files that should have a content which the keep lacks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from annexish.codec.entries import digests_in
from annexish.flows.place.place import Place
from annexish.model.entry import Entry, Kind
from annexish.model.ids import Digest, ObjectId, TreeId
from annexish.model.path import TOP, RepoPath, join, split
from annexish.store.history import Nodes
from annexish.system.descend import Descent

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def present_files(place: Place, wanted: AbstractSet[Digest]) -> Iterator[tuple[Digest, int]]:
    """Yield (digest, descriptor) of the files that had one of these contents at the last commit and are still there."""
    head = place.head()
    if head is not None and wanted:
        history = place.history
        yield from files_with(place.root, Nodes(history), history.commit(head).tree, wanted)


def files_with(root: bytes, nodes: Nodes, tree: TreeId, wanted: AbstractSet[Digest]) -> Iterator[tuple[Digest, int]]:
    """Yield (digest, descriptor) of the files that have one of these contents in a snapshot and are still there.

    Nobody knows what bytes they have now: whoever takes them hashes them. Each is open until the next one.
    """
    with Descent(root) as descent:
        for path, digest, entry in paths_with(nodes, tree, wanted):
            try:
                descriptor = os.open(entry.name, _FLAGS, dir_fd=descent.open(split(path)[0]))
            except OSError:
                continue
            try:
                if os.fstat(descriptor).st_size == entry.size:
                    yield digest, descriptor
            finally:
                os.close(descriptor)


class _Way(NamedTuple):
    """How a directory was reached: from the node that has its entry, by its id."""

    above: _Way | None
    tree: TreeId
    id: ObjectId


def paths_with(nodes: Nodes, root: TreeId, wanted: AbstractSet[Digest]) -> Iterator[tuple[RepoPath, Digest, Entry]]:
    """Yield the files of a snapshot that have one of these contents; entries are decoded only where there is one."""
    todo: list[tuple[TreeId, _Way | None]] = [(root, None)]
    while todo:
        tree, way = todo.pop()
        parts = nodes.parts(tree)
        todo += [(shard, way) for shard in parts.shards.values()]
        todo += [(below, _Way(way, tree, id)) for id, below in parts.subtrees.items()]
        if wanted.isdisjoint(digests_in(nodes.blob(parts.entries))):
            continue
        for entry in nodes(tree).entries:
            if entry.kind is Kind.FILE and entry.digest is not None and entry.digest in wanted:
                yield join(_path(nodes, way), entry.name), entry.digest, entry


def _path(nodes: Nodes, way: _Way | None) -> RepoPath:
    names = []
    while way is not None:
        id = way.id
        names.append(next(entry.name for entry in nodes(way.tree).entries if entry.id == id))
        way = way.above
    return RepoPath(b"/".join(reversed(names))) if names else TOP
