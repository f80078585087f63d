"""Renames that overwrite nothing (renameat2(2))."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache

_NOREPLACE = 1
_EXCHANGE = 2
_UNKNOWN = frozenset({errno.ENOSYS, errno.EINVAL})
"""What a system or a file system says that has no such rename."""


def rename_noreplace(source: int, old: bytes, target: int, new: bytes) -> None:
    """Rename from one open directory to another; raise FileExistsError if the name is taken."""
    if _renamed(source, old, target, new, _NOREPLACE):
        return
    # this file system has no such rename: the writers' lock keeps out all but the user
    with suppress(FileNotFoundError):
        os.stat(new, dir_fd=target, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new)
    os.rename(old, new, src_dir_fd=source, dst_dir_fd=target)


def exchange(source: int, one: bytes, target: int, other: bytes) -> bool:
    """Let two names in open directories change places, both at once; False where that cannot be."""
    return _renamed(source, one, target, other, _EXCHANGE)


def _renamed(source: int, old: bytes, target: int, new: bytes, flag: int) -> bool:
    call = _call()
    if call is None:
        return False
    if call(source, old, target, new, flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), new)


@cache
def _call() -> Callable[[int, bytes, int, bytes, int], int] | None:
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
