"""Where things wait on their way from one path to another: a directory on each file system, as renames stay in one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from annexish.apply.copying import sync_file_system
from annexish.apply.dressing import DISK
from annexish.system.descend import OPEN
from annexish.system.renaming import exchange, rename_noreplace

_NEW = "new-"
"""How files are called that are about to take the place of others; the name goes on with what may be removed."""


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

    def give_place(self, descriptor: int, directory: int, name: bytes, old: os.stat_result) -> bool:
        """Let an open file have a name in a directory, in the place of what has it, if that is as `old` says still.

        It gets one here first, because only a name can take the place of another.
        """
        here, temporary = self.beside(directory), passing_name(os.fstat(descriptor).st_ino, old)
        os.link(b"/proc/self/fd/%d" % descriptor, temporary, dst_dir_fd=here, follow_symlinks=True)
        try:
            if not is_still(old, directory, name):
                return False
            if not exchange(here, temporary, directory, name):
                os.rename(temporary, name, src_dir_fd=here, dst_dir_fd=directory)
            elif not is_still(old, here, temporary):
                exchange(here, temporary, directory, name)
                return False
            return True
        finally:
            _clear(here, temporary)

    def take(self, directory: int, name: bytes, old: os.stat_result) -> bool:
        """Remove what has a name in a directory, if it is as `old` says still."""
        here, temporary = self.beside(directory), passing_name(0, old)
        if not is_still(old, directory, name):
            return False
        try:
            os.rename(name, temporary, src_dir_fd=directory, dst_dir_fd=here)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            os.unlink(name, dir_fd=directory)
            return True
        if is_still(old, here, temporary):
            os.unlink(temporary, dir_fd=here)
            return True
        # somebody was faster; what is even newer keeps the name, and then this one waits here
        with suppress(FileExistsError):
            rename_noreplace(here, temporary, directory, name)
        return False

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
                        _clear(descriptor, os.fsencode(name))
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


def passing_name(new: int, old: os.stat_result) -> bytes:
    """A name for a new inode, or for the old one that is replaced: what is neither of them is somebody's."""
    seen = ".".join(map(str, (new, old.st_ino, old.st_size, old.st_mtime_ns)))
    return f"{_NEW}{seen}.{os.urandom(6).hex()}".encode()


def _clear(here: int, temporary: bytes) -> None:
    """Remove what has a name that was made for it, and nothing else."""
    with suppress(FileNotFoundError):
        found = os.stat(temporary, dir_fd=here, follow_symlinks=False)
        new, *old = map(int, temporary.decode().removeprefix(_NEW).split(".")[:4])
        if found.st_ino == new or [found.st_ino, found.st_size, found.st_mtime_ns] == old:
            os.unlink(temporary, dir_fd=here)


def is_still(old: os.stat_result, directory: int, name: bytes) -> bool:
    """Whether what has a name is the inode that was there, with the same size and time."""
    try:
        now = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns) == (
        old.st_dev,
        old.st_ino,
        old.st_size,
        old.st_mtime_ns,
    )
