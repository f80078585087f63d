"""A good copy in the place of a bad file: whole or not at all, with the metadata of the file that it replaces."""

from __future__ import annotations

import os
import stat as modes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from annexish.model.path import CONTROL

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PREFIX = b"repair."


class Staged(NamedTuple):
    """A file without a place yet: its descriptor, and its name in an open directory."""

    descriptor: int
    directory: int
    name: bytes


@contextmanager
def staged(control: int, directory: int) -> Iterator[Staged]:
    """Make an empty file that can be renamed into a directory, and remove what is left of it.

    It lies in the control directory, where a kill leaves nothing in the user's tree; on another file system beside.
    """
    here = os.fstat(control).st_dev == os.fstat(directory).st_dev
    at = control if here else directory
    name = (_PREFIX if here else CONTROL + b"-" + _PREFIX) + os.urandom(8).hex().encode()
    descriptor = os.open(name, _NEW, 0o600, dir_fd=at)
    try:
        yield Staged(descriptor, at, name)
    finally:
        os.close(descriptor)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=at)


def clear(control: int) -> None:
    """Remove what a killed repair left in the control directory; the writers' lock is held."""
    for name in os.listdir(control):
        if os.fsencode(name).startswith(_PREFIX):
            os.unlink(name, dir_fd=control)


def dress(target: int, like: int) -> None:
    """Give an open file owner, attributes, mode and times of another; in this order, as each may undo the next."""
    wanted = os.fstat(like)
    own = os.fstat(target)
    if (own.st_uid, own.st_gid) != (wanted.st_uid, wanted.st_gid):
        os.fchown(target, wanted.st_uid, wanted.st_gid)
    there, here = _attributes(like), _attributes(target)
    for name in here.keys() - there.keys():
        os.removexattr(target, name)
    for name, value in there.items():
        if here.get(name) != value:
            os.setxattr(target, name, value)
    os.fchmod(target, modes.S_IMODE(wanted.st_mode))
    os.utime(target, ns=(wanted.st_atime_ns, wanted.st_mtime_ns))


def take_place(new: Staged, directory: int, name: bytes, bad: os.stat_result) -> bool:
    """Let a name that is still that of a bad file be one of the new file, durably; False if it is another's by now.

    The new file stays staged, so that it can take further places.
    """
    now = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if (now.st_ino, now.st_size, now.st_mtime_ns) != (bad.st_ino, bad.st_size, bad.st_mtime_ns):
        return False
    second = new.name + b"+"
    try:
        os.link(new.name, second, src_dir_fd=new.directory, dst_dir_fd=new.directory, follow_symlinks=False)
    except OSError:
        second = new.name  # no links here: then there is one place only
    try:
        os.rename(second, name, src_dir_fd=new.directory, dst_dir_fd=directory)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(second, dir_fd=new.directory)
    os.fsync(directory)
    return True


def _attributes(descriptor: int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(descriptor, name) for name in os.listxattr(descriptor)}
    except OSError:
        return {}
