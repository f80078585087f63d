"""Changes as people want to see them: a directory that is new, or gone, with everything in it is one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.model.path import RepoPath, within

HELD = 1000
"""About so many other changes wait for the line of the directory that they are in."""


class Collapsed(NamedTuple):
    """A directory that was added or deleted (`word`), and what came or went with it, at any depth.

    `files` counts everything that is no directory, `directories` not the one at `path`; `size` is in bytes.
    """

    path: RepoPath
    word: str
    files: int
    directories: int
    size: int


class _Whole:
    """A directory while what is in it passes."""

    def __init__(self, top: Change) -> None:
        self.path = top.path
        self._word = top.word
        self._files = self._directories = self._size = 0

    def count(self, change: Change) -> None:
        """Take along what has the same fate."""
        if change.kind is Kind.DIRECTORY:
            self._directories += 1
        else:
            self._files += 1
            self._size += change.entry.size

    def collapsed(self) -> Collapsed:
        """Return what was counted."""
        return Collapsed(self.path, self._word, self._files, self._directories, self._size)


def collapse(changes: Iterable[Change]) -> Iterator[Change | Collapsed]:
    """Yield changes with each added or deleted directory as one; they come, and stay, in tree order.

    What happened otherwise inside such a directory (something moved into it, another object had its place)
    follows it one by one. Nothing is collected: if more than `HELD` of those wait, they go ahead of their directory.
    """
    queue: list[Change | _Whole] = []
    wholes: dict[str, _Whole] = {}
    for change in changes:
        for word in [word for word, whole in wholes.items() if not within(change.path, whole.path)]:
            del wholes[word]
        if queue and (not wholes or len(queue) > HELD):
            yield from _leave(queue, wholes)
        word = change.word
        if word in wholes:
            wholes[word].count(change)
        elif _is_whole(change):
            # at most two are open: one path may have lost a directory and gained another
            wholes[word] = _Whole(change)
            queue.append(wholes[word])
        elif queue:
            queue.append(change)
        else:
            yield change
    yield from _leave(queue, {})


def _is_whole(change: Change) -> bool:
    return change.kind is Kind.DIRECTORY and (change.before is None or change.after is None)


def _leave(queue: list[Change | _Whole], wholes: dict[str, _Whole]) -> Iterator[Change | Collapsed]:
    """Yield what is waiting, except the directories that are still counting: those stay in the queue."""
    counting = [whole for whole in queue if whole in wholes.values()]
    for one in queue:
        if one not in counting:
            yield one.collapsed() if isinstance(one, _Whole) else one
    queue[:] = counting
