"""Directories of this user that are shut for their owner too: open while names in them change, and shut again."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress

from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.model.path import RepoPath, components, split
from annexish.system.descend import OPEN, Descent

_WORK = 0o300
"""What an owner needs to change names in a directory, or to give it another parent."""


class Opening:
    """Opens what must change; root needs none of it."""

    def __init__(self) -> None:
        self._mine = os.geteuid()
        self._shut: dict[RepoPath, os.stat_result] = {}

    def open(self, path: RepoPath, directory: int) -> None:
        """Let names in an open directory change; what is another's stays as it is."""
        if not self._mine:
            return
        found = os.fstat(directory)
        if found.st_uid == self._mine and found.st_mode & _WORK != _WORK:
            os.chmod(directory, modes.S_IMODE(found.st_mode) | _WORK)
            self._shut.setdefault(path, found)

    def open_child(self, path: RepoPath, above: int, name: bytes) -> None:
        """Let a directory move."""
        if not self._mine:
            return
        descriptor = os.open(name, OPEN, dir_fd=above)
        try:
            self.open(path, descriptor)
        finally:
            os.close(descriptor)

    def shut(self, descent: Descent, changes: Iterable[Change], dressed: AbstractSet[RepoPath]) -> None:
        """Give their permissions back to those that will not be dressed, wherever they are after some changes."""
        moved = {
            change.old_path: change.path for change in changes if change.before and change.entry.kind is Kind.DIRECTORY
        }
        for path in sorted(self._shut, key=components, reverse=True):
            for at in {path, _after(moved, path)} - dressed:
                with suppress(OSError):
                    _give(descent.open(at), self._shut[path])


def _after(moved: Mapping[RepoPath | None, RepoPath], path: RepoPath) -> RepoPath:
    """Return where a directory is when those above it have moved."""
    above = path
    while above and above not in moved:
        above = split(above)[0]
    return RepoPath(moved[above] + path[len(above) :]) if above else path


def _give(directory: int, shut: os.stat_result) -> None:
    now = os.fstat(directory)
    if (now.st_dev, now.st_ino, now.st_mode) == (shut.st_dev, shut.st_ino, shut.st_mode | _WORK):
        os.chmod(directory, modes.S_IMODE(shut.st_mode))
