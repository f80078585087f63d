"""The fast question: which directories are not as the cache says?

It answers with row numbers only and looks at each directory alone: one that moved, or whose
parent did, is not found where it was, and so differs. What differs is for `walk` to find out.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from annexish.model.evidence import Stat
from annexish.scan.stat import Statter, last
from annexish.system.turns import in_turns, nothing

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FEW = 300
"""With fewer directories than this a second process costs more than it saves."""


class KnownRow(Protocol):
    """A directory as the cache has it (store/cache.py)."""

    @property
    def row(self) -> int: ...
    @property
    def parent(self) -> int: ...
    @property
    def name(self) -> bytes: ...
    @property
    def flags(self) -> int: ...
    @property
    def names(self) -> bytes: ...
    @property
    def stats(self) -> bytes: ...


class KnownShard(Protocol):
    """A part of a large directory as the cache has it."""

    @property
    def names(self) -> bytes: ...
    @property
    def stats(self) -> bytes: ...


class Known(Protocol):
    """What the check asks of a cache. Each process opens its own."""

    def span(self) -> tuple[int, int]: ...
    def count(self) -> int: ...
    def rows(self, low: int, high: int) -> Iterator[KnownRow]: ...
    def place(self, row: int) -> tuple[int, bytes]: ...
    def shards(self, row: int) -> Iterable[KnownShard]: ...
    def close(self) -> None: ...


def names_of(joined: bytes) -> list[bytes]:
    """The names in a row."""
    return joined.split(b"\0") if joined else []


def own_of(row: KnownRow) -> Stat:
    """The record of a directory itself."""
    return last(row.stats)


def differing(
    root: bytes,
    open_known: Callable[[], Known],
    *,
    racy: int,
    split: int,
    processes: int,
    meanwhile: Callable[[], object] = nothing,
) -> set[int]:
    """Return the rows whose directory, or a name in it, is not as it was; `racy` and `split` are flags of a row."""
    known = open_known()
    (low, high), count = known.span(), known.count()
    known.close()

    def half(number: int, of: int) -> Iterator[bytes]:
        share = (high - low + of - 1) // of
        mine = open_known()
        start = low + number * share
        yield _check(root, mine, range(start, min(start + share, high)), racy, split).tobytes()
        mine.close()

    rows = array("q")
    for found in in_turns(half, processes if count >= _FEW else 1, meanwhile):
        rows.frombytes(found)
    return set(rows)


def differing_below(
    root: bytes, known: Known, rows: Iterable[KnownRow], top: bytes, *, racy: int, split: int
) -> set[int]:
    """Return what differs among `rows`, parents before children, the first of which is now at the path `top`."""
    paths: dict[int, bytes] = {}
    found = set()
    statter = Statter()
    with_root = os.open(root, OPEN)
    try:
        for row in rows:
            path = paths[row.parent] + b"/" + row.name if paths else top
            paths[row.row] = path
            if row.flags & racy or not _same(with_root, path, row, known, statter, split):
                found.add(row.row)
    finally:
        os.close(with_root)
    return found


def _check(root: bytes, known: Known, rows: range, racy: int, split: int) -> array[int]:
    statter = Statter()
    paths = _Paths(known)
    found = array("q")
    with_root = os.open(root, OPEN)
    try:
        for row in known.rows(rows.start, rows.stop):
            path = paths.of(row) or b"."
            if row.flags & racy or not _same(with_root, path, row, known, statter, split):
                found.append(row.row)
    finally:
        os.close(with_root)
    return found


def _same(root: int, path: bytes, row: KnownRow, known: Known, statter: Statter, split: int) -> bool:
    """Whether a directory and all its names have the records that they had.

    A directory with the same inode, mtime and ctime has the same names.
    """
    try:
        descriptor = os.open(path, OPEN, dir_fd=root)
    except OSError:
        return False
    try:
        if statter.columns_and_own(descriptor, names_of(row.names)) != row.stats:
            return False
        return not row.flags & split or all(
            statter.columns(descriptor, names_of(shard.names)) == shard.stats for shard in known.shards(row.row)
        )
    finally:
        os.close(descriptor)


class _Paths:
    """Paths by row: a directory's is its parent's and its name."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._parents: dict[int, bytes] = {1: b""}

    def of(self, row: KnownRow) -> bytes:
        if row.row == 1:
            return b""
        parent = self._parent(row.parent)
        return parent + b"/" + row.name if parent else row.name

    def _parent(self, row: int) -> bytes:
        chain = []
        at = row
        while at not in self._parents:
            above, name = self._known.place(at)
            chain.append((at, name))
            at = above
        path = self._parents[at]
        for at, name in reversed(chain):
            path = path + b"/" + name if path else name
            self._parents[at] = path
        return path
