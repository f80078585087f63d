"""Paths inside a repository: bytes, relative to the root, `/` between components, b"" for the root.

*Tree order* compares component by component: `a`, `a/x`, `a.b`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NewType

RepoPath = NewType("RepoPath", bytes)

TOP = RepoPath(b"")
CONTROL = b".annexish"
KEEP = b".annexish-keep"
"""The keep at the top of a file system that is mounted inside the tree."""
IGNORE_FILE = b".annexishignore"
_SHORT = re.compile(r"annexi~\d+")
"""What FAT calls the control directory besides."""


def join(parent: bytes, name: bytes) -> RepoPath:
    """The path of `name` in `parent`."""
    return RepoPath(parent + b"/" + name if parent else name)


def split(path: bytes) -> tuple[RepoPath, bytes]:
    """The path of the parent, and the last component."""
    parent, _, name = path.rpartition(b"/")
    return RepoPath(parent), name


def in_control(path: bytes) -> bool:
    """Whether a path is in what would be the control directory of a repository, as any file system reads names."""
    return _is_control(path.partition(b"/")[0])


@lru_cache(maxsize=64)
def _is_control(name: bytes) -> bool:
    """Whether a name is that of the control directory, as FAT, NTFS and what folds case or Unicode form may read it."""
    text = unicodedata.normalize("NFKC", name.decode("utf-8", "surrogateescape")).casefold()
    # characters that nobody sees are passed over by some
    seen = "".join(each for each in text if unicodedata.category(each) != "Cf").partition(":")[0].rstrip(". ")
    return seen == CONTROL.decode() or _SHORT.fullmatch(seen) is not None


def components(path: bytes) -> list[bytes]:
    """The components of a path: the key of tree order."""
    return path.split(b"/") if path else []


def within(path: bytes, top: bytes) -> bool:
    """Whether `path` is `top` or lies below it."""
    return not top or path == top or path.startswith(top + b"/")
