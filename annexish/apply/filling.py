"""One file: from a descriptor of its content to a new name, checked on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from typing import NamedTuple

from blake3 import blake3

from annexish.apply.copying import copy, reflink
from annexish.apply.dressing import Dressing, Notes
from annexish.apply.keep import digest_of_reflink
from annexish.apply.keeps import Keeps
from annexish.model.entry import Attributes, Entry
from annexish.system.attributes import attributes_at, attributes_of

_MAKE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LOOK = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOT_LENT = frozenset({errno.ENOENT, errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP})
"""Why a kept inode cannot have a name there: not kept, another file system, another's file, too many names."""
_SMALL = 256 << 10
"""Files up to this size are read in one go."""


class Purpose(Enum):
    """How a tree gets its files; the value is the verb that progress shows.

    RESTORE checks every content against its digest, and shares blocks where it can.
    VIEW shares unchecked blocks, and where that cannot be it lends the kept inodes themselves, if they are dressed
    as recorded; the rest is as in RESTORE.
    """

    RESTORE = "restoring"
    VIEW = "viewing"


class Filled(NamedTuple):
    """What became of a file: `word` is copy, reflink or link, or (nothing was made) absent or corrupt."""

    word: str
    notes: Notes


ABSENT = Filled("absent", [])
CORRUPT = Filled("corrupt", [])
_LINKED = Filled("link", [])


class Filling:
    """Makes files from kept contents, and from open files that may have the content."""

    def __init__(self, keep: Keeps, way: Purpose) -> None:
        self._keep = keep
        self._trusts = way is Purpose.VIEW
        self._links = way is Purpose.VIEW
        self._reflinks = True
        self._proven = False
        """A reflink was made: then one that fails says nothing of the others."""
        self.dressing = Dressing()

    def from_keep(self, directory: int, entry: Entry) -> Filled:
        """Make a file whose content is kept; ABSENT or CORRUPT if it is not."""
        assert entry.digest is not None, "a file has a digest"
        if not entry.size:
            return self._write(directory, entry, b"")
        lent = self.lend(directory, entry)
        if lent is not None:
            return lent
        source = self._keep.open(entry.digest)
        if source is None:
            return ABSENT
        try:
            return self.from_file(directory, entry, source, checked=not self._trusts)
        finally:
            os.close(source)

    def from_file(self, directory: int, entry: Entry, source: int, *, checked: bool = True) -> Filled:
        """Make a file from an open one; CORRUPT if that has other bytes."""
        if self._reflinks:
            made = self._clone(directory, entry, source, checked=checked)
            if made is not None:
                return made
            if not checked and (lent := self.lend(directory, entry)) is not None:
                return lent
        if entry.size <= _SMALL and not entry.holes:
            return self._write(directory, entry, os.pread(source, entry.size + 1, 0))
        return self._copy(directory, entry, source)

    def lend(self, directory: int, entry: Entry) -> Filled | None:
        """Give a kept inode a name if it is dressed as recorded; None if it is not, or not to be lent here."""
        assert entry.digest is not None, "a file has a digest"
        if not self._links or self._reflinks or not entry.size:
            return None
        try:
            fan, name = self._keep.where(entry.digest)
            found, attributes = _dress_of(fan, name)
            if found.st_size != entry.size or not self.dressing.wears(found, entry) or attributes != entry.attributes:
                return None
            os.link(name, entry.name, src_dir_fd=fan, dst_dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NOT_LENT:
                return None
            raise
        return _LINKED

    def _write(self, directory: int, entry: Entry, data: bytes) -> Filled:
        if blake3(data).digest() != entry.digest:
            return CORRUPT
        with self._new(directory, entry) as new:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(new.descriptor, rest) :]
            return new.filled("copy")

    def _copy(self, directory: int, entry: Entry, source: int) -> Filled:
        with self._new(directory, entry) as new:
            if copy(source, new.descriptor, holes=entry.holes) != entry.digest:
                return CORRUPT
            return new.filled("copy")

    def _clone(self, directory: int, entry: Entry, source: int, *, checked: bool) -> Filled | None:
        """Share the blocks of another file; None where the file system cannot."""
        with self._new(directory, entry) as new:
            if not reflink(source, new.descriptor):
                self._reflinks = self._proven
                return None
            self._proven = True
            if checked:
                holds = digest_of_reflink(source, new.descriptor, entry.size) == entry.digest
            else:
                holds = os.fstat(new.descriptor).st_size == entry.size
            return new.filled("reflink") if holds else CORRUPT

    @contextmanager
    def _new(self, directory: int, entry: Entry) -> Iterator[_New]:
        """Give a new file to fill; one that was not filled loses its name again."""
        flags, mode = _MAKE, self.dressing.mode_to_make(entry)
        new = _New(os.open(entry.name, flags, mode, dir_fd=directory), entry, self.dressing)
        try:
            yield new
        finally:
            os.close(new.descriptor)
            if not new.done:
                with suppress(OSError):
                    os.unlink(entry.name, dir_fd=directory)


def _dress_of(directory: int, name: str) -> tuple[os.stat_result, Attributes]:
    """Return the record and the attributes of a kept file; one that may not be read is looked at by its path."""
    try:
        descriptor = os.open(name, _LOOK, dir_fd=directory)
    except PermissionError:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        return found, attributes_at(b"/proc/self/fd/%d/%s" % (directory, name.encode()))
    try:
        return os.fstat(descriptor), attributes_of(descriptor)
    finally:
        os.close(descriptor)


class _New:
    """A file that is being filled."""

    def __init__(self, descriptor: int, entry: Entry, dressing: Dressing) -> None:
        self.descriptor = descriptor
        self.done = False
        self._entry = entry
        self._dressing = dressing

    def filled(self, word: str) -> Filled:
        """Dress it: it is whole."""
        notes = self._dressing.file(self.descriptor, self._entry)
        self.done = True
        return Filled(word, notes)
