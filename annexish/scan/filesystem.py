"""What a file system can be trusted with."""

from __future__ import annotations

import os

_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "bcachefs", "zfs", "overlay"})
"""File systems that move a directory's mtime and ctime with every change of its names, finely."""

FINE = 20_000_000
COARSE = 2_000_000_000
"""How far apart, in nanoseconds, two changes must be to be sure of two times: kernel ticks; FAT's two seconds."""


def kind_of(path: bytes) -> str:
    """Return the type of the file system that holds a path, as the kernel calls it; "" if it does not say."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    table = _mount_table()
    for number, _, kind in table:
        if number == wanted:
            return kind
    # btrfs gives every subvolume a device of its own that the table does not name
    real = os.path.realpath(path) + b"/"
    above = [(len(point), kind) for _, point, kind in table if real.startswith(point.rstrip(b"/") + b"/")]
    return max(above, default=(0, ""))[1]


def trusted(kind: str) -> bool:
    """Whether an unchanged directory record means unchanged names, and unchanged inodes mean unchanged files."""
    return kind in _LOCAL


def _mount_table() -> list[tuple[str, bytes, str]]:
    """(device, mount point, type) of each mount, the last one first (proc_pid_mountinfo(5))."""
    try:
        with open("/proc/self/mountinfo", "rb") as table:
            rows = [line.split() for line in table]
    except OSError:
        return []
    return [(row[2].decode(), _unescaped(row[4]), row[row.index(b"-") + 1].decode()) for row in reversed(rows)]


def _unescaped(path: bytes) -> bytes:
    return path.decode("unicode_escape").encode("latin-1") if b"\\" in path else path
