"""Read names of one directory: digests, link targets, attributes.

A content is hashed from an open descriptor, and its record is taken again afterwards: it counts
only if size, mtime and ctime are those that the walk saw. What changed meanwhile is read again,
then given up and said. Nothing but regular files is ever opened for reading.
"""

from __future__ import annotations

import errno
import os
import stat as modes
from typing import Any, NamedTuple

from blake3 import blake3

from annexish.model.entry import Attributes
from annexish.model.evidence import Stat
from annexish.model.kept import KeepContent, Put
from annexish.scan.stat import Statter, pick, repack, smudged, unpack
from annexish.scan.survey import Listing, changed
from annexish.system.attributes import attributes_of, attributes_of_link
from annexish.system.descend import Descent

LEAVE, RECORD, CONTENT = range(3)
"""What is asked of a name: nothing; its attributes; its content too."""

READ, UNREADABLE, CHANGING, VANISHED = range(4)

_TRIES = 3
_BLOCK = 128 << 10
"""What stays in a processor's own cache between being read and being hashed."""
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
_FORMAT = 0o170000
_CHANGED = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})
"""What opening or reading says of a name that is no regular file any more."""
_REGULAR = modes.S_IFREG >> 12
_ATTRIBUTES = hasattr(os, "listxattr")
_LINKED = (Put.LINKED, Put.THERE)
"""When the record of a file may be another: it was linked, here or under another of its names by another process."""


class Reading(NamedTuple):
    """What reading one name gave. `content` is a digest, a link's target, or empty when only the record was asked for.

    `columns` are there when the record to remember is not the one that the walk saw.
    `reason` says why nothing could be read.
    """

    at: int
    state: int
    content: bytes
    attributes: Attributes
    holes: bool
    device: tuple[int, int] | None
    columns: bytes
    reason: str


class Keeping(NamedTuple):
    """What became of the contents of a listing in the keep.

    `fans` are the first bytes of the digests that got a name; `twins` the digests, one behind the other, that the
    keep has from another inode; `suspects` those whose file changed while it was linked, or since then; `unprotected`
    those that cannot have a name.
    """

    fans: bytes = b""
    twins: bytes = b""
    suspects: bytes = b""
    unprotected: bytes = b""


class Reader:
    """Reads names of one directory after the other."""

    def __init__(self, descent: Descent, keep: KeepContent | None, fresh: int) -> None:
        self._descent = descent
        self._keep = keep
        self._fresh = fresh
        self._statter = Statter()
        self._buffer = bytearray(_BLOCK)
        self._size = 0
        self._linked: set[int] = set()
        self._fans: set[int] = set()
        self._twins: list[bytes] = []
        self._suspects: list[bytes] = []
        self._unprotected: list[bytes] = []

    def keeping(self) -> Keeping:
        """Return what became of the last names in the keep."""
        lists = (self._twins, self._suspects, self._unprotected)
        return Keeping(bytes(sorted(self._fans)), *map(b"".join, lists))

    def read(self, listing: Listing, wanted: bytes, part: int, parts: int) -> tuple[list[tuple[Any, ...]], int]:
        """Return the readings of every `parts`-th name from `part` on that needs one, and the bytes read."""
        self._size = 0
        self._linked.clear()
        self._fans.clear()
        self._twins, self._suspects, self._unprotected = [], [], []
        chosen = changed(wanted)[part::parts]
        if not chosen:
            return [], 0
        try:
            directory = self._descent.open(listing.path)
        except OSError as error:
            return [failed(at, error) for at in chosen], 0
        columns = pick(listing.columns, chosen) if len(chosen) < len(listing.names) else listing.columns
        stats = unpack(columns)
        found = [
            self._tried(directory, listing.names[at], at, wanted[at], stat)
            for at, stat in zip(chosen, stats, strict=True)
        ]
        if self._linked:
            self._renew(directory, listing.names, wanted, found, stats)
        return found, self._size

    def _tried(self, directory: int, name: bytes, at: int, need: int, stat: Stat) -> tuple[Any, ...]:
        try:
            if need == CONTENT and stat.size < _BLOCK and stat.gid_mode >> 44 == _REGULAR:
                quick = self._small(directory, name, at, stat)
                if quick:
                    return quick
            return self._one(directory, name, at, need, stat)
        except OSError as error:
            return failed(at, error)

    def _renew(
        self, directory: int, names: list[bytes], wanted: bytes, found: list[tuple[Any, ...]], stats: list[Stat]
    ) -> None:
        """Take the records of what was linked again, as linking changes them; what changed otherwise is read again."""
        places = [place for place, reading in enumerate(found) if reading[0] in self._linked]
        columns = self._statter.columns(directory, [names[found[place][0]] for place in places])
        renewed = unpack(columns) if columns is not None else [None] * len(places)
        for place, now in zip(places, renewed, strict=True):
            reading, seen = found[place], stats[place]
            if now is not None and only_linked(seen, now):
                found[place] = (*reading[:6], self._record(seen.ctime, now), "")
            else:
                self._suspects.append(reading[2])
                found[place] = self._again(directory, names[reading[0]], reading[0], wanted[reading[0]], now)

    def _again(self, directory: int, name: bytes, at: int, need: int, now: Stat | None) -> tuple[Any, ...]:
        """Read a name that is not what the walk saw, so that its record is always handed out."""
        try:
            seen = now or unpack(self._statter.one(directory, name)[0])[0]
            found = self._one(directory, name, at, need, seen)
        except OSError as error:
            return failed(at, error)
        return found if found[6] else (*found[:6], self._record(seen.ctime, seen), found[7])

    def _record(self, since: int, now: Stat) -> bytes:
        """The record to remember of a file whose ctime was `since` before it was linked."""
        return repack(smudged(now) if since >= self._fresh else now)

    def _small(self, directory: int, name: bytes, at: int, stat: Stat) -> tuple[Any, ...] | None:
        """Read a file in one go, as nearly all are; None if anything about it is out of the ordinary."""
        size = stat.size
        descriptor = os.open(name, _FLAGS, dir_fd=directory)
        try:
            data = os.read(descriptor, size + 1)
            plain = not (_ATTRIBUTES and os.listxattr(descriptor))
            after = os.fstat(descriptor)
            if not plain or len(data) != size or after.st_blocks << 9 < size or not _unchanged(stat, after):
                return None
            digest = blake3(data).digest()
            if self._put(descriptor, digest, size):
                self._linked.add(at)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        self._size += size
        return (at, READ, digest, (), False, None, b"", "")

    def _put(self, descriptor: int, digest: bytes, size: int) -> bool:
        """Have a content kept; return whether that may have changed the record of its file."""
        if self._keep is None or not size:
            return False
        put = self._keep(descriptor, digest, size)
        if put in (Put.LINKED, Put.COPIED):
            self._fans.add(digest[0])
        elif put in (Put.TWIN, Put.LIE):
            self._twins.append(digest)
            if put is Put.LIE:
                self._suspects.append(digest)
        elif put is Put.UNPROTECTED:
            self._unprotected.append(digest)
        return put in _LINKED

    def _one(self, directory: int, name: bytes, at: int, need: int, stat: Stat) -> tuple[Any, ...]:
        """Read a name carefully."""
        if stat.mode & _FORMAT != modes.S_IFREG:
            return self._special(directory, name, at, stat)
        expected, since = stat, stat.ctime
        for _ in range(_TRIES):
            descriptor = os.open(name, _FLAGS, dir_fd=directory)
            try:
                digest = self._digest(descriptor, expected.size) if need == CONTENT else b""
                attributes = attributes_of(descriptor)
                after = os.fstat(descriptor)
                good = _unchanged(expected, after) and bool(digest or need != CONTENT)
                linked = good and bool(digest) and self._put(descriptor, digest, expected.size)
                now = expected if good and not linked else unpack(self._statter.own(descriptor))[0]
                if good and only_linked(expected, now):
                    holes = after.st_blocks << 9 < expected.size and _has_hole(descriptor, expected.size)
                    columns = b"" if now is stat else self._record(since, now)
                    return (at, READ, digest, attributes, holes, None, columns, "")
            finally:
                os.close(descriptor)
            if linked:
                self._suspects.append(digest)
            since = since if only_linked(expected, now) else now.ctime
            # who is not what the walk saw may be another file: nothing is known of its content
            expected, need = now, CONTENT
            if expected.mode & _FORMAT != modes.S_IFREG:
                break
        return (at, CHANGING, b"", (), False, None, b"", "changed each time it was read")

    def _special(self, directory: int, name: bytes, at: int, stat: Stat) -> tuple[Any, ...]:
        """A symbolic link or a special file: looked at, never opened."""
        now, seen = self._statter.one(directory, name)
        mode = unpack(now)[0].mode & _FORMAT
        if mode in (modes.S_IFREG, modes.S_IFDIR):
            return (at, CHANGING, b"", (), False, None, b"", "became something else while it was looked at")
        target = os.readlink(name, dir_fd=directory) if mode == modes.S_IFLNK else b""
        device = seen.rdev if mode in (modes.S_IFCHR, modes.S_IFBLK) else None
        attributes = attributes_of_link(directory, name)
        return (at, READ, target, attributes, False, device, b"" if now == repack(stat) else now, "")

    def _digest(self, descriptor: int, size: int) -> bytes:
        if size < _BLOCK:
            data = os.read(descriptor, size + 1)
            self._size += len(data)
            return blake3(data).digest() if len(data) == size else b""
        hasher = blake3()
        buffer = self._buffer
        view = memoryview(buffer)
        while count := os.readv(descriptor, [buffer]):
            hasher.update(view[:count])
            self._size += count
        return hasher.digest()


def _unchanged(before: Stat, after: os.stat_result) -> bool:
    """Whether size, times, inode and mode are still those of a record."""
    return (
        after.st_size == before.size
        and after.st_ctime_ns == before.ctime
        and after.st_mtime_ns == before.mtime
        and after.st_ino == before.inode
        and after.st_mode == before.mode
    )


def only_linked(before: Stat, now: Stat) -> bool:
    """Whether a record differs in nothing but the number of names, which changes the ctime too."""
    return before[1:4] == now[1:4] and before[6:] == now[6:] and before.links_uid >> 32 == now.links_uid >> 32


def _has_hole(descriptor: int, size: int) -> bool:
    try:
        return os.lseek(descriptor, 0, os.SEEK_HOLE) < size
    except (OSError, AttributeError):
        return False


def failed(at: int, error: OSError) -> tuple[Any, ...]:
    """The reading of a name that could not be read."""
    state = VANISHED if isinstance(error, FileNotFoundError) else CHANGING if error.errno in _CHANGED else UNREADABLE
    reason = "became something else while it was read" if state == CHANGING else error.strerror or "unreadable"
    return (at, state, b"", (), False, None, b"", reason)
