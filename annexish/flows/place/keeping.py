"""The keeps of a repository, and what a commit must know of them."""

from __future__ import annotations

import os
from collections.abc import Iterable

from annexish.apply.copying import digest_of
from annexish.apply.keep import Keep, Way, best_way
from annexish.apply.keeps import Keeps
from annexish.apply.mounted import open_keep
from annexish.flows.place.place import Place
from annexish.flows.place.sources import files_with
from annexish.model.entry import Entry
from annexish.model.ids import Digest, TreeId
from annexish.model.kept import Put
from annexish.model.path import RepoPath
from annexish.model.report import Problem
from annexish.store.history import Nodes
from annexish.store.losses import Losses
from annexish.store.settings import Settings, mounts_in


def keep_of(place: Place) -> Keeps:
    """Return the keeps, for reading."""
    return _keeps(place, place.settings, fill=False)


def keep_for_commit(place: Place) -> Keeps | None:
    """Return the keeps as the settings want them filled; None if nothing is to be kept."""
    settings = place.settings
    return None if settings.get("keep.mode") == "off" else _keeps(place, settings, fill=True)


def _keeps(place: Place, settings: Settings, *, fill: bool) -> Keeps:
    """Open what is there; which way contents are kept matters to those who `fill` them."""
    best = fill and settings.get("keep.mode") == "auto"
    below = int(settings.get("keep.copy-below")) if fill else 0

    def keep(path: str, beside: str, top: int = -1) -> Keep:
        return Keep(path, way=best_way(beside) if best else Way.LINK, copy_below=below, top=top)

    mounted, away = {}, {}
    for mount in mounts_in(settings.get("keep.mounts")):
        top = open_keep(place.root, mount, settings.get("repository.id"))
        if isinstance(top, int):
            path = f"/proc/self/fd/{top}"
            mounted[mount] = keep(path, path, top)
        else:
            away[mount] = top
    return Keeps(keep(os.path.join(place.control, "keep"), place.control), mounted, away)


class Mending:
    """Checks that kept contents are what their names say, and puts right what is not.

    Programs that write in place change a hard-linked content under its name.
    """

    def __init__(self, place: Place, keeps: Keeps, losses: Losses, nodes: Nodes, tree: TreeId) -> None:
        self._root = place.root
        self._keeps = keeps
        self._losses = losses
        self._nodes = nodes
        self._tree = tree

    def still_kept(self, entry: Entry) -> bool:
        """Whether the keep has the content of a file that is gone or was replaced, as far as records tell.

        What is not what it should be gets the name of what it is.
        """
        if not entry.size or entry.digest is None:
            return True
        found = [kept for _, kept in self._keeps.each(entry.digest)]
        if not found:
            return bool(self._keeps.away)  # then nobody knows
        untouched = all(kept.size == entry.size and (kept.mtime == entry.mtime_ns or kept.own) for kept in found)
        return untouched or self._is_right(entry.digest)

    def mend(self, digests: Iterable[bytes]) -> None:
        """Read kept contents; what is not what it should be gets its right name, and is kept from another source."""
        self.keep_again([digest for digest in digests if not self._is_right(digest)])

    def keep_again(self, digests: Iterable[bytes]) -> set[bytes]:
        """Keep contents from other present files that have them, if there ever were any; return those that are kept."""
        wanted = {Digest(digest) for digest in digests if self._losses.is_twin(digest)}
        kept: set[bytes] = set()
        if wanted:
            for digest, descriptor in files_with(self._root, self._nodes, self._tree, wanted):
                if digest not in kept and self._keep_from(descriptor, digest):
                    kept.add(digest)
        return kept

    def _is_right(self, digest: bytes) -> bool:
        """Whether one of the keeps has what it says."""
        right = [self._is_right_in(keep, digest) for keep, _ in list(self._keeps.each(digest))]
        return any(right)

    def _is_right_in(self, keep: Keep, digest: bytes) -> bool:
        """Whether a keep has what it says; if not, the content gets the name of what it is."""
        descriptor = keep.open(digest)
        assert descriptor is not None, "it was found"
        try:
            holds = digest_of(descriptor)
        finally:
            os.close(descriptor)
        if holds != digest:
            keep.rename(digest, holds)
        return holds == digest

    def _keep_from(self, descriptor: int, digest: bytes) -> bool:
        if digest_of(descriptor) != digest:
            return False
        return self._keeps.put(descriptor, digest, os.fstat(descriptor).st_size) is not Put.UNPROTECTED


def no_longer_kept(path: RepoPath) -> Problem:
    """Say that the bytes that a path had are nowhere in the keep."""
    return Problem(path, "note", "its former content was changed in place or never kept, and cannot be recovered")
