"""Who gives contents as a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from tempfile import NamedTemporaryFile
from typing import cast

from annexish.errors import Missing, Unreachable
from annexish.model.content import Gift, Holder, Piece, Recipe, Span, Want
from annexish.model.ids import Digest
from annexish.remote.port import Remote
from annexish.system.chunks import Held, pieces, recipe_of


class Giver(Holder):
    """Gives the same pieces for whatever is asked, without those bytes that lie before the offset."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = pieces

    def descriptor(self, digest: Digest) -> int | None:
        """Nothing is here."""
        return None

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Give what there is."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                if not piece or offset < len(piece):
                    yield piece[offset:]
                offset = max(offset - len(piece), 0)
            else:
                yield piece


def read(holder: Holder, digest: Digest, offset: int = 0) -> list[bytes]:
    """The blocks that a holder gives to who knows nothing."""
    pieces = list(holder.read(digest, offset))
    assert all(isinstance(piece, bytes) for piece in pieces)
    return cast("list[bytes]", pieces)


def put(remote: Remote, digest: Digest, size: int, holder: Holder, base: Digest | None = None) -> int:
    """Give one content to a remote; return how many bytes crossed, or raise why it was not taken."""
    gift = Gift((Want(digest, size, base),), holder)
    assert list(remote.exchange((), gift)) == []
    for failure in gift.failed:
        raise failure.error
    return gift.came


class Nothing(Giver):
    """Has no content, and says so at once, or when it gave a beginning."""

    def __init__(self, beginning: bytes = b"") -> None:
        super().__init__([beginning])
        self._begins = bool(beginning)

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Say so."""
        if not self._begins:
            raise Missing("it is not here")
        return self._begun(super().read(digest, offset))

    def _begun(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        yield from pieces
        raise Missing("it is not here any more")


class Liar(Giver):
    """Gives one thing to who has a base, and another to who has none."""

    def __init__(self, lies: Iterable[Piece], otherwise: Iterable[Piece]) -> None:
        super().__init__(otherwise)
        self._lies = Giver(lies)

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Lie."""
        return super().read(digest, offset) if known is None else self._lies.read(digest, offset)


class Bytes(Holder):
    """Holds one content as the real ones do: what is known over there goes as spans. `sent` counts the bytes."""

    def __init__(self, data: bytes, *, ends: int | None = None) -> None:
        self.data = data
        self.sent = 0
        self._ends = ends

    def descriptor(self, digest: Digest) -> int | None:
        """Nothing is on this machine."""
        return None

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Give it; nobody answers any more after `ends` bytes."""
        rest = self.data[offset:]
        for piece in pieces(Held(rest), known or Recipe(0, ())):
            self.sent += 0 if isinstance(piece, Span) else len(piece)
            if self._ends is not None and self.sent > self._ends:
                raise Unreachable("gone")
            yield piece


def rebuilt(told: Iterable[Piece], base: bytes) -> tuple[bytes, int]:
    """What pieces mean to who has a base, and how many bytes came."""
    data, came = bytearray(), 0
    for piece in told:
        data += base[piece.offset : piece.offset + piece.size] if isinstance(piece, Span) else piece
        came += 0 if isinstance(piece, Span) else len(piece)
    return bytes(data), came


def recipe(data: bytes) -> Recipe:
    """The chunks of bytes."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        made = recipe_of(file.fileno())
        return Recipe(made.average, list(made.chunks))
