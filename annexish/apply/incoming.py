"""Contents that come from elsewhere into a keep: whole and hashed before they have the name of their digest.

Until they are durable they are in a directory of their own; what a killed command left there is hashed again, and
only the rest is asked for. What a base has, a content that may be much the same, does not come either.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Self

from blake3 import blake3

from annexish.apply.copying import reflink, sync_file_system, write
from annexish.apply.dressing import Dressing, Notes
from annexish.apply.keep import OWN, OWN_TIME, Keep, copied, digest_of_reflink
from annexish.errors import Corrupt
from annexish.model.content import BLOCK, Ask, Holder, Piece, Recipe, Span, Want
from annexish.model.entry import Entry
from annexish.model.ids import Digest
from annexish.system.chunks import WHOLE

_MAKE = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_SMALL = 256 << 10
"""Files up to this size are read and written in one go."""
_PRIVATE = 0o600


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
        self._begun: set[str] | None = None
        """The names of all that may have been begun."""

    def copy(self, digest: Digest, size: int, source: int, dress: Entry | None = None) -> Notes:
        """Take the content of an open file of this machine; raise Corrupt if it has other bytes."""
        with self._part(digest, dress) as part:
            part.cut(0)
            return self._taken(part, digest, _copied(source, part.descriptor, size), dress)

    def copy_from(self, want: Want, holder: Holder, base: int | None) -> Notes | None:
        """Take a content from an open file of its holder, on this machine; None if there is none, or less would do.

        Less than copying all is to go on with what is there, or to take what `base` has from there, unless blocks
        can be shared. Raise Corrupt if the file has other bytes.
        """
        source = holder.descriptor(want.digest)
        if source is None:
            return None
        try:
            if self._known(want):
                return None
            if not may_differ(want.size, base):
                return self.copy(want.digest, want.size, source, want.dress)
            return self._shared(want, source)
        finally:
            os.close(source)

    def _shared(self, want: Want, source: int) -> Notes | None:
        with self._part(want.digest, want.dress) as part:
            if not reflink(source, part.descriptor):
                part.remove()
                return None
            holds = digest_of_reflink(source, part.descriptor, want.size)
            return self._taken(part, want.digest, holds, want.dress)

    def finish(self, want: Want) -> Notes | None:
        """Take a content that came as a whole before a command was killed; None if it did not, or is another one."""
        if self._known(want) < want.size:
            return None
        try:
            return self.take(want, Ask(want.digest, want.size), (), None)
        except Corrupt:
            return None

    def _known(self, want: Want) -> int:
        name, parts = want.digest.hex(), self._keep.parts()
        if self._begun is None:
            self._begun = set(os.listdir(parts))
        if name not in self._begun:
            return 0
        try:
            return min(os.stat(name, dir_fd=parts, follow_symlinks=False).st_size, want.size)
        except FileNotFoundError:
            return 0

    def ask(self, want: Want, known: Recipe | None) -> Ask:
        """Return what is to be asked for: a content from where it was interrupted."""
        offset = self._known(want)
        return Ask(want.digest, offset, known, want.size - offset)

    def take(self, want: Want, ask: Ask, pieces: Iterable[Piece], base: int | None) -> Notes:
        """Take what comes of a content that was asked for.

        Raise Corrupt if it is another content: if something was known of it, that or the base may be the reason.
        """
        with self._part(want.digest, want.dress) as part:
            holds = part.filled(ask.offset, want.size, pieces, base)
            return self._taken(part, want.digest, holds, want.dress)

    def sync(self) -> None:
        """Make durable what came; it has no name yet."""
        if self._waiting:
            sync_file_system(self._keep.parts())

    def name(self, digest: Digest) -> None:
        """Give a content that is durable its name; one that has it already keeps it."""
        fan, name = self._keep.room(digest)
        with suppress(FileNotFoundError):
            os.rename(digest.hex(), name, src_dir_fd=self._keep.parts(), dst_dir_fd=fan)

    def settle(self, named: Collection[Digest] = ()) -> set[Digest]:
        """Make durable what came, and give it its names, but for those who are `named` by somebody else; return it."""
        self.sync()
        for digest in self._waiting:
            if digest not in named:
                self.name(digest)
        came = set(self._waiting)
        self._keep.touch({digest[0] for digest in came})
        self._waiting.clear()
        self._keep.sync()
        return came

    def open(self, digest: Digest) -> int | None:
        """Return a descriptor of a content that was taken and not settled yet, None of others."""
        try:
            return os.open(digest.hex(), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._keep.parts())
        except FileNotFoundError:
            return None

    def waits(self, digest: Digest) -> None:
        """Note a content that another process took, so that `settle` covers it."""
        self._waiting[digest] = None

    def _part(self, digest: Digest, dress: Entry | None) -> _Part:
        mode = self._dressing.mode_to_make(dress) if dress is not None and not self._own else _PRIVATE
        if self._begun is not None:
            self._begun.add(digest.hex())
        return _Part(self._keep.parts(), digest.hex(), mode)

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

    def __init__(self, directory: int, name: str, mode: int) -> None:
        self._directory, self._name = directory, name
        self.fresh = True
        try:
            self.descriptor = os.open(name, _MAKE | os.O_EXCL, mode, dir_fd=directory)
        except FileExistsError:
            self.fresh = False
            self.descriptor = self._again(mode)

    def _again(self, mode: int) -> int:
        """Open what a killed command left; it may have been dressed so that it cannot be opened."""
        try:
            return os.open(self._name, _MAKE, mode, dir_fd=self._directory)
        except PermissionError:
            self.fresh = True
            os.unlink(self._name, dir_fd=self._directory)
            return os.open(self._name, _MAKE | os.O_EXCL, mode, dir_fd=self._directory)

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
            os.unlink(self._name, dir_fd=self._directory)

    def cut(self, size: int) -> None:
        """Leave a beginning of this size."""
        if not self.fresh:
            os.ftruncate(self.descriptor, size)

    def filled(self, known: int, size: int, pieces: Iterable[Piece], base: int | None) -> bytes:
        """Write what comes behind what is known; return the digest, b"" where it is plain that it cannot be right."""
        hasher, at = blake3(), 0
        while at < known and (block := os.pread(self.descriptor, min(_SMALL, known - at), at)):
            hasher.update(block)
            at += len(block)
        self.cut(at)
        try:
            for block in _blocks(pieces, size - at, base):
                hasher.update(block)
                at = _added(self.descriptor, block, at)
        except Corrupt:
            return b""
        return hasher.digest()


def may_differ(size: int, base: int | None) -> bool:
    """Whether a content and an open file are so large that it is of use to look for what differs."""
    return base is not None and min(size, os.fstat(base).st_size) > WHOLE


def _blocks(pieces: Iterable[Piece], size: int, base: int | None) -> Iterator[bytes]:
    """Yield the bytes of pieces; raise Corrupt for what cannot be of a content of this size."""
    for piece in pieces:
        count = piece.size if isinstance(piece, Span) else len(piece)
        size -= count
        if count <= 0 or size < 0:
            raise Corrupt("what comes has another size")
        if isinstance(piece, Span):
            yield from _known(piece, base)
        else:
            yield piece


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
