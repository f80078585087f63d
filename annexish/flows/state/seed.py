"""A stat cache made from the history alone: a row for each directory, and nothing is here."""

from __future__ import annotations

from annexish.model.entry import Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, join, split
from annexish.plan.scope import Placed
from annexish.scan.stat import WIDTH
from annexish.store.cache import RACY, SEEDED, SPLIT, TOP_ROW, Cache, Row

_BATCH = 512


def seed(cache: Cache, load: Load, tree: TreeId, placed: Placed) -> dict[str, str]:
    """Put a row for each directory of a snapshot; return the facts of the whole.

    They say that all that is wanted is absent, as in a new clone.
    A cache that was lost does not know even that (UNKNOWN).
    """
    todo = [(0, TOP, tree)]
    row = TOP_ROW - 1
    absent = 0
    waiting: list[Row] = []
    while todo:
        parent, path, tree = todo.pop()
        row += 1
        for leaf in leaves(load, tree):
            below = [(row, join(path, e.name), leaf.subtrees[e.id]) for e in leaf.entries if e.kind is Kind.DIRECTORY]
            files = (join(path, e.name) for e in leaf.entries if e.kind is not Kind.DIRECTORY)
            absent += len(leaf.entries) - len(below) if placed.all else sum(map(placed.wants, files))
            todo += below
        flags = SEEDED | SPLIT * bool(load(tree).shards) | RACY * (row == TOP_ROW)
        waiting.append(Row(row, parent, split(path)[1], 0, tree, flags, b"", bytes(WIDTH)))
        if len(waiting) >= _BATCH:
            cache.put(waiting)
            waiting = []
    cache.put(waiting)
    return {"files": "0", "absent": str(absent)}
