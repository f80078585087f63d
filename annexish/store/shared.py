"""Room for the memory that connections to a database share through a file beside it.

SQLite leaves holes in that file where blocks are smaller than pages, and whoever writes to a hole of a full file
system is killed by SIGBUS. So nobody begins without room for it, and who goes on to write fills the holes first.
"""

from __future__ import annotations

import errno
import mmap
import os

from annexish.errors import Unreachable

_SHARED = 32 << 10
"""How many bytes SQLite shares for a log of up to 4,062 pages, more than a disk with such blocks has room for."""
_FULL = "the stat cache cannot be used: the disk is full"


def require_room(path: str) -> None:
    """Raise Unreachable if the shared memory of a database might find no room; blocks as large as pages need none."""
    disk = os.statvfs(os.path.dirname(path) or ".")
    if disk.f_bsize < mmap.PAGESIZE and _free(disk) < 2 * _SHARED:
        raise Unreachable(_FULL)


def _free(disk: os.statvfs_result) -> int:
    return (disk.f_bavail if os.geteuid() else disk.f_bfree) * disk.f_frsize


def fill_holes(path: str) -> None:
    """Give the shared memory of an open database all its blocks; raise Unreachable where there is no room for them.

    A process of its own does it: to close a file lets go of all locks that the process has on it, SQLite's too.
    """
    if os.statvfs(os.path.dirname(path) or ".").f_bsize >= mmap.PAGESIZE:
        return
    child = os.fork()
    if not child:
        os._exit(_fill(f"{path}-shm"))
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise Unreachable(_FULL)


def _fill(path: str) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        os.posix_fallocate(descriptor, 0, max(_SHARED, os.fstat(descriptor).st_size))
    except FileNotFoundError:
        return 0
    except OSError as error:
        return error.errno or errno.EIO
    return 0
