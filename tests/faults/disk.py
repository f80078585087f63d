"""A disk that loses power: what a recorded program wrote, and what of it may be there afterwards.

The model promises little, as POSIX does: data is safe after fsync of its file, a name after fsync of its directory.
Until then writes to a file may be missing in any combination, or the file may be empty or full of zeros.
Of the changes to the names in one directory the first ones are there and the others are not.
"""

from __future__ import annotations

import os
import random
import stat
from collections.abc import Iterable
from typing import NamedTuple

from tests.faults.recording import Event

_IGNORED = frozenset({
    "chmod", "chown", "fallocate", "fchmod", "fchmodat", "fchown", "fchownat", "utimensat",
    "fsetxattr", "setxattr", "removexattr", "fremovexattr",
})  # fmt: skip

_EXCHANGE = 2


class Write(NamedTuple):
    """Bytes at a place; or, without bytes, a new length."""

    offset: int
    data: bytes | None


class File:
    """An inode: the bytes that are safe, and what was done to it since."""

    def __init__(self, safe: bytes = b"") -> None:
        self.safe = safe
        self.waiting: list[Write] = []

    def content(self, chosen: Iterable[Write] | None = None) -> bytes:
        """The bytes after some of what was done, or all of it."""
        data = bytearray(self.safe)
        for write in self.waiting if chosen is None else chosen:
            if write.data is None:
                data = data[: write.offset].ljust(write.offset, b"\0")
            else:
                data = data.ljust(write.offset, b"\0")
                data[write.offset : write.offset + len(write.data)] = write.data
        return bytes(data)

    def sync(self) -> None:
        """Make all of it safe."""
        self.safe = self.content()
        self.waiting.clear()


class Found(NamedTuple):
    """What is found of a file; the same `file` under several names is one inode."""

    content: bytes
    file: File


class Naming(NamedTuple):
    """A change to names: `file` is None for a directory, `old` the name that goes, `new` the one that comes.

    Where two names change places, `old` is that of the file `back` afterwards.
    """

    old: bytes | None
    new: bytes | None
    file: File | None
    back: File | None = None

    def directories(self) -> set[bytes]:
        """Where names change."""
        return {os.path.dirname(path) for path in (self.old, self.new) if path is not None}


Names = dict[bytes, File | None]
"""Files by path; None for directories."""


class Disk:
    """What is below a directory, while recorded calls are made again."""

    def __init__(self, top: str) -> None:
        self._top = os.fsencode(os.path.realpath(top))
        self._safe, self._waiting = _load(self._top), list[Naming]()
        self._names = dict(self._safe)
        self._nameless: dict[bytes, File] = {}

    def play(self, event: Event) -> None:
        """Make a recorded call again."""
        if event.name in _IGNORED:
            return
        if not any(path.startswith(self._top) for path in event.files) and event.name != "sync":
            return
        plays = {
            "open": self._open, "openat": self._open, "creat": self._open,
            "write": self._write, "pwrite64": self._write, "ftruncate": self._ftruncate, "mmap": self._share,
            "fsync": self._sync, "fdatasync": self._sync, "sync": self._sync_all, "syncfs": self._sync_all,
            "mkdir": self._mkdir, "mkdirat": self._mkdir, "unlink": self._unlink, "unlinkat": self._unlink,
            "rmdir": self._unlink, "rename": self._rename, "renameat": self._rename, "renameat2": self._rename,
            "link": self._link, "linkat": self._link,
        }  # fmt: skip
        plays[event.name](event)

    def after_power_loss(self, chance: random.Random) -> dict[bytes, Found | None]:
        """One of the states in which the disk may be found, by path; None for directories."""
        names = self._some_names(chance)
        found = {file: Found(_some_content(file, chance), file) for file in names.values() if file is not None}
        whole = [path for path in sorted(names) if _above(path, self._top) <= names.keys()]
        return {path: None if (file := names[path]) is None else found[file] for path in whole}

    def _some_names(self, chance: random.Random) -> Names:
        """The names that are safe, and in each directory some of the first changes."""
        names = dict(self._safe)
        left: dict[bytes, int] = {}
        for naming in self._waiting:
            for directory in naming.directories():
                left[directory] = left.get(directory, 0) + 1
        left = {directory: chance.choice((0, count, chance.randint(0, count))) for directory, count in left.items()}
        for naming in self._waiting:
            directories = naming.directories()
            if all(left[directory] > 0 for directory in directories):
                for directory in directories:
                    left[directory] -= 1
                _rename(names, naming)
            else:
                left.update(dict.fromkeys(directories, 0))
        return names

    def _change(self, naming: Naming) -> None:
        _rename(self._names, naming)
        self._waiting.append(naming)

    def _file(self, path: bytes) -> File | None:
        return self._names.get(path) or self._nameless.get(path)

    def _open(self, event: Event) -> None:
        path = event.files[0]
        flags = event.arguments[1 if event.name == "open" else 2]
        if path.endswith(b" (deleted)"):
            self._nameless[path] = File()
        elif path not in self._names:
            self._change(Naming(None, path, File()))
        elif flags & os.O_TRUNC and (file := self._file(path)):
            file.waiting.append(Write(0, None))

    def _write(self, event: Event) -> None:
        if file := self._file(event.files[0]):
            file.waiting.append(Write(event.offset, event.data))

    def _ftruncate(self, event: Event) -> None:
        if file := self._file(event.files[0]):
            file.waiting.append(Write(event.arguments[1], None))

    def _sync(self, event: Event) -> None:
        path = event.files[0]
        if file := self._file(path):
            file.sync()
        elif path in self._names or path == self._top:
            self._settle(path)

    def _share(self, event: Event) -> None:
        """What is shared by memory, SQLite's index of its log, is never synced: zeros will be found."""

    def _sync_all(self, event: Event) -> None:
        for file in (*self._names.values(), *self._nameless.values()):
            if file is not None:
                file.sync()
        self._safe = dict(self._names)
        self._waiting.clear()

    def _mkdir(self, event: Event) -> None:
        self._change(Naming(None, event.files[0], None))

    def _unlink(self, event: Event) -> None:
        self._change(Naming(event.files[0], None, self._names[event.files[0]]))

    def _rename(self, event: Event) -> None:
        old, new = event.files
        assert self._names[old] is not None, "files are renamed, no directories"
        swaps = event.name == "renameat2" and event.arguments[4] & _EXCHANGE
        self._change(Naming(old, new, self._names[old], self._names[new] if swaps else None))

    def _link(self, event: Event) -> None:
        self._change(Naming(None, event.files[1], self._file(event.files[0])))

    def _settle(self, directory: bytes) -> None:
        """Make the names in a directory safe; a rename from elsewhere is one change."""
        for naming in [naming for naming in self._waiting if directory in naming.directories()]:
            _rename(self._safe, naming)
            self._waiting.remove(naming)


def _rename(names: Names, naming: Naming) -> None:
    if naming.old is not None:
        names.pop(naming.old, None)
        if naming.back is not None:
            names[naming.old] = naming.back
    if naming.new is not None:
        names[naming.new] = naming.file


def _some_content(file: File, chance: random.Random) -> bytes:
    """What may be found of a file: any of the writes that were not synced, zeros, nothing."""
    if not file.waiting:
        return file.safe
    ways = (
        lambda: file.safe,
        file.content,
        lambda: b"" if not file.safe else file.safe,
        lambda: bytes(len(file.content())) if not file.safe else file.safe,
        lambda: file.content(file.waiting[: chance.randint(0, len(file.waiting))]),
        lambda: file.content([write for write in file.waiting if chance.random() < 0.5]),
    )
    return chance.choice(ways)()


def _above(path: bytes, top: bytes) -> set[bytes]:
    """The directories between a path and the top."""
    found = set()
    while (path := os.path.dirname(path)) != top and len(path) > len(top):
        found.add(path)
    return found


def _load(top: bytes) -> Names:
    """Everything that is there, which is safe."""
    names: Names = {}
    inodes: dict[int, File] = {}
    for directory, directories, files in os.walk(top):
        names.update({os.path.join(directory, name): None for name in directories})
        for name in files:
            path = os.path.join(directory, name)
            record = os.lstat(path)
            if stat.S_ISREG(record.st_mode):
                if record.st_ino not in inodes:
                    with open(path, "rb") as file:
                        inodes[record.st_ino] = File(file.read())
                names[path] = inodes[record.st_ino]
    return names
