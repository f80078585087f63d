"""Bytes that may be many: in memory while they are few, then in an unnamed file."""

from __future__ import annotations

import os
import tempfile
from typing import IO


class Spool:
    """Append bytes, read them back by offset. Gone when it is closed or forgotten, or the process ends."""

    def __init__(self, limit: int = 8 << 20) -> None:
        self._limit = limit
        self._file: IO[bytes] | None = None
        self._memory = bytearray()
        self.size = 0

    def append(self, data: bytes) -> int:
        """Store `data` and return its offset."""
        offset = self.size
        self._memory += data
        self.size += len(data)
        if len(self._memory) > self._limit:
            self.flush()
        return offset

    def flush(self) -> None:
        """Move what is in memory to the file, so that a forked process sees it too."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="annexish-")
        self._file.seek(0, os.SEEK_END)
        self._file.write(self._memory)
        self._file.flush()
        self._memory.clear()

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`; they were appended together."""
        start = self.size - len(self._memory)
        if offset >= start:
            return bytes(self._memory[offset - start : offset - start + length])
        assert self._file is not None, "what is not in memory was moved to the file"
        return os.pread(self._file.fileno(), length, offset)

    def close(self) -> None:
        """Give memory and disk back."""
        if self._file is not None:
            self._file.close()
        self._memory = bytearray()

    def __del__(self) -> None:
        """A difference holds its spools as long as someone holds the difference."""
        self.close()
