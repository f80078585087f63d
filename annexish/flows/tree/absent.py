"""What was present becomes absent: the cache forgets it, then its names go, in the working tree and in the keep."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from annexish.apply.keeps import Keeps
from annexish.apply.staging import Staging
from annexish.codec.entries import digests_in
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import present_in
from annexish.flows.state.past import Past
from annexish.flows.state.rows import Rows
from annexish.model.entry import Entry
from annexish.model.ids import Digest, TreeId
from annexish.model.node import Node
from annexish.model.path import RepoPath, split
from annexish.model.report import Problem
from annexish.scan.check import names_of
from annexish.scan.stat import WIDTH, pick
from annexish.store.cache import RACY, SEEDED, SPLIT, Cache, Row, Shard
from annexish.store.history import Nodes
from annexish.store.losses import Losses
from annexish.system.descend import Descent

File = tuple[RepoPath, Entry]


class Vanished(NamedTuple):
    """What came of it: what could not go, and the allocated bytes of inodes whose last name went."""

    problems: Sequence[Problem]
    bytes_freed: int


def forget(place: Place, files: Sequence[File]) -> None:
    """Let the cache say of files that they are absent, in one transaction; nobody wants them, so they do not count.

    Their directories are listed again by the next scan, so that one that is still there then is present again.
    """
    names: dict[RepoPath, set[bytes]] = defaultdict(set)
    for path, _ in files:
        names[split(path)[0]].add(split(path)[1])
    with closing(Cache(place.cache)) as cache:
        rows = Rows(cache, Past(cache, Nodes(place.history)))
        found = {row: gone for path, gone in names.items() if (row := rows(path)) is not None}
        cache.begin()
        gone = sum(_forget_in(cache, cache.row(row), names) for row, names in found.items())
        here = int(cache.meta("files") or 0)
        cache.finish({"files": str(max(here - gone, 0))})


def forget_directories(place: Place, paths: Sequence[RepoPath]) -> None:
    """Let the cache say of directories that nobody looked into them yet."""
    with closing(Cache(place.cache)) as cache:
        rows = Rows(cache, Past(cache, Nodes(place.history)))
        found = [row for row in map(rows, paths) if row is not None]
        cache.begin()
        for number in found:
            row = cache.row(number)
            cache.drop_shards(number)
            cache.put([row._replace(flags=row.flags | SEEDED, inode=0, names=b"", stats=bytes(WIDTH))])
        cache.finish({})


def _forget_in(cache: Cache, row: Row, gone: set[bytes]) -> int:
    """Forget names of a directory; return how many of them it had."""
    if row.flags & SEEDED:
        return 0
    forgotten = 0
    if row.flags & SPLIT:
        for shard in cache.shards(row.row):
            names, stats, less = _without(shard.names, shard.stats, gone)
            if less:
                cache.put_shards([Shard(row.row, shard.path, shard.tree, names, stats)])
            forgotten += less
        cache.put([row._replace(flags=row.flags | RACY)])
        return forgotten
    names, stats, forgotten = _without(row.names, row.stats, gone)
    cache.put([row._replace(flags=row.flags | RACY, names=names, stats=stats)])
    return forgotten


def _without(names: bytes, stats: bytes, gone: set[bytes]) -> tuple[bytes, bytes, int]:
    """Return names and records without some; the record of the directory itself, behind them, stays."""
    before = names_of(names)
    left = [at for at, name in enumerate(before) if name not in gone]
    behind = range(len(before), len(stats) // WIDTH)
    return b"\0".join(before[at] for at in left), pick(stats, [*left, *behind]), len(before) - len(left)


def vanish(place: Place, files: Sequence[tuple[RepoPath, Entry, os.stat_result | None]]) -> Vanished:
    """Take away the names of files that the cache forgot, each if it is as `stat` said, and those of their contents.

    The content of another present file, or of a loss, stays in the keep.
    """
    problems: list[Problem] = []
    failed: set[Digest] = set()
    names: Counter[tuple[int, int]] = Counter()
    inodes: dict[tuple[int, int], tuple[int, int]] = {}

    def note(device: int, inode: int, links: int, allocated: int) -> None:
        names[device, inode] += 1
        inodes.setdefault((device, inode), (links, allocated))

    with keep_of(place) as keeps:
        digests = {entry.digest for _, entry, _ in files if entry.digest and entry.size}
        going = {digest for digest in digests if keeps.find(digest) is not None}
        going -= _needed(place, going)
        kept = {digest: list(keeps.each(digest)) for digest in going}
        staging = Staging([f"{at}/staging" for at in (place.control, *(one.path for one in keeps.mounted))])
        try:
            with Descent(place.root) as descent:
                for path, entry, seen in files:
                    reason = _taken(descent, staging, path, seen) if seen is not None else ""
                    if reason:
                        problems.append(Problem(path, "left", reason))
                        failed.add(entry.digest or Digest(b""))
                    elif seen is not None:
                        note(seen.st_dev, seen.st_ino, seen.st_nlink, seen.st_blocks * 512)
        finally:
            staging.clear()
        for digest in sorted(going - failed):
            for keep, one in kept[digest]:
                note(one.device, one.inode, one.names, one.allocated)
                keep.remove(digest)
        keeps.sync()
        _unmark(place, keeps, digests - failed)
    return Vanished(problems, _freed(names, inodes))


def _freed(names: Mapping[tuple[int, int], int], inodes: Mapping[tuple[int, int], tuple[int, int]]) -> int:
    return sum(allocated for inode, (links, allocated) in inodes.items() if names[inode] >= links)


def _taken(descent: Descent, staging: Staging, path: RepoPath, seen: os.stat_result) -> str:
    """Remove one file; return why that was not possible, "" if it was, or is not there any more."""
    above, name = split(path)
    try:
        if staging.take(descent.open(above), name, seen):
            return ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"it cannot be removed: {error.strerror}"
    return "it is something else by now"


def _needed(place: Place, digests: Iterable[Digest]) -> set[Digest]:
    """Return the contents that a present file or a loss has."""
    wanted = frozenset(digests)
    if not wanted:
        return set()
    nodes = Nodes(place.history)
    with closing(Cache(place.cache, read_only=True)) as cache:
        losses = Losses(cache)
        found: set[Digest | None] = {digest for digest in wanted if losses.has(digest)}
        for row in cache.rows(*cache.span()):
            if not row.flags & SEEDED and (row.names or row.flags & SPLIT):
                having = [entry for node in _nodes_with(nodes, row.tree, wanted) for entry in node.entries]
                here = present_in(cache, row) if having else set()
                found.update(each.digest for each in having if each.digest in wanted and each.name in here)
    return {digest for digest in found if digest is not None}


def _nodes_with(nodes: Nodes, tree: TreeId, wanted: frozenset[Digest]) -> Iterator[Node]:
    """Yield the nodes of a directory that have one of these digests; the others are not looked into."""
    todo = [tree]
    while todo:
        tree = todo.pop()
        parts = nodes.parts(tree)
        todo += parts.shards.values()
        if not parts.shards and not wanted.isdisjoint(digests_in(nodes.blob(parts.entries))):
            yield nodes(tree)


def _unmark(place: Place, keeps: Keeps, digests: set[Digest]) -> None:
    """What is not here needs no protection."""
    gone = [digest for digest in digests if keeps.find(digest) is None]
    if gone:
        with closing(Cache(place.cache)) as cache:
            cache.begin()
            Losses(cache).set_bare(gone, bare=False)
            cache.finish({})
