"""What there is to verify: the files that the stat cache names, with the digests that the history has for them.

The cache is compared with the history on the way: a row that names another node than the snapshot
has at its place, or a name that is not in it, is damage, and what the history says counts.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from annexish.apply.keeps import Keeps
from annexish.errors import Corrupt
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.ids import ObjectId, TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import CONTROL, TOP, RepoPath, join
from annexish.model.report import Damage
from annexish.scan.check import names_of
from annexish.scan.prove import Record
from annexish.scan.stat import WIDTH, unpack, without_last
from annexish.store.cache import MOUNT, SPLIT, TOP_ROW, UNKNOWN, Cache, Row
from annexish.store.verified import KEEP, Agenda, Content

CACHE = RepoPath(CONTROL + b"/cache.sqlite")
HISTORY = RepoPath(CONTROL + b"/history.git")


_NO_RECORD = unpack(bytes(WIDTH))[0]


class Wanted(NamedTuple):
    """Which paths are asked for: whether what is at one is, whether something below one is; `all` for every one."""

    takes: Callable[[RepoPath], bool]
    enters: Callable[[RepoPath], bool]
    all: bool


EVERYTHING = Wanted(lambda _: True, lambda _: True, all=True)


class _At(NamedTuple):
    """A directory on the way: its row, path, node, and the number of its file system."""

    row: int
    path: RepoPath
    tree: TreeId
    place: int


class Collector:
    """Puts on an agenda what is present and wanted; `problems` are what the cache and the history disagree on."""

    def __init__(self, cache: Cache, load: Load, wanted: Wanted, *, stable: bool) -> None:
        self.problems: list[Damage] = []
        self.number = 0
        self.mounts = {TOP: 0}
        """The numbers of the file systems that were met, by where they are mounted."""
        self._cache = cache
        self._load = load
        self._wanted = wanted
        self._stable = stable
        self._rows = 0
        self._unknown = bool(cache.meta(UNKNOWN))

    def contents(self, tree: TreeId) -> Iterator[Content]:
        """Yield every file of the snapshot that is present, in tree order; all, if nobody knows which are."""
        todo = [iter(self._inside(_At(TOP_ROW, TOP, tree, 0)))]
        while todo:
            found = next(todo[-1], None)
            if found is None:
                todo.pop()
            elif isinstance(found, _At):
                todo.append(iter(self._inside(found)))
            else:
                self.number += 1
                # a name stands for all names of its inode; where inodes mean nothing, for none but itself
                yield found._replace(at=self.number, inode=found.inode or -self.number)
        if self._wanted.all and self._rows != self._cache.count():
            self._differ(TOP, "it has rows that no directory leads to")

    def _inside(self, at: _At) -> list[Content | _At]:
        if not (self._wanted.enters(at.path) or self._wanted.takes(at.path)):
            return []
        self._rows += 1
        row = self._cache.row(at.row)
        try:
            entries, below, split = _entries(self._load, at.tree)
        except Corrupt as error:
            self.problems.append(Damage(HISTORY, "history", f"{_shown(at.path)}: {error}"))
            return []
        if row.tree != at.tree or bool(row.flags & SPLIT) != split:
            self._differ(at.path, "it has another node than the history")
            return []
        place = row.row if row.flags & MOUNT else at.place
        if row.flags & MOUNT:
            self.mounts[at.path] = place
        found: list[tuple[bytes, Content | _At]] = list(self._files(at, row, entries, place))
        for name, child in self._cache.children(at.row).items():
            entry = entries.get(name)
            if entry is None or entry.kind is not Kind.DIRECTORY:
                self._differ(join(at.path, name), "it is a directory that the history does not have")
            else:
                found.append((name, _At(child, join(at.path, name), below[entry.id], place)))
        found.sort(key=lambda one: one[0])
        return [each for _, each in found]

    def _files(self, at: _At, row: Row, entries: dict[bytes, Entry], place: int) -> Iterator[tuple[bytes, Content]]:
        records = dict(self._stats(at, row))
        if self._unknown:
            records |= {e.name: _NO_RECORD for e in entries.values() if e.digest and e.name not in records}
        for name, stat in records.items():
            entry = entries.get(name)
            path = join(at.path, name)
            if entry is None or entry.kind is Kind.DIRECTORY:
                self._differ(path, "the history does not have it")
            elif entry.digest is not None and self._wanted.takes(path):
                yield name, self._content(path, entry, stat, place)

    def _content(self, path: RepoPath, entry: Entry, stat: Stat, place: int) -> Content:
        record = None
        if stat.ctime:
            record = marshal.dumps((stat.size, stat.mtime, stat.ctime, stat.inode))
        assert entry.digest is not None, "it is a file"
        inode = stat.inode if self._stable else 0
        return Content(0, path, entry.digest, entry.size, place, inode, inode, record)

    def _stats(self, at: _At, row: Row) -> Iterator[tuple[bytes, Stat]]:
        parts, own = [(row.names, row.stats)], 1
        if row.flags & SPLIT:
            own, parts = 0, [(shard.names, shard.stats) for shard in self._cache.shards(row.row)]
        for names, stats in parts:
            named = names_of(names)
            if len(stats) != (len(named) + own) * WIDTH or len(set(named)) != len(named):
                self._differ(at.path, "its names and records do not belong together")
                continue
            yield from zip(named, unpack(without_last(stats) if own else stats), strict=True)

    def _differ(self, path: RepoPath, reason: str) -> None:
        self.problems.append(Damage(CACHE, "cache", f"{_shown(path)}: {reason}"))


def _entries(load: Load, tree: TreeId) -> tuple[dict[bytes, Entry], dict[ObjectId, TreeId], bool]:
    """All entries of a directory by name, the nodes of its child directories, and whether it is in shards."""
    entries: dict[bytes, Entry] = {}
    below: dict[ObjectId, TreeId] = {}
    for leaf in leaves(load, tree):
        entries.update({entry.name: entry for entry in leaf.entries})
        below.update(leaf.subtrees)
    return entries, below, bool(load(tree).shards)


def _shown(path: bytes) -> str:
    return os.fsdecode(path) or "the top"


def only_kept(agenda: Agenda, keeps: Keeps) -> Iterator[Content]:
    """Yield what keeps hold in inodes of their own, numbered after what is present."""
    places = [(keep, where) for _, where, keep in keeps.places()]
    for number, (digest, at) in enumerate(agenda.apart(), 1 << 48):
        keep, where = places[at]
        found = keep.find(digest)
        if found is not None:
            path = kept_path(where, digest)
            yield Content(number, path, digest, found.size, KEEP - at, found.inode, found.inode, None)


def record_in(content: Content) -> Record | None:
    """The record that goes with a content's digest, None if nobody knows it."""
    if content.record is None:
        return None
    size, mtime, ctime, inode = marshal.loads(content.record)
    return (size, mtime, ctime, inode)


def kept_path(keep: RepoPath, digest: bytes) -> RepoPath:
    """Where a keep has a content, as seen from the root."""
    text = digest.hex().encode()
    return RepoPath(keep + b"/" + text[:2] + b"/" + text[2:])
