"""Is what lies at a path what a snapshot says, and which record does it have?"""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from contextlib import suppress

from annexish.apply.copying import digest_of
from annexish.apply.dressing import DISK
from annexish.flows.place.place import Place
from annexish.flows.state.entries import KINDS
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.path import RepoPath
from annexish.scan.stat import Statter, repack, smudged, unpack
from annexish.system.descend import Descent

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Present:
    """Takes records of what a journey put in its place; `proven` are paths of which it made or read the content.

    A record that is not older than `fresh` (ns) may still change without showing it, so it is smudged.
    """

    def __init__(self, place: Place, descent: Descent, proven: AbstractSet[RepoPath], fresh: int) -> None:
        self._place = place
        self._descent = descent
        self._proven = proven
        self._fresh = fresh
        self._statter = Statter()
        self._times: dict[int, int | None] = {}

    def directory(self, path: RepoPath, inode: int = 0) -> bytes | None:
        """Return the record of a directory, None if it is not there, or is none of this inode that nobody made."""
        try:
            own = self._statter.own(self._descent.open(path))
        except OSError as error:
            if error.errno in DISK:
                raise
            return None
        return own if not inode or path in self._proven or unpack(own)[0].inode == inode else None

    def record(self, parent: RepoPath, path: RepoPath, entry: Entry, before: Stat | None) -> bytes | None:
        """Return the record of what is at a path, None if that is not what the entry says.

        `before` is the record that this content had, where it is one that was here.
        """
        try:
            directory = self._descent.open(parent)
            columns, seen = self._statter.one(directory, entry.name)
            stat = unpack(columns)[0]
            if KINDS.get(stat.mode & 0o170000) is not entry.kind:
                return None
            if entry.kind is Kind.FILE:
                same = self._is_file(directory, path, entry, stat, before)
            elif entry.kind is Kind.SYMLINK:
                same = os.readlink(entry.name, dir_fd=directory) == entry.target
            else:
                same = entry.device in (None, seen.rdev)
        except OSError as error:
            if error.errno in DISK:
                raise
            return None
        if not same:
            return None
        return repack(smudged(stat)) if stat.ctime >= self._fresh else columns

    def relinked(self, parent: RepoPath, path: RepoPath, entry: Entry, before: Stat) -> bytes | None:
        """Return the record of an unchanged file of which another name came or went, None if more than that differs."""
        found = self.record(parent, path, entry, before)
        if found is None or path in self._proven:
            return found
        now = unpack(found)[0]
        alike = (now.inode, now.mode, now.mtime) == (before.inode, before.mode, before.mtime)
        return found if alike else None

    def _is_file(self, directory: int, path: RepoPath, entry: Entry, stat: Stat, before: Stat | None) -> bool:
        if stat.size != entry.size:
            return False
        known = before is not None and stat.mtime == before.mtime
        if not known and stat.mtime != entry.mtime_ns and stat.mtime != self._held(entry.mtime_ns):
            return False
        if path in self._proven or not entry.size or (before is not None and stat.inode == before.inode):
            return True
        descriptor = os.open(entry.name, _READ, dir_fd=directory)
        try:
            return digest_of(descriptor) == entry.digest
        finally:
            os.close(descriptor)

    def _held(self, time: int) -> int | None:
        """What this file system makes of a time (ns): it may be coarser, or end earlier."""
        if time not in self._times:
            self._times[time] = None
            probe = os.path.join(self._place.control, f"now.{os.getpid()}")
            with suppress(OSError, OverflowError):
                descriptor = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
                try:
                    os.unlink(probe)
                    os.utime(descriptor, ns=(time, time))
                    self._times[time] = os.fstat(descriptor).st_mtime_ns
                finally:
                    os.close(descriptor)
        return self._times[time]
