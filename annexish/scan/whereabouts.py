"""Which known directory is where: a directory is known by its inode wherever it is, so one that moved keeps its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from annexish.model.evidence import Displaced, Stat
from annexish.scan.check import SEEDED, own_of
from annexish.scan.known import Index, known_of, subtree
from annexish.scan.stat import unpack
from annexish.scan.survey import Survey

CheckBelow = Callable[[Sequence[tuple[int, int, bytes]], bytes], set[int]]
"""Which of some (row, parent, name) differ, parents before children, the first of which is now at a path."""


class Whereabouts:
    """The known directories during a walk: which differ, which lie above those, which were found, which are missed.

    `parts` says of large directories that only parts of them differ.
    """

    def __init__(
        self, index: Index, survey: Survey, differing: Mapping[int, int], parts: Mapping[int, Sequence[str]],
        check_below: CheckBelow, *, stable_inodes: bool,
    ) -> None:  # fmt: skip
        self._index = index
        self._survey = survey
        self._check_below = check_below
        self._stable_inodes = stable_inodes
        self.differing = set(differing)
        self.parts = dict(parts)
        self._passing: set[int] = set()
        self._entered: set[int] = set()
        self._seen: set[int] = set()
        self._moved: list[int] = []
        self._dropped: list[int] = []
        for parent in set(differing.values()):
            self._pass(parent)

    def _pass(self, row: int) -> None:
        """Something differs below a directory."""
        while row and row not in self._passing:
            self._passing.add(row)
            row, _ = self._index.place(row)

    def leads_on(self, row: int) -> bool:
        """Whether a directory differs, or something below it."""
        return row in self.differing or row in self._passing

    def enter(self, row: int) -> None:
        """A known directory was found."""
        self._entered.add(row)

    def see(self, row: int) -> None:
        """A known directory was listed, with all that is in it."""
        self._seen.add(row)

    def entered(self, row: int) -> bool:
        """Whether a known directory was found already."""
        return row in self._entered

    def row_of_child(self, own: Stat, path: bytes, at_place: int) -> tuple[int, bool]:
        """The row of the object that a directory is: by inode wherever it was, else by its place.

        It is doubtful by its place if another inode was there: that one may still be found elsewhere.
        """
        if at_place in self._entered:
            at_place = 0
        before = own_of(self._index.row(at_place)).inode if at_place else 0
        if before == own.inode:
            return at_place, False
        moved = self._moved_row(own, at_place) if self._stable_inodes else 0
        if moved:
            if at_place:
                self.miss([at_place])
            self._moved.append(moved)
            self._recheck(moved, path)
            return moved, False
        return at_place, bool(before) and self._stable_inodes

    def _moved_row(self, own: Stat, at_place: int) -> int:
        """The row of a directory with this inode whose old place no longer has it; 0 if there is none."""
        for row in self._index.by_inode(own.inode):
            if row in self._entered or row == at_place:
                continue
            known = self._index.row(row)
            before = own_of(known)
            same = before.birth == own.birth if own.birth_s and before.birth_s else before.mtime == own.mtime
            if same and (known.parent in self.differing or known.parent in self._entered):
                return row
        return 0

    def _recheck(self, row: int, path: bytes) -> None:
        """A directory was found at another path: what differs below it was said of the old one, so ask again."""
        below = self._index.below(row)
        above = {known: parent for known, parent, _ in below}
        found = self._check_below(below, path)
        self.differing.difference_update(above)
        self.differing |= found
        for known in self.parts.keys() & above.keys():
            del self.parts[known]
        for differing in found:
            at = differing
            while at != row:
                at = above[at]
                self._passing.add(at)

    def miss(self, rows: list[int]) -> None:
        """Child directories that are no longer here are gone; those that were not here are absent as before."""
        self._dropped += [row for row in rows if not self._index.row(row).flags & SEEDED]

    def moved_unseen(self) -> Iterator[int]:
        """Yield those that were found elsewhere while nobody saw the directory that they left."""
        return (row for row in self._moved if self._index.place(row)[0] not in self._seen)

    def name_gone(self) -> None:
        """Name every object of directories that are nowhere any more."""
        for top in self._dropped:
            for known in subtree(self._index, top, self._entered):
                self._survey.gone_rows.append(known.row)
                gone = known_of(self._index, known)
                for name, stat in zip(gone.names, unpack(gone.columns), strict=True):
                    self._survey.displaced.append(Displaced(known.row, name, stat, gone=True))
