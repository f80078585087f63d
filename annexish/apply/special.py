"""What has no bytes and is no directory: symbolic links, pipes, sockets, devices."""

from __future__ import annotations

import os
import stat

from annexish.model.entry import Entry, Kind

TYPES = {
    Kind.FIFO: stat.S_IFIFO,
    Kind.SOCKET: stat.S_IFSOCK,
    Kind.CHARACTER: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
}


def make_special(directory: int, name: bytes, entry: Entry) -> None:
    """Make one under a free name, for its owner only until it is dressed."""
    if entry.kind is Kind.SYMLINK:
        os.symlink(entry.target or b"", name, dir_fd=directory)
        return
    device = os.makedev(*entry.device) if entry.device else 0
    os.mknod(name, TYPES[entry.kind] | 0o600, device, dir_fd=directory)
