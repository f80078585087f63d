"""A snapshot, or chosen paths of it, one node after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load, leaves
from annexish.model.path import TOP, RepoPath, join, split


class Piece(NamedTuple):
    """What one node holds of the directory at `path`, whose entry is `own`; a directory has one `first` piece."""

    path: RepoPath
    own: Entry
    first: bool
    entries: tuple[Entry, ...]


class Branch(NamedTuple):
    """A directory that was not looked into yet; `whole` says that all below it is chosen."""

    path: RepoPath
    own: Entry
    tree: TreeId
    whole: bool


class Pieces:
    """Looks into directories of a snapshot: of those on the way to `paths` only at what leads there."""

    def __init__(self, load: Load, root: TreeId, paths: Iterable[RepoPath] = (TOP,)) -> None:
        self._load = load
        self._chosen = frozenset(paths)
        self._wanted = self._chosen | {step for path in self._chosen for step in _ancestors(path)}
        own = load(root).own
        assert own is not None, "the first node of a snapshot describes the root"
        self.top = Branch(TOP, own, root, TOP in self._chosen)

    def below(self, start: Branch) -> Iterator[Piece]:
        """Yield a directory before what is below it; what waits meanwhile are the neighbours of those on the way."""
        todo = [start]
        while todo:
            branches: list[Branch] = []
            yield from self._inside(todo.pop(), branches)
            todo.extend(reversed(branches))

    def divided(self, number: int, branches: list[Branch]) -> Iterator[Piece]:
        """Yield directories level by level until `number` or more are left, or all; the rest goes to `branches`.

        A directory that is split is not looked into: it is work enough for a branch.
        """
        todo = deque([self.top])
        while todo and len(todo) + len(branches) < number:
            branch = todo.popleft()
            if self._load(branch.tree).shards:
                branches.append(branch)
            else:
                found: list[Branch] = []
                yield from self._inside(branch, found)
                todo.extend(found)
        branches.extend(todo)

    def _inside(self, branch: Branch, branches: list[Branch]) -> Iterator[Piece]:
        path, own, tree, whole = branch
        first = True
        for node in leaves(self._load, tree):
            entries = node.entries if whole else self._leading(path, node.entries)
            for entry in entries:
                if entry.kind is Kind.DIRECTORY:
                    at = join(path, entry.name)
                    branches.append(Branch(at, entry, node.subtrees[entry.id], whole or at in self._chosen))
            yield Piece(path, own, first, entries)
            first = False

    def _leading(self, path: RepoPath, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple([entry for entry in entries if join(path, entry.name) in self._wanted])


def pieces(load: Load, root: TreeId, paths: Iterable[RepoPath] = (TOP,)) -> Iterator[Piece]:
    """Yield every piece of a snapshot, or of paths in it, in one sequence."""
    whole = Pieces(load, root, paths)
    return whole.below(whole.top)


def _ancestors(path: RepoPath) -> Iterator[RepoPath]:
    while path:
        path, _ = split(path)
        yield path
