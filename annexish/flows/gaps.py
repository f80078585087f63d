"""What is wanted and not here: the directories of a snapshot with their absent entries, in tree order, on a spool."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from annexish.apply.result import Packed, pack, unpack
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join
from annexish.scan.check import names_of
from annexish.store.cache import SEEDED, SPLIT, TOP_ROW, Cache, Row
from annexish.store.spool import Spool


class Placed(Protocol):
    """A scope in a snapshot (plan/scope.py)."""

    def wants(self, path: RepoPath) -> bool:
        """Whether what is at a path is in scope, and not unwanted."""

    def enters(self, path: RepoPath) -> bool:
        """Whether something below a path may be wanted."""


class Gap(NamedTuple):
    """A directory, its row, and its entries that are absent; `anew` says that nobody knows it to be here itself."""

    path: RepoPath
    row: int
    own: Entry
    anew: bool
    entries: list[Entry]


class Gaps:
    """Gaps by number; those from `start` on are read back from the spool, in this process or in a forked one."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._ends = array("Q", [0])
        self.files = 0
        self.size = 0

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> Gap:
        start, end = self._ends[number], self._ends[number + 1]
        path, row, own, anew, entries = marshal.loads(self._spool.read(start, end - start))
        return Gap(RepoPath(path), row, unpack(own), anew, [unpack(entry) for entry in entries])

    def add(self, gap: Gap) -> None:
        """Note one directory."""
        packed: list[Packed] = [pack(entry) for entry in gap.entries]
        self._spool.append(marshal.dumps((gap.path, gap.row, pack(gap.own), gap.anew, packed)))
        self._ends.append(self._spool.size)
        self.files += len(gap.entries)
        self.size += sum(entry.size for entry in gap.entries)

    def seal(self) -> None:
        """Let forked processes see all of it."""
        self._spool.flush()

    def clear(self) -> None:
        """Forget everything."""
        self._spool.close()
        self.__init__()  # type: ignore[misc]


class _At(NamedTuple):
    path: RepoPath
    row: int
    own: Entry
    tree: TreeId


def gaps_of(cache: Cache, load: Load, tree: TreeId, placed: Placed) -> Iterator[Gap]:
    """Yield the gaps of the snapshot that a cache describes; directories without any only on the way to one."""
    own = load(tree).own
    assert own is not None, "a snapshot describes its root"
    todo = [_At(TOP, TOP_ROW, own, tree)]
    way: list[Gap] = []
    while todo:
        at = todo.pop()
        if not placed.enters(at.path):
            continue
        gap, below = _inside(cache, load, at, placed)
        todo += reversed(below)
        way = [one for one in way if _above(one.path, at.path)]
        if gap.entries or (gap.anew and placed.wants(at.path)):
            yield from way
            way.clear()
            yield gap
        elif gap.anew:
            way.append(gap)


def _above(one: RepoPath, other: RepoPath) -> bool:
    return not one or other.startswith(one + b"/")


def _inside(cache: Cache, load: Load, at: _At, placed: Placed) -> tuple[Gap, list[_At]]:
    row = cache.row(at.row)
    here = present_in(cache, row)
    rows = cache.children(at.row)
    absent: list[Entry] = []
    below: list[_At] = []
    nodes: dict[ObjectId, TreeId] = {}
    for node in leaves(load, at.tree):
        nodes.update(node.subtrees)
        for entry in node.entries:
            if entry.kind is Kind.DIRECTORY:
                below.append(_At(join(at.path, entry.name), rows[entry.name], entry, nodes[entry.id]))
            elif entry.name not in here and placed.wants(join(at.path, entry.name)):
                absent.append(entry)
    return Gap(at.path, at.row, at.own, bool(row.flags & SEEDED) and at.row != TOP_ROW, absent), below


def present_in(cache: Cache, row: Row) -> set[bytes]:
    """The names of a directory that have a record."""
    if row.flags & SEEDED:
        return set()
    if row.flags & SPLIT:
        return {name for shard in cache.shards(row.row) for name in names_of(shard.names)}
    return set(names_of(row.names))
