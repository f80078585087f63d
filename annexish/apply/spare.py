"""Whole files that wait for their names, in a directory of their own: a name costs a rename, and nothing is torn."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Self

from blake3 import blake3

from annexish.apply.copying import sync_file_system
from annexish.apply.dressing import Dressing, Notes
from annexish.apply.keep import copied
from annexish.apply.special import make_special
from annexish.errors import Corrupt
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath
from annexish.system.descend import OPEN
from annexish.system.renaming import rename_noreplace

_MAKE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_OWNERS = 0o700


class Spare:
    """The directory at `path`: made when it is missing, private; a file in it is called by the path that it is for."""

    def __init__(self, path: str) -> None:
        os.makedirs(path, mode=0o700, exist_ok=True)
        self._path = path
        self._open = os.open(path, OPEN)
        self._dressing = Dressing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._open)

    def copy(self, path: RepoPath, entry: Entry, source: int) -> Notes:
        """Make a file with the content of an open one; raise Corrupt if that has other bytes."""
        name = self._free(path)
        descriptor = os.open(name, _MAKE, self._dressing.mode_to_make(entry), dir_fd=self._open)
        try:
            if copied(source, descriptor, entry.size) != entry.digest:
                raise Corrupt("what is kept of it is not what it should be; `annexish verify` says more")
            return self._dressing.file(descriptor, entry)
        finally:
            os.close(descriptor)

    def make(self, path: RepoPath, entry: Entry) -> Notes:
        """Make what has no bytes: an empty file, a symbolic link, a special file."""
        name = self._free(path)
        if entry.kind is Kind.FILE:
            descriptor = os.open(name, _MAKE, self._dressing.mode_to_make(entry), dir_fd=self._open)
            try:
                return self._dressing.file(descriptor, entry)
            finally:
                os.close(descriptor)
        make_special(self._open, name, entry)
        return self._dressing.other(self._open, entry._replace(name=name))

    def directory(self, path: RepoPath, entry: Entry) -> Notes:
        """Make an empty directory, dressed but for what would shut it for its owner."""
        name = self._free(path)
        os.mkdir(name, 0o700, dir_fd=self._open)
        descriptor = os.open(name, OPEN, dir_fd=self._open)
        try:
            shut = entry.mode & _OWNERS != _OWNERS
            return self._dressing.directory(descriptor, entry, entry.mode | _OWNERS if shut else None)
        finally:
            os.close(descriptor)

    def give(self, path: RepoPath, directory: int, name: bytes) -> None:
        """Let the file for a path have a name in an open directory; raise FileExistsError if that is taken."""
        rename_noreplace(self._open, _called(path), directory, name)

    def sync(self) -> None:
        """Make durable what is in it."""
        sync_file_system(self._open)

    def clear(self) -> None:
        """Remove what is in it, and itself."""
        for name in os.listdir(self._open):
            self._remove(os.fsencode(name))
        os.rmdir(self._path)

    def _free(self, path: RepoPath) -> bytes:
        name = _called(path)
        with suppress(FileNotFoundError):
            self._remove(name)
        return name

    def _remove(self, name: bytes) -> None:
        try:
            os.unlink(name, dir_fd=self._open)
        except IsADirectoryError:
            os.rmdir(name, dir_fd=self._open)


def _called(path: RepoPath) -> bytes:
    return blake3(path).hexdigest(length=16).encode()
