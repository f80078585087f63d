"""The tree on which every operation is tried, and what a walk over a tree finds."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import NamedTuple

from blake3 import blake3

from tests.trees import Link, draw

_TIME = 1_700_000_000
_BIG = bytes(range(256)) * 1200

FIRST = {
    "readme": "about",
    "docs": {"one.txt": "one", "two.txt": "two", "deep": {"er": {"three.txt": "three"}}},
    "music": {"album": {"01": "first song", "02": "second song", "03": "third song"}, "cover.jpg": _BIG},
    "photos": {"beach.jpg": "sand", "sea.jpg": "water"},
    "empty": {},
    "shortcut": Link("docs/one.txt"),
    "notes.txt": "red",
    "superseded.txt": "old",
    "edited.txt": "before",
    "to-go.txt": "nobody needs this",
    "caf\udce9": "not UTF-8",
}


class Thing(NamedTuple):
    """What is at one path: type and mode, content or target, time (of what is no directory), attributes."""

    mode: int
    content: bytes
    mtime: int
    attributes: tuple[tuple[str, bytes], ...]


Picture = dict[str, Thing]


def draw_first(top: str) -> None:
    """Write the tree as it is before the first commit."""
    draw(top, FIRST)
    os.link(f"{top}/photos/beach.jpg", f"{top}/photos/best.jpg")
    with suppress(OSError):
        os.setxattr(f"{top}/notes.txt", "user.colour", b"red")
    os.chmod(f"{top}/docs/two.txt", 0o600)
    for path, thing in picture(top).items():
        if not stat.S_ISDIR(thing.mode):
            _settle(top, path)


def edit(top: str) -> None:
    """Move a directory, edit in place and through a new file, delete, add, change a mode."""
    os.mkdir(f"{top}/sound")
    os.rename(f"{top}/music", f"{top}/sound/music")
    with open(f"{top}/edited.txt", "a") as file:
        file.write(", and after")
    draw(top, {"superseded.new": "new", "docs": {"four.txt": "four"}})
    os.rename(f"{top}/superseded.new", f"{top}/superseded.txt")
    os.unlink(f"{top}/to-go.txt")
    os.chmod(f"{top}/docs/two.txt", 0o644)
    for path in ("edited.txt", "superseded.txt", "docs/four.txt"):
        _settle(top, path, 1)


def picture(top: str) -> Picture:
    """Walk over a tree, without its control directory."""
    found = {}
    for directory, directories, files in os.walk(top):
        if directory == top and ".annexish" in directories:
            directories.remove(".annexish")
        for name in directories + files:
            path = os.path.join(directory, name)
            found[os.path.relpath(path, top)] = _thing(path)
    return found


def _thing(path: str) -> Thing:
    record = os.lstat(path)
    content = b""
    attributes: tuple[tuple[str, bytes], ...] = ()
    if stat.S_ISLNK(record.st_mode):
        content = os.fsencode(os.readlink(path))
    elif stat.S_ISREG(record.st_mode):
        content = digest_of(path)
        attributes = tuple((name, os.getxattr(path, name)) for name in sorted(os.listxattr(path)))
    return Thing(record.st_mode, content, 0 if stat.S_ISDIR(record.st_mode) else record.st_mtime_ns, attributes)


def digest_of(path: str) -> bytes:
    """The digest of a file."""
    with open(path, "rb") as file:
        return blake3(file.read()).digest()


def _settle(top: str, path: str, later: int = 0) -> None:
    """Give a file a time that is the same in every run, and its own."""
    second = _TIME + int.from_bytes(blake3(os.fsencode(path)).digest()[:3], "big") + later
    os.utime(f"{top}/{path}", (second, second), follow_symlinks=False)
