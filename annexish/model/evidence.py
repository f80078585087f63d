"""What tells which new path is which old object."""

from __future__ import annotations

from typing import NamedTuple


class Stat(NamedTuple):
    """One stat record. Times are nanoseconds since 1970; `birth` is 0 where the file system has none."""

    mode: int
    links: int
    uid: int
    gid: int
    inode: int
    size: int
    ctime: int
    mtime: int
    birth: int


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
