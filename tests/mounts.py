"""A file system mounted inside a tree."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def mounted(at: str, kind: str = "tmpfs") -> Iterator[None]:
    """Mount an empty file system in memory for as long as the block runs, if nobody unmounts it before."""
    subprocess.run(["mount", "-t", kind, kind, at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", at], check=False, capture_output=True)


def unmount(at: str) -> None:
    """Unmount now."""
    subprocess.run(["umount", at], check=True)
