"""Where a round runs: an empty directory, with a home of its own, on a new file system if asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

GIT_CONFIG = """\
[user]
 name = bench
 email = bench@example.invalid
[gc]
 auto = 0
[maintenance]
 auto = false
[init]
 defaultBranch = main
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A scratch directory: `tree` is what is indexed, Git's files lie beside it."""

    top: str

    @property
    def tree(self) -> str:
        """What annexish and Git both index."""
        return os.path.join(self.top, "tree")

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the caller's but where programs are."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
        home = os.path.join(self.top, "home")
        return kept | {
            "HOME": home,
            "TMPDIR": os.path.join(self.top, "tmp"),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def furnish(self) -> None:
        """Make the home and what it holds."""
        for name in ("home", "tmp"):
            os.mkdir(os.path.join(self.top, name))
        with open(os.path.join(self.top, "home", ".gitconfig"), "w", encoding="ascii") as file:
            file.write(GIT_CONFIG)


MAKE = {
    "ext4": ("mkfs.ext4", "-q", "-F", "-i", "8192", "-E", "lazy_itable_init=0,lazy_journal_init=0"),
    "btrfs": ("mkfs.btrfs", "-q", "-f"),
    "xfs": ("mkfs.xfs", "-q", "-f", "-m", "reflink=1"),
}
"""How a file system is made, by its name."""


@contextlib.contextmanager
def new_place(scratch: str, image_gib: int, kind: str = "ext4") -> Iterator[Place]:
    """An empty place that is gone afterwards."""
    top = os.path.join(scratch, "round")
    os.mkdir(top)
    try:
        with _mounted(top, image_gib, kind) if image_gib else contextlib.nullcontext():
            place = Place(top)
            place.furnish()
            yield place
    finally:
        if not os.path.ismount(top):
            shutil.rmtree(top)


@contextlib.contextmanager
def _mounted(top: str, gib: int, kind: str) -> Iterator[None]:
    """A new journalled file system in a sparse file, so that no round inherits another's deletions."""
    image = top + ".img"
    try:
        with open(image, "wb") as file:
            file.truncate(gib << 30)
        subprocess.run([*MAKE[kind], image], check=True)
        subprocess.run(["mount", "-o", "loop", image, top], check=True)
        yield
    finally:
        if os.path.ismount(top):
            _unmount(top)
        os.unlink(image)


def _unmount(top: str) -> None:
    for _ in range(40):
        if subprocess.run(["umount", top], check=False, capture_output=True).returncode == 0:
            return
        time.sleep(0.25)
    raise SystemExit(f"cannot unmount {top}: something still uses it")
