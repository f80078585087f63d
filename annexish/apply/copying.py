"""Bytes from one open file to another: shared blocks where the file system has them, holes kept, hashed on the way."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from blake3 import blake3

_FICLONE = 0x40049409
"""ioctl_ficlone(2); the number is the same on the architectures that Python's Linux wheels are made for."""
_BLOCK = 256 << 10
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

    With `holes`, what reads as a block of zeros is not allocated where the source had no blocks for all its bytes.
    """
    hasher = blake3()
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    before = os.fstat(source)
    sparse = holes and before.st_blocks << 9 < before.st_size
    offset = 0
    while count := os.preadv(source, [buffer], offset):
        block = view[:count]
        hasher.update(block)
        if not (sparse and not any(block)):
            _write(target, block, offset)
        offset += count
    os.ftruncate(target, offset)
    return hasher.digest()


def digest_of(source: int) -> bytes:
    """Return the digest of a whole open file."""
    hasher = blake3()
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    offset = 0
    while count := os.preadv(source, [buffer], offset):
        hasher.update(view[:count])
        offset += count
    return hasher.digest()


def _write(target: int, block: memoryview, offset: int) -> None:
    while block:
        done = os.pwrite(target, block, offset)
        block, offset = block[done:], offset + done


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
