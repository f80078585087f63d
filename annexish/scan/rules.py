"""The settings that decide what is scanned."""

from __future__ import annotations

from typing import NamedTuple


class Rules(NamedTuple):
    """Leave out what is mounted inside the tree; leave out directories that carry a CACHEDIR.TAG."""

    one_file_system: bool = False
    cachedir_tag: bool = False

    @property
    def fingerprint(self) -> str:
        """A word that differs when the rules do."""
        return f"{int(self.one_file_system)}{int(self.cachedir_tag)}"
