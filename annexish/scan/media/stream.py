"""Read a descriptor whose position belongs to someone else."""

from __future__ import annotations

import errno
import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Positioned(io.RawIOBase):
    """The first `size` bytes of a file, read at a position of its own: the descriptor's is shared with its sender."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd = fd
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` as far as the file goes; the number of bytes, 0 at the end."""
        view = memoryview(buffer).cast("B")[: max(self._size - self._at, 0)]
        count = os.preadv(self._fd, [view], self._at) if view else 0
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, also beyond the end; raise OSError before the beginning."""
        at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if at < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = at
        return at
