"""A directory that is whole or absent: it is built beside its place and gets its name last."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from annexish.apply.copying import sync_file_system
from annexish.apply.dressing import bare
from annexish.errors import Missing, Refused, Unreachable
from annexish.system.signals import held_back

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_ENTER = _DIRECTORY | os.O_NOFOLLOW
_MARK = b".annexish-"
_LONGEST = 200


class Staged:
    """A new, empty, private directory; `path` leads to it through a held descriptor, whatever happens above it."""

    def __init__(self, parent: int, name: bytes) -> None:
        self._parent, self._name = parent, name
        self._temporary = name[:_LONGEST] + _MARK + os.urandom(4).hex().encode()
        os.mkdir(self._temporary, 0o700, dir_fd=parent)
        self.path = b"/proc/self/fd/%d/" % parent + self._temporary
        self.descriptor = os.open(self._temporary, _ENTER, dir_fd=parent)
        bare(self.descriptor)
        self.published = False

    def publish(self, *, durable: bool) -> None:
        """Give it its name; with `durable` it and all that is in it survive a loss of power from then on."""
        if durable:
            sync_file_system(self.descriptor)
        # an empty directory is replaced, and nothing else is
        with held_back():
            os.rename(self._temporary, self._name, src_dir_fd=self._parent, dst_dir_fd=self._parent)
            self.published = True
        if durable:
            os.fsync(self._parent)

    def close(self) -> None:
        """Let go of it; one that was not published is taken away with all that is in it."""
        if not self.published:
            with suppress(OSError):
                clear(self.descriptor)
                os.rmdir(self._temporary, dir_fd=self._parent)
        os.close(self.descriptor)


@contextmanager
def staged(directory: bytes) -> Iterator[Staged]:
    """Give a directory to fill and publish; one that is not published is removed. Its path has no links in it."""
    above, name = os.path.split(directory)
    require_free(directory)
    parent = os.open(above, _DIRECTORY)
    made: Staged | None = None
    try:
        try:
            with held_back():
                made = Staged(parent, name)
            yield made
        finally:
            if made is not None:
                made.close()
    except OSError as error:
        raise Unreachable(f"{os.fsdecode(directory)} cannot be made: {error.strerror or error}") from error
    finally:
        os.close(parent)


def require_free(directory: bytes) -> None:
    """Raise unless a directory does not exist yet, or is empty."""
    shown = os.fsdecode(directory)
    above = os.path.dirname(directory)
    if not os.path.isdir(above):
        raise Missing(f"there is no directory {os.fsdecode(above)!r}", hint="make it first, or name another place")
    if directory == above or os.path.ismount(directory):
        raise Refused(f"{shown!r} is where a file system is mounted", hint="name a new directory in it")
    with suppress(FileNotFoundError):
        if _is_taken(directory):
            raise Refused(f"{shown!r} is not empty", hint="name a directory that is empty or does not exist")


def _is_taken(directory: bytes) -> bool:
    try:
        with os.scandir(directory) as names:
            return next(names, None) is not None
    except NotADirectoryError:
        return True


def leftovers(directory: bytes) -> list[bytes]:
    """Return what killed commands left beside a directory that they were building."""
    above, name = os.path.split(directory)
    prefix = name[:_LONGEST] + _MARK
    return sorted(os.path.join(above, each) for each in os.listdir(above) if each.startswith(prefix))


def clear(directory: int) -> None:
    """Remove all that is in an open directory that nobody else may enter, however deep, following no link.

    What is in a directory below moves up first, so no path gets long and two descriptors suffice.
    """
    fresh = (b"%s.%d" % (os.urandom(8).hex().encode(), number) for number in count())
    while names := os.listdir(directory):
        for name in names:
            if not _unlinked(directory, os.fsencode(name)):
                _lift_all(directory, os.fsencode(name), fresh)
                os.rmdir(name, dir_fd=directory)


def _unlinked(directory: int, name: bytes) -> bool:
    try:
        os.unlink(name, dir_fd=directory)
    except (IsADirectoryError, PermissionError):
        os.chmod(name, 0o700, dir_fd=directory)
        return False
    return True


def _lift_all(directory: int, name: bytes, fresh: Iterator[bytes]) -> None:
    below = os.open(name, _ENTER, dir_fd=directory)
    try:
        for inner in os.listdir(below):
            if not _unlinked(below, os.fsencode(inner)):
                os.rename(inner, next(fresh), src_dir_fd=below, dst_dir_fd=directory)
    finally:
        os.close(below)
