"""Walk what differs: list directories, take their records, compare them with the cache.

A directory is entered if the check said that it differs, if something below it does, or if it is new.
It is known by its inode wherever it is: one that moved is compared with its old row, not read anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from annexish.model.path import IGNORE_FILE, KEEP, RepoPath, join
from annexish.model.report import Problem
from annexish.scan.check import MOUNT, SEEDED, SPLIT, KnownRow, names_of
from annexish.scan.contrast import Contrast
from annexish.scan.departed import leave
from annexish.scan.here import Here, Records, names_in
from annexish.scan.ignore import CACHE_TAG, Patterns
from annexish.scan.known import Index, Known, known_of
from annexish.scan.rules import Rules
from annexish.scan.sparse import sparse, sparse_of_parts
from annexish.scan.stat import Statter
from annexish.scan.survey import KEPT, LISTED, PASSED, Listing, Survey
from annexish.scan.whereabouts import CheckBelow, Whereabouts
from annexish.system.attributes import attributes_of
from annexish.system.descend import Descent

DEEPEST = 2000


@dataclass(frozen=True, slots=True)
class Request:
    """What to walk: `differing` rows of the cache with their parents, of some only `parts`.

    `again` names files by row that count as altered. `check_below` asks again of what moved.
    `is_recorded` tells whether the last commit has a name in the directory of a row.

    `everything` lists all directories.
    """

    root: bytes
    differing: Mapping[int, int]
    parts: Mapping[int, Sequence[str]]
    again: Mapping[int, frozenset[bytes]]
    check_below: CheckBelow
    is_recorded: Callable[[int, bytes], bool]
    rules: Rules
    everything: bool
    stable_inodes: bool = True
    list_ignored: bool = False
    tick: Callable[[bytes, int], None] | None = None


class _Visit(NamedTuple):
    """A directory to enter; its number is given when it is entered, so that numbers are in tree order."""

    number: int
    parent: int
    name: bytes
    path: bytes
    row: int
    level: int
    device: tuple[int, int]
    patterns: Patterns
    forced: bool

    def below(self, name: bytes, row: int, patterns: Patterns, *, forced: bool) -> _Visit:
        """A child directory, to be entered from here."""
        path = join(self.path, name)
        return _Visit(-1, self.number, name, path, row, self.level + 1, self.device, patterns, forced)


def walk(request: Request, index: Index, survey: Survey, top_row: int) -> None:
    """Fill the survey; `top_row` is the row of the root, 0 when the cache is empty."""
    _Walk(request, index, survey).run(top_row)


class _Walk:
    """The state of one walk."""

    def __init__(self, request: Request, index: Index, survey: Survey) -> None:
        self._request = request
        self._index = index
        self._survey = survey
        self._statter = Statter()
        stable = request.stable_inodes
        self._records = Records(self._statter, survey, list_ignored=request.list_ignored)
        self._contrast = Contrast(survey, request.again, stable_inodes=stable)
        self._where = Whereabouts(
            index, survey, request.differing, request.parts, request.check_below, stable_inodes=stable
        )
        self._todo: list[_Visit] = []
        self._doubtful: list[_Visit] = []

    def run(self, top_row: int) -> None:
        """Walk from the root; then name what is gone."""
        with Descent(self._request.root) as descent:
            self._descent = descent
            _, seen = self._statter.one(descent.open(b""), b"")
            everything = self._request.everything
            self._push(_Visit(-1, -1, b"", b"", top_row, 0, seen.device, Patterns(), forced=everything))
            while self._todo or self._doubtful:
                visit = self._todo.pop() if self._todo else self._decided(self._doubtful.pop())
                self._enter(visit._replace(number=self._survey.reserve(visit.row)))
        leave(self._index, self._survey, self._where.moved_unseen())
        self._where.name_gone()

    def _decided(self, visit: _Visit) -> _Visit:
        """Another directory stands at a known path: it is the old object, if that was found nowhere else."""
        if self._where.entered(visit.row):
            return visit._replace(row=0)
        self._where.enter(visit.row)
        return visit

    def _push(self, visit: _Visit, *, doubtful: bool = False) -> None:
        if doubtful:
            self._doubtful.append(visit)
            return
        if visit.row:
            self._where.enter(visit.row)
        self._todo.append(visit)

    def _enter(self, visit: _Visit) -> None:
        known_row = self._index.row(visit.row) if visit.row else None
        try:
            descriptor = self._descent.open(visit.path)
            own, seen = self._statter.one(descriptor, b"")
        except OSError as error:
            if known_row and known_row.flags & SEEDED and isinstance(error, FileNotFoundError):
                self._survey.add(_listing(visit, KEPT, b"", mount=False))
            else:
                self._keep(visit, known_row, f"cannot be opened: {error.strerror}")
            return
        mount = seen.device != visit.device
        if known_row and known_row.flags & MOUNT and not mount:
            self._keep(visit, known_row, "was a mount point, and nothing is mounted there now")
        elif mount and self._request.rules.one_file_system:
            self._leave_other(visit, known_row, own, descriptor)
        elif known_row and not (visit.forced or visit.row in self._where.differing or known_row.flags & SEEDED):
            self._pass(visit._replace(device=seen.device), known_row, descriptor, own, mount)
        elif not self._list_parts(visit._replace(device=seen.device), known_row, descriptor, own, mount):
            self._list(visit._replace(device=seen.device), known_row, descriptor, own, mount)

    def _keep(self, visit: _Visit, known: KnownRow | None, reason: str) -> None:
        """A directory that cannot be looked at stays as it was, with all that was in it."""
        self._survey.problems.append(Problem(RepoPath(visit.path), "unreadable", reason))
        self._survey.add(_listing(visit, KEPT, b"", mount=bool(known and known.flags & MOUNT)))

    def _leave_other(self, visit: _Visit, known: KnownRow | None, own: bytes, descriptor: int) -> None:
        """Another file system, by the settings not scanned: what was tracked stays, a new one is an empty directory."""
        if known:
            self._survey.add(_listing(visit, KEPT, b"", mount=bool(known.flags & MOUNT)))
            return
        listing = _listing(visit, LISTED, own, mount=True)
        self._survey.add(listing._replace(attributes=attributes_of(descriptor)))

    def _pass(self, visit: _Visit, known: KnownRow, descriptor: int, own: bytes, mount: bool) -> None:
        """Nothing differs here; only go on to the children below which something does."""
        may_have = (IGNORE_FILE, CACHE_TAG) if known.flags & SPLIT else names_of(known.names)
        patterns = self._patterns_here(visit, descriptor, may_have)
        children = []
        for name, row in sorted(self._index.children(visit.row).items()):
            if self._where.leads_on(row) and not self._where.entered(row):
                self._push(visit.below(name, row, patterns, forced=False))
                children.append((name, row))
        self._survey.add(_listing(visit, PASSED, own, mount=mount)._replace(children=children))

    def _patterns_here(self, visit: _Visit, descriptor: int, names: Sequence[bytes]) -> Patterns:
        """The patterns that hold below a directory that may have files of these names."""
        patterns = visit.patterns
        if IGNORE_FILE in names:
            patterns = patterns.with_file(descriptor, visit.path)
        if self._request.rules.cachedir_tag and CACHE_TAG in names:
            patterns = patterns.in_cache(descriptor, visit.path)
        return patterns

    def _list_parts(self, visit: _Visit, row: KnownRow | None, descriptor: int, own: bytes, mount: bool) -> bool:
        """List what differs in a large directory that has the same names; return whether it is one."""
        parts = self._where.parts.get(visit.row)
        if not parts or row is None or visit.forced or own != row.stats:
            return False
        found = sparse_of_parts(
            self._index, visit.row, parts, lambda names: self._records.of_files(descriptor, names), self._contrast
        )
        if found is None:
            return False
        patterns = self._patterns_here(visit, descriptor, (IGNORE_FILE, CACHE_TAG))
        children = []
        for name, child in sorted(self._index.children(visit.row).items()):
            if self._where.entered(child):
                continue
            if self._where.leads_on(child):
                self._push(visit.below(name, child, patterns, forced=False))
                children.append((name, child))
            else:
                self._where.enter(child)
                children.append((name, -child))
        listing = _listing(visit, LISTED, own, mount=mount)
        listing = listing._replace(attributes=attributes_of(descriptor), children=children, sparse=True)
        self._add(visit, listing._replace(**found._asdict()))
        return True

    def _list(self, visit: _Visit, row: KnownRow | None, descriptor: int, own: bytes, mount: bool) -> None:
        known = known_of(self._index, row)
        try:
            names = names_in(descriptor, visit.path)
        except OSError as error:
            self._keep(visit, row, f"cannot be listed: {error.strerror}")
            return
        if mount and visit.path in self._request.rules.keeps and KEEP in names:
            names.remove(KEEP)
        patterns = self._patterns_here(visit, descriptor, names)
        here = self._records.take(descriptor, visit.path, names)
        here = self._records.wanted(visit.path, known, patterns, here, partial(self._is_recorded, visit.row))
        codes, altered_rules = self._contrast.codes(visit.row, known, here)
        children = self._children(visit, known, here, patterns, visit.forced or altered_rules)
        lost = self._contrast.lost(known, here.names)
        listing = Listing(
            visit.number, visit.parent, visit.name, visit.path, visit.row, LISTED, own, mount,
            attributes_of(descriptor), here.names, here.columns, codes, children, lost, here.excused,
        )  # fmt: skip
        if row is not None and row.flags & (SPLIT | SEEDED) == SPLIT:
            listing = listing._replace(sparse=True, **sparse(here.names, here.columns, codes)._asdict())
        self._add(visit, listing)

    def _add(self, visit: _Visit, listing: Listing) -> None:
        self._where.see(visit.row)
        self._contrast.note_links(visit.device, visit.number, listing.columns, listing.codes)
        if self._request.tick:
            self._request.tick(visit.path, len(listing.names))
        self._survey.add(listing)

    def _children(
        self, visit: _Visit, known: Known, here: Here, patterns: Patterns, forced: bool
    ) -> list[tuple[bytes, int]]:
        children = []
        for name, own in here.directories.items():
            path = join(visit.path, name)
            at_place = known.children.get(name, 0)
            row, doubtful = self._where.row_of_child(own, path, at_place)
            asked = forced or doubtful or self._where.leads_on(row) or self._is_seeded(row)
            if row and row == at_place and not asked:
                self._where.enter(row)
                children.append((name, -row))
            elif visit.level == DEEPEST:
                self._survey.problems.append(Problem(path, "unsupported", f"is deeper than {DEEPEST} levels"))
            else:
                rules_differ = row not in (0, at_place) and (patterns or self._had_patterns(row))
                self._push(visit.below(name, row, patterns, forced=forced or bool(rules_differ)), doubtful=doubtful)
                children.append((name, row))
        stay = {*here.directories, *here.excused}
        self._where.miss([row for name, row in known.children.items() if name not in stay])
        return children

    def _is_seeded(self, row: int) -> bool:
        return bool(row and self._index.row(row).flags & SEEDED)

    def _is_recorded(self, row: int, name: bytes) -> bool:
        return bool(row) and self._request.is_recorded(row, name)

    def _had_patterns(self, row: int) -> bool:
        """Whether something was left out, perhaps, where a directory was."""
        while row > 1:
            row, _ = self._index.place(row)
            known = self._index.row(row)
            if known.flags & SPLIT or not {IGNORE_FILE, CACHE_TAG}.isdisjoint(names_of(known.names)):
                return True
        return False


def _listing(visit: _Visit, state: int, own: bytes, *, mount: bool) -> Listing:
    return Listing(
        visit.number, visit.parent, visit.name, visit.path, visit.row, state, own, mount, (), [], b"", b"", [], [], []
    )
