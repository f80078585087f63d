"""What was built becomes the stat cache: a row for each directory, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from annexish.codec.shards import nibbles
from annexish.flows.build import Built
from annexish.model.ids import TreeId
from annexish.scan.check import names_of
from annexish.scan.stat import concatenate, pick, unpack, younger
from annexish.scan.survey import KEPT, PASSED, Survey
from annexish.store.cache import MOUNT, RACY, SPLIT, TOP_ROW, Cache, Row, Shard

_BATCH = 512


class Memory:
    """Writes rows into an open transaction of a cache.

    `fresh` is the time in ns from which on a record may still change unseen.
    """

    def __init__(self, cache: Cache, survey: Survey, fresh: int) -> None:
        self._cache = cache
        self._survey = survey
        self._fresh = fresh
        self._base = max(cache.span()[1], TOP_ROW)
        self._waiting: list[Row] = []
        self._relinked: list[tuple[int, bytes, TreeId, int]] = []

    def keep(self, built: Built) -> None:
        """Remember one directory."""
        listing = built.listing
        if listing.state in (PASSED, KEPT):
            self._relinked.append((self._parent(built), listing.name, built.patched.tree, listing.row))
            return
        row = self._row(listing.number)
        flags = MOUNT * listing.mount | SPLIT * built.patched.split
        names, stats = built.names, built.columns
        if listing.sparse and not built.patched.split:
            names, stats = self._no_longer_split(row, built)
        if built.relist or younger(listing.own, self._fresh):
            flags |= RACY
        if built.patched.split:
            self._keep_shards(row, built)
            names, stats = [], b""
        elif listing.row:
            self._cache.drop_shards(row)
        inode = unpack(listing.own)[0].inode
        self._waiting.append(
            Row(
                row, self._parent(built), listing.name, inode, built.patched.tree, flags,
                b"\0".join(names), concatenate([stats, listing.own]) if names else listing.own,
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

    def _row(self, number: int) -> int:
        return self._survey.rows[number] or self._base + number

    def _parent(self, built: Built) -> int:
        return self._row(built.listing.parent) if built.listing.parent >= 0 else 0

    def _keep_shards(self, row: int, built: Built) -> None:
        """Remember a large directory: the leaves that were made anew, and those with a name whose record is another."""
        paths = set(self._cache.shard_paths(row))
        leaves = built.patched.leaves
        anew = (
            paths if built.patched.whole else {path for path in paths for leaf in leaves if _related(path, leaf.path)}
        )
        rest = paths - anew
        touched = {_leaf_path(name, rest) for name in built.touched} - {""}
        before = {path: shard for path in anew | touched if (shard := self._cache.shard(row, path))}
        records = _Records(built, before.values())
        self._cache.drop_shards(row, anew)
        made = [Shard(row, leaf.path, leaf.tree, *records.of(leaf.names)) for leaf in leaves if leaf.names]
        self._cache.put_shards(made)
        for path in touched:
            names, stats = records.of(names_of(before[path].names))
            self._cache.put_shards([before[path]._replace(names=names, stats=stats)])

    def _no_longer_split(self, row: int, built: Built) -> tuple[list[bytes], bytes]:
        """All names of a directory that is large no longer, with their records."""
        records = _Records(built, self._cache.shards(row))
        names, stats = records.of(records.names())
        return names_of(names), stats


class _Records:
    """The records of a directory by name: those that were built; where only what differs was listed, also old ones."""

    def __init__(self, built: Built, before: Iterable[Shard]) -> None:
        listing = built.listing
        old = list(before) if listing.sparse else []
        self._columns = concatenate([*(shard.stats for shard in old), built.columns])
        names = [name for shard in old for name in names_of(shard.names)]
        self._position = {name: at for at, name in enumerate([*names, *built.names])}
        for name in set(listing.lost).difference(listing.excused) if old else ():
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
