"""What was built becomes the stat cache: a row for each directory, in one transaction."""

from __future__ import annotations

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
        position = {name: at for at, name in enumerate(built.names)}
        if built.patched.whole:
            self._cache.drop_shards(row)
        paths = {shard.path: shard for shard in self._cache.shards(row)}
        for leaf in built.patched.leaves:
            related = [path for path in paths if path.startswith(leaf.path) or leaf.path.startswith(path)]
            self._cache.drop_shards(row, related)
            for path in related:
                del paths[path]
            if leaf.names:
                self._put_shard(row, leaf.path, leaf.tree, leaf.names, position, built.columns)
        for path in {_leaf_path(name, paths) for name in built.touched} - {""}:
            shard = paths[path]
            self._put_shard(row, path, shard.tree, names_of(shard.names), position, built.columns)

    def _put_shard(
        self, row: int, path: str, tree: TreeId, names: list[bytes], position: dict[bytes, int], columns: bytes
    ) -> None:
        here = [name for name in names if name in position]
        stats = pick(columns, [position[name] for name in here])
        self._cache.put_shards([Shard(row, path, tree, b"\0".join(here), stats)])


def _leaf_path(name: bytes, paths: dict[str, Shard]) -> str:
    path = ""
    for nibble in nibbles(name):
        path += f"{nibble:x}"
        if path in paths:
            return path
        if len(path) > 8:
            break
    return ""
