"""The keep of a file system that is mounted inside the tree: `.annexish-keep` at its top.

It is made when somebody asks for it, and only then: the file `repository` in it says whose it is. So what a disk
or a copied tree brought along under this name is never taken for a keep, two repositories never share one, and
another disk in the place of the one that has the contents is told from it.
"""

from __future__ import annotations

import os
from contextlib import suppress

from annexish.errors import Missing, Unreachable
from annexish.model.path import KEEP, split
from annexish.system.descend import OPEN, Descent

_OWNER = b"repository"
_NEW = b"repository.new"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def open_keep(root: bytes, mount: bytes, repository: str) -> int | str:
    """Return a descriptor of the keep of a mount, or why this repository has none there now."""
    try:
        with Descent(root) as descent:
            at = _mount_point(descent, mount)
            if at < 0:
                return "nothing is mounted there"
            top = os.open(KEEP, OPEN, dir_fd=at)
    except OSError as error:
        return f"it cannot be opened: {error.strerror}"
    try:
        flaw = _flaw(top, repository, os.stat(root).st_uid)
    except OSError as error:
        flaw = f"it cannot be looked at: {error.strerror}"
    if flaw:
        os.close(top)
        return flaw
    return top


def make_keep(root: bytes, mount: bytes, repository: str) -> None:
    """Make the keep of a mount, durably; one that this repository has already stays. Raise where none can be."""
    shown = os.fsdecode(mount)
    try:
        with Descent(root) as descent:
            at = _mount_point(descent, mount)
            if at < 0:
                raise Missing(f"nothing is mounted at {shown!r}", hint="mount it first; other directories need no keep")
            made = False
            with suppress(FileExistsError):
                os.mkdir(KEEP, 0o700, dir_fd=at)
                made = True
            flaw = _made(at, repository, os.stat(root).st_uid)
            if flaw:
                if made:
                    os.rmdir(KEEP, dir_fd=at)
                raise Unreachable(f"there can be no keep in {shown!r}: {flaw}")
            os.fsync(at)
    except OSError as error:
        raise Unreachable(f"there can be no keep in {shown!r}: {error.strerror}") from error


def made_at(keep: str) -> int:
    """Return when (ns) the keep of a mount was made."""
    return os.stat(os.path.join(keep, os.fsdecode(_OWNER)), follow_symlinks=False).st_mtime_ns


def _mount_point(descent: Descent, mount: bytes) -> int:
    """Open a directory; return -1 if no other file system begins there."""
    device = os.fstat(descent.open(split(mount)[0])).st_dev
    at = descent.open(mount)
    return at if os.fstat(at).st_dev != device else -1


def _flaw(top: int, repository: str, owner: int) -> str:
    """Say why a directory is no keep of this repository, "" if it is one."""
    found = os.fstat(top)
    if found.st_uid != owner or found.st_mode & 0o077:
        return "it is not its owner's alone"
    return "" if _owner(top) == repository else "it is not of this repository"


def _owner(top: int) -> str:
    """Return the id of the repository that a keep is of, "" if it does not say."""
    try:
        descriptor = os.open(_OWNER, _READ, dir_fd=top)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 64).decode("ascii", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _made(at: int, repository: str, owner: int) -> str:
    """Make what is at a mount point under the name of a keep one, if it is empty; say why that cannot be."""
    top = os.open(KEEP, OPEN, dir_fd=at)
    try:
        return _taken(top, repository, owner)
    except OSError as error:
        return error.strerror or "it cannot be written"
    finally:
        os.close(top)


def _taken(top: int, repository: str, owner: int) -> str:
    if not set(os.listdir(os.fsencode(f"/proc/self/fd/{top}"))) <= {_NEW}:
        return _flaw(top, repository, owner)
    if os.fstat(top).st_uid != owner:
        os.fchown(top, owner, -1)
    os.fchmod(top, 0o700)
    with suppress(FileNotFoundError):
        os.unlink(_NEW, dir_fd=top)  # nobody knows what else this name leads to
    descriptor = os.open(_NEW, _WRITE, 0o600, dir_fd=top)
    try:
        os.write(descriptor, repository.encode() + b"\n")
        os.fsync(descriptor)
        # where this file can have no second name, no other can
        os.link(_NEW, _OWNER, src_dir_fd=top, dst_dir_fd=top, follow_symlinks=False)
    except OSError as error:
        return f"files there can have no second name ({error.strerror})"
    finally:
        os.close(descriptor)
        os.unlink(_NEW, dir_fd=top)
    os.fsync(top)
    return _flaw(top, repository, owner)
