"""The changes after which a part of a tree is as another snapshot has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from annexish.model.change import Change
from annexish.model.entry import Kind
from annexish.model.path import RepoPath, split, within


def arriving(changes: Iterable[Change], paths: Sequence[RepoPath]) -> Iterator[Change]:
    """Yield the changes of which an end lies within one of the paths, and of what would be carried along into one.

    A directory that moves carries what is in it where it was, so that is asked of the nearest one above.
    The changes are gone through twice.
    """
    moves = {
        change.old_path: change.path
        for change in changes
        if change.before is not None and change.after is not None and change.kind is Kind.DIRECTORY
    }
    for change in changes:
        ends = (change.path, change.path_before, _carried(change.old_path, moves))
        if any(end is not None and within(end, path) for end in ends for path in paths):
            yield change


def _carried(path: RepoPath | None, moves: Mapping[RepoPath | None, RepoPath]) -> RepoPath | None:
    """Return where the nearest directory above a path that is told of goes."""
    at = path
    while at:
        at, _ = split(at)
        if at in moves:
            return moves[at]
    return None
