"""The keep of a repository together with those on file systems that are mounted inside the tree."""

from __future__ import annotations

import errno
import heapq
import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from types import TracebackType
from typing import Self

from annexish.apply.keep import Keep, Kept
from annexish.model.ids import Digest
from annexish.model.kept import Put
from annexish.model.path import CONTROL, KEEP, RepoPath, in_control, join, within


class Keeps:
    """Looks into every keep, the main one first; a file gets its name in the keep of its own file system.

    `away` says, by mount, of which keeps the contents cannot be seen now, and why.
    """

    def __init__(self, main: Keep, mounted: Mapping[RepoPath, Keep], away: Mapping[RepoPath, str]) -> None:
        self.away = away
        self.main = main
        self._mounted = mounted
        self._all = [main, *mounted.values()]
        self._by_device = {os.stat(keep.path).st_dev: keep for keep in mounted.values()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Keep]:
        return iter(self._all)

    @property
    def mounted(self) -> list[Keep]:
        """The keeps that are on mounted file systems."""
        return self._all[1:]

    def close(self) -> None:
        """Let every descriptor go."""
        for keep in self._all:
            keep.close()

    def places(self) -> Iterator[tuple[RepoPath, RepoPath, Keep]]:
        """Yield (where its file system is mounted, where it is, keep)."""
        yield RepoPath(b""), RepoPath(CONTROL + b"/keep"), self.main
        for mount, keep in self._mounted.items():
            yield mount, join(mount, KEEP), keep

    def covers(self, path: bytes) -> bool:
        """Whether a path is in a keep, or in what would be the control directory: nothing of the user's goes there."""
        mounts = (*self._mounted, *self.away)
        return in_control(path) or any(within(path.lower(), join(mount, KEEP).lower()) for mount in mounts)

    def of(self, descriptor: int) -> Keep:
        """Return the keep for an open file."""
        if not self._by_device:
            return self.main
        return self._by_device.get(os.fstat(descriptor).st_dev, self.main)

    def put(self, descriptor: int, digest: bytes, size: int) -> Put:
        """Give the content of an open file its name, as `Keep.put`.

        A mounted file system that cannot be written to hinders nothing else.
        """
        keep = self.of(descriptor)
        try:
            return keep.put(descriptor, digest, size)
        except OSError as error:
            if error.errno != errno.EROFS or keep is self.main:
                raise
            return Put.UNPROTECTED if keep.find(digest) is None else Put.THERE

    def each(self, digest: bytes) -> Iterator[tuple[Keep, Kept]]:
        """Yield every keep that has a digest, and what it has."""
        for keep in self._all:
            found = keep.find(digest)
            if found is not None:
                yield keep, found

    def find(self, digest: bytes) -> Kept | None:
        """Return what the first keep that has a digest has under it, None if none has."""
        return next((found for _, found in self.each(digest)), None)

    def may_have(self, digest: bytes) -> bool:
        """Whether a content is kept, as far as can be seen: a keep that is away may have it."""
        return bool(self.away) or self.find(digest) is not None

    def open(self, digest: bytes) -> int | None:
        """Return a descriptor of a kept content, None if there is none; its bytes are not checked."""
        for keep in self._all:
            descriptor = keep.open(digest)
            if descriptor is not None:
                return descriptor
        return None

    def holds(self, digest: bytes) -> bool:
        """Whether a kept content is what its name says; it is read."""
        return any(keep.holds(digest) for keep in self._all)

    def where(self, digest: bytes) -> tuple[int, str]:
        """Return the directory and the name of a kept content; raise FileNotFoundError if there is none."""
        keep = next((keep for keep, _ in self.each(digest)), self.main)
        return keep.where(digest)

    def digests(self) -> Iterator[Digest]:
        """Yield every digest that has a name, sorted."""
        for digest, _ in groupby(heapq.merge(*(keep.digests() for keep in self._all))):
            yield digest

    def touch(self, fans: set[int]) -> None:
        """Note the first bytes of digests that another process put in any keep, so that `sync` covers them."""
        for keep in self._all:
            keep.touch(fans)

    def sync(self) -> None:
        """Make durable what was put, renamed and removed."""
        for keep in self._all:
            keep.sync()
