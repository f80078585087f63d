"""What a file system can be trusted with."""

from __future__ import annotations

import os
from typing import NamedTuple

_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "bcachefs", "zfs", "overlay"})
"""File systems that move a directory's mtime and ctime with every change of its names, finely."""

FINE = 20_000_000
COARSE = 2_000_000_000
"""How far apart, in nanoseconds, two changes must be to be sure of two times: kernel ticks; FAT's two seconds."""


class Mount(NamedTuple):
    """A mounted file system: its device number, where it is, its type, and what is mounted there."""

    number: str
    point: bytes
    kind: str
    source: bytes


def kind_of(path: bytes) -> str:
    """Return the type of the file system that holds a path, as the kernel calls it; "" if it does not say."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    # btrfs gives every subvolume a device of its own that the table does not name
    found = next((mount for mount in _mounts() if mount.number == wanted), None) or mount_of(path)
    return found.kind if found else ""


def mount_of(path: bytes) -> Mount | None:
    """Return the mount that a path is below; None if the kernel does not say."""
    real = os.path.realpath(path) + b"/"
    above = [mount for mount in _mounts() if real.startswith(mount.point.rstrip(b"/") + b"/")]
    return max(above, key=lambda mount: len(mount.point), default=None)


def trusted(kind: str) -> bool:
    """Whether an unchanged directory record means unchanged names, and unchanged inodes mean unchanged files."""
    return kind in _LOCAL


def _mounts() -> list[Mount]:
    """Return all mounts, the last one first (proc_pid_mountinfo(5))."""
    try:
        with open("/proc/self/mountinfo", "rb") as table:
            rows = [line.split() for line in table]
    except OSError:
        return []
    return [_mount(row, row.index(b"-")) for row in reversed(rows)]


def _mount(row: list[bytes], dash: int) -> Mount:
    return Mount(row[2].decode(), _unescaped(row[4]), row[dash + 1].decode(), _unescaped(row[dash + 2]))


def _unescaped(path: bytes) -> bytes:
    return path.decode("unicode_escape").encode("latin-1") if b"\\" in path else path
