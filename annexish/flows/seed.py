"""A stat cache made from the history alone: it says what should be there, and that nobody knows what was present."""

from __future__ import annotations

from annexish.model.entry import Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load, leaves
from annexish.scan.stat import WIDTH
from annexish.store.cache import RACY, SEEDED, SPLIT, TOP_ROW, Cache, Row, Shard

_BATCH = 512


def seed(cache: Cache, load: Load, tree: TreeId) -> None:
    """Put a row for each directory of a snapshot, with records that match nothing."""
    todo = [(0, b"", tree)]
    row = TOP_ROW - 1
    waiting: list[Row] = []
    while todo:
        parent, name, tree = todo.pop()
        row += 1
        names: list[bytes] = []
        split = bool(load(tree).shards)
        for leaf in leaves(load, tree):
            names += [entry.name for entry in leaf.entries if entry.kind is not Kind.DIRECTORY]
            todo += [(row, e.name, leaf.subtrees[e.id]) for e in leaf.entries if e.kind is Kind.DIRECTORY]
        flags = RACY | SEEDED | SPLIT * split
        if split:
            _seed_shards(cache, load, row, tree)
            names = []
        record = bytes(WIDTH)
        waiting.append(Row(row, parent, name, 0, tree, flags, b"\0".join(names), record * (len(names) + 1)))
        if len(waiting) >= _BATCH:
            cache.put(waiting)
            waiting = []
    cache.put(waiting)


def _seed_shards(cache: Cache, load: Load, row: int, tree: TreeId) -> None:
    todo = [("", tree)]
    while todo:
        path, tree = todo.pop()
        node = load(tree)
        todo += [(f"{path}{nibble:x}", below) for nibble, below in node.shards.items()]
        if not node.shards:
            names = [entry.name for entry in node.entries if entry.kind is not Kind.DIRECTORY]
            cache.put_shards([Shard(row, path, tree, b"\0".join(names), bytes(WIDTH) * len(names))])
