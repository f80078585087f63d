"""What is wanted and not here: the directories of a snapshot with their absent entries, in tree order, on a spool."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from annexish.apply.result import Packed, pack, unpack
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join
from annexish.scan.check import names_of
from annexish.store.cache import SEEDED, SPLIT, TOP_ROW, Cache, Row
from annexish.store.spool import Spool


class Wanted(Protocol):
    """What is wanted of a snapshot: a placed scope (plan/scope.py), or a part of it."""

    @property
    def all(self) -> bool:
        """Whether everything is."""

    def wants(self, path: RepoPath, *, directory: bool = False) -> bool:
        """Whether what is at a path is."""

    def enters(self, path: RepoPath) -> bool:
        """Whether something below a directory may be."""


class Gap(NamedTuple):
    """A directory, its row, and its entries that are absent; `anew` says that nobody knows it to be here itself."""

    path: RepoPath
    row: int
    own: Entry
    anew: bool
    entries: list[Entry]


class Gaps:
    """Gaps by number, in this process or in a forked one; `files` and `size` (bytes) are those of all entries."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._ends = array("Q", [0])
        self.files = 0
        self.size = 0

    def __len__(self) -> int:
        return (len(self._ends) - 1) // 2

    def __getitem__(self, number: int) -> Gap:
        return self.directory(number)._replace(entries=[unpack(entry) for entry in self.packed(number)])

    def __iter__(self) -> Iterator[Gap]:
        return map(self.__getitem__, range(len(self)))

    def directory(self, number: int) -> Gap:
        """Return a gap without its entries."""
        path, row, own, anew = self._read(2 * number)
        return Gap(RepoPath(path), row, unpack(own), anew, [])

    def packed(self, number: int) -> list[Packed]:
        """Return the entries of a gap as they were packed (apply/result.py)."""
        found: list[Packed] = self._read(2 * number + 1)
        return found

    def add(self, gap: Gap) -> None:
        """Note one directory."""
        for value in ((gap.path, gap.row, pack(gap.own), gap.anew), [pack(entry) for entry in gap.entries]):
            self._spool.append(marshal.dumps(value))
            self._ends.append(self._spool.size)
        self.files += len(gap.entries)
        self.size += sum(entry.size for entry in gap.entries)

    def seal(self) -> None:
        """Let forked processes see all of it."""
        self._spool.flush()

    def _read(self, at: int) -> Any:  # noqa: ANN401 -- what marshal knows
        start, end = self._ends[at], self._ends[at + 1]
        return marshal.loads(self._spool.read(start, end - start))


class _At(NamedTuple):
    path: RepoPath
    row: int
    own: Entry
    tree: TreeId


def gaps_of(cache: Cache, load: Load, tree: TreeId, placed: Wanted) -> Iterator[Gap]:
    """Yield the gaps of the snapshot that a cache describes; directories without any only on the way to one.

    The top is always here, so it is one as long as the cache does not know that.
    """
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
        unknown = at.row == TOP_ROW and cache.row(TOP_ROW).flags & SEEDED
        if gap.entries or unknown or (gap.anew and placed.wants(at.path, directory=True)):
            yield from way
            way.clear()
            yield gap
        elif gap.anew:
            way.append(gap)


def _above(one: RepoPath, other: RepoPath) -> bool:
    return not one or other.startswith(one + b"/")


def _inside(cache: Cache, load: Load, at: _At, placed: Wanted) -> tuple[Gap, list[_At]]:
    row = cache.row(at.row)
    here = present_in(cache, row)
    rows, all_wanted = cache.children(at.row), placed.all
    absent: list[Entry] = []
    below: list[_At] = []
    nodes: dict[ObjectId, TreeId] = {}
    for node in leaves(load, at.tree):
        nodes.update(node.subtrees)
        for entry in node.entries:
            if entry.kind is Kind.DIRECTORY:
                below.append(_At(join(at.path, entry.name), rows[entry.name], entry, nodes[entry.id]))
            elif entry.name not in here and (all_wanted or placed.wants(join(at.path, entry.name))):
                absent.append(entry)
    return Gap(at.path, at.row, at.own, bool(row.flags & SEEDED) and at.row != TOP_ROW, absent), below


def present_in(cache: Cache, row: Row) -> set[bytes]:
    """The names of a directory that have a record."""
    if row.flags & SEEDED:
        return set()
    if row.flags & SPLIT:
        return {name for shard in cache.shards(row.row) for name in names_of(shard.names)}
    return set(names_of(row.names))
