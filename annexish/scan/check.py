"""The fast question: which directories are not as the cache says?

It answers with row numbers only and looks at each directory alone: one that moved, or whose
parent did, is not found where it was, and so differs. What differs is for `walk` to find out.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from annexish.model.evidence import Stat
from annexish.scan.stat import Statter, last
from annexish.system.turns import in_turns, nothing

OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SPLIT, MOUNT, SEEDED = 2, 4, 8
"""Flags of a row (store/cache.py)."""
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
    def row(self, row: int) -> KnownRow: ...
    def place(self, row: int) -> tuple[int, bytes]: ...
    def shards(self, row: int) -> Iterable[KnownShard]: ...
    def close(self) -> None: ...


class Differing(NamedTuple):
    """The rows that are not as they were, with their parents; which parts of a large directory with the same names."""

    rows: dict[int, int]
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
        paths = _Paths(mine)
        rows = (row for row in mine.rows(start, min(start + share, high)) if _may_differ(row, racy))
        here = ((row, paths.of(row) or b".") for row in rows)
        found, parts = _check(root, mine, here, racy, split)
        yield found.tobytes(), parts
        mine.close()

    rows: array[int] = array("q")
    parts: dict[int, list[str]] = {}
    for found, found_parts in in_turns(half, processes if count >= _FEW else 1, meanwhile):
        rows.frombytes(found)
        parts |= found_parts
    return Differing(dict(zip(rows[::2], rows[1::2], strict=True)), parts)


def differing_below(
    root: bytes,
    open_known: Callable[[], Known],
    rows: Sequence[tuple[int, int, bytes]],
    top: bytes,
    *,
    racy: int,
    split: int,
    processes: int,
) -> set[int]:
    """Return what differs among `rows` (row, parent, name), the first of which is now at the path `top`."""
    paths = {rows[0][0]: top}
    for row, parent, name in rows[1:]:
        paths[row] = paths[parent] + b"/" + name
    places = list(paths.items())

    def share(number: int, of: int) -> Iterator[bytes]:
        size = -(-len(places) // of)
        mine = open_known()
        rows = ((mine.row(row), path) for row, path in places[number * size : (number + 1) * size])
        here = ((row, path) for row, path in rows if _may_differ(row, racy))
        yield _check(root, mine, here, racy, split)[0].tobytes()
        mine.close()

    found: array[int] = array("q")
    for part in in_turns(share, processes if len(places) >= _FEW else 1):
        found.frombytes(part)
    return set(found[::2])


def _may_differ(row: KnownRow, racy: int) -> bool:
    """Whether a directory is to be looked at: of one that is not here the one above it tells when it comes."""
    return bool(row.flags & racy or not row.flags & SEEDED)


def _check(
    root: bytes, known: Known, rows: Iterable[tuple[KnownRow, bytes]], racy: int, split: int
) -> tuple[array[int], dict[int, list[str]]]:
    statter = Statter()
    found: array[int] = array("q")
    found_parts: dict[int, list[str]] = {}
    with_root = os.open(root, OPEN)
    try:
        for row, path in rows:
            parts = _WHOLE if row.flags & racy else _unlike(with_root, path, row, known, statter, split)
            if parts:
                found.extend((row.row, row.parent))
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
