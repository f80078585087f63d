"""What the last commit says of the objects that the cache knows."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from typing import Any

from annexish.codec.shards import nibbles
from annexish.diff.resolve import find_entry
from annexish.flows.place.held import HELD, Held
from annexish.model.entry import Entry
from annexish.model.evidence import Stat
from annexish.model.ids import TreeId
from annexish.model.node import Load, Node
from annexish.model.path import RepoPath
from annexish.scan.check import names_of
from annexish.scan.stat import unpack, without_last
from annexish.store.cache import SEEDED, SPLIT, TOP_ROW, Cache, Row

_HELD = 256
_DEEP = 32


class Past:
    """Entries and stat records by cache row and name; the last few nodes are held."""

    def __init__(self, cache: Cache, load: Load, entries: int = HELD) -> None:
        self._cache = cache
        self.node = Held(load, entries)
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._stats: OrderedDict[tuple[int, str], dict[bytes, Stat]] = OrderedDict()
        self._paths: dict[int, frozenset[str]] = {}

    def row(self, row: int) -> Row:
        """Return a directory's row."""
        found = self._rows.get(row)
        if found is None:
            found = self._rows[row] = self._cache.row(row)
            _trim(self._rows)
        return found

    def path(self, row: int) -> RepoPath:
        """Return where a directory was."""
        names = []
        while row > TOP_ROW:
            known = self.row(row)
            names.append(known.name)
            row = known.parent
        return RepoPath(b"/".join(reversed(names)))

    def knows(self, path: RepoPath) -> bool:
        """Whether something was recorded at a path."""
        if not self._cache.count():
            return False
        return find_entry(self.node, self.tree(TOP_ROW), path, nibbles) is not None

    def tree(self, row: int) -> TreeId:
        """Return the node of a directory."""
        return self.row(row).tree

    def entry(self, row: int, name: bytes) -> Entry | None:
        """Return what was recorded of a name in the directory of a row."""
        leaf = self._leaf(self.tree(row), name)
        at = bisect_left(leaf.entries, name, key=lambda entry: entry.name)
        if at < len(leaf.entries) and leaf.entries[at].name == name:
            return leaf.entries[at]
        return None

    def entries(self, row: int) -> dict[bytes, Entry] | None:
        """Return all that was recorded in a directory by name; None if it is a large one, to be asked by name."""
        node = self.node(self.tree(row))
        return None if node.shards else {entry.name: entry for entry in node.entries}

    def directory(self, row: int) -> Entry | None:
        """Return what was recorded of the directory itself."""
        if row == TOP_ROW:
            return self.node(self.tree(row)).own
        known = self.row(row)
        return self.entry(known.parent, known.name)

    def stat(self, row: int, name: bytes) -> Stat | None:
        """Return the record that a name had after the last commit; None for what was not here."""
        place = (row, self._shard_path(row, name))
        stats = self._stats.get(place)
        if stats is None:
            stats = self._stats[place] = self._read_stats(*place)
            _trim(self._stats, 16)
        return stats.get(name)

    def names(self, row: int) -> list[bytes]:
        """Return the names in a directory that have a record."""
        known = self.row(row)
        if known.flags & SEEDED:
            return []
        if not known.flags & SPLIT:
            return names_of(known.names)
        return [name for shard in self._cache.shards(row) for name in names_of(shard.names)]

    def children(self, row: int) -> dict[bytes, int]:
        """Return the child directories of a row, here or not: name to row."""
        return self._cache.children(row)

    def _leaf(self, tree: TreeId, name: bytes) -> Node:
        node = self.node(tree)
        path = nibbles(name) if node.shards else iter(())
        while node.shards:
            shard = node.shards.get(next(path))
            if shard is None:
                return Node((), {}, {}, 0)
            node = self.node(shard)
        return node

    def _shard_path(self, row: int, name: bytes) -> str:
        """The path of the shard that has a name, in a large directory; else nothing."""
        if not self.row(row).flags & SPLIT:
            return ""
        paths = self._paths.get(row)
        if paths is None:
            paths = self._paths[row] = frozenset(self._cache.shard_paths(row))
        path = ""
        for nibble in nibbles(name):
            path += f"{nibble:x}"
            if path in paths or len(path) > _DEEP:
                break
        return path

    def _read_stats(self, row: int, path: str) -> dict[bytes, Stat]:
        known = self.row(row)
        if known.flags & SEEDED:
            return {}
        if not known.flags & SPLIT:
            return dict(zip(names_of(known.names), unpack(without_last(known.stats)), strict=True))
        shard = self._cache.shard(row, path)
        return dict(zip(names_of(shard.names), unpack(shard.stats), strict=True)) if shard else {}


def _trim(held: OrderedDict[Any, Any], most: int = _HELD) -> None:
    while len(held) > most:
        held.popitem(last=False)
