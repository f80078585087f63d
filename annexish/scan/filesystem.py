"""What a file system can be trusted with."""

from __future__ import annotations

import os

_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "bcachefs", "zfs", "overlay"})
"""File systems that move a directory's mtime and ctime with every change of its names, finely."""

FINE = 20_000_000
COARSE = 2_000_000_000
"""How far apart, in nanoseconds, two changes must be to be sure of two times: kernel ticks; FAT's two seconds."""


def kind_of(path: bytes) -> str:
    """Return the type of the file system that holds `path` as the kernel calls it, "" if it does not say."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    kind = _in_mount_table(lambda fields: fields[2] == wanted)
    # btrfs gives every subvolume a device of its own that the mount table does not name
    return kind or _in_mount_table(lambda fields: os.fsencode(path + b"/" if isinstance(path, str) else path).startswith(
        fields[4].encode().rstrip(b"/") + b"/") or fields[4] == "/")  # fmt: skip


def trusted(kind: str) -> bool:
    """Whether an unchanged directory record means unchanged names, and unchanged inodes mean unchanged files."""
    return kind in _LOCAL


def _in_mount_table(matches: object) -> str:
    assert callable(matches)
    best, kind = -1, ""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
            for line in table:
                fields = line.split()
                if matches(fields) and len(fields[4]) >= best:
                    best, kind = len(fields[4]), fields[fields.index("-") + 1]
    except OSError:
        return ""
    return kind
