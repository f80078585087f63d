"""Files that are whole and durable get their names in the working tree; nothing that has a name is touched."""

from __future__ import annotations

import errno
import os
from typing import Self

from annexish.apply.copying import copy, digest_of
from annexish.apply.dressing import Dressing
from annexish.apply.incoming import Incoming
from annexish.apply.keeps import Keeps
from annexish.apply.spare import Spare
from annexish.apply.special import make_special
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath, split
from annexish.system.descend import Descent

_NAMELESS = os.O_RDWR | getattr(os, "O_TMPFILE", 0) | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Placing:
    """Gives names below `top`: to what waits aside, or to the inode of a content in the keep."""

    def __init__(self, top: bytes, keep: Keeps, spare: Spare) -> None:
        self._descent = Descent(top)
        self._firsts = Descent(top)
        self._keep = keep
        self._incoming = Incoming(keep.main, own=False)
        self._spare = spare
        self._dressing = Dressing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._descent.close()
        self._firsts.close()

    def enter(self, path: RepoPath) -> int:
        """Open a directory."""
        return self._descent.open(path)

    def place(self, directory: int, path: RepoPath, entry: Entry, *, aside: bool) -> None:
        """Give one file its name; raise FileExistsError if that is taken."""
        try:
            if aside:
                self._spare.give(path, directory, entry.name)
                return
            assert entry.digest is not None, "only files come from the keep"
            self._incoming.name(entry.digest)
            fan, name = self._keep.main.where(entry.digest)
            os.link(name, entry.name, src_dir_fd=fan, dst_dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._across(directory, entry)

    def _across(self, directory: int, entry: Entry) -> None:
        """Make a file on another file system, which is mounted inside: whole and durable before it has its name."""
        if entry.kind is not Kind.FILE:
            make_special(directory, entry.name, entry)
            self._dressing.other(directory, entry)
            return
        made = os.open(b".", _NAMELESS, self._dressing.mode_to_make(entry), dir_fd=directory)
        try:
            source = self._keep.main.open(entry.digest) if entry.digest and entry.size else None
            if source is not None:
                try:
                    if copy(source, made) != entry.digest:
                        raise OSError(errno.EIO, "what is kept of it is not what it should be")
                finally:
                    os.close(source)
            self._dressing.file(made, entry)
            os.fsync(made)
            os.link(b"/proc/self/fd/%d" % made, entry.name, dst_dir_fd=directory, follow_symlinks=True)
        finally:
            os.close(made)

    def join(self, first: RepoPath, directory: int, name: bytes) -> None:
        """Give the file at a path another name in an open directory."""
        above, last = split(first)
        os.link(last, name, src_dir_fd=self._firsts.open(above), dst_dir_fd=directory, follow_symlinks=False)

    def has(self, directory: int, entry: Entry) -> bool:
        """Whether the very content has the name already."""
        try:
            if entry.kind is Kind.SYMLINK:
                return os.readlink(entry.name, dir_fd=directory) == entry.target
            descriptor = os.open(entry.name, _READ, dir_fd=directory)
        except OSError:
            return False
        try:
            return entry.kind is Kind.FILE and digest_of(descriptor) == entry.digest
        except OSError:
            # a directory, a pipe, or what the disk does not give
            return False
        finally:
            os.close(descriptor)
