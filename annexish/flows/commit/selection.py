"""Which changes a commit of some paths takes: what lies within them, and the other ends of moves."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import defaultdict
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
    """Paths that are taken with all that is in them, and directories that are only taken themselves.

    What is taken along may be an end of other moves, whose other ends are taken too: else an object would be recorded
    at both, or at none.
    """

    def __init__(self, paths: Iterable[RepoPath], moves: Iterable[Move]) -> None:
        asked, self._ends = frozenset(paths), _Ends(moves)
        self._whole: set[RepoPath] = set()
        self._alone: set[RepoPath] = set()
        self._done: set[Move] = set()
        todo, done = [*asked], set[RepoPath]()
        while todo:
            path = todo.pop()
            if not _covers(done, path):
                done.add(path)
                todo += self._take(path)
        self._above = {above for path in self._whole | self._alone for above in _ancestors(path)}
        self.taken_along = self._ends.taken_along(self, asked)

    def _take(self, path: RepoPath) -> Iterator[RepoPath]:
        """Take what is or was at a path; yield the ends of the moves that are taken with it."""
        names = [path]
        for above in _ancestors(path):
            for move in self._ends.at(above):
                yield from self._take_alone(move, above)
                if move.directory:
                    names += _elsewhere(path, move)
        self._whole.update(names)
        for name in names:
            for move in self._ends.inside(name):
                yield move.before
                yield move.now

    def _take_alone(self, move: Move, end: RepoPath) -> Iterator[RepoPath]:
        """Take a move for the sake of one end, and of a directory not what is in it; yield where a file is then.

        What has, or had, the other end takes part, and so do directories above that moved.
        """
        todo = [(move, end)]
        while todo:
            move, end = todo.pop()
            self._alone.add(end)
            other = move.now if end == move.before else move.before
            if not move.directory:
                yield other
            elif move not in self._done:
                self._done.add(move)
                self._alone.add(other)
                todo += [
                    (each, at) for one in (end, other) for at in (one, *_ancestors(one)) for each in self._ends.at(at)
                ]

    def takes(self, path: RepoPath) -> bool:
        """Whether what is at a path is taken."""
        return path in self._alone or _covers(self._whole, path)

    def enters(self, path: RepoPath) -> bool:
        """Whether something below a path is taken."""
        return path in self._above

    def loses(self, path: RepoPath) -> bool:
        """Whether what left a path has left it for the commit too: a file gives way to what is taken below its path."""
        return self.takes(path) or self.enters(path)


class _Ends:
    """Moves by the paths at which they begin and end."""

    def __init__(self, moves: Iterable[Move]) -> None:
        self._at: dict[RepoPath, list[Move]] = defaultdict(list)
        for move in moves:
            for end in {move.before, move.now}:
                self._at[end].append(move)
        self._paths = sorted(self._at)

    def at(self, path: RepoPath) -> Sequence[Move]:
        """Return the moves that begin or end at a path."""
        return self._at.get(path, ())

    def inside(self, path: RepoPath) -> Iterator[Move]:
        """Yield the moves with an end at or below a path."""
        yield from self.at(path)
        below = path + b"/" if path else path
        for at in range(bisect_left(self._paths, below), len(self._paths)):
            if not self._paths[at].startswith(below):
                return
            yield from self._at[self._paths[at]]

    def taken_along(self, selection: Selection, asked: AbstractSet[RepoPath]) -> tuple[RepoPath, ...]:
        """Return the ends that are taken although nobody asked for them, sorted."""
        return tuple(end for end in self._paths if selection.takes(end) and not _covers(asked, end))


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


def _elsewhere(path: RepoPath, move: Move) -> Iterator[RepoPath]:
    """Yield what a path in a directory that moved is called at the other end."""
    for here, there in ((move.before, move.now), (move.now, move.before)):
        if within(path, here):
            yield RepoPath(there + path[len(here) :])


def _covers(paths: AbstractSet[RepoPath], path: RepoPath) -> bool:
    return path in paths or any(above in paths for above in _ancestors(path))


def _ancestors(path: RepoPath) -> Iterator[RepoPath]:
    while path:
        path, _ = split(path)
        yield path
