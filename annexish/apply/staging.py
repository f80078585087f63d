"""Where things wait on their way from one path to another: a directory on each file system, as renames stay in one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from annexish.apply.copying import sync_file_system
from annexish.apply.dressing import DISK
from annexish.system.descend import OPEN

_NEW = "new-"
"""How files are called that are about to take the place of others."""


class Staging:
    """The directories of these paths, made now; the first one stands for file systems that have none.

    A file system that lets nothing be written has none.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._open: dict[str, int] = {}
        try:
            self._first = self._made(paths[0])
            for path in paths[1:]:
                with _unless_read_only():
                    self._made(path)
        except BaseException:
            self._close()
            raise
        self._by_device = {os.fstat(descriptor).st_dev: descriptor for descriptor in reversed(self._open.values())}

    def _made(self, path: str) -> int:
        os.makedirs(path, mode=0o700, exist_ok=True)
        self._open[path] = descriptor = os.open(path, OPEN)
        return descriptor

    def beside(self, directory: int) -> int:
        """Open the one on the file system of an open directory."""
        return self._by_device.get(os.fstat(directory).st_dev, self._first)

    def holding(self, name: bytes) -> int | None:
        """Open the one that has a name; None if none has."""
        for descriptor in self._open.values():
            with suppress(FileNotFoundError):
                os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                return descriptor
        return None

    def give_place(self, descriptor: int, directory: int, name: bytes) -> None:
        """Let an open file have a name in a directory, in the place of what has it.

        It gets one here first, because only a name can take the place of another.
        """
        here, temporary = self.beside(directory), (_NEW + os.urandom(6).hex()).encode()
        os.link(b"/proc/self/fd/%d" % descriptor, temporary, dst_dir_fd=here, follow_symlinks=True)
        os.rename(temporary, name, src_dir_fd=here, dst_dir_fd=directory)

    def sync(self) -> None:
        """Make durable what was done on their file systems."""
        for descriptor in self._open.values():
            sync_file_system(descriptor)

    def clear(self) -> None:
        """Remove what a killed command left on its way, and the directories if nothing else waits in them."""
        for path, descriptor in self._open.items():
            with _unless_read_only():
                for name in os.listdir(descriptor):
                    if name.startswith(_NEW):
                        os.unlink(name, dir_fd=descriptor)
                try:
                    os.rmdir(path)
                except OSError as error:
                    if error.errno in DISK:
                        raise
        self._close()

    def _close(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)


@contextmanager
def _unless_read_only() -> Iterator[None]:
    """Leave out what a file system lets nobody write."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
