"""The keeps of a repository, and what a commit must know of them."""

from __future__ import annotations

import os

from annexish.apply.copying import digest_of
from annexish.apply.keep import Keep, Way, best_way
from annexish.apply.keeps import Keeps
from annexish.apply.mounted import open_keep
from annexish.flows.place import Place
from annexish.flows.sources import files_with
from annexish.model.entry import Entry
from annexish.model.ids import Digest, TreeId
from annexish.model.kept import Put
from annexish.model.node import Load
from annexish.model.path import RepoPath
from annexish.model.report import Problem
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

    def __init__(self, place: Place, keeps: Keeps, losses: Losses, load: Load, tree: TreeId) -> None:
        self._root = place.root
        self._keeps = keeps
        self._losses = losses
        self._load = load
        self._tree = tree

    def still_kept(self, entry: Entry) -> bool:
        """Whether the keep has the content of a file that is gone or was replaced, as far as records tell."""
        if not entry.size or entry.digest is None:
            return True
        found = [kept for _, kept in self._keeps.each(entry.digest)]
        if not found:
            return bool(self._keeps.away)  # then nobody knows
        untouched = all(kept.size == entry.size and (kept.mtime == entry.mtime_ns or kept.own) for kept in found)
        return untouched or self.mend(entry.digest)

    def mend(self, digest: bytes) -> bool:
        """Read a kept content; give it its right name and look for another source if it is not what it should be."""
        right = [self._is_right(keep, digest) for keep, _ in list(self._keeps.each(digest))]
        return any(right) or self._keep_again(digest)

    def _is_right(self, keep: Keep, digest: bytes) -> bool:
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

    def _keep_again(self, digest: bytes) -> bool:
        """Keep a content from another present file that has it, if there ever was one."""
        if not self._losses.is_twin(digest):
            return False
        found = files_with(self._root, self._load, self._tree, frozenset({Digest(digest)}))
        return any(self._keep_from(descriptor, digest) for _, descriptor in found)

    def _keep_from(self, descriptor: int, digest: bytes) -> bool:
        if digest_of(descriptor) != digest:
            return False
        return self._keeps.put(descriptor, digest, os.fstat(descriptor).st_size) is not Put.UNPROTECTED


def no_longer_kept(path: RepoPath) -> Problem:
    """Say that the bytes that a path had are nowhere in the keep."""
    return Problem(path, "note", "its former content was changed in place or never kept, and cannot be recovered")
