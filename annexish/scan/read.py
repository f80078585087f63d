"""Read what must be read: digests, link targets, attributes.

A content is hashed from an open descriptor, and its record is taken again afterwards: it counts
only if size, mtime and ctime are those that the walk saw. What changed meanwhile is read again,
then given up and said. Nothing but regular files is ever opened for reading.
"""

from __future__ import annotations

import errno
import marshal
import os
import stat as modes
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from blake3 import blake3

from annexish.model.entry import Attributes
from annexish.model.evidence import Stat
from annexish.scan.attributes import attributes_of, attributes_of_link
from annexish.scan.descend import Descent
from annexish.scan.stat import Statter, pick, repack, unpack
from annexish.scan.survey import Listing, Survey, changed
from annexish.scan.turns import in_turns

LEAVE, RECORD, CONTENT = range(3)
"""What is asked of a name: nothing; its attributes; its content too."""

READ, UNREADABLE, CHANGING, VANISHED = range(4)

_TRIES = 3
_BLOCK = 128 << 10
"""What stays in a processor's own cache between being read and being hashed."""
_UNIT_FILES = 1024
_UNIT_BYTES = 64 << 20
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
_FORMAT = 0o170000
_CHANGED = frozenset({errno.ELOOP, errno.EISDIR, errno.ENXIO})
"""What opening or reading says of a name that is no regular file any more."""
_REGULAR = modes.S_IFREG >> 12
_ATTRIBUTES = hasattr(os, "listxattr")


class Reading(NamedTuple):
    """What reading one name gave. `content` is a digest, a link's target, or empty when only the record was asked for.

    `columns` are there when the record is not the one that the walk saw. `reason` says why nothing could be read.
    """

    at: int
    state: int
    content: bytes
    attributes: Attributes
    holes: bool
    device: tuple[int, int] | None
    columns: bytes
    reason: str


class Finished(NamedTuple):
    """What the process that read a listing made of it: the name and bytes of its blob, how many entries it has."""

    name: bytes
    data: bytes
    entries: int


class Result(NamedTuple):
    """The readings of one listing, or what was made of them, and how many bytes of content they took."""

    number: int
    readings: list[Reading]
    size: int
    finished: Finished | None = None


Finish = Callable[["Listing", "list[tuple[Any, ...]]"], Finished | None]
"""What to do with a whole listing where it was read; None to hand out its readings."""


Needs = Callable[[Listing], bytes]
"""One of LEAVE, RECORD, CONTENT for each name of a listing."""


def read(
    root: bytes, survey: Survey, needs: Needs, *, processes: int, finish: Finish | None = None
) -> Iterator[Result]:
    """Yield the readings of every listing that needs any, the last listing first: trees are built in that order."""

    def work(number: int, of: int) -> Iterator[_Part]:
        with Descent(root) as descent:
            reader = _Reader(descent)
            found, wanted = None, b""
            for turn, (listing, part, parts) in enumerate(_units(survey)):
                if turn % of == number:
                    if found is None or found.number != listing:
                        found = survey[listing]
                        wanted = needs(found)
                    readings, size = reader.read(found, wanted, part, parts)
                    finished = finish(found, readings) if finish is not None and parts == 1 else None
                    if finished is None:
                        yield listing, marshal.dumps(readings), size, None
                    else:
                        yield listing, b"", size, (finished.name, finished.data, finished.entries)

    few = survey.files < 2 * _UNIT_FILES and survey.size < _UNIT_BYTES
    yield from _joined(in_turns(work, 1 if few else processes))


def _units(survey: Survey) -> Iterator[tuple[int, int, int]]:
    """Yield pieces of work: (listing, part, parts). A listing with many files, or large ones, is several."""
    for number in range(len(survey) - 1, -1, -1):
        files, size = survey.weight(number)
        parts = min(files, max(size // _UNIT_BYTES, files // _UNIT_FILES) + 1)
        for part in range(parts):
            yield number, part, parts


_Part = tuple[int, bytes, int, tuple[bytes, bytes, int] | None]


def _joined(results: Iterator[_Part]) -> Iterator[Result]:
    """Put the parts of each listing together."""
    readings: list[Reading] = []
    current, total = -1, 0
    for number, data, size, finished in results:
        if readings and number != current:
            yield Result(current, readings, total)
            readings, total = [], 0
        if finished is not None:
            yield Result(number, [], size, Finished._make(finished))
            continue
        current = number
        readings += map(Reading._make, marshal.loads(data))
        total += size
    if readings:
        yield Result(current, readings, total)


class _Reader:
    """Reads names of one directory after the other."""

    def __init__(self, descent: Descent) -> None:
        self._descent = descent
        self._statter = Statter()
        self._buffer = bytearray(_BLOCK)
        self._size = 0

    def read(self, listing: Listing, wanted: bytes, part: int, parts: int) -> tuple[list[tuple[object, ...]], int]:
        """Return the readings of every `parts`-th name from `part` on that needs one, and the bytes read."""
        self._size = 0
        chosen = changed(wanted)[part::parts]
        if not chosen:
            return [], 0
        try:
            directory = self._descent.open(listing.path)
        except OSError as error:
            return [_failed(at, error) for at in chosen], 0
        found: list[tuple[object, ...]] = []
        columns = pick(listing.columns, chosen) if len(chosen) < len(listing.names) else listing.columns
        for at, stat in zip(chosen, unpack(columns), strict=True):
            try:
                quick = wanted[at] == CONTENT and stat.size < _BLOCK and stat.gid_mode >> 44 == _REGULAR
                read = self._small(directory, listing.names[at], at, stat) if quick else None
                found.append(read or self._one(directory, listing.names[at], at, wanted[at], stat))
            except OSError as error:
                found.append(_failed(at, error))
        return found, self._size

    def _small(self, directory: int, name: bytes, at: int, stat: Stat) -> tuple[object, ...] | None:
        """Read a file in one go, as nearly all are; None if anything about it is out of the ordinary."""
        size = stat.size
        descriptor = os.open(name, _FLAGS, dir_fd=directory)
        try:
            data = os.read(descriptor, size + 1)
            plain = not (_ATTRIBUTES and os.listxattr(descriptor))
            after = os.fstat(descriptor)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        if not plain or len(data) != size or after.st_blocks << 9 < size or not _unchanged(stat, after):
            return None
        self._size += size
        return (at, READ, blake3(data).digest(), (), False, None, b"", "")

    def _one(self, directory: int, name: bytes, at: int, need: int, stat: Stat) -> tuple[object, ...]:
        if stat.mode & _FORMAT != modes.S_IFREG:
            return self._special(directory, name, at, stat)
        expected = stat
        for _ in range(_TRIES):
            descriptor = os.open(name, _FLAGS, dir_fd=directory)
            try:
                digest = self._digest(descriptor, expected.size) if need == CONTENT else b""
                attributes = attributes_of(descriptor)
                after = os.fstat(descriptor)
                if _unchanged(expected, after) and (digest or need != CONTENT):
                    holes = after.st_blocks << 9 < expected.size and _has_hole(descriptor, expected.size)
                    columns = b"" if expected is stat else repack(expected)
                    return (at, READ, digest, attributes, holes, None, columns, "")
                expected = unpack(self._statter.own(descriptor))[0]
            finally:
                os.close(descriptor)
            if expected.mode & _FORMAT != modes.S_IFREG:
                break
        return (at, CHANGING, b"", (), False, None, b"", "changed each time it was read")

    def _special(self, directory: int, name: bytes, at: int, stat: Stat) -> tuple[object, ...]:
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


def _has_hole(descriptor: int, size: int) -> bool:
    try:
        return os.lseek(descriptor, 0, os.SEEK_HOLE) < size
    except (OSError, AttributeError):
        return False


def _failed(at: int, error: OSError) -> tuple[object, ...]:
    state = VANISHED if isinstance(error, FileNotFoundError) else CHANGING if error.errno in _CHANGED else UNREADABLE
    reason = "became something else while it was read" if state == CHANGING else error.strerror or "unreadable"
    return (at, state, b"", (), False, None, b"", reason)
