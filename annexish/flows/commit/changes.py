"""Two snapshots to the changes that people see, counted as they pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from annexish.diff.arriving import arriving
from annexish.diff.compare import compare, within_paths
from annexish.model.change import Change
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import RepoPath


class Changes:
    """An iterable of changes that fills the counts while it is iterated."""

    def __init__(self, load: Load, before: TreeId | None, after: TreeId | None, paths: Sequence[RepoPath]) -> None:
        self._arguments = (load, before, after)
        self._paths = paths
        self.counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Change]:
        self.counts.clear()
        changes = compare(*self._arguments)
        for change in within_paths(changes, self._paths) if self._paths else changes:
            self.counts[change.word] += 1
            yield change


class Reversed:
    """The changes that take others back, or those that paths need, in the same order, counted as they pass."""

    def __init__(self, changes: Iterable[Change], paths: Sequence[RepoPath] = ()) -> None:
        self._changes = changes
        self._paths = paths
        self.counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Change]:
        self.counts.clear()
        back = _Back(self._changes)
        for change in arriving(back, self._paths) if self._paths else back:
            self.counts[change.word] += 1
            yield change


class _Back:
    """Each change turned around, as often as somebody asks."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = changes

    def __iter__(self) -> Iterator[Change]:
        for change in self._changes:
            path = change.old_path or change.path
            if change.origin is not None:
                yield Change(change.after, change.before, path, path, change.inside, change.path)
                continue
            before = None if change.after is None else change.path
            yield Change(change.after, change.before, before, path, change.inside)
