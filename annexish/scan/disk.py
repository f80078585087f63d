"""Which disk it is, so that two copies on one are not taken for two."""

from __future__ import annotations

import os

from annexish.model.holdings import Disk
from annexish.scan.filesystem import mount_of

_BY_UUID = b"/dev/disk/by-uuid"


def disk_of(path: bytes) -> Disk:
    """Return the file system that holds a path: its UUID, else what `statvfs` calls it; and host and mount point."""
    mount = mount_of(path)
    uuid = _uuid(mount.source) if mount else ""
    where = os.fsdecode(mount.point if mount else path)
    return Disk(uuid or _fsid(path), f"{os.uname().nodename}:{where}")


def _uuid(device: bytes) -> str:
    """Return the UUID of the file system on a device, as udev knows it; "" if it does not."""
    try:
        number = os.stat(device).st_rdev
        if number:
            for name in os.listdir(_BY_UUID):
                if os.stat(os.path.join(_BY_UUID, name)).st_rdev == number:
                    return os.fsdecode(name)
    except OSError:
        return ""
    return ""


def _fsid(path: bytes) -> str:
    try:
        number = os.statvfs(path).f_fsid
    except OSError:
        return ""
    return f"{number & (1 << 64) - 1:016x}" if number else ""
