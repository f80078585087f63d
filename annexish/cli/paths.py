"""Paths as they are typed and printed, and paths in the repository."""

from __future__ import annotations

import os

from annexish.cli.printing import name
from annexish.errors import Usage
from annexish.model.path import TOP, RepoPath, components, within


class Place:
    """The current directory, seen from the root of a repository. Both are physical directories."""

    def __init__(self, root: bytes, here: bytes) -> None:
        self.root, self.here = root, here
        below = _strip(here, root)
        self.below = os.path.relpath(here, root) if below is None else below

    def inward(self, word: bytes) -> RepoPath:
        """Return what a typed path is called in the repository.

        `..` is taken by its letters and links are not followed, as in Git: the path may
        be one of an old snapshot. An absolute path may lead to the root through links.
        """
        if not word:
            raise Usage("an empty word is no path", hint="`.` is the current directory")
        absolute = os.path.normpath(os.path.join(self.here, word))
        if absolute.startswith(b"//"):
            absolute = absolute[1:]
        inside = _strip(absolute, self.root)
        if inside is None:
            inside = self._through_links(absolute)
        if inside is None:
            raise Usage(f"{name(word)} is outside of the repository at {name(self.root)}")
        return RepoPath(inside)

    def inward_all(self, words: tuple[bytes, ...]) -> tuple[RepoPath, ...]:
        """Return what typed paths are called in the repository."""
        return tuple(map(self.inward, words))

    def outward(self, path: bytes) -> bytes:
        """Return how a path of the repository is typed from here."""
        if not self.below:
            return path or b"."
        if within(path, self.below):
            return path[len(self.below) + 1 :] or b"."
        here, there = components(self.below), components(path)
        shared = 0
        while shared < min(len(here), len(there)) and here[shared] == there[shared]:
            shared += 1
        return b"/".join([b".."] * (len(here) - shared) + there[shared:])

    def _through_links(self, absolute: bytes) -> bytes | None:
        parts = absolute.split(b"/")
        for length in range(1, len(parts) + 1):
            leading = b"/".join(parts[:length]) or b"/"
            if os.path.realpath(leading) == self.root:
                return b"/".join(parts[length:])
        return None


def _strip(path: bytes, top: bytes) -> bytes | None:
    if path == top:
        return TOP
    prefix = top if top.endswith(b"/") else top + b"/"
    return path[len(prefix) :] if path.startswith(prefix) else None
