"""The tree on which every operation is tried, and what a walk over a tree finds."""

from __future__ import annotations

import os
import stat
import time
from contextlib import closing, suppress
from typing import NamedTuple

from blake3 import blake3

from annexish.scan.prove import YOUNG
from annexish.scan.stat import Statter
from annexish.store.cache import TOP_ROW, Cache
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
    "plan": "a file that becomes a directory",
    "drafts": {"draft.txt": "in a directory that becomes a file"},
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
            settle(top, path)


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
        settle(top, path, 1)


def reshape(top: str) -> None:
    """Swap files, swap directories, turn things into things of another kind, move a file out of what goes."""
    for one, other in (("photos/sea.jpg", "readme"), ("sound", "empty")):
        os.rename(f"{top}/{one}", f"{top}/waiting")
        os.rename(f"{top}/{other}", f"{top}/{one}")
        os.rename(f"{top}/waiting", f"{top}/{other}")
    os.rename(f"{top}/docs/deep/er/three.txt", f"{top}/three.txt")
    os.rmdir(f"{top}/docs/deep/er")
    for path in ("plan", "shortcut", "drafts/draft.txt"):
        os.unlink(f"{top}/{path}")
    os.rmdir(f"{top}/drafts")
    draw(top, {"plan": {"step.txt": "step"}, "drafts": "a file", "shortcut": "no link"})
    for path in ("plan/step.txt", "drafts", "shortcut"):
        settle(top, path, 1)


def rot(top: str, path: str) -> None:
    """Write other bytes into a file, and let the stat cache take its new record for that of the old ones."""
    with open(f"{top}/{path}", "r+b") as file:
        file.write(b"rot")
    settle(top, path)
    parent, name = os.path.split(path)
    with closing(Cache(f"{top}/.annexish/cache.sqlite")) as cache:
        row = cache.row(cache.children(TOP_ROW)[os.fsencode(parent)])
        names = row.names.split(b"\0")
        directory = os.open(f"{top}/{parent}", os.O_RDONLY)
        stats = Statter().columns_and_own(directory, names)
        os.close(directory)
        assert os.fsencode(name) in names, "the cache knows the file"
        assert stats is not None, "all names are there"
        cache.begin()
        cache.put([row._replace(stats=stats)])
        cache.finish({})
    limit = time.time_ns() + YOUNG
    while time.time_ns() <= limit:
        time.sleep(0.05)


def next_second() -> None:
    """Wait until commits have another time, so that it does not depend on chance which one is the later."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.05)


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


def settle(top: str, path: str, later: int = 0) -> None:
    """Give a file a time that is the same in every run, and its own."""
    second = _TIME + int.from_bytes(blake3(os.fsencode(path)).digest()[:3], "big") + later
    os.utime(f"{top}/{path}", (second, second), follow_symlinks=False)
