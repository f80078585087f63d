"""Trees to index, always the same for the same arguments, and a reorganisation of them.

`many` is a home of small files (W1), `big` one of large incompressible files (W2), `flat` one large directory.
"""

from __future__ import annotations

import math
import os
import random
import stat
from collections.abc import Iterator
from dataclasses import dataclass

BASE = 1_700_000_000  # every time is derived from this one, so no file looks recently changed
OWN = frozenset({".annexish"})
WORDS = (
    *("report", "photo", "invoice", "draft", "notes", "trip", "family", "budget", "scan", "receipt", "letter"),
    *("song", "holiday", "thesis", "backup", "meeting", "recipe", "garden", "house", "car", "tax", "client"),
    *("plan", "sketch", "index", "chapter"),
)
ODD = (
    "été à Paris",
    "日本 旅行",
    "Größe Übersicht",
    "naïve café",
    "фото лето",
    "emoji 🎉 party",
    "two  spaces",
    "it's mine",
    "semi;colon",
    "100% done",
)
EXTENSIONS = ("txt", "md", "jpg", "pdf", "py", "json", "csv", "html", "png", "docx", "xml", "c")
TOPS = (("Photos", 0.30), ("Documents", 0.25), ("Projects", 0.25), ("Music & Video", 0.10), ("Mail archive", 0.10))
LETTERS = bytes((b"etaoin shrdlu\n e" * 16)[i] for i in range(256))  # makes bytes compress like text


def write(path: str, data: bytes, mtime: int, mode: int = 0o644) -> None:
    """Make one file."""
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)
    os.utime(path, (mtime, mtime))


class Many:
    """Small files, 4 KiB on average, 20 in a directory; some empty, some duplicates, some links, some odd names."""

    def __init__(self, top: str, count: int, seed: int = 1) -> None:
        self.top, self.count, self.random = top, count, random.Random(seed)
        self.made = 0
        self.recent: list[str] = []

    def make(self) -> None:
        """Write the whole tree."""
        os.makedirs(self.top)
        for name, share in TOPS:
            directories = self.directories(name, max(1, round(max(len(TOPS), self.count // 20) * share)))
            files = round(self.count * share)
            for k in range(files):
                self.member(directories[k * len(directories) // files])
        settle(self.top)

    def directories(self, name: str, count: int) -> list[str]:
        """Make `count` directories, three or four levels deep."""
        made = []
        for d in range(count):
            parts = [name, f"{WORDS[d % 7]} {d % 23:02}", f"{self.random.choice(WORDS)}-{d:04}"]
            if d % 4 == 0:
                parts.append(f"{self.random.choice(ODD)} {d}")
            made.append(os.path.join(self.top, *parts))
            os.makedirs(made[-1])
            if d % 100 == 7:
                os.mkdir(os.path.join(made[-1], "empty folder"))
        return made

    def member(self, directory: str) -> None:
        """Write one file or symbolic link."""
        path = os.path.join(directory, self.name())
        kind = self.random.random()
        if kind < 0.01 and self.recent:
            os.symlink(self.target(directory), path)
        else:
            write(path, self.content(kind), *self.facts())
            self.recent.append(os.path.abspath(path))
            if len(self.recent) > 200:
                del self.recent[:100]
        self.made += 1

    def name(self) -> str:
        """A new name, as people give them."""
        choice = self.random.choice
        if self.random.random() < 0.08:
            stem = choice(ODD)
        else:
            stem = (" " if self.random.random() < 0.3 else "_").join((choice(WORDS), choice(WORDS)))
        return f"{stem}-{self.made:06}.{choice(EXTENSIONS)}"

    def target(self, directory: str) -> str:
        """What a link points to; one in ten points nowhere."""
        return f"missing-{self.made}" if self.made % 10 == 0 else os.path.relpath(self.recent[-1], directory)

    def content(self, kind: float) -> bytes:
        """The bytes of a file: none, those of an earlier one, or new ones."""
        size = min(int(self.random.lognormvariate(math.log(4096) - 1.5**2 / 2, 1.5)), 4 << 20)
        if kind < 0.015:
            return b""
        if kind < 0.045 and self.recent:
            with open(self.random.choice(self.recent), "rb") as file:
                return file.read()
        data = self.random.randbytes(size)
        return data.translate(LETTERS) if self.made % 2 else data

    def facts(self) -> tuple[int, int]:
        """Time and mode of a file."""
        mode = self.random.random()
        return (
            BASE + self.random.randrange(10**7),
            0o644 if mode < 0.8 else 0o600 if mode < 0.9 else 0o755 if mode < 0.97 else 0o444,
        )


def make_many(top: str, count: int) -> None:
    """Write W1."""
    Many(top, count).make()


def make_big(top: str, count: int, mib: int) -> None:
    """Write W2."""
    source = random.Random(1)
    for i in range(count):
        kind = "Raw footage" if i < round(count * 0.3) else "Finished" if i % 2 else "Music"
        directory = os.path.join(top, kind, f"set {i // 8:02}")
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, f"clip-{i:03}.mov")
        with open(path, "wb") as file:
            file.writelines(source.randbytes(1 << 20) for _ in range(mib))
        os.utime(path, (BASE + i, BASE + i))
    settle(top)


def make_flat(top: str, count: int) -> None:
    """Write one directory of `count` files of 100 bytes."""
    source = random.Random(1)
    os.makedirs(top)
    for i in range(count):
        write(os.path.join(top, f"{source.choice(WORDS)}-{i:06}.txt"), source.randbytes(100), BASE + i)
    settle(top)


def settle(top: str) -> None:
    """Give directories old times too."""
    for directory, _, _ in os.walk(top, topdown=False):
        os.utime(directory, (BASE, BASE))


def files(top: str, without: str = "") -> Iterator[str]:
    """Yield the regular files below `top`, relative to it, in an order that does not depend on the file system."""
    for directory, below, names in os.walk(top):
        below[:] = sorted(name for name in below if name not in OWN and (directory != top or name != without))
        for name in sorted(names):
            path = os.path.join(directory, name)
            if not os.path.islink(path):
                yield os.path.relpath(path, top)


def edit(path: str, mtime: int) -> int:
    """Add a line, as an editor that writes in place; return the new size."""
    mode = stat.S_IMODE(os.lstat(path).st_mode)
    os.chmod(path, mode | 0o200)
    with open(path, "ab") as file:
        file.write(b"\nedited %d" % mtime)
        size = file.tell()
    os.chmod(path, mode)
    os.utime(path, (mtime, mtime))
    return size


@dataclass(frozen=True, slots=True)
class Reorganised:
    """How many bytes a commit of it must read, and how many it need not."""

    new: int
    moved: int


def reorganise(top: str, count: int) -> Reorganised:
    """Move a directory with 30 % of the files; rename 1,000 files, edit 100, delete 100, add 100 of every 100,000."""
    source = random.Random(1001)
    renames, edits = min(1000, count // 100), min(100, count // 1000)
    os.makedirs(os.path.join(top, "Archive", "old stuff"))
    home = os.path.join("Archive", "old stuff", "Photos 2024")
    os.rename(os.path.join(top, "Photos"), os.path.join(top, home))
    moved = sum(os.lstat(os.path.join(top, home, path)).st_size for path in files(os.path.join(top, home)))
    picked = source.sample(list(files(top, without="Archive")), renames + 2 * edits)
    for k, path in enumerate(picked[:renames]):
        moved += _rename(top, path, k)
    new = sum(edit(os.path.join(top, path), BASE + 2 * 10**7) for path in picked[renames : renames + edits])
    for path in picked[renames + edits :]:
        os.unlink(os.path.join(top, path))
    os.makedirs(os.path.join(top, "New files"))
    for k in range(edits):
        write(os.path.join(top, "New files", f"new {k:03}.dat"), source.randbytes(4096), BASE + 3 * 10**7 + k)
    return Reorganised(new=new + edits * 4096, moved=moved)


def _rename(top: str, path: str, k: int) -> int:
    """Rename one file, every other one into another directory; return its size."""
    directory, name = os.path.split(path)
    to = os.path.join("Archive", "sorted") if k % 2 == 0 else directory
    os.makedirs(os.path.join(top, to), exist_ok=True)
    after = os.path.join(top, to, f"renamed-{k:04}-{name}")
    os.rename(os.path.join(top, path), after)
    return os.lstat(after).st_size
