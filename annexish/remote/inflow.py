"""Bytes that came and were not looked at yet, in the pieces in which they came."""

from __future__ import annotations

from collections import deque


class Inflow:
    """A queue of bytes: what is taken from its front is copied once at most."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._at = 0
        """Where the first piece begins: what lies before was taken."""
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, piece: bytes) -> None:
        """Put bytes at the end."""
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)

    def peek(self, count: int) -> bytes:
        """Return so many bytes from the front, or as many as there are."""
        if self._pieces and len(self._pieces[0]) - self._at >= count:
            return self._pieces[0][self._at : self._at + count]
        found = bytearray()
        at = self._at
        for piece in self._pieces:
            found += piece[at : at + count - len(found)]
            at = 0
            if len(found) >= count:
                break
        return bytes(found)

    def take(self, count: int) -> memoryview:
        """Take so many bytes away, which are here, and return them."""
        assert count <= self._size, "they are here"
        self._size -= count
        first = self._pieces[0] if self._pieces else b""
        if len(first) - self._at > count:
            self._at += count
            return memoryview(first)[self._at - count : self._at]
        parts = []
        while count:
            piece = self._pieces[0]
            part = memoryview(piece)[self._at : self._at + count]
            parts.append(part)
            count -= len(part)
            self._at += len(part)
            if self._at == len(piece):
                self._pieces.popleft()
                self._at = 0
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))
