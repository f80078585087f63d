"""Metadata onto what was just made: owner, attributes, mode, times, in this order; no link is followed.

A new owner takes set-user-id bits and capabilities away, so it comes first. Attributes need a mode that
lets its owner write. Whatever comes before the times would change the change time only.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from annexish.model.entry import Attributes, Entry, Owner

SPECIAL_BITS = 0o6000
"""Set-user-id and set-group-id."""
_ACL = b"system.posix_acl_"
_LOOK = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC
_TROUBLE = (OSError, OverflowError, ValueError)
"""What the system says of metadata that cannot be here: times and numbers may be beyond every range."""

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE})
"""Errors that say nothing of one file: a command ends with them, and the next one goes on."""

Notes = list[str]
"""What could not be set, and why."""


class Dressing:
    """Knows who is asking: only root gives files away, by name where the name is known, else by number."""

    def __init__(self) -> None:
        self.root = os.geteuid() == 0
        self.umask = _umask()
        self._mine = (os.geteuid(), os.getegid())
        self._numbers: dict[Owner, tuple[int, int]] = {}

    def mode_to_make(self, entry: Entry) -> int:
        """With which mode to make a file, so that little is left to do."""
        return 0o600 if entry.attributes else entry.mode & 0o777

    def file(self, descriptor: int, entry: Entry) -> Notes:
        """Dress a file that was made with `mode_to_make`."""
        notes: Notes = []
        owned = self._own(descriptor, entry, notes)
        if entry.attributes:
            set_attributes(descriptor, entry.attributes, notes)
        made = self.mode_to_make(entry) & ~self.umask
        mode = _mode(entry, notes, owned=owned)
        if mode != made:
            _try(notes, "mode", lambda: os.chmod(descriptor, mode))
        return notes + self.time(descriptor, entry)

    def uninherit(self, descriptor: int, entry: Entry) -> None:
        """Take from a new file what the directory handed down: ACLs, and for root its group."""
        if self.root and os.fstat(descriptor).st_gid != self._mine[1]:
            os.chown(descriptor, *self._mine)
        inherited = [name for name in os.listxattr(descriptor) if os.fsencode(name).startswith(_ACL)]
        for name in inherited:
            os.removexattr(descriptor, name)
        if inherited:
            os.chmod(descriptor, self.mode_to_make(entry) & ~self.umask)

    def again(self, descriptor: int, entry: Entry) -> Notes:
        """Dress a file that has some mode and attributes already; those that it should not have are removed."""
        notes: Notes = []
        made = self.mode_to_make(entry) & ~self.umask
        with _unless_disk():
            os.chmod(descriptor, made | 0o200)
            _strip(descriptor, entry.attributes)
        _try(notes, "mode", lambda: os.chmod(descriptor, made))
        return notes + self.file(descriptor, entry)

    def directory_again(self, descriptor: int, entry: Entry) -> Notes:
        """Dress a directory that has some mode and attributes already; those that it should not have are removed."""
        with suppress(OSError):
            _strip(descriptor, entry.attributes)
        return self.directory(descriptor, entry)

    def directory(self, descriptor: int, entry: Entry, mode: int | None = None) -> Notes:
        """Dress a directory in which nothing will be made any more; `mode` replaces the recorded one, and its ACLs."""
        notes: Notes = []
        owned = self._own(descriptor, entry, notes)
        attributes = entry.attributes
        if mode is not None:
            attributes = tuple(pair for pair in attributes if not pair[0].startswith(_ACL))
        set_attributes(descriptor, attributes, notes)
        wanted = _mode(entry, notes, owned=owned) if mode is None else mode
        _try(notes, "mode", lambda: os.chmod(descriptor, wanted))
        return notes + self.time(descriptor, entry)

    def other(self, directory: int, entry: Entry) -> Notes:
        """Dress a symbolic link or a special file, without opening it."""
        notes: Notes = []
        with _looked_at(directory, entry.name) as path:
            owned = self._own(path, entry, notes)
            set_attributes(path, entry.attributes, notes)
            if entry.target is None:
                mode = _mode(entry, notes, owned=owned)
                _try(notes, "mode", lambda: os.chmod(path, mode))
            notes += self.time(path, entry)
        return notes

    def time(self, place: int | bytes, entry: Entry) -> Notes:
        """Give the recorded time, to what has all else already."""
        try:
            os.utime(place, ns=(entry.mtime_ns, entry.mtime_ns))
        except _TROUBLE as error:
            return [f"its time is not set: {_why(error)}"]
        return []

    def wears(self, found: os.stat_result, entry: Entry) -> bool:
        """Whether a file has the recorded mode, time and owner, as far as this user could give them."""
        return (
            found.st_mode & 0o7777 == entry.mode
            and found.st_mtime_ns == entry.mtime_ns
            and (not self.root or self._numbers_of(entry.owner) == (found.st_uid, found.st_gid))
        )

    def _own(self, place: int | bytes, entry: Entry, notes: Notes) -> bool:
        """Give the owner; return whether the file is now the recorded owner's."""
        numbers = self._numbers_of(entry.owner)
        if numbers == self._mine:
            return True
        return self.root and _try(notes, "owner", lambda: os.chown(place, *numbers))

    def _numbers_of(self, owner: Owner) -> tuple[int, int]:
        numbers = self._numbers.get(owner)
        if numbers is None:
            numbers = self._numbers[owner] = _by_name(owner)
        return numbers


def _strip(descriptor: int, attributes: Attributes) -> None:
    """Remove attributes that are not among some."""
    wanted = {name for name, _ in attributes}
    for name in os.listxattr(descriptor):
        if os.fsencode(name) not in wanted:
            os.removexattr(descriptor, name)


def set_attributes(place: int | bytes, attributes: Attributes, notes: Notes) -> None:
    """Give extended attributes, ACLs among them, one by one."""
    for name, value in attributes:
        try:
            os.setxattr(place, name, value)
        except _TROUBLE as error:
            # of an attribute that is too large a file system says that there is no space
            full = isinstance(error, OSError) and error.errno == errno.ENOSPC
            why = os.strerror(errno.ENOSPC) if full else _why(error)
            notes.append(f"its attribute {os.fsdecode(name)} is not set: {why}")


def bare(descriptor: int) -> None:
    """Let a new directory be private, and hand nothing down to what is made in it: neither group nor ACLs."""
    for name in (b"system.posix_acl_default", b"system.posix_acl_access"):
        with suppress(OSError):
            os.removexattr(descriptor, name)
    os.chown(descriptor, os.geteuid(), os.getegid())
    os.chmod(descriptor, 0o700)


def _mode(entry: Entry, notes: Notes, *, owned: bool) -> int:
    """Another's file that runs as its owner must not become one that runs as somebody else."""
    if entry.mode & SPECIAL_BITS and not owned:
        notes.append("set-user-id and set-group-id are left out, as the owner is another")
        return entry.mode & ~SPECIAL_BITS
    return entry.mode


@contextmanager
def _unless_disk() -> Iterator[None]:
    """Go on after an error that concerns one file."""
    try:
        yield
    except OSError as error:
        _why(error)


@contextmanager
def _looked_at(directory: int, name: bytes) -> Iterator[bytes]:
    """Give a path to the very inode that a name has now; it is not opened, and not followed if it is a link."""
    descriptor = os.open(name, _LOOK, dir_fd=directory)
    try:
        yield b"/proc/self/fd/%d" % descriptor
    finally:
        os.close(descriptor)


def _by_name(owner: Owner) -> tuple[int, int]:
    uid, gid = owner.uid, owner.gid
    with suppress(KeyError, ValueError):
        uid = pwd.getpwnam(os.fsdecode(owner.user)).pw_uid if owner.user else uid
    with suppress(KeyError, ValueError):
        gid = grp.getgrnam(os.fsdecode(owner.group)).gr_gid if owner.group else gid
    return uid, gid


def _try(notes: Notes, what: str, change: Callable[[], None]) -> bool:
    try:
        change()
    except _TROUBLE as error:
        notes.append(f"its {what} is not set: {_why(error)}")
        return False
    return True


def _why(error: Exception) -> str:
    """What to say of one file; raise what concerns all."""
    if isinstance(error, OSError) and error.errno in DISK:
        raise error
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _umask() -> int:
    """Return the mask of this process without changing it for a moment; all bits where the system does not say."""
    with suppress(OSError), open("/proc/self/status", "rb") as status:
        for line in status:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    return 0o777
