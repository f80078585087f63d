"""A remote that several processes use at once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from annexish.remote.port import Remote


class Door(Protocol):
    """A remote that answers, and is used by processes that are forked later."""

    def prepare(self, processes: int, files: int) -> None:
        """Begin to open what so many processes need for so many files, and wait for nothing."""

    def widen(self, processes: int, files: int) -> int:
        """See to it that so many processes can enter, each once; return how many can. One is this process itself."""

    def enter(self, number: int) -> AbstractContextManager[Remote]:
        """Return the remote for the process of a number, which begins at 0."""
