"""Two snapshots to the changes that people see, counted as they pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

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
