"""The keep of a repository, and what a commit must know of it."""

from __future__ import annotations

import os

from annexish.apply.copying import digest_of
from annexish.apply.keep import Keep, Way, best_way
from annexish.flows.place import Place
from annexish.flows.sources import files_with
from annexish.model.entry import Entry
from annexish.model.ids import Digest, TreeId
from annexish.model.kept import Put
from annexish.model.node import Load
from annexish.model.path import RepoPath
from annexish.model.report import Problem
from annexish.store.losses import Losses


def keep_of(place: Place) -> Keep:
    """Return the keep, for reading."""
    return Keep(os.path.join(place.control, "keep"))


def keep_for_commit(place: Place) -> Keep | None:
    """Return the keep as the settings want it filled; None if nothing is to be kept."""
    settings = place.settings
    mode = settings.get("keep.mode")
    if mode == "off":
        return None
    path = os.path.join(place.control, "keep")
    way = best_way(place.control) if mode == "auto" else Way.LINK
    return Keep(path, way=way, copy_below=int(settings.get("keep.copy-below")))


class Mending:
    """Checks that kept contents are what their names say, and puts right what is not.

    Programs that write in place change a hard-linked content under its name.
    """

    def __init__(self, place: Place, keep: Keep, losses: Losses, load: Load, tree: TreeId) -> None:
        self._root = place.root
        self._keep = keep
        self._losses = losses
        self._load = load
        self._tree = tree

    def still_kept(self, entry: Entry) -> bool:
        """Whether the keep has the content of a file that is gone or was replaced, as far as records tell."""
        if not entry.size or entry.digest is None:
            return True
        kept = self._keep.find(entry.digest)
        if kept is None:
            return False
        untouched = kept.size == entry.size and (kept.mtime == entry.mtime_ns or kept.own)
        return untouched or self.mend(entry.digest)

    def mend(self, digest: bytes) -> bool:
        """Read a kept content; give it its right name and look for another source if it is not what it should be."""
        descriptor = self._keep.open(digest)
        if descriptor is None:
            return self._keep_again(digest)
        try:
            holds = digest_of(descriptor)
        finally:
            os.close(descriptor)
        if holds == digest:
            return True
        self._keep.rename(digest, holds)
        return self._keep_again(digest)

    def _keep_again(self, digest: bytes) -> bool:
        """Keep a content from another present file that has it, if there ever was one."""
        if not self._losses.is_twin(digest):
            return False
        found = files_with(self._root, self._load, self._tree, frozenset({Digest(digest)}))
        return any(self._keep_from(descriptor, digest) for _, descriptor in found)

    def _keep_from(self, descriptor: int, digest: bytes) -> bool:
        if digest_of(descriptor) != digest:
            return False
        return self._keep.put(descriptor, digest, os.fstat(descriptor).st_size) is not Put.UNPROTECTED


def no_longer_kept(path: RepoPath) -> Problem:
    """Say that the bytes that a path had are nowhere in the keep."""
    return Problem(path, "note", "its former content was changed in place or never kept, and cannot be recovered")
