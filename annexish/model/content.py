"""A content on its way from one repository to another: its bytes, and what of it the other side has already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from annexish.errors import AnnexishError, Missing
from annexish.model.entry import Entry
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


class Ask(NamedTuple):
    """A content that is asked for, from an offset on; of what is `known`, spans may stand in place of the bytes.

    A content that goes on for more than `most` bytes from there is another one.
    """

    digest: Digest
    offset: int = 0
    known: Recipe | None = None
    most: int = 1 << 62


class Want(NamedTuple):
    """A content that is to be taken, its size in bytes, one that is there and may be much the same.

    `dress` is what the first file with it is going to look like, if that is known.
    """

    digest: Digest
    size: int
    base: Digest | None = None
    dress: Entry | None = None


class Failure(NamedTuple):
    """A content that could not be taken, and why."""

    digest: Digest
    error: AnnexishError


class Holder(Protocol):
    """Who has contents, and gives them."""

    def descriptor(self, digest: Digest) -> int | None:
        """Return an open file with the content that the caller closes, None if none can be had."""

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Yield a content from an offset on, in blocks; raise Missing if it is not held.

        Of what the asker has, as `known` says, spans may stand in place of the bytes.
        """

    def give(self, asks: Iterable[Ask]) -> Iterator[Iterator[Piece]]:
        """Yield for each ask, in their order, what `read` yields; errors are raised there.

        Asks may be looked at long before they are answered. What the caller leaves of a content is passed over.
        """
        for ask in asks:
            yield _opened(self, ask)


def _opened(holder: Holder, ask: Ask) -> Iterator[Piece]:
    yield from holder.read(ask.digest, ask.offset, ask.known)


class _Nobody(Holder):
    """Has nothing."""

    def descriptor(self, digest: Digest) -> int | None:
        return None

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        raise Missing("nobody gives it")


NOBODY: Holder = _Nobody()


@dataclass(slots=True)
class Gift:
    """What another repository is to take from a holder, and afterwards how many bytes crossed, and what failed."""

    wants: Sequence[Want] = ()
    holder: Holder = NOBODY
    came: int = 0
    failed: list[Failure] = field(default_factory=list)
