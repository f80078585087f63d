"""Directories that nothing is in any more go."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from annexish.model.path import RepoPath, split
from annexish.system.descend import Descent


def remove_vacant(root: bytes, paths: Sequence[RepoPath]) -> list[RepoPath]:
    """Remove those of some directories, parents first, that are empty; return them, the deepest first."""
    gone: list[RepoPath] = []
    with Descent(root) as descent:
        for path in reversed(paths):
            above, name = split(path)
            with suppress(OSError):
                os.rmdir(name, dir_fd=descent.open(above))
                gone.append(path)
    return gone
