"""What tells which new path is which old object."""

from __future__ import annotations

from typing import NamedTuple


class Stat(NamedTuple):
    """One stat record, as the words that statx(2) wrote: made a million times, looked into seldom.

    Times are in seconds and nanoseconds since 1970; that of birth is 0 where the file system has none.
    """

    links_uid: int
    gid_mode: int
    inode: int
    size: int
    ctime_s: int
    ctime_n: int
    mtime_s: int
    mtime_n: int
    birth_s: int
    birth_n: int

    @property
    def links(self) -> int:
        """How many names the inode has."""
        return self.links_uid & 0xFFFFFFFF

    @property
    def uid(self) -> int:
        """The number of the owner."""
        return self.links_uid >> 32

    @property
    def gid(self) -> int:
        """The number of the group."""
        return self.gid_mode & 0xFFFFFFFF

    @property
    def mode(self) -> int:
        """Type and permission bits."""
        return self.gid_mode >> 32 & 0xFFFF

    @property
    def ctime(self) -> int:
        """Nanoseconds since 1970 of the last change of the record."""
        return self.ctime_s * 1_000_000_000 + self.ctime_n

    @property
    def mtime(self) -> int:
        """Nanoseconds since 1970 of the last change of the content."""
        return self.mtime_s * 1_000_000_000 + self.mtime_n

    @property
    def birth(self) -> tuple[int, int]:
        """When the inode was made; (0, 0) if nobody knows."""
        return (self.birth_s, self.birth_n)


class Displaced(NamedTuple):
    """An object that is no longer where the cache has it, in the directory `row` as `name`.

    It is `gone`, or another inode has its path now.
    """

    row: int
    name: bytes
    stat: Stat
    gone: bool


class Arrived(NamedTuple):
    """A name that the cache does not have, or has with another inode: `over` is the object that had its path.

    `directory` is the number of its listing, `at` its position there.
    """

    directory: int
    at: int
    name: bytes
    stat: Stat
    over: int | None


class Candidate(NamedTuple):
    """An object or a name, known by what it consists of: `key` is the caller's, `content` not empty."""

    key: int
    content: bytes
    name: bytes
    parent: bytes
