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
_NOWHERE = Span(0, 0)


class Stream(Protocol):
    """Bytes from the first to the last."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill a buffer; return how many bytes came, 0 at the end."""


class Opened:
    """The bytes of an open file from an offset on; its own position stays as it is."""

    def __init__(self, descriptor: int, offset: int = 0) -> None:
        self._descriptor = descriptor
        self._offset = offset

    def readinto(self, buffer: memoryview, /) -> int:
        """Read on."""
        count = os.preadv(self._descriptor, [buffer[:BLOCK]], self._offset)
        self._offset += count
        return count


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
    """Yield what a stream has: spans of what is known, and bytes of what is not."""
    there, span = _places(known.chunks), _NOWHERE
    for data in _cut(stream, min(max(known.average, _LEAST), _MOST)):
        found = there.get((len(data), blake3(data).digest(NAME)))
        if found == span.offset + span.size:
            span = Span(span.offset, span.size + len(data))
            continue
        if span.size:
            yield span
        span = _NOWHERE if found is None else Span(found, len(data))
        if found is None:
            yield from (bytes(data[at : at + BLOCK]) for at in range(0, len(data), BLOCK))
    if span.size:
        yield span


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
