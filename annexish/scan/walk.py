"""Walk what differs: list directories, take their records, compare them with the cache.

A directory is entered if the check said that it differs, if something below it does, or if it is new.
It is known by its inode wherever it is: one that moved is compared with its old row, not read anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from annexish.model.evidence import Displaced, Stat
from annexish.model.path import CONTROL, IGNORE_FILE, RepoPath, join
from annexish.model.report import Problem
from annexish.scan.check import KnownRow, KnownShard, names_of, own_of
from annexish.scan.ignore import CACHE_TAG, Patterns
from annexish.scan.rules import Rules
from annexish.scan.stat import Statter, concatenate, pick, unpack, without_last
from annexish.scan.survey import (
    ALTERED,
    KEPT,
    LISTED,
    NEW,
    PASSED,
    REPLACED,
    SAME,
    Listing,
    Survey,
)
from annexish.scan.unlike import unlike
from annexish.system.attributes import attributes_of
from annexish.system.descend import Descent

DEEPEST = 2000
SPLIT, MOUNT, SEEDED = 2, 4, 8
_DIRECTORY = 0o040000 >> 12


class Index(Protocol):
    """What the walk asks of the cache."""

    def row(self, row: int) -> KnownRow: ...
    def children(self, row: int) -> dict[bytes, int]: ...
    def by_inode(self, inode: int) -> list[int]: ...
    def shards(self, row: int) -> Iterable[KnownShard]: ...
    def place(self, row: int) -> tuple[int, bytes]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What to walk: `differing` rows of the cache, `check_below` to ask again where a directory moved to.

    `everything` lists all directories.
    """

    root: bytes
    differing: set[int]
    check_below: Callable[[Iterator[KnownRow], bytes], set[int]]
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


class _Known(NamedTuple):
    """What the cache has of one directory; of a seeded one nobody knows what was present."""

    names: list[bytes]
    columns: bytes
    children: dict[bytes, int]
    seeded: bool = False


class _Here(NamedTuple):
    """What a directory has: names that are no directories with their columns, directories with their records.

    `excused` names are there, but have no record.
    """

    names: list[bytes]
    columns: bytes
    directories: dict[bytes, Stat]
    excused: list[bytes]


_NOTHING = _Known([], b"", {})


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
        self._differing = set(request.differing)
        self._passing: set[int] = set()
        self._entered: set[int] = set()
        self._dropped: list[int] = []
        self._todo: list[_Visit] = []
        self._doubtful: list[_Visit] = []
        for row in request.differing:
            self._pass_above(row)

    def run(self, top_row: int) -> None:
        """Walk from the root; then name what is gone."""
        with Descent(self._request.root) as descent:
            self._descent = descent
            _, seen = self._statter.one(descent.open(b""), b"")
            self._device = seen.device
            everything = self._request.everything
            self._push(_Visit(-1, -1, b"", b"", top_row, 0, seen.device, Patterns(), forced=everything))
            while self._todo or self._doubtful:
                visit = self._todo.pop() if self._todo else self._decided(self._doubtful.pop())
                self._enter(visit._replace(number=self._survey.reserve(visit.row)))
        self._collect_gone()

    def _decided(self, visit: _Visit) -> _Visit:
        """Another directory stands at a known path: it is the old object, if that was found nowhere else."""
        if visit.row in self._entered:
            return visit._replace(row=0)
        self._entered.add(visit.row)
        return visit

    def _push(self, visit: _Visit, *, doubtful: bool = False) -> None:
        if doubtful:
            self._doubtful.append(visit)
            return
        if visit.row:
            self._entered.add(visit.row)
        self._todo.append(visit)

    def _pass_above(self, row: int) -> None:
        while row > 1:
            row, _ = self._index.place(row)
            if row in self._passing:
                return
            self._passing.add(row)

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
        elif known_row and not (visit.forced or visit.row in self._differing):
            self._pass(visit._replace(device=seen.device), known_row, descriptor, own, mount)
        else:
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
            if row in self._differing or row in self._passing:
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

    def _list(self, visit: _Visit, row: KnownRow | None, descriptor: int, own: bytes, mount: bool) -> None:
        known = self._known(row)
        try:
            names = _names_in(descriptor, visit.path)
        except OSError as error:
            self._keep(visit, row, f"cannot be listed: {error.strerror}")
            return
        patterns = self._patterns_here(visit, descriptor, names)
        here = self._filter(visit, known, patterns, self._records(descriptor, visit, names))
        codes, altered_rules = self._compare(visit, known, here)
        children = self._children(visit, known, here, patterns, visit.forced or altered_rules)
        lost = self._lost(known, here.names)
        if known.seeded and row is not None and row.row > 1:
            self._found_again(row)
        self._note_links(visit, here.columns, codes)
        if self._request.tick:
            self._request.tick(visit.path, len(here.names))
        self._survey.add(
            Listing(
                visit.number, visit.parent, visit.name, visit.path, visit.row, LISTED, own, mount,
                attributes_of(descriptor), here.names, here.columns, codes, children, lost, here.excused,
            )
        )  # fmt: skip

    def _known(self, row: KnownRow | None) -> _Known:
        if row is None:
            return _NOTHING
        children = self._index.children(row.row)
        if not row.flags & SPLIT:
            return _Known(names_of(row.names), without_last(row.stats), children, bool(row.flags & SEEDED))
        shards = list(self._index.shards(row.row))
        names = [name for shard in shards for name in names_of(shard.names)]
        joined = concatenate([shard.stats for shard in shards])
        order = sorted(range(len(names)), key=names.__getitem__)
        return _Known([names[at] for at in order], pick(joined, order), children, bool(row.flags & SEEDED))

    def _filter(self, visit: _Visit, known: _Known, patterns: Patterns, here: _Here) -> _Here:
        """Leave out what is ignored; what is tracked stays tracked, as in Git."""
        if not patterns:
            return here
        tracked = set(known.names) | set(known.children)

        def kept(name: bytes, *, directory: bool) -> bool:
            path = join(visit.path, name)
            if name in tracked or not patterns.match(path, directory=directory):
                return True
            if self._request.list_ignored:
                self._survey.ignored.append(path + b"/" if directory else path)
            return False

        positions = [at for at, name in enumerate(here.names) if kept(name, directory=False)]
        directories = {name: own for name, own in here.directories.items() if kept(name, directory=True)}
        names = [here.names[at] for at in positions]
        return _Here(names, pick(here.columns, positions), directories, here.excused)

    def _records(self, descriptor: int, visit: _Visit, names: list[bytes]) -> _Here:
        """Take the records of all names and tell directories from the rest."""
        columns = self._statter.columns(descriptor, names)
        excused: list[bytes] = []
        if columns is None:
            names, columns, excused = self._one_by_one(descriptor, visit, names)
        if not names:
            return _Here([], b"", {}, excused)
        modes = memoryview(columns).cast("Q")[len(names) : 2 * len(names)]
        are = [word >> 44 & 15 == _DIRECTORY for word in modes]
        if True not in are:
            return _Here(names, columns, {}, excused)
        below = [at for at, is_directory in enumerate(are) if is_directory]
        rest = [at for at, is_directory in enumerate(are) if not is_directory]
        directories = dict(zip([names[at] for at in below], unpack(pick(columns, below)), strict=True))
        return _Here([names[at] for at in rest], pick(columns, rest), directories, excused)

    def _one_by_one(self, descriptor: int, visit: _Visit, names: list[bytes]) -> tuple[list[bytes], bytes, list[bytes]]:
        """Return the names that have a record, their columns, and those that have none but are there."""
        found, parts, excused = [], [], []
        for name, (part, error) in zip(names, self._statter.each(descriptor, names), strict=True):
            if error is None:
                found.append(name)
                parts.append(part)
            elif not isinstance(error, FileNotFoundError):
                path = join(visit.path, name)
                self._survey.problems.append(Problem(path, "unreadable", f"has no record: {error.strerror}"))
                excused.append(name)
        return found, concatenate(parts) if parts else b"", excused

    def _compare(self, visit: _Visit, known: _Known, here: _Here) -> tuple[bytes, bool]:
        """Return a code for each name, and whether the ignore rules of this directory changed."""
        names = here.names
        if not known.names:
            return bytes([NEW]) * len(names), visit.row != 0 and IGNORE_FILE in names
        places = {name: at for at, name in enumerate(known.names)}
        uncertain = unlike(known.names, known.columns, names, here.columns)
        codes = bytearray(len(names))
        for at, now in zip(uncertain, unpack(pick(here.columns, uncertain)), strict=True):
            name = names[at]
            old = unpack(pick(known.columns, (places[name],)))[0] if name in places else None
            codes[at] = self._code(old, now)
            if codes[at] == REPLACED and old is not None:
                self._survey.displaced.append(Displaced(visit.row, name, old, gone=False))
        present = {*names, *here.excused}
        for name in sorted(places.keys() - present) if not known.seeded else ():
            old = unpack(pick(known.columns, (places[name],)))[0]
            self._survey.displaced.append(Displaced(visit.row, name, old, gone=True))
        rules = names.index(IGNORE_FILE) if IGNORE_FILE in present and IGNORE_FILE not in here.excused else -1
        altered = codes[rules] != SAME if rules >= 0 else IGNORE_FILE in places
        return bytes(codes), altered

    def _lost(self, known: _Known, names: list[bytes]) -> list[bytes]:
        """The names that are no longer here. Without a record that they were, they are absent, not lost."""
        here = set(names)
        missing = [name for name in known.names if name not in here]
        if known.seeded:
            self._survey.absent += len(missing)
            return []
        return missing

    def _note_links(self, visit: _Visit, columns: bytes, codes: bytes) -> None:
        """Note the files that have more names: linking changes the ctime of all, so none of a changed group is SAME."""
        count = len(codes)
        if not count or max(memoryview(columns).cast("I")[: 2 * count : 2]) < 2:
            return
        for at, (code, stat) in enumerate(zip(codes, unpack(columns), strict=True)):
            if code != SAME and stat.links > 1 and stat.mode & 0o170000 == 0o100000:
                self._survey.linked.setdefault((*visit.device, stat.inode), []).append((visit.number, at))

    def _code(self, old: Stat | None, now: Stat) -> int:
        if old is None:
            return NEW
        if (old.inode != now.inode and self._request.stable_inodes) or old.birth != now.birth:
            return REPLACED
        return SAME if old == now else ALTERED

    def _children(
        self, visit: _Visit, known: _Known, here: _Here, patterns: Patterns, forced: bool
    ) -> list[tuple[bytes, int]]:
        children = []
        for name, own in here.directories.items():
            path = join(visit.path, name)
            at_place = known.children.get(name, 0)
            row, doubtful = self._row_of_child(own, path, at_place)
            asked = forced or doubtful or row in self._differing or row in self._passing
            if row and row == at_place and not asked:
                self._entered.add(row)
                children.append((name, -row))
            elif visit.level == DEEPEST:
                self._survey.problems.append(Problem(path, "unsupported", f"is deeper than {DEEPEST} levels"))
            else:
                rules_differ = row not in (0, at_place) and (patterns or self._had_patterns(row))
                self._push(visit.below(name, row, patterns, forced=forced or bool(rules_differ)), doubtful=doubtful)
                children.append((name, row))
        stay = {*here.directories, *here.excused}
        self._miss([row for name, row in known.children.items() if name not in stay], seeded=known.seeded)
        return children

    def _had_patterns(self, row: int) -> bool:
        """Whether something was left out, perhaps, where a directory was."""
        while row > 1:
            row, _ = self._index.place(row)
            known = self._index.row(row)
            if known.flags & SPLIT or not {IGNORE_FILE, CACHE_TAG}.isdisjoint(names_of(known.names)):
                return True
        return False

    def _miss(self, rows: list[int], *, seeded: bool) -> None:
        """Child directories that are not here are gone, but for those of which nobody knows that they ever were."""
        for row in rows:
            if not self._index.row(row).flags & SEEDED:
                self._dropped.append(row)
            elif seeded:
                self._survey.absent += sum(self._count(known) for known in _subtree(self._index, row))

    def _found_again(self, row: KnownRow) -> None:
        """A directory that an earlier commit counted as absent is here; what is still missing in it is counted anew."""
        if not self._index.row(row.parent).flags & SEEDED:
            self._survey.absent -= sum(self._count(known) for known in _subtree(self._index, row.row))

    def _count(self, row: KnownRow) -> int:
        return len(self._known(row).names)

    def _row_of_child(self, own: Stat, path: bytes, at_place: int) -> tuple[int, bool]:
        """The cache row of the object that this directory is: by inode wherever it was, else by its place.

        It is doubtful by its place if another inode was there: that one may still be found elsewhere.
        """
        if at_place in self._entered:
            at_place = 0
        before = own_of(self._index.row(at_place)).inode if at_place else 0
        if before == own.inode:
            return at_place, False
        moved = self._moved_row(own, at_place) if self._request.stable_inodes else 0
        if moved:
            if at_place:
                self._dropped.append(at_place)
            self._recheck(moved, path)
            return moved, False
        return at_place, bool(before) and self._request.stable_inodes

    def _moved_row(self, own: Stat, at_place: int) -> int:
        """The row of a directory with this inode whose old place no longer has it; 0 if there is none."""
        for row in self._index.by_inode(own.inode):
            if row in self._entered or row == at_place:
                continue
            known = self._index.row(row)
            before = own_of(known)
            same = before.birth == own.birth if own.birth_s and before.birth_s else before.mtime == own.mtime
            if same and (known.parent in self._differing or known.parent in self._entered):
                return row
        return 0

    def _recheck(self, row: int, path: bytes) -> None:
        """A directory was found at another path: what differs below it was said of the old one, so ask again."""
        above: dict[int, int] = {}

        def rows() -> Iterator[KnownRow]:
            for known in _subtree(self._index, row):
                above[known.row] = known.parent
                yield known

        found = self._request.check_below(rows(), path)
        self._differing.difference_update(above)
        self._differing |= found
        for differing in found:
            at = differing
            while at != row:
                at = above[at]
                self._passing.add(at)

    def _collect_gone(self) -> None:
        """Name every object of directories that are nowhere any more."""
        for top in self._dropped:
            for known in _subtree(self._index, top, self._entered):
                self._survey.gone_rows.append(known.row)
                gone = self._known(known)
                for name, stat in zip(gone.names, unpack(gone.columns), strict=True):
                    self._survey.displaced.append(Displaced(known.row, name, stat, gone=True))


def _subtree(index: Index, top: int, without: set[int] | None = None) -> Iterator[KnownRow]:
    """Yield the rows below `top` and itself, parents first, leaving out the trees of `without`."""
    todo = [top]
    while todo:
        row = todo.pop()
        if without and row in without:
            continue
        yield index.row(row)
        todo.extend(index.children(row).values())


def _names_in(descriptor: int, path: bytes) -> list[bytes]:
    """Return the names in a directory, sorted, without our own at the top."""
    names = sorted(map(os.fsencode, os.listdir(descriptor)))
    if not path and CONTROL in names:
        names.remove(CONTROL)
    return names


def _listing(visit: _Visit, state: int, own: bytes, *, mount: bool) -> Listing:
    return Listing(
        visit.number, visit.parent, visit.name, visit.path, visit.row, state, own, mount, (), [], b"", b"", [], [], []
    )
