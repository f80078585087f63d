"""The settings that decide what is scanned."""

from __future__ import annotations

import os
from typing import NamedTuple


class Rules(NamedTuple):
    """Leave out what is mounted inside the tree; leave out directories that carry a CACHEDIR.TAG.

    `keeps` are the mount points that have a keep, which is left out.
    """

    one_file_system: bool = False
    cachedir_tag: bool = False
    keeps: tuple[bytes, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A word that differs when the rules do."""
        keeps = ":".join(map(os.fsdecode, sorted(self.keeps)))
        return f"{int(self.one_file_system)}{int(self.cachedir_tag)}{keeps}"
