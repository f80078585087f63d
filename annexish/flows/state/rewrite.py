"""Rows of the stat cache are written anew: whole, or, where only what differs is known, with the old records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from annexish.codec.shards import nibbles
from annexish.diff.patch import Patched
from annexish.model.ids import TreeId
from annexish.scan.check import names_of
from annexish.scan.stat import WIDTH, concatenate, pick, unpack, without_last
from annexish.store.cache import RACY, SEEDED, SPLIT, Cache, Row, Shard

_BATCH = 512


class Rewritten(NamedTuple):
    """One directory for the cache: `names` and `columns` are its records, `own` is that of the directory itself.

    `sparse` says that names which are not here have the records that they had, but for those that are `gone`;
    `touched` are the names whose record may be another than before, `known` says that the row was there.
    """

    row: int
    parent: int
    name: bytes
    own: bytes
    flags: int
    patched: Patched
    names: list[bytes]
    columns: bytes
    touched: Collection[bytes]
    gone: Collection[bytes] = ()
    sparse: bool = False
    known: bool = True


class Rewriter:
    """Writes rows into an open transaction of a cache."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._waiting: list[Row] = []
        self._relinked: list[tuple[int, bytes, TreeId, int]] = []

    def relink(self, parent: int, name: bytes, tree: TreeId, row: int) -> None:
        """Remember where a directory is and what is below it; all records stay."""
        self._relinked.append((parent, name, tree, row))

    def leave(self, row: int, name: bytes, patched: Patched) -> None:
        """Remember that a known directory is not here any more, and what is left in it in the history."""
        known = self._cache.row(row)
        self._cache.drop_shards(row)
        flags = SEEDED | SPLIT * patched.split
        self._waiting.append(Row(row, known.parent, name, 0, patched.tree, flags, b"", bytes(WIDTH)))

    def look_again(self, row: int) -> None:
        """Remember to look again at a directory that was not here, and of which nobody can tell whether it is."""
        known = self._cache.row(row)
        if known.flags & SEEDED and not known.flags & RACY:
            self._cache.put([known._replace(flags=known.flags | RACY)])

    def put(self, directory: Rewritten) -> None:
        """Remember one directory."""
        row, names, stats = directory.row, directory.names, directory.columns
        if directory.patched.split:
            self._put_shards(directory)
            names, stats = [], b""
        else:
            if directory.sparse:
                names, stats = self._all(directory)
            if directory.known:
                self._cache.drop_shards(row)
        self._waiting.append(
            Row(
                row, directory.parent, directory.name, unpack(directory.own)[0].inode, directory.patched.tree,
                directory.flags | SPLIT * directory.patched.split, b"\0".join(names),
                concatenate([stats, directory.own]) if names else directory.own,
            )
        )  # fmt: skip
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Hand what is waiting to the cache."""
        self._waiting.sort()
        self._cache.put(self._waiting)
        self._waiting.clear()
        self._cache.relink(self._relinked)
        self._relinked.clear()

    def _put_shards(self, directory: Rewritten) -> None:
        """Remember a large directory: the leaves that were made anew, and those with a name whose record is another."""
        row = directory.row
        paths = set(self._cache.shard_paths(row)) if directory.known else set()
        patched = directory.patched
        anew = (
            paths if patched.whole else {path for path in paths for leaf in patched.leaves if _related(path, leaf.path)}
        )
        rest = paths - anew
        touched: dict[str, set[bytes]] = defaultdict(set)
        for name in directory.touched:
            touched[_leaf_path(name, rest)].add(name)
        touched.pop("", None)
        before = {path: shard for path in {*anew, *touched} if (shard := self._cache.shard(row, path))}
        records = _Records(directory, before.values() if paths else self._parts(directory))
        self._cache.drop_shards(row, anew)
        made = [Shard(row, leaf.path, leaf.tree, *records.of(leaf.names)) for leaf in patched.leaves if leaf.names]
        self._cache.put_shards(made)
        for path, more in touched.items():
            # what was absent had no record
            names, stats = records.of(sorted(more.union(names_of(before[path].names))))
            self._cache.put_shards([before[path]._replace(names=names, stats=stats)])

    def _all(self, directory: Rewritten) -> tuple[list[bytes], bytes]:
        """All names of a directory that is not large, with their records."""
        records = _Records(directory, self._parts(directory))
        names, stats = records.of(records.names())
        return names_of(names), stats

    def _parts(self, directory: Rewritten) -> list[Shard]:
        """What the cache has in a directory, large or not."""
        if not directory.sparse:
            return []
        known = self._cache.row(directory.row)
        if known.flags & SPLIT:
            return self._cache.shards(directory.row)
        return [Shard(directory.row, "", known.tree, known.names, without_last(known.stats))]


class _Records:
    """The records of a directory by name: those that are given; where only what differs was looked at, also the old."""

    def __init__(self, directory: Rewritten, before: Iterable[Shard]) -> None:
        old = list(before) if directory.sparse else []
        self._columns = concatenate([*(shard.stats for shard in old), directory.columns])
        names = [name for shard in old for name in names_of(shard.names)]
        self._position = {name: at for at, name in enumerate([*names, *directory.names])}
        for name in directory.gone if old else ():
            self._position.pop(name, None)

    def names(self) -> list[bytes]:
        """Return all names, sorted."""
        return sorted(self._position)

    def of(self, names: Sequence[bytes]) -> tuple[bytes, bytes]:
        """Return, as a row holds them, those of the names that have a record, and the records."""
        here = [name for name in names if name in self._position]
        return b"\0".join(here), pick(self._columns, [self._position[name] for name in here])


def _related(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _leaf_path(name: bytes, paths: AbstractSet[str]) -> str:
    path = ""
    for nibble in nibbles(name):
        path += f"{nibble:x}"
        if path in paths:
            return path
        if len(path) > 8:
            break
    return ""
