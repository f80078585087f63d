"""Changes turned around: what a restore would do, told before it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from annexish.diff.arriving import EntryAt, arriving
from annexish.model.change import Change
from annexish.model.path import RepoPath


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
