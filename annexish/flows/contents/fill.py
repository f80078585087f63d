"""Let what is wanted and absent be here: fetched, durable, then named, then remembered, some files at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple

from annexish.apply.joining import inode_of
from annexish.flows.contents.contents import Contents
from annexish.flows.contents.door import Door
from annexish.flows.contents.fetch import Fetched, Where, fetch
from annexish.flows.contents.naming import folding_of, told
from annexish.flows.contents.recollect import Recollect
from annexish.flows.contents.settling import Settling
from annexish.flows.net.room import free_bytes, require_room
from annexish.flows.place.held import Held
from annexish.flows.place.place import Place
from annexish.flows.state.gaps import Gap, Gaps, Wanted, gaps_of
from annexish.flows.state.outset import Scan, scan_of
from annexish.flows.state.past import Past
from annexish.flows.state.rows import Rows
from annexish.flows.state.state import State
from annexish.flows.tree.reshape import linked
from annexish.model.entry import Entry, Kind
from annexish.model.path import RepoPath, join, split
from annexish.model.report import Problem, Progress, Step, Tick
from annexish.store.history import Nodes

_FILES = 100_000
_BYTES = 8 << 30
"""So much is fetched before it gets its names: what came before a kill is found in the keep, and not fetched again."""

_WORDS = {Kind.FILE: "copy", Kind.SYMLINK: "symlink"}
Tell = Callable[[Step], object]
Firsts = Mapping[tuple[object, ...], RepoPath]
"""Files that are here, by the group of hard links that they belong to."""


class Filled(NamedTuple):
    """What was done: bytes from elsewhere, files and other objects that came, and what could not be here."""

    received: int
    files: int
    size: int
    problems: Sequence[Problem]


NOTHING = Filled(0, 0, 0, ())


class Manner(NamedTuple):
    """Whom to tell of steps and of progress, and how many bytes a second may pass, 0 for as many as can."""

    tell: Tell | None = None
    progress: Progress | None = None
    rate: int = 0


def fill(place: Place, doors: Sequence[Door], placed: Wanted, manner: Manner = Manner()) -> Filled:  # noqa: B008
    """Fill the gaps of the snapshot that the cache describes; the writers' lock is held."""
    scan = scan_of(place, thorough=True)
    done = NOTHING
    with closing(State(place)) as state:
        if state.tree is None:
            return done
        load, tree = Held(Nodes(place.history)), state.tree
        for door in doors:
            door.prepare(scan.processes, int(state.cache.meta("absent") or 0))
        cannot = _unholdable(place, lambda: gaps_of(state.cache, load, tree, placed))
        done = done._replace(problems=tuple(cannot.values()))
        for batch in _batches(holdable(gaps_of(state.cache, load, tree, placed), cannot)):
            if batch.size > free_bytes(place):
                require_room(place, _missing(place, batch))
            made = _one(place, doors, batch, scan, manner, _firsts(state, load, batch))
            done = Filled(
                done.received + made.received, done.files + made.files, done.size + made.size,
                (*done.problems, *made.problems),
            )  # fmt: skip
    return done


def _unholdable(place: Place, gaps: Callable[[], Iterable[Gap]]) -> dict[RepoPath, Problem]:
    """Return what the file system here has no names for, before anything is copied; nearly all take every name."""
    system = folding_of(place)
    return {} if system is None else {one.path: one for gap in gaps() for one in told(gap, system)}


def holdable(gaps: Iterable[Gap], cannot: Collection[RepoPath]) -> Iterator[Gap]:
    """Leave out what cannot be here, and what is in it."""
    for gap in gaps:
        if not cannot:
            yield gap
        elif not any(above in cannot for above in _upwards(gap.path)):
            yield gap._replace(entries=[entry for entry in gap.entries if join(gap.path, entry.name) not in cannot])


def _upwards(path: RepoPath) -> Iterator[RepoPath]:
    while path:
        yield path
        path = split(path)[0]


def _batches(gaps: Iterable[Gap]) -> Iterator[Gaps]:
    batch = Gaps()
    for gap in gaps:
        batch.add(gap)
        if batch.files >= _FILES or batch.size >= _BYTES:
            yield batch
            batch = Gaps()
    if len(batch):
        yield batch


def _missing(place: Place, batch: Gaps) -> int:
    """How many bytes are not in the keep yet."""
    with Contents(place) as here:
        wanted = {entry.digest: entry.size for gap in batch for entry in gap.entries if entry.digest}
        return sum(size for digest, size in wanted.items() if here.keep.main.find(digest) is None)


def _one(place: Place, doors: Sequence[Door], batch: Gaps, scan: Scan, manner: Manner, firsts: Firsts) -> Filled:
    """Fill some gaps."""
    ticking = _Ticking(batch, manner.progress)
    fetched = fetch(place, doors, batch, scan.processes, ticking)
    bad = dict(fetched.failed)
    settling = Settling(place, batch, fetched, firsts)
    recollect = Recollect(place, batch, fetched.spare)
    for settled in settling.placed(scan.processes):
        recollect.note(settled)
        bad.update(settled.bad)
    recollect.run(settling.finish(), scan.rules.fingerprint)
    problems = [Problem(_path(batch, where), code, reason) for where, (code, reason) in sorted(bad.items()) if code]
    problems += [Problem(_path(batch, where), "note", note) for where, note in fetched.notes]
    return _told(batch, fetched, bad, (*problems, *settling.problems), manner.tell)


def _firsts(state: State, load: Held, batch: Gaps) -> Firsts:
    """Find what is here of the groups of hard links that a batch has parts of."""
    marks = {entry.links for gap in batch for entry in gap.entries if entry.links}
    if not marks or state.tree is None:
        return {}
    past = Past(state.cache, load)
    row_of = Rows(state.cache, past)
    firsts: dict[tuple[object, ...], RepoPath] = {}
    for path, entry in linked(load, state.tree, marks):
        row = row_of(split(path)[0])
        stat = past.stat(row, entry.name) if row is not None else None
        if stat is not None and stat.inode:
            firsts.setdefault(inode_of(entry), path)
    return firsts


def _told(
    batch: Gaps,
    fetched: Fetched,
    bad: dict[tuple[int, int], tuple[str, str]],
    problems: Sequence[Problem],
    tell: Tell | None,
) -> Filled:
    failed = [batch[index].entries[at] for index, at in bad]
    files, size = batch.files - len(failed), batch.size - sum(entry.size for entry in failed)
    if tell is not None:
        for step in _steps(batch, bad):
            tell(step)
    return Filled(fetched.received, files, size, problems)


def _steps(batch: Gaps, bad: Collection[Where]) -> Iterator[Step]:
    for index, gap in enumerate(batch):
        if gap.anew:
            yield Step("mkdir", gap.path, Kind.DIRECTORY)
        for at, entry in enumerate(gap.entries):
            if (index, at) not in bad:
                yield Step(_WORDS.get(entry.kind, "special"), join(gap.path, entry.name), entry.kind, entry.size)


def _path(batch: Gaps, where: tuple[int, int]) -> RepoPath:
    gap: Gap = batch[where[0]]
    entry: Entry = gap.entries[where[1]]
    return join(gap.path, entry.name)


class _Ticking:
    def __init__(self, batch: Gaps, progress: Progress | None) -> None:
        self._batch = batch
        self._progress = progress
        self._files = self._size = 0

    def __call__(self, files: int, size: int) -> None:
        self._files += files
        self._size += size
        if self._progress is not None:
            batch = self._batch
            self._progress(Tick("fetching", b"", self._files, batch.files, self._size, batch.size))
