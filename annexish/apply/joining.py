"""Hard links: names that a snapshot has as one file become names of one inode again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from annexish.apply.copying import digest_of
from annexish.apply.staging import Staging
from annexish.model.entry import Entry
from annexish.model.path import RepoPath, split
from annexish.system.descend import Descent

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def inode_of(entry: Entry) -> tuple[object, ...]:
    """What files must have in common to be one inode."""
    return (entry.links, entry.digest, entry.mode, entry.owner, entry.mtime_ns, entry.attributes)


class Joining:
    """Joins files below `top`; a new name is made in `staging` and renamed over the old one.

    Only files with the very content are joined: what else is at a path of the group stays as it is.
    """

    def __init__(self, top: bytes, staging: Staging) -> None:
        self._top = top
        self._staging = staging

    def join(self, group: Iterable[tuple[RepoPath, Entry]]) -> list[RepoPath]:
        """Let all files of a group be the first one of them that is as recorded; return where they are."""
        first = -1
        joined: list[RepoPath] = []
        try:
            with Descent(self._top) as descent:
                for path, entry in group:
                    with suppress(OSError):
                        first = self._joined(first, descent, path, entry, joined)
        finally:
            if first >= 0:
                os.close(first)
        return joined

    def _joined(self, first: int, descent: Descent, path: RepoPath, entry: Entry, joined: list[RepoPath]) -> int:
        """Join one file; return the descriptor of the first one."""
        parent, name = split(path)
        directory = descent.open(parent)
        descriptor = os.open(name, _READ, dir_fd=directory)
        try:
            found = os.fstat(descriptor)
            if first >= 0 and os.path.samestat(os.fstat(first), found):
                joined.append(path)
                return first
            if found.st_size != entry.size or (entry.size and digest_of(descriptor) != entry.digest):
                return first
            if first < 0:
                first, descriptor = descriptor, -1
            elif not self._staging.give_place(first, directory, name, found):
                return first
            joined.append(path)
            return first
        finally:
            if descriptor >= 0:
                os.close(descriptor)
