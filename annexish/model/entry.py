"""What the index records of one object at one moment."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from annexish.model.ids import Digest, ObjectId

Attributes = tuple[tuple[bytes, bytes], ...]
"""Extended attributes, POSIX ACLs among them: (name, value), sorted by name."""

Extensions = tuple[tuple[int, object], ...]
"""Fields that this version does not know, kept as they came: (key, decoded msgpack), sorted by key."""


class Kind(IntEnum):
    """What an object is; the numbers are those of the stored format."""

    FILE = 0
    DIRECTORY = 1
    SYMLINK = 2
    FIFO = 3
    SOCKET = 4
    CHARACTER = 5
    BLOCK = 6

    @property
    def word(self) -> str:
        """The kind in the words of the output."""
        return _WORDS[self]


_WORDS = ("file", "directory", "symlink", "fifo", "socket", "character device", "block device")


class Owner(NamedTuple):
    """Owner and group, by number and by name; a name is empty where the system knew none."""

    uid: int
    gid: int
    user: bytes
    group: bytes


class Entry(NamedTuple):
    """One object at one moment.

    `size` is in bytes, for files only; `mode` holds the permission bits (0o7777);
    `digest` is there for files, `target` for symbolic links, `device` (major, minor)
    for devices. `links` names the group of hard links that a file is one of.
    `holes` says that fewer bytes were allocated than the size.
    """

    name: bytes
    kind: Kind
    ids: tuple[ObjectId, ...]
    mode: int
    owner: Owner
    mtime_ns: int
    size: int = 0
    digest: Digest | None = None
    target: bytes | None = None
    device: tuple[int, int] | None = None
    attributes: Attributes = ()
    links: bytes | None = None
    holes: bool = False
    extensions: Extensions = ()

    @property
    def id(self) -> ObjectId:
        """The smallest of the ids: the one that names the subtree of a directory."""
        return self.ids[0]
