"""A content on its way from one repository to another: its bytes, and what of it the other side has already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from annexish.model.ids import Digest

BLOCK = 256 << 10
"""How many bytes of a content one answer has at most."""


class Chunk(NamedTuple):
    """A part of a content, cut where its bytes say."""

    size: int
    digest: bytes


class Recipe(NamedTuple):
    """The chunks of a whole content in their order, cut to about `average` bytes."""

    average: int
    chunks: Iterable[Chunk]


class Span(NamedTuple):
    """Bytes that need not go over: those of the content of a recipe, from an offset on."""

    offset: int
    size: int


Piece = bytes | Span
"""What comes of a content."""


class Holder(Protocol):
    """Who has contents, and gives them."""

    def descriptor(self, digest: Digest) -> int | None:
        """Return an open file with the content that the caller closes, None if none can be had."""

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Yield a content from an offset on, in blocks; raise Missing if it is not held.

        Of what the asker has, as `known` says, spans may stand in place of the bytes.
        """
