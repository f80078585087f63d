"""One directory, or one shard of a large directory, as the history holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from annexish.model.entry import Entry
from annexish.model.ids import BlobId, ObjectId, TreeId

FULL = 4096
"""A node with more entries than this is split into shards."""


class Node(NamedTuple):
    """Entries sorted by name, the nodes of child directories by object id, shards by nibble.

    A node has either entries or shards. `total` is the number of entries in the
    node and all its shards. `own` is the entry of the directory itself, in the
    root only; all others are described by their parent. `descriptive` is the blob
    of media tags and annotations, which comparing never reads. `conflicts` is the blob of
    what is to be decided in the whole snapshot, in the root only. `blob` is what holds
    the entries at rest; None for a node whose entries are not stored yet.
    """

    entries: tuple[Entry, ...]
    subtrees: Mapping[ObjectId, TreeId]
    shards: Mapping[int, TreeId]
    total: int
    own: Entry | None = None
    descriptive: BlobId | None = None
    blob: BlobId | None = None
    conflicts: BlobId | None = None


Load = Callable[[TreeId], Node]

Save = Callable[[Node], TreeId]


def leaves(load: Load, tree: TreeId) -> Iterator[Node]:
    """Yield the nodes that hold the entries of one directory, in the order of their shards."""
    todo = [tree]
    while todo:
        node = load(todo.pop())
        if node.shards:
            todo.extend(node.shards[k] for k in sorted(node.shards, reverse=True))
        else:
            yield node
