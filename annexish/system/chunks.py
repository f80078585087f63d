"""Contents cut into chunks where their bytes say, so that an edit changes the chunks around it and no others.

Equal bytes are cut alike wherever they lie, but for the first chunks behind a difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from blake3 import blake3

from annexish.model.content import BLOCK, Chunk, Piece, Recipe, Span

WHOLE = 1 << 20
"""A content up to this size (bytes) goes whole."""
_LEAST = 16 << 10
_MOST = 4 << 20
"""Between these is the average size of chunks; the largest have four times as much."""
_CHUNKS = 1 << 14
"""About so many chunks a recipe has, up to a content of 64 GiB: each takes some 25 bytes on its way."""
NAME = 16
"""Bytes of the digest of a chunk: the whole content is hashed in any case."""
CHUNKS_MOST = 1 << 18
"""More chunks are not looked at: those of a TiB, some 70 MiB in memory."""
_REST = 1 << 62
_NOWHERE = Span(0, 0)


class Stream(Protocol):
    """Bytes from the first to the last, and again from any place."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a buffer; return how many bytes came, 0 at the end."""

    def again(self, at: int, size: int) -> Iterator[bytes]:
        """Yield bytes in blocks once more, counted from where the stream began."""


class Opened:
    """The bytes of an open file from an offset on; its own position stays as it is."""

    def __init__(self, descriptor: int, offset: int = 0) -> None:
        self._descriptor = descriptor
        self._begin = self._offset = offset

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on."""
        count = os.preadv(self._descriptor, [buffer[:BLOCK]], self._offset)
        self._offset += count
        return count

    def again(self, at: int, size: int) -> Iterator[bytes]:
        """Read there."""
        end = at + size
        while at < end and (block := os.pread(self._descriptor, min(BLOCK, end - at), self._begin + at)):
            yield block
            at += len(block)


class Held:
    """The bytes of a content that is in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on."""
        block = self._data[self._at : self._at + len(buffer)]
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def again(self, at: int, size: int) -> Iterator[bytes]:
        """Read there."""
        end = min(at + size, len(self._data))
        return (self._data[start : min(start + BLOCK, end)] for start in range(at, end, BLOCK))


def average_for(size: int) -> int:
    """Return how large the chunks of a content of this size are to be, on average."""
    average = _LEAST
    while average < _MOST and average * _CHUNKS < size:
        average *= 2
    return average


def recipe_of(descriptor: int) -> Recipe:
    """Return the chunks of an open file; it is read as they are asked for."""
    average = average_for(os.fstat(descriptor).st_size)
    return Recipe(average, (Chunk(len(data), blake3(data).digest(NAME)) for data in _cut(Opened(descriptor), average)))


def pieces(stream: Stream, known: Recipe) -> Iterator[Piece]:
    """Yield what a stream has: spans of what is known, and bytes of what is not.

    The stream is cut before anybody looks at what is known, which may still be on its way; of one with more chunks
    than are looked at the rest comes as bytes.
    """
    cut = islice(_cut(stream, min(max(known.average, _LEAST), _MOST)), CHUNKS_MOST)
    own = [(len(data), blake3(data).digest(NAME)) for data in cut]
    there, span, at = _places(known.chunks), _NOWHERE, 0
    for chunk in own:
        size, found = chunk[0], there.get(chunk)
        at += size
        if found == span.offset + span.size:
            span = Span(span.offset, span.size + size)
            continue
        if span.size:
            yield span
        span = _NOWHERE if found is None else Span(found, size)
        if found is None:
            yield from stream.again(at - size, size)
    if span.size:
        yield span
    if len(own) == CHUNKS_MOST:
        yield from stream.again(at, _REST)


def _places(chunks: Iterable[Chunk]) -> dict[tuple[int, bytes], int]:
    """Where the first of equal chunks begins."""
    there: dict[tuple[int, bytes], int] = {}
    end = 0
    for size, digest in islice(chunks, CHUNKS_MOST):
        if len(digest) == NAME:
            there.setdefault((size, digest), end)
        end += size
    return there


def _cut(stream: Stream, average: int) -> Iterator[memoryview]:
    """Yield the bytes of a stream in chunks, each valid until the next one."""
    from pyfastcdc import FastCDC

    for chunk in FastCDC(average, min_size=average // 4, max_size=average * 4).cut_stream(stream):
        yield chunk.data
