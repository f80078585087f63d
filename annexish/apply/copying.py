"""Bytes from one open file to another: shared blocks where the file system has them, holes kept, hashed on the way."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
from collections.abc import Iterator

from blake3 import blake3

_FICLONE = 0x40049409
"""ioctl_ficlone(2); the number is the same on the architectures that Python's Linux wheels are made for."""
_BLOCK = 256 << 10
_SMALL = 64 << 10
"""A file that is smaller is read in one go, as nearly all are."""
_ZEROS = memoryview(bytes(_BLOCK))
_END = 1 << 62
"""Farther than any file reaches."""
_NO_CLONE = frozenset({errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM})


def reflink(source: int, target: int) -> bool:
    """Let an empty file share all blocks of another; False where the file system cannot."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in _NO_CLONE:
            return False
        raise
    return True


def copy(source: int, target: int, *, holes: bool = True) -> bytes:
    """Copy a whole file from its start into an empty one; return the digest of the bytes that were written.

    With `holes`, the holes of the source are not allocated.
    """
    hasher = blake3()
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    offset = 0
    for start, end in _extents(source, holes=holes):
        _hash_zeros(hasher, start - offset)
        offset = start
        while count := os.preadv(source, [view[: end - offset]], offset):
            write(target, view[:count], offset)
            hasher.update(view[:count])
            offset += count
        if offset < end:
            break
    os.ftruncate(target, offset)
    return hasher.digest()


def _extents(source: int, *, holes: bool) -> Iterator[tuple[int, int]]:
    """Yield from where to where there are bytes; last the end of the file, and all of it if `holes` do not count."""
    record = os.fstat(source)
    if not holes or record.st_blocks << 9 >= record.st_size:
        yield 0, _END
        return
    end = 0
    while end < record.st_size:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
            end = os.lseek(source, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:  # no more bytes
                break
            start, end = end, _END
        yield start, end
    if end < record.st_size:
        yield record.st_size, record.st_size


def _hash_zeros(hasher: blake3, number: int) -> None:
    while number > 0:
        hasher.update(_ZEROS[:number])
        number -= len(_ZEROS)


def digest_of(source: int, size: int = _SMALL) -> bytes:
    """Return the digest of a whole open file; `size` is what it should have, so that little memory is asked for."""
    most = min(size, _SMALL) + 1
    first = os.pread(source, most, 0)
    if len(first) < most:
        return blake3(first).digest()
    hasher = blake3()
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    offset = 0
    while count := os.preadv(source, [buffer], offset):
        hasher.update(view[:count])
        offset += count
    return hasher.digest()


def write(target: int, block: bytes | memoryview, offset: int) -> int:
    """Write a whole block at an offset; return the one behind it."""
    rest = memoryview(block)
    while rest:
        done = os.pwrite(target, rest, offset)
        rest, offset = rest[done:], offset + done
    return offset


def sync_file_system(descriptor: int) -> None:
    """Make everything durable that was written to the file system of an open file; raise OSError if that fails.

    syncfs(2), which reports errors since Linux 5.8.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        os.sync()
    elif library.syncfs(descriptor):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
