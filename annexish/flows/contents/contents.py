"""The contents that a repository holds, by digest: in the keep, else in a present file that could not be kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from types import TracebackType
from typing import Self

from annexish.apply.copying import digest_of
from annexish.apply.keeps import Keeps
from annexish.errors import Missing
from annexish.flows.place.keeping import keep_of
from annexish.flows.place.place import Place
from annexish.flows.place.sources import paths_with
from annexish.model.content import BLOCK, Holder, Piece, Recipe
from annexish.model.ids import Digest
from annexish.model.path import RepoPath, split
from annexish.store.cache import Cache
from annexish.store.history import Nodes
from annexish.store.losses import Losses
from annexish.system.chunks import Opened
from annexish.system.chunks import pieces as pieces_of
from annexish.system.descend import Descent

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NOTHING = Digest(bytes.fromhex("af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"))
"""The digest of no bytes at all, which everybody has."""


class Contents(Holder):
    """Looks contents up; where a present file must stand in for the keep, the snapshot is walked once for all asked."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.keep: Keeps = keep_of(place)
        self._files: dict[Digest, list[RepoPath]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keep.close()

    def lacking(self, digests: Iterable[Digest]) -> list[Digest]:
        """Return those that are not here, as far as records tell, in the same order."""
        asked = [digest for digest in digests if digest != NOTHING and self.keep.find(digest) is None]
        self._look(frozenset(asked))
        return [digest for digest in asked if not self._files[digest]]

    def descriptor(self, digest: Digest) -> int | None:
        """Return an open file with a content, None if it is not here; the bytes are not checked."""
        found = self.keep.open(digest)
        return found if found is not None else self.unkept(digest)

    @contextmanager
    def opened(self, digest: Digest | None) -> Iterator[int | None]:
        """Open a content for the time of a context, if there is one."""
        descriptor = None if digest is None else self.descriptor(digest)
        try:
            yield descriptor
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def unkept(self, digest: Digest) -> int | None:
        """Return a descriptor of a present file that should have a content and could not be kept, None for others."""
        if self._bare is not None and digest not in self._bare:
            return None
        self._look(frozenset((digest,)))
        for path in self._files[digest]:
            above, name = split(path)
            try:
                with Descent(self._place.root) as descent:
                    return os.open(name, _READ, dir_fd=descent.open(above))
            except OSError:
                continue
        return None

    def holds(self, digest: Digest) -> bool:
        """Whether the bytes are here; they are read."""
        if digest == NOTHING or self.keep.holds(digest):
            return True
        with self.opened(digest) as descriptor:
            return descriptor is not None and digest_of(descriptor) == digest

    def read(self, digest: Digest, offset: int = 0, known: Recipe | None = None) -> Iterator[Piece]:
        """Return what yields a content from an offset, in blocks; raise Missing if it is not here."""
        descriptor = self.descriptor(digest)
        if descriptor is None:
            raise Missing(f"the content {digest.hex()[:16]} is not here")
        return _pieces(descriptor, offset, known)

    def _look(self, digests: frozenset[Digest]) -> None:
        """Find the present files that had contents at the last commit."""
        new = frozenset(digest for digest in digests if digest not in self._files)
        self._files.update({digest: [] for digest in new})
        new = self._unkept(new)
        head = self._place.head() if new else None
        if head is None:
            return
        history = self._place.history
        for path, digest, entry in paths_with(Nodes(history), history.commit(head).tree, new):
            if self._is_there(path, entry.size):
                self._files[digest].append(path)

    def _unkept(self, digests: frozenset[Digest]) -> frozenset[Digest]:
        """Leave those that a present file may have although no keep has them."""
        return digests if self._bare is None else digests & self._bare

    @cached_property
    def _bare(self) -> frozenset[bytes] | None:
        """The contents of present files that could not be kept; None if nothing is kept here."""
        if self._place.settings.get("keep.mode") == "off":
            return None
        with closing(Cache(self._place.cache, read_only=True)) as cache:
            return frozenset(Losses(cache).bare_in(range(256)))

    def _is_there(self, path: RepoPath, size: int) -> bool:
        try:
            return os.stat(os.path.join(self._place.root, path), follow_symlinks=False).st_size == size
        except OSError:
            return False


def _pieces(descriptor: int, offset: int, known: Recipe | None) -> Iterator[Piece]:
    """Yield what is not known from an offset on, and where the rest is; without a recipe the bytes."""
    try:
        yield from _blocks(descriptor, offset) if known is None else pieces_of(Opened(descriptor, offset), known)
    finally:
        os.close(descriptor)


def _blocks(descriptor: int, offset: int) -> Iterator[bytes]:
    """Yield the bytes from an offset; a block is of a hole, or has none."""
    record = os.fstat(descriptor)
    sparse = record.st_blocks << 9 < record.st_size
    end = offset if sparse else record.st_size
    while True:
        if sparse and offset >= end:
            start, end = _data_at(descriptor, offset, record.st_size)
            while offset < start:
                yield bytes(min(BLOCK, start - offset))
                offset = min(offset + BLOCK, start)
        block = os.pread(descriptor, min(BLOCK, end - offset) if sparse else BLOCK, offset)
        if not block:
            return
        yield block
        offset += len(block)


def _data_at(descriptor: int, offset: int, size: int) -> tuple[int, int]:
    """From where to where a sparse file has bytes, at an offset or behind it; its size where there are none."""
    try:
        start = os.lseek(descriptor, offset, os.SEEK_DATA)
        return start, os.lseek(descriptor, start, os.SEEK_HOLE)
    except OSError:
        return size, size
