"""What a walk found: one Listing for each directory that must be looked at, spooled."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from annexish.model.entry import Attributes
from annexish.model.evidence import Displaced
from annexish.model.report import Problem
from annexish.scan.stat import pick

SAME, ALTERED, REPLACED, NEW = range(4)
"""What a name is, against the cache: as it was; the same inode with another record; another inode; not known."""

LISTED, PASSED, KEPT, SKIPPED = range(4)
"""What was done with a directory: listed; only passed on the way to others; it could not be read and stays as it was,
but for what was found elsewhere; it is not part of what is recorded."""


class Listing(NamedTuple):
    """One directory. `names` are those that are no directories, sorted; `columns` and `codes` go with them.

    `number` and `parent` order the survey: a parent's is smaller than its children's; -1 above the root.
    `row` is the cache row of the object that the directory is, 0 for a new one.
    `children` are child directories: (name, row) of each, with the row negative if it is as it was
    and therefore not in the survey.
    `lost` are names that the cache has here and the directory has not, and `excused` those that must stay.
    `partial` says that something of it is left out, so that it must be looked at again.
    `sparse` says that only those names of a large directory are here that are not as they were.
    """

    number: int
    parent: int
    name: bytes
    path: bytes
    row: int
    state: int
    own: bytes
    mount: bool
    attributes: Attributes
    names: list[bytes]
    columns: bytes
    codes: bytes
    children: list[tuple[bytes, int]]
    lost: list[bytes]
    excused: list[bytes]
    partial: bool = False
    sparse: bool = False


def changed(codes: bytes) -> list[int]:
    """The positions of names that are not as they were."""
    if SAME not in codes:
        return list(range(len(codes)))
    return [at for at, code in enumerate(codes) if code]


class Store(Protocol):
    """Where listings are spooled."""

    def append(self, data: bytes) -> int: ...
    def read(self, offset: int, length: int) -> bytes: ...
    def flush(self) -> None: ...


class Survey:
    """The listings by number, and what the walk noticed on the way."""

    def __init__(self, spool: Store) -> None:
        self._spool = spool
        self._offsets = array("q")
        self._lengths = array("q")
        self._counts = array("L")
        self._sizes = array("Q")
        self._last: Listing | None = None
        self.rows = array("q")
        self.displaced: list[Displaced] = []
        self.gone_rows: list[int] = []
        self.problems: list[Problem] = []
        self.ignored: list[bytes] = []
        self.linked: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        self.files = 0
        self.size = 0

    def reserve(self, row: int) -> int:
        """Return the next number, for the directory of a cache row (0 for a new one)."""
        self.rows.append(row)
        self._offsets.append(-1)
        self._lengths.append(0)
        self._counts.append(0)
        self._sizes.append(0)
        return len(self._offsets) - 1

    def add(self, listing: Listing) -> None:
        """Spool one listing under its number; one that was there before is replaced."""
        self._last = None
        data = marshal.dumps(tuple(listing))
        self._offsets[listing.number] = self._spool.append(data)
        self._lengths[listing.number] = len(data)
        if any(listing.codes):
            chosen = changed(listing.codes)
            columns = listing.columns if len(chosen) == len(listing.codes) else pick(listing.columns, chosen)
            size = sum(memoryview(columns).cast("Q")[3 * len(chosen) : 4 * len(chosen)])
            self._counts[listing.number], self._sizes[listing.number] = len(chosen), size
            self.files += len(chosen)
            self.size += size

    def weight(self, number: int) -> tuple[int, int]:
        """Return how many names of a listing are not as they were, and their bytes."""
        return self._counts[number], self._sizes[number]

    def seal(self) -> None:
        """Make what was spooled visible to processes that are forked from here on."""
        if len(self._offsets) > 1:
            self._spool.flush()

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, number: int) -> Listing:
        """Return a listing; the last one is held, as it is often asked for twice."""
        if self._last is None or self._last.number != number:
            data = self._spool.read(self._offsets[number], self._lengths[number])
            self._last = Listing._make(marshal.loads(data))
        return self._last

    def __iter__(self) -> Iterator[Listing]:
        """Yield the listings, parents before children."""
        return map(self.__getitem__, range(len(self)))

    def touched(self) -> Iterator[Listing]:
        """Yield the listings with names that are not as they were, parents before children."""
        return (self[number] for number, count in enumerate(self._counts) if count)

    def has_arrivals(self) -> bool:
        """Whether any name is of something that was not there."""
        return any(max(listing.codes) >= REPLACED for listing in self.touched())

    def backwards(self) -> Iterator[Listing]:
        """Yield the listings, children before parents."""
        return map(self.__getitem__, range(len(self) - 1, -1, -1))
