"""Extended attributes of an open file or directory, POSIX ACLs among them."""

from __future__ import annotations

import errno
import os

from annexish.model.entry import Attributes

_NONE = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EPERM, errno.EACCES})
_IGNORED = (b"system.nfs4_acl", b"system.cifs_acl", b"btrfs.", b"trusted.SGI_ACL_")
"""What a file system shows of itself; xfs shows each ACL a second time."""
_HAS = hasattr(os, "listxattr")


def attributes_of(descriptor: int) -> Attributes:
    """Return the attributes, sorted by name; those that may not be read by this user are left out."""
    if not _HAS:
        return ()
    try:
        names = os.listxattr(descriptor)
    except OSError as error:
        if error.errno in _NONE:
            return ()
        raise
    if not names:
        return ()
    return _read(descriptor, sorted(os.fsencode(name) for name in names))


def attributes_of_link(directory: int, name: bytes) -> Attributes:
    """Return the attributes of a symbolic link or special file itself, without opening it."""
    if not _HAS or not hasattr(os, "O_PATH"):
        return ()
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        path = b"/proc/self/fd/%d" % descriptor
        names = os.listxattr(path)
        return _read(path, sorted(os.fsencode(name) for name in names)) if names else ()
    except OSError as error:
        if error.errno in _NONE or error.errno == errno.ENOENT:
            return ()
        raise
    finally:
        os.close(descriptor)


def attributes_at(path: bytes) -> Attributes:
    """Return the attributes of what is at a path, those that may not be read by this user left out."""
    names = os.listxattr(path) if _HAS else []
    return _read(path, sorted(os.fsencode(name) for name in names)) if names else ()


def _read(place: int | bytes, names: list[bytes]) -> Attributes:
    found = []
    for name in names:
        if name.startswith(_IGNORED):
            continue
        try:
            found.append((name, os.getxattr(place, name)))
        except OSError as error:
            if error.errno not in _NONE and error.errno != errno.ENODATA:
                raise
    return tuple(found)
