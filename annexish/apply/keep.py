"""A keep: a name for every content that must not vanish, `.annexish/keep/ab/cdef...` for the digest abcdef...

A name appears whole: hard links are whole by nature, reflinks and copies are made without a name
and linked when they are complete, and what comes from elsewhere waits in `.annexish/keep/parts`.
Names disappear only through `remove`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from enum import IntEnum
from types import TracebackType
from typing import NamedTuple, Self

from annexish.apply.copying import copy, digest_of, reflink, sync_file_system
from annexish.model.ids import Digest
from annexish.model.kept import Put

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OWN = 0o400
OWN_TIME = 0
"""The mode and the mtime (ns) of what is made here: by them it is known again, and a write would change the time."""
_FEW = 16
"""How many directories are synced one by one; for more the file system is synced once."""
_CANNOT = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES})
"""Why a file cannot have another name: another file system, immutable or another's, too many names, no links here."""
_FANS = [b"%02x" % fan for fan in range(256)]
_PARTS = "parts"


class Way(IntEnum):
    """How a content is kept."""

    LINK = 0
    REFLINK = 1


def best_way(path: str) -> Way:
    """Return what the file system that holds a directory can do."""
    try:
        source, target = (os.open(path, os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, 0o600) for _ in range(2))
    except OSError:
        return Way.LINK
    try:
        os.write(source, bytes(4096))
        return Way.REFLINK if reflink(source, target) else Way.LINK
    except OSError:
        return Way.LINK
    finally:
        os.close(source)
        os.close(target)


class Kept(NamedTuple):
    """A name in a keep: its device and inode, how many names that has, its size, allocated bytes and mtime (ns).

    `changed` is its ctime (s): when it last got or lost a name, or was written.
    `own` says that it was made here, as a reflink or copy, so that no program writes to it by another name.
    """

    device: int
    inode: int
    names: int
    size: int
    allocated: int
    mtime: int
    changed: int
    own: bool


class Keep:
    """The names below one directory, which is made when it is first needed, or open as `top` already."""

    def __init__(self, path: str, *, way: Way = Way.LINK, copy_below: int = 0, top: int = -1) -> None:
        self.path = path
        self._way = way
        self._copy_below = copy_below
        self._top = top
        self._parts = -1
        self._open: dict[int, int] = {}
        self._touched: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let every descriptor go."""
        for descriptor in (*self._open.values(), self._parts, self._top):
            if descriptor >= 0:
                os.close(descriptor)
        self._open.clear()
        self._parts = self._top = -1

    def put(self, descriptor: int, digest: bytes, size: int) -> Put:
        """Give the content of an open file its name; the caller hashed it from this descriptor.

        Raise OSError when the disk is full or broken; a file that cannot be linked is UNPROTECTED.
        """
        fan, name = self._fan(digest[0]), digest.hex()[2:]
        self._touched.add(digest[0])
        source = f"/proc/self/fd/{descriptor}"
        try:
            if (self._way is Way.REFLINK or size < self._copy_below) and self._put_copy(descriptor, fan, name, size):
                return Put.COPIED
            os.link(source, name, dst_dir_fd=fan, follow_symlinks=True)
        except FileExistsError:
            found = os.stat(name, dir_fd=fan, follow_symlinks=False)
            if os.path.samestat(found, os.fstat(descriptor)):
                return Put.THERE
            return Put.TWIN if found.st_size == size else Put.LIE
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            return Put.UNPROTECTED
        return Put.LINKED

    def _put_copy(self, descriptor: int, fan: int, name: str, size: int) -> bool:
        """Keep an inode of its own; False if its blocks cannot be shared and it is not to be copied."""
        nameless = os.open(".", os.O_RDWR | os.O_TMPFILE | os.O_CLOEXEC, OWN, dir_fd=fan)
        try:
            if self._way is not Way.REFLINK or not reflink(descriptor, nameless):
                if size >= self._copy_below:
                    return False
                copy(descriptor, nameless)
            os.utime(nameless, ns=(OWN_TIME, OWN_TIME))
            os.link(f"/proc/self/fd/{nameless}", name, dst_dir_fd=fan, follow_symlinks=True)
        finally:
            os.close(nameless)
        return True

    def find(self, digest: bytes) -> Kept | None:
        """Return what the keep has under a digest, None if nothing."""
        try:
            found = os.stat(digest.hex()[2:], dir_fd=self._fan(digest[0], make=False), follow_symlinks=False)
        except FileNotFoundError:
            return None
        allocated, changed = found.st_blocks * 512, found.st_ctime_ns // 1_000_000_000
        inode = (found.st_dev, found.st_ino)
        return Kept(*inode, found.st_nlink, found.st_size, allocated, found.st_mtime_ns, changed, is_own(found))

    def open(self, digest: bytes) -> int | None:
        """Return a descriptor of a kept content, None if there is none; its bytes are not checked."""
        try:
            return os.open(digest.hex()[2:], _FLAGS, dir_fd=self._fan(digest[0], make=False))
        except FileNotFoundError:
            return None

    def holds(self, digest: bytes) -> bool:
        """Whether a kept content is what its name says; it is read."""
        descriptor = self.open(digest)
        if descriptor is None:
            return False
        try:
            return digest_of(descriptor) == digest
        finally:
            os.close(descriptor)

    def where(self, digest: bytes) -> tuple[int, str]:
        """Return the directory and the name of a content, whether or not it is there; raise FileNotFoundError."""
        return self._fan(digest[0], make=False), digest.hex()[2:]

    def room(self, digest: bytes) -> tuple[int, str]:
        """Return the directory and the name that a content has or will have; the directory is made."""
        return self._fan(digest[0]), digest.hex()[2:]

    def parts(self) -> int:
        """Return the directory of contents that are not whole yet, which is made when it is first needed."""
        if self._parts < 0:
            self._parts = self._enter(_PARTS.encode(), make=True)
        return self._parts

    def unfinished(self) -> tuple[int, int]:
        """Return how many contents are not whole yet, and the bytes that are there of them."""
        try:
            with os.scandir(os.path.join(self.path, _PARTS)) as entries:
                sizes = [entry.stat(follow_symlinks=False).st_blocks * 512 for entry in entries]
        except FileNotFoundError:
            return 0, 0
        return len(sizes), sum(sizes)

    def forget_unfinished(self, before: float) -> None:
        """Remove what is not whole and was last touched before a time (s), as far as that is possible now.

        The writers' lock is held.
        """
        with suppress(OSError), os.scandir(os.path.join(self.path, _PARTS)) as entries:
            for entry in entries:
                if entry.stat(follow_symlinks=False).st_ctime < before:
                    os.unlink(entry.path)

    def rename(self, digest: bytes, to: bytes) -> None:
        """Let a content that is not what its name says have its own name; one that is kept already loses this name.

        Nothing is lost: `to` is the digest of the bytes, so whoever has that name has the bytes.
        """
        here, there = self._fan(digest[0]), self._fan(to[0])
        self._touched |= {digest[0], to[0]}
        old, new = digest.hex()[2:], to.hex()[2:]
        with suppress(FileExistsError):
            os.link(old, new, src_dir_fd=here, dst_dir_fd=there, follow_symlinks=False)
        os.unlink(old, dir_fd=here)

    def remove(self, digest: bytes) -> int:
        """Take a name away; return the allocated bytes that this freed: 0 if the inode has another name."""
        found = self.find(digest)
        if found is None:
            return 0
        self._touched.add(digest[0])
        os.unlink(digest.hex()[2:], dir_fd=self._fan(digest[0]))
        return found.allocated if found.names == 1 else 0

    def digests(self) -> Iterator[Digest]:
        """Yield every digest that has a name, sorted; what is no digest is left out."""
        for fan in range(256):
            try:
                names = sorted(os.listdir(self._fan(fan, make=False)))
            except FileNotFoundError:
                continue
            for name in names:
                with suppress(ValueError):
                    digest = bytes.fromhex(f"{fan:02x}{name}")
                    if len(digest) == 32:
                        yield Digest(digest)

    def inodes(self) -> Iterator[tuple[Digest, int]]:
        """Yield every digest that has a name, in no order, and its inode; what is no digest is left out."""
        for fan in range(256):
            try:
                directory = self._fan(fan, make=False)
            except FileNotFoundError:
                continue
            with os.scandir(directory) as entries:
                for entry in entries:
                    with suppress(ValueError):
                        digest = bytes.fromhex(f"{fan:02x}{entry.name}")
                        if len(digest) == 32:
                            yield Digest(digest), entry.inode()

    def sync(self) -> None:
        """Make durable what was put, renamed and removed."""
        touched = [fan for fan in self._touched if self._exists(fan)]
        if len(touched) > _FEW:
            sync_file_system(self._fan(touched[0]))
        else:
            for fan in touched:
                os.fsync(self._fan(fan))
        if touched:
            os.fsync(self._top)
        self._touched.clear()

    def _exists(self, number: int) -> bool:
        """Whether there is a directory of digests that begin with a byte; what was touched may be in another keep."""
        try:
            self._fan(number, make=False)
        except FileNotFoundError:
            return False
        return True

    def touch(self, fans: set[int]) -> None:
        """Note the first bytes of digests that another process put, so that `sync` covers them."""
        self._touched |= fans

    def _fan(self, number: int, *, make: bool = True) -> int:
        """Return the descriptor of the directory of the digests that begin with a byte."""
        found = self._open.get(number)
        if found is None:
            found = self._open[number] = self._enter(_FANS[number], make=make)
        return found

    def _enter(self, name: bytes, *, make: bool) -> int:
        if self._top < 0:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(self.path, 0o700)
            self._top = os.open(self.path, _DIRECTORY)
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=self._top)
        return os.open(name, _DIRECTORY, dir_fd=self._top)


def is_own(found: os.stat_result) -> bool:
    """Whether a kept inode was made here, as a reflink or copy: then it is not the user's file.

    A user's file of the same mode and time, whose last name is kept, is taken for one; it is copied when asked for.
    """
    return (found.st_nlink, found.st_mode & 0o7777, found.st_mtime_ns) == (1, OWN, OWN_TIME)


def copied(source: int, target: int, size: int) -> bytes:
    """Let an empty file have the bytes of an open one, in shared blocks where that can be; return their digest."""
    return digest_of_reflink(source, target, size) if reflink(source, target) else copy(source, target)


def digest_of_reflink(source: int, target: int, size: int) -> bytes:
    """Return the digest of what was just reflinked from an open file, kept or not, to another.

    What was made for a keep has no writer, and a write would show: it is read itself, since its blocks may be in
    memory, and those of a new file never are.
    """
    if is_own(os.fstat(source)):
        digest = digest_of(source, size)
        if is_own(os.fstat(source)):
            return digest
    return digest_of(target, size)
