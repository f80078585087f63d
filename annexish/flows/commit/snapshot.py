"""From the working tree to a snapshot: check, walk, pair, read, pair, build."""

from __future__ import annotations

import marshal
import stat as modes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple

from annexish.flows.commit.aside import Aside
from annexish.flows.commit.build import Builder, Built, Describe, Left
from annexish.flows.commit.claims import claimed_places
from annexish.flows.commit.identity import Identity, from_children, from_claims, from_content, from_inodes
from annexish.flows.commit.likeness import from_likeness
from annexish.flows.commit.remains import remains
from annexish.flows.commit.tally import Tally
from annexish.flows.state.outset import Outset, Scan
from annexish.flows.state.past import Past
from annexish.flows.state.scoped import scope_in
from annexish.model.evidence import Stat
from annexish.model.ids import Digest, TreeId
from annexish.model.path import RepoPath
from annexish.model.report import Problem, Progress, Tick
from annexish.plan.scope import Placed
from annexish.scan.check import differing_below
from annexish.scan.read import Finish, Result, read
from annexish.scan.reader import CONTENT, LEAVE, RECORD, Keeping, Reading
from annexish.scan.stat import pick, unpack
from annexish.scan.survey import NEW, REPLACED, SAME, Listing, Survey, changed
from annexish.scan.walk import Request, walk
from annexish.scan.whereabouts import CheckBelow
from annexish.store.cache import RACY, SPLIT, TOP_ROW, UNKNOWN, Cache
from annexish.store.history import Nodes
from annexish.store.spool import Spool


class Look(NamedTuple):
    """What a scan found, before anything is built.

    `fresh` is the time (ns) from which on its records are not to be trusted; `again` names files by row that are to be
    read, wherever they are. `unknown` says that nobody knows what was here.
    """

    survey: Survey
    identity: Identity
    fresh: int
    files: int
    again: Mapping[int, frozenset[bytes]]
    unknown: bool


def look(scan: Scan, outset: Outset, cache: Cache, past: Past) -> Look:
    """Walk what differs from the cache, and pair displaced objects with what arrived by inode."""
    root = scan.place.root
    survey = Survey(Spool())
    request = Request(
        root=root,
        differing=outset.differing,
        parts=outset.parts,
        again=outset.again,
        check_below=_below(scan, outset.again),
        is_recorded=lambda row, name: past.entry(row, name) is not None,
        rules=scan.rules,
        everything=outset.everything,
        stable_inodes=outset.stable_inodes,
        list_ignored=scan.list_ignored,
        tick=_walk_ticks(scan.progress),
    )
    walk(request, cache, survey, TOP_ROW if cache.count() else 0)
    survey.seal()
    identity = Identity(survey.displaced)
    if scan.returned:
        from_claims(identity, survey, claimed_places(survey, scan.returned), past)
    if outset.stable_inodes:
        from_inodes(identity, survey)
    files, unknown = int(cache.meta("files") or 0), bool(cache.meta(UNKNOWN))
    return Look(survey, identity, outset.fresh, files, outset.again, unknown)


def _below(scan: Scan, again: Mapping[int, frozenset[bytes]]) -> CheckBelow:
    """How directories are compared with the cache at another place than they had; what is read again differs."""
    open_known = partial(Cache, scan.place.cache, read_only=True)

    def check_below(rows: Sequence[tuple[int, int, bytes]], top: bytes) -> set[int]:
        split, processes = SPLIT, scan.processes
        found = differing_below(scan.place.root, open_known, rows, top, racy=RACY, split=split, processes=processes)
        return found.union(row for row, _, _ in rows if row in again)

    return check_below


class Finishing(NamedTuple):
    """How a listing is finished where it was read, and where the result goes."""

    finish: Finish
    put_packed: Callable[[bytes, bytes], None]


@dataclass(slots=True)
class Taken:
    """A snapshot that was built: its tree, what it took, and what became of its contents in the keep.

    `asides` are absent objects that gave way to others, `left` directories that are not here any more and stay.
    """

    tree: TreeId
    problems: list[Problem]
    files_read: int = 0
    bytes_read: int = 0
    fans: set[int] = field(default_factory=set)
    twins: set[bytes] = field(default_factory=set)
    suspects: set[bytes] = field(default_factory=set)
    unprotected: set[bytes] = field(default_factory=set)
    came_back: list[tuple[RepoPath, Digest | None]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    asides: list[Aside] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def take(
    scan: Scan,
    found: Look,
    past: Past,
    nodes: Nodes,
    keep: Callable[[Built], None],
    describe: Describe | None = None,
    finishing: Finishing | None = None,
    agree: Callable[[Identity], None] | None = None,
) -> Taken:
    """Read what must be read, pair the rest, and build the trees of what differs.

    `agree` is asked when it is known which object is where, before anything is built; it may raise.
    """
    survey, identity = found.survey, found.identity
    taken = Taken(TreeId(b""), list(survey.problems))
    save = past.node.saving(nodes.save)
    stay = remains(survey, past, save)
    needs = _Needs(identity, past, found.again, thorough=scan.thorough)
    pairing = bool(survey.gone_rows) or any(lost.gone for lost in survey.displaced)
    finish = finishing.finish if finishing is not None and not pairing else None
    units = read(
        scan.place.root, survey, needs, processes=scan.processes, finish=finish, keep=scan.keep, fresh=found.fresh
    )  # fmt: skip
    results = _counted(units, survey, taken, scan.progress)
    if pairing:
        spooled = Spooled(results)
        if survey.has_arrivals():
            from_content(identity, survey, iter(spooled), past)
            from_likeness(identity, survey, past, scan.place)
        from_children(identity, survey, past)
        results = iter(spooled)
    if agree is not None:
        agree(identity)
    builder = Builder(
        survey, identity, past, past.node, save, keep, _wants(scan, past), describe,
        put_packed=finishing.put_packed if finishing else None, fresh_from=found.fresh,
        unknown=found.unknown, remains=stay,
    )  # fmt: skip
    taken.tree = builder.run(results)
    taken.asides = builder.asides
    taken.left = builder.left()
    taken.problems += builder.problems
    taken.tally = builder.tally
    taken.came_back = builder.came_back
    return taken


def _wants(scan: Scan, past: Past) -> Callable[[RepoPath], bool]:
    """Return whether a path of the last snapshot is wanted here; the scope is looked up when that is asked."""

    @cache
    def placed() -> Placed:
        return scope_in(past.node, past.tree(TOP_ROW), scan.place.scope)

    return lambda path: placed().wants(path)


class _Needs:
    """What must be looked at in a listing."""

    def __init__(
        self, identity: Identity, past: Past, again: Mapping[int, frozenset[bytes]], *, thorough: bool
    ) -> None:
        self._identity = identity
        self._again = again
        self._thorough = thorough
        self._past = past
        self._sizes: set[int] | None = None

    def __call__(self, listing: Listing) -> bytes:
        if not any(listing.codes):
            return bytes(len(listing.codes))
        moved = self._identity.moved
        if self._thorough and not moved:
            return bytes([LEAVE if code == SAME else CONTENT for code in listing.codes])
        chosen = changed(listing.codes)
        needs = bytearray(len(listing.codes))
        for at, stat in zip(chosen, unpack(pick(listing.columns, chosen)), strict=True):
            lost = self._identity.at((listing.number, at))
            if lost is not None:
                again = lost.name in self._again.get(lost.row, ())
                needs[at] = RECORD if self._as_it_was(lost.stat, stat) and not again else CONTENT
            elif self._thorough:
                needs[at] = CONTENT
            else:
                needs[at] = self._if_it_matters(listing, at, listing.codes[at], stat)
        return bytes(needs)

    def _as_it_was(self, before: Stat, now: Stat) -> bool:
        """Whether a file that moved need not be read: moving changes its ctime, and nothing else.

        A record that was too young to be trusted has no ctime.
        """
        return before.size == now.size and before.mtime == now.mtime and before.ctime != 0

    def _if_it_matters(self, listing: Listing, at: int, code: int, stat: Stat) -> int:
        """A new content matters if a gone object had its size, another one if it still has the size it had.

        So it does if it may be that of an object which was absent. The target of a link has no size in an entry.
        """
        size = stat.size
        if code == NEW:
            absent = self._past.entry(listing.row, listing.names[at]) if listing.row else None
            may_be_it = absent is not None and (absent.size == size or absent.target is not None)
            return CONTENT if may_be_it or size in self._gone_sizes() else LEAVE
        before = self._past.stat(listing.row, listing.names[at])
        if before is not None and before.size != size and not modes.S_ISLNK(stat.mode):
            return LEAVE if code == REPLACED else RECORD
        return CONTENT

    def _gone_sizes(self) -> set[int]:
        if self._sizes is None:
            identity = self._identity
            self._sizes = {
                lost.stat.size
                for position, lost in enumerate(identity.displaced)
                if lost.gone and position not in identity.taken and lost.stat.size
            }
        return self._sizes


class Spooled:
    """Results that are needed twice."""

    def __init__(self, results: Iterator[Result]) -> None:
        self._spool = Spool()
        self._places = []
        for result in results:
            readings = [tuple(reading) for reading in result.readings]
            data = marshal.dumps((result.number, readings, result.size, tuple(result.keeping)))
            self._places.append((self._spool.append(data), len(data)))

    def __iter__(self) -> Iterator[Result]:
        for place in self._places:
            number, readings, size, keeping = marshal.loads(self._spool.read(*place))
            yield Result(number, [Reading._make(values) for values in readings], size, Keeping._make(keeping))


def _counted(results: Iterator[Result], survey: Survey, taken: Taken, progress: Progress | None) -> Iterator[Result]:
    done = size = 0
    for result in results:
        taken.files_read += result.finished.entries if result.finished else len(result.readings)
        taken.bytes_read += result.size
        taken.fans.update(result.keeping.fans)
        taken.twins.update(_digests(result.keeping.twins))
        taken.suspects.update(_digests(result.keeping.suspects))
        taken.unprotected.update(_digests(result.keeping.unprotected))
        if progress:
            files, weight = survey.weight(result.number)
            done, size = done + files, size + weight
            progress(Tick("reading", survey[result.number].path, done, survey.files, size, survey.size))
        yield result


def _digests(joined: bytes) -> list[bytes]:
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


def _walk_ticks(progress: Progress | None) -> Callable[[bytes, int], None] | None:
    if progress is None:
        return None
    files = 0

    def tick(path: bytes, more: int) -> None:
        nonlocal files
        files += more
        progress(Tick("scanning", path, files, None, 0, None))

    return tick
