"""What a commit changes, counted while it is built: the same figures as comparing both snapshots afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.path import TOP, RepoPath

_ELSEWHERE = RepoPath(b"elsewhere")


class Tally:
    """Counts by change word.

    `files` is how many more objects that are no directories there are, `absent` how many more of them are not here.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.files = 0
        self.absent = 0
        self._new = 0
        """How many of the `files` are new, less those that are gone."""

    def note(self, before: Entry | None, after: Entry, *, moved: bool, directory: bool = False) -> None:
        """Count one object that is there now."""
        if before is None:
            self.counts["added"] += 1
            self._more(int(not directory))
            return
        if moved or differs(before, after):
            self.counts[Change(before, after, _ELSEWHERE if moved else TOP, TOP).word] += 1

    def add_files(self, number: int) -> None:
        """Count new objects that are no directories."""
        self.counts["added"] += number
        self._more(number)

    def found(self, *, wanted: bool) -> None:
        """Count an object that was recorded, and absent, and is here; if it is wanted here, it was missed."""
        self.files += 1
        self.absent -= wanted

    def gone(self, files: int, directories: int) -> None:
        """Count objects that are nowhere any more."""
        if files or directories:
            self.counts["deleted"] += files + directories
        self._more(-files)

    def recount(self, changes: Iterable[Change]) -> None:
        """Count the changes themselves, where not all of them were seen while they were made."""
        self.counts.clear()
        new = 0
        for change in changes:
            self.counts[change.word] += 1
            if change.kind is not Kind.DIRECTORY:
                new += (change.before is None) - (change.after is None)
        self._more(new - self._new)

    def _more(self, files: int) -> None:
        self.files += files
        self._new += files


def differs(before: Entry, after: Entry) -> bool:
    """Whether an object that stays where it is shows a change."""
    return content_of(before) != content_of(after) or metadata_of(before) != metadata_of(after)
