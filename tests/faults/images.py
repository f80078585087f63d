"""A file system in an image whose blocks can be changed behind its back: bytes rot, and no record says so."""

from __future__ import annotations

import gc
import mmap
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annexish.scan.prove import YOUNG
from tests.trees import Tree

SECTOR = 512


class Image:
    """A file system that the fixture `filesystem` mounted at `at`."""

    def __init__(self, at: Path, *, options: str = "") -> None:
        self.at = at
        self.options = f"loop,{options}" if options else "loop"
        self._image = at.with_suffix(".img")

    def remount(self) -> None:
        """Mount it with the options that this image is to have."""
        with self.unmounted():
            pass

    @contextmanager
    def unmounted(self) -> Iterator[mmap.mmap]:
        """Give the bytes of the image while nobody has it mounted; then the kernel reads them anew."""
        gc.collect()
        subprocess.run(["umount", str(self.at)], check=True)
        with self._image.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
            yield data
            data.flush()
        subprocess.run(["mount", "-o", self.options, str(self._image), str(self.at)], check=True)

    def change(self, old: bytes, new: bytes) -> int:
        """Write other bytes over the first place where a sector begins with the old ones; say how many there are."""
        assert len(old) == len(new)
        with self.unmounted() as data:
            places = [at for at in occurrences(data, old) if at % SECTOR == 0]
            data[places[0] : places[0] + len(new)] = new
        return len(places)

    def debug(self, command: str) -> None:
        """Let debugfs(8) change an ext4."""
        with self.unmounted():
            subprocess.run(["debugfs", "-w", "-R", command, str(self._image)], check=True, capture_output=True)


def occurrences(data: mmap.mmap, wanted: bytes) -> Iterator[int]:
    """Yield where bytes are."""
    at = data.find(wanted)
    while at >= 0:
        yield at
        at = data.find(wanted, at + 1)


def places_of(data: mmap.mmap, sectors: set[bytes]) -> dict[bytes, list[int]]:
    """Where each sector of some contents lies in an image."""
    found: dict[bytes, list[int]] = {sector: [] for sector in sectors}
    for at in range(0, len(data), SECTOR):
        sector = data[at : at + SECTOR]
        if sector in found:
            found[sector].append(at)
    return found


def settle(tree: Tree) -> None:
    """Commit until the stat cache knows every record, and wait until none is young."""
    tree.commit_calmly()
    wait()


def wait() -> None:
    """Wait until no record that there is now is young."""
    limit = time.time_ns() + YOUNG
    while time.time_ns() <= limit:
        time.sleep(0.05)


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    """The bytes with one bit changed."""
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def times_of(path: str) -> tuple[int, int, int, int]:
    """What must not tell that the bytes are others."""
    found = os.stat(path)
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
