"""Paths inside a repository: bytes, relative to the root, `/` between components, b"" for the root.

*Tree order* compares component by component: `a`, `a/x`, `a.b`.
"""

from __future__ import annotations

from typing import NewType

RepoPath = NewType("RepoPath", bytes)

TOP = RepoPath(b"")
CONTROL = b".annexish"
KEEP = b".annexish-keep"
"""The keep at the top of a file system that is mounted inside the tree."""
IGNORE_FILE = b".annexishignore"


def join(parent: bytes, name: bytes) -> RepoPath:
    """The path of `name` in `parent`."""
    return RepoPath(parent + b"/" + name if parent else name)


def split(path: bytes) -> tuple[RepoPath, bytes]:
    """The path of the parent, and the last component."""
    parent, _, name = path.rpartition(b"/")
    return RepoPath(parent), name


def in_control(path: bytes) -> bool:
    """Whether a path is in what would be the control directory of a repository, as any file system reads names."""
    return path.partition(b"/")[0].lower() == CONTROL


def components(path: bytes) -> list[bytes]:
    """The components of a path: the key of tree order."""
    return path.split(b"/") if path else []


def within(path: bytes, top: bytes) -> bool:
    """Whether `path` is `top` or lies below it."""
    return not top or path == top or path.startswith(top + b"/")
