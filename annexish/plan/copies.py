"""How many copies elsewhere a file needs, and which ones count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annexish.model.copies import Holder
from annexish.model.path import TOP, RepoPath, split


class Minimum:
    """How many copies elsewhere a path needs, from a value of `copies.minimum`: `1`, or `1:Photos=2:Photos/raw=3`."""

    def __init__(self, value: str) -> None:
        usual, *others = value.split(":")
        self._numbers = {TOP: int(usual)}
        for word in others:
            path, _, number = word.rpartition("=")
            self._numbers[RepoPath(path.rstrip("/").encode())] = int(number)

    def at(self, path: RepoPath) -> int:
        """Return the number of the nearest directory above a path, or of itself, that has one."""
        while path not in self._numbers:
            path = split(path)[0]
        return self._numbers[path]


class Counting:
    """How many copies elsewhere there are among some holders: what is on one disk goes with it, and is one.

    This repository is none of them, but its disk is one like any other: what else is on it stays when a file goes here.
    Where nobody knows which disk it is, host and mount point tell.
    """

    def __init__(self, holders: Sequence[Holder]) -> None:
        self._disks = [holder.disk.id or holder.disk.label or holder.id for holder in holders]
        self._here = [holder.here for holder in holders]

    def copies(self, positions: Iterable[int]) -> int:
        """Return how many copies elsewhere it is if the holders at these positions have it."""
        return len({self._disks[position] for position in positions if not self._here[position]})

    def beside(self, position: int, positions: Iterable[int]) -> int | None:
        """Return the first of the holders at other positions that is on the same disk, None if none is."""
        disk = self._disks[position]
        return next((other for other in positions if other != position and self._disks[other] == disk), None)
