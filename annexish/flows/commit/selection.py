"""Which changes a commit of some paths takes: what lies within them, and the other ends of moves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from annexish.errors import Missing
from annexish.flows.commit.identity import Identity
from annexish.flows.state.past import Past
from annexish.model.path import RepoPath, join, split, within
from annexish.scan.survey import Survey


class Move(NamedTuple):
    """An object that is at another path than before."""

    before: RepoPath
    now: RepoPath
    directory: bool


class Selection:
    """Paths that are taken with all that is in them, and directories that are only taken themselves."""

    def __init__(self, paths: Iterable[RepoPath], moves: Iterable[Move]) -> None:
        asked = frozenset(paths)
        self._whole = set(asked)
        self._alone: set[RepoPath] = set()
        along: set[RepoPath] = set()
        for move in moves:
            ends = (move.before, move.now)
            if any(_covers(asked, end) for end in ends):
                self._whole.update(ends)
            elif move.directory and any(within(path, end) for path in asked for end in ends):
                self._alone.update(ends)
                self._whole |= {_elsewhere(path, move) for path in asked}
            else:
                continue
            along |= {end for end in ends if not _covers(asked, end)}
        self._above = {above for path in self._whole | self._alone for above in _ancestors(path)}
        self.taken_along = tuple(sorted(along))

    def takes(self, path: RepoPath) -> bool:
        """Whether what is at a path is taken."""
        return path in self._alone or _covers(self._whole, path)

    def enters(self, path: RepoPath) -> bool:
        """Whether something below a path is taken."""
        return path in self._above


def moves_in(survey: Survey, identity: Identity, past: Past) -> Iterator[Move]:
    """Yield what moved, as far as inodes tell."""
    for listing in survey:
        if listing.row > 1:
            known = past.row(listing.row)
            if (known.parent, known.name) != (survey.rows[listing.parent], listing.name):
                yield Move(past.path(listing.row), RepoPath(listing.path), directory=True)
    for (number, at), position in identity.moved.items():
        lost, listing = identity.displaced[position], survey[number]
        yield Move(join(past.path(lost.row), lost.name), join(listing.path, listing.names[at]), directory=False)


def require(root: bytes, paths: Sequence[RepoPath], past: Past) -> None:
    """Raise Missing for a path that is neither in the working tree nor in the last commit."""
    for path in paths:
        if not os.path.lexists(os.path.join(root, path)) and not past.knows(path):
            raise Missing(
                f"{os.fsdecode(path)!r} is neither here nor in the last commit",
                hint="`annexish status` lists what changed",
            )


def _elsewhere(path: RepoPath, move: Move) -> RepoPath:
    """What a path in a directory that moved is called at the other end."""
    for here, there in ((move.before, move.now), (move.now, move.before)):
        if within(path, here):
            return RepoPath(there + path[len(here) :])
    return path


def _covers(paths: AbstractSet[RepoPath], path: RepoPath) -> bool:
    return path in paths or any(above in paths for above in _ancestors(path))


def _ancestors(path: RepoPath) -> Iterator[RepoPath]:
    while path:
        path, _ = split(path)
        yield path
