"""Two snapshots to the changes that people see, counted as they pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from annexish.diff.arriving import arriving
from annexish.diff.compare import compare, within_paths
from annexish.model.change import Change
from annexish.model.entry import Entry
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


EntryAt = Callable[[RepoPath], Entry | None]


class Reversed:
    """The changes that take others back, in the same order, counted as they pass.

    With `paths` those that they need; `entry_at` looks into the snapshot that the others began with.
    """

    def __init__(self, changes: Iterable[Change], paths: Sequence[RepoPath], entry_at: EntryAt) -> None:
        self._changes = changes
        self._paths = paths
        self._entry_at = entry_at
        self.counts: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Change]:
        self.counts.clear()
        back = map(_back, self._changes)
        for change in arriving(back, self._paths, self._entry_at) if self._paths else back:
            self.counts[change.word] += 1
            yield change


def _back(change: Change) -> Change:
    path = change.old_path or change.path
    if change.origin is not None:
        return Change(change.after, change.before, path, path, change.inside, change.path)
    before = None if change.after is None else change.path
    return Change(change.after, change.before, before, path, change.inside)
