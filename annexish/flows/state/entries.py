"""Entries of objects that were not known: from a stat record and what was read."""

from __future__ import annotations

import os

from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.ids import Digest, ObjectId
from annexish.scan.owners import Owners
from annexish.scan.reader import Reading

NO_DIGEST = Digest(bytes(32))
"""Stands for a content that was not read because the answer does not depend on it."""

NO_TARGET = b"?"
"""The same for the target of a symbolic link."""

KINDS = {
    0o100000: Kind.FILE,
    0o040000: Kind.DIRECTORY,
    0o120000: Kind.SYMLINK,
    0o010000: Kind.FIFO,
    0o140000: Kind.SOCKET,
    0o020000: Kind.CHARACTER,
    0o060000: Kind.BLOCK,
}

_DRAWN = 16 * 1024


class NewEntries:
    """Makes entries with ids of their own."""

    def __init__(self) -> None:
        self._owners = Owners()
        self.owner = self._owners.of
        self._random = b""
        self._used = 0

    def id(self) -> ObjectId:
        """Return 16 random bytes; they are drawn for many objects at once."""
        if self._used == len(self._random):
            self._random, self._used = os.urandom(_DRAWN), 0
        self._used += 16
        return ObjectId(self._random[self._used - 16 : self._used])

    def entry(self, name: bytes, stat: Stat, reading: Reading | None, links: bytes | None = None) -> Entry:
        """Return the entry of an object that was not known; without a reading it says so by NO_DIGEST."""
        mode = stat.gid_mode >> 32
        kind = KINDS[mode & 0o170000]
        owner = self.owner(stat.links_uid >> 32, stat.gid_mode & 0xFFFFFFFF)
        time = stat.mtime_s * 1_000_000_000 + stat.mtime_n
        attributes, holes = (reading.attributes, reading.holes) if reading is not None else ((), False)
        ids = (self.id(),)
        if kind is Kind.FILE:
            digest = Digest(reading.content) if reading is not None and reading.content else NO_DIGEST
            return Entry(
                name, kind, ids, mode & 0o7777, owner, time, stat.size, digest, None, None, attributes, links, holes
            )
        target = (reading.content if reading is not None else NO_TARGET) if kind is Kind.SYMLINK else None
        device = None
        if kind in (Kind.CHARACTER, Kind.BLOCK):
            device = reading.device if reading is not None else (0, 0)
        return Entry(name, kind, ids, mode & 0o7777, owner, time, 0, None, target, device, attributes)
