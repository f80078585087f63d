"""Contents that come from elsewhere into a keep: whole and hashed before they have the name of their digest.

Until they are durable they are called `DIGEST.part`; what a killed command left under such a name is hashed again,
and only the rest is asked for. What a base has, a content that may be much the same, does not come either.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, Self

from blake3 import blake3

from annexish.apply.copying import reflink, sync_file_system, write
from annexish.apply.dressing import Dressing, Notes
from annexish.apply.keep import OWN, OWN_TIME, Keep, copied, digest_of_reflink
from annexish.errors import Corrupt
from annexish.model.content import BLOCK, Holder, Piece, Span
from annexish.model.entry import Entry
from annexish.model.ids import Digest
from annexish.system.chunks import WHOLE, recipe_of

_MAKE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_SMALL = 256 << 10
"""Files up to this size are read and written in one go."""
_PRIVATE = 0o600


class _Filled(NamedTuple):
    """What a file holds now, and how many of its bytes came from the holder."""

    holds: bytes
    came: int


class Incoming:
    """Takes contents into one keep.

    What comes with an entry looks like the file of the user that it is going to be; where the keep has inodes of its
    `own`, it is one of those.
    """

    def __init__(self, keep: Keep, *, own: bool) -> None:
        self._keep = keep
        self._own = own
        self._waiting: dict[Digest, None] = {}
        self._dressing = Dressing()

    def copy(self, digest: Digest, size: int, source: int, dress: Entry | None = None) -> Notes:
        """Take the content of an open file of this machine; raise Corrupt if it has other bytes."""
        with _Part(self._keep, digest, self._mode(dress)) as part:
            part.cut(0)
            return self._taken(part, digest, _copied(source, part.descriptor, size), dress)

    def take(
        self, digest: Digest, size: int, holder: Holder, dress: Entry | None = None, base: int | None = None
    ) -> tuple[Notes, int]:
        """Take a content from a holder, from where it was interrupted; return also how many bytes came.

        What an open file `base` has does not come; blocks that are shared count as if they did. If a beginning or
        the base turn out to be wrong, the whole is asked for, once. Raise Corrupt if it is another content.
        """
        if base is not None and min(size, os.fstat(base).st_size) <= WHOLE:
            base = None
        with _Part(self._keep, digest, self._mode(dress)) as part:
            done = _at_once(part, digest, size, holder, base) or _in_pieces(part, digest, size, holder, base)
            return self._taken(part, digest, done.holds, dress), done.came

    def sync(self) -> None:
        """Make durable what came; it has no name yet."""
        if self._waiting:
            sync_file_system(self._keep.room(next(iter(self._waiting)))[0])

    def name(self, digest: Digest) -> None:
        """Give a content that is durable its name; one that has it already keeps it."""
        fan, name = self._keep.room(digest)
        with suppress(FileNotFoundError):
            os.rename(_part(name), name, src_dir_fd=fan, dst_dir_fd=fan)

    def settle(self, named: Collection[Digest] = ()) -> None:
        """Make durable what came, and give it its names, but for those who are `named` by somebody else."""
        self.sync()
        for digest in self._waiting:
            if digest not in named:
                self.name(digest)
        self._keep.touch({digest[0] for digest in self._waiting})
        self._waiting.clear()
        self._keep.sync()

    def open(self, digest: Digest) -> int | None:
        """Return a descriptor of a content that was taken and not settled yet, None of others."""
        fan, name = self._keep.room(digest)
        try:
            return os.open(_part(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fan)
        except FileNotFoundError:
            return None

    def waits(self, digest: Digest) -> None:
        """Note a content that another process took, so that `settle` covers it."""
        self._waiting[digest] = None

    def _mode(self, dress: Entry | None) -> int:
        return self._dressing.mode_to_make(dress) if dress is not None and not self._own else _PRIVATE

    def _taken(self, part: _Part, digest: Digest, holds: bytes, dress: Entry | None) -> Notes:
        if holds != digest:
            part.remove()
            raise Corrupt(f"what came is not the content {digest.hex()[:16]}")
        notes: Notes = []
        if self._own:
            os.fchmod(part.descriptor, OWN)
            os.utime(part.descriptor, ns=(OWN_TIME, OWN_TIME))
        elif dress is not None:
            dressed = self._dressing.file if part.fresh else self._dressing.again
            notes = dressed(part.descriptor, dress)
        self._waiting[digest] = None
        return notes


class _Part:
    """A file that is being filled: `fresh` if nobody began it before."""

    def __init__(self, keep: Keep, digest: Digest, mode: int) -> None:
        self._fan, name = keep.room(digest)
        self._name = _part(name)
        self.fresh = True
        try:
            self.descriptor = os.open(self._name, _MAKE | os.O_EXCL, mode, dir_fd=self._fan)
        except FileExistsError:
            self.fresh = False
            self.descriptor = self._again(mode)

    def _again(self, mode: int) -> int:
        """Open what a killed command left; it may have been dressed so that it cannot be opened."""
        try:
            return os.open(self._name, _MAKE, mode, dir_fd=self._fan)
        except PermissionError:
            self.fresh = True
            os.unlink(self._name, dir_fd=self._fan)
            return os.open(self._name, _MAKE | os.O_EXCL, mode, dir_fd=self._fan)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Leave what was begun, unless nothing came."""
        if kind is not None and not os.fstat(self.descriptor).st_size:
            self.remove()
        os.close(self.descriptor)

    def remove(self) -> None:
        """Take it away: it is of no use to anybody."""
        with suppress(FileNotFoundError):
            os.unlink(self._name, dir_fd=self._fan)

    def cut(self, size: int) -> None:
        """Leave a beginning of this size."""
        if not self.fresh:
            os.ftruncate(self.descriptor, size)

    def known(self, size: int) -> int:
        """How many bytes are here, of so many."""
        return 0 if self.fresh else min(os.fstat(self.descriptor).st_size, size)

    def filled(self, known: int, size: int, digest: Digest, holder: Holder, base: int | None) -> _Filled:
        """Write what comes behind what is known; what cannot be right is not read on, and has no digest."""
        hasher, at, came = blake3(), 0, 0
        while at < known and (block := os.pread(self.descriptor, min(_SMALL, known - at), at)):
            hasher.update(block)
            at += len(block)
        self.cut(at)
        try:
            pieces = holder.read(digest, at, None if base is None else recipe_of(base)) if at < size else ()
            for block, crossed in _blocks(pieces, size - at, base):
                hasher.update(block)
                at = _added(self.descriptor, block, at)
                came += len(block) if crossed else 0
        except Corrupt:
            return _Filled(b"", came)
        return _Filled(hasher.digest(), came)


def _part(name: str) -> str:
    return name + ".part"


def _at_once(part: _Part, digest: Digest, size: int, holder: Holder, base: int | None) -> _Filled | None:
    """Copy from a file of this machine; None if there is none, or a part of it is known and blocks are not shared."""
    source = None if part.known(size) else holder.descriptor(digest)
    if source is None:
        return None
    try:
        part.cut(0)
        if base is None:
            return _Filled(_copied(source, part.descriptor, size), size)
        if reflink(source, part.descriptor):
            return _Filled(digest_of_reflink(source, part.descriptor, size), size)
        return None
    finally:
        os.close(source)


def _in_pieces(part: _Part, digest: Digest, size: int, holder: Holder, base: int | None) -> _Filled:
    """Let come what is not known."""
    known = part.known(size)
    done = part.filled(known, size, digest, holder, base)
    if done.holds == digest or (not known and base is None):
        return done
    again = part.filled(0, size, digest, holder, None)
    return _Filled(again.holds, done.came + again.came)


def _blocks(pieces: Iterable[Piece], size: int, base: int | None) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of pieces, and whether they came; raise Corrupt for what cannot be of a content of this size."""
    for piece in pieces:
        count = piece.size if isinstance(piece, Span) else len(piece)
        size -= count
        if count <= 0 or size < 0:
            raise Corrupt("what comes has another size")
        if isinstance(piece, Span):
            yield from ((block, False) for block in _known(piece, base))
        else:
            yield piece, True


def _known(span: Span, base: int | None) -> Iterator[bytes]:
    """Yield the bytes of a span, as far as the base has them."""
    if base is None or span.offset < 0 or span.offset + span.size > os.fstat(base).st_size:
        raise Corrupt("what comes is to be taken from where nothing is")
    at, end = span.offset, span.offset + span.size
    while block := os.pread(base, min(BLOCK, end - at), at):
        yield block
        at += len(block)


def _copied(source: int, target: int, size: int) -> bytes:
    """Copy an open file into an empty one and return the digest; a small one without holes is read in one go."""
    if size > _SMALL or os.fstat(source).st_blocks << 9 < size:
        return copied(source, target, size)
    data = os.pread(source, size + 1, 0)
    write(target, data, 0)
    return blake3(data).digest()


def _added(target: int, block: bytes, at: int) -> int:
    """Let a file go on where it ends; zeros become a hole."""
    if block[:1] == b"\0" and block == bytes(len(block)):
        os.ftruncate(target, at + len(block))
        return at + len(block)
    return write(target, block, at)
