"""What became of a content that was to be kept."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum


class Put(IntEnum):
    """What became of a content.

    It got a name (LINKED, so that the record of the file changed; COPIED: an inode of its own),
    had one (THERE: of the same inode; TWIN: of another; LIE: of one whose size is not that of the content), cannot
    have one (UNPROTECTED), or was not asked for (NOT).
    """

    NOT = 0
    LINKED = 1
    COPIED = 2
    THERE = 3
    TWIN = 4
    UNPROTECTED = 5
    LIE = 6


KeepContent = Callable[[int, bytes, int], Put]
"""From the descriptor of an open file, its digest and its size in bytes."""
