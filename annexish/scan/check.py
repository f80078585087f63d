"""The fast question: which directories are not as the cache says?

It answers with row numbers only and looks at each directory alone: one that moved, or whose
parent did, is not found where it was, and so differs. What differs is for `walk` to find out.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from annexish.model.evidence import Stat
from annexish.scan.stat import Statter, last
from annexish.scan.turns import in_turns, nothing

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
    def path(self) -> str: ...
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


class Differing(NamedTuple):
    """The rows that are not as they were; for a large directory that has the same names, which parts are not."""

    rows: set[int]
    parts: dict[int, list[str]]


_WHOLE = [""]
"""Said of a directory of which more differs than records in parts of it."""


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
) -> Differing:
    """Return the rows whose directory, or a name in it, is not as it was; `racy` and `split` are flags of a row."""
    known = open_known()
    (low, high), count = known.span(), known.count()
    known.close()

    def half(number: int, of: int) -> Iterator[tuple[bytes, dict[int, list[str]]]]:
        share = (high - low + of - 1) // of
        mine = open_known()
        start = low + number * share
        found, parts = _check(root, mine, range(start, min(start + share, high)), racy, split)
        yield found.tobytes(), parts
        mine.close()

    rows: array[int] = array("q")
    parts: dict[int, list[str]] = {}
    for found, found_parts in in_turns(half, processes if count >= _FEW else 1, meanwhile):
        rows.frombytes(found)
        parts |= found_parts
    return Differing(set(rows), parts)


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
            if row.flags & racy or _unlike(with_root, path, row, known, statter, split):
                found.add(row.row)
    finally:
        os.close(with_root)
    return found


def _check(root: bytes, known: Known, rows: range, racy: int, split: int) -> tuple[array[int], dict[int, list[str]]]:
    statter = Statter()
    paths = _Paths(known)
    found: array[int] = array("q")
    found_parts: dict[int, list[str]] = {}
    with_root = os.open(root, OPEN)
    try:
        for row in known.rows(rows.start, rows.stop):
            path = paths.of(row) or b"."
            parts = _WHOLE if row.flags & racy else _unlike(with_root, path, row, known, statter, split)
            if parts:
                found.append(row.row)
            if parts and parts != _WHOLE:
                found_parts[row.row] = parts
    finally:
        os.close(with_root)
    return found, found_parts


def _unlike(root: int, path: bytes, row: KnownRow, known: Known, statter: Statter, split: int) -> list[str]:
    """Return which parts of a directory have other records than before; nothing if it and all its names are the same.

    A directory with the same inode, mtime and ctime has the same names.
    """
    try:
        descriptor = os.open(path, OPEN, dir_fd=root)
    except OSError:
        return _WHOLE
    try:
        if statter.columns_and_own(descriptor, names_of(row.names)) != row.stats:
            return _WHOLE
        if not row.flags & split:
            return []
        shards = known.shards(row.row)
        return [part.path for part in shards if statter.columns(descriptor, names_of(part.names)) != part.stats]
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
