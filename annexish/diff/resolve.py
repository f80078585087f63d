"""From a path to what is there, and from an object to where it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator

from annexish.model.entry import Entry, Kind
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load, Node, leaves
from annexish.model.path import TOP, RepoPath, components, join

Nibbles = Callable[[bytes], Iterator[int]]


def find_entry(load: Load, root: TreeId, path: RepoPath, nibbles: Nibbles) -> tuple[Entry, TreeId | None] | None:
    """Return the entry at a path and the node of its content if it is a directory; None if nothing is there."""
    own = load(root).own
    found: tuple[Entry, TreeId | None] | None = (own, root) if own is not None else None
    for name in components(path):
        if found is None or found[1] is None:
            return None
        found = find_in(load, found[1], name, nibbles)
    return found


def walk(load: Load, tree: TreeId, path: RepoPath, *, recursive: bool) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield what is in a directory in tree order, with `recursive` also what is below."""
    todo = [iter(_inside(load, tree, path))]
    while todo:
        step = next(todo[-1], None)
        if step is None:
            todo.pop()
            continue
        at, entry, below = step
        yield at, entry
        if recursive and below is not None:
            todo.append(iter(_inside(load, below, at)))


def path_of(load: Load, root: TreeId, wanted: ObjectId, near: RepoPath | None, nibbles: Nibbles) -> RepoPath | None:
    """Return where an object is in a snapshot, None if it is not there; `near` is looked at first."""
    if near is not None:
        found = find_entry(load, root, near, nibbles)
        if found is not None and wanted in found[0].ids:
            return near
    return next((path for path, _ in search(load, root, {wanted})), None)


def search(load: Load, root: TreeId, wanted: Collection[ObjectId]) -> Iterator[tuple[RepoPath, Entry]]:
    """Yield those objects of a snapshot that have one of these ids, until all ids are found.

    Of the root nobody asks where it is.
    """
    missing = set(wanted)
    todo = [(root, TOP)]
    while todo and missing:
        tree, path = todo.pop()
        for node in leaves(load, tree):
            for entry in node.entries:
                if not missing.isdisjoint(entry.ids):
                    missing.difference_update(entry.ids)
                    yield join(path, entry.name), entry
                if entry.kind is Kind.DIRECTORY:
                    todo.append((node.subtrees[entry.id], join(path, entry.name)))


def find_in(load: Load, tree: TreeId, name: bytes, nibbles: Nibbles) -> tuple[Entry, TreeId | None] | None:
    """Return the entry of one name in a directory and the node of its content; None if there is none."""
    node: Node = load(tree)
    way = nibbles(name)
    while node.shards:
        shard = node.shards.get(next(way))
        if shard is None:
            return None
        node = load(shard)
    at = bisect_left(node.entries, name, key=lambda entry: entry.name)
    if at == len(node.entries) or node.entries[at].name != name:
        return None
    entry = node.entries[at]
    return entry, node.subtrees[entry.id] if entry.kind is Kind.DIRECTORY else None


def _inside(load: Load, tree: TreeId, path: RepoPath) -> list[tuple[RepoPath, Entry, TreeId | None]]:
    found = [
        (join(path, entry.name), entry, node.subtrees.get(entry.id) if entry.kind is Kind.DIRECTORY else None)
        for node in leaves(load, tree)
        for entry in node.entries
    ]
    found.sort(key=lambda one: one[1].name)
    return found
