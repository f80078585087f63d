"""Decide which new path is which old object, from a survey and, where that is not enough, from what was read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from annexish.diff.resolve import search
from annexish.flows.state.past import Past
from annexish.identify.by_content import by_content
from annexish.identify.by_inode import by_inode
from annexish.identify.directories import by_children
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Arrived, Candidate, Displaced, Stat
from annexish.model.ids import ObjectId
from annexish.model.path import TOP, RepoPath, components, split
from annexish.scan.read import Result
from annexish.scan.reader import READ, Reading
from annexish.scan.stat import unpack
from annexish.scan.survey import LISTED, NEW, REPLACED, Survey
from annexish.store.cache import TOP_ROW

Place = tuple[int, int]
"""(number of a listing, position of a name in it)"""
_Where = tuple[int | None, bytes]
"""The row of a directory, wherever it is now, and a name in it; no name for the directory itself."""


@dataclass(slots=True)
class Identity:
    """`moved` says which displaced object a place has, `directories` which gone row a new listing is.

    `displaced` and `taken` tell which objects are left without a place: those are deleted. `over` says whose place
    another object took. `claimed` are the ids of what was brought back to a place (claims.py), which nothing
    else is paired with, and `back` the rows of directories among that which are gone from where they were.
    """

    displaced: list[Displaced]
    moved: dict[Place, int] = field(default_factory=dict)
    directories: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)
    over: dict[Place, int] = field(default_factory=dict)
    claimed: dict[Place, tuple[ObjectId, ...]] = field(default_factory=dict)
    back: set[int] = field(default_factory=set)

    def at(self, place: Place) -> Displaced | None:
        """Return the displaced object that is now at a place."""
        position = self.moved.get(place)
        return None if position is None else self.displaced[position]

    def has(self, place: Place) -> bool:
        """Whether it is known which object is at a place."""
        return place in self.moved or place in self.claimed

    def left(self) -> set[tuple[int, bytes]]:
        """Return the rows and names at which something else is, while the object that was there is known elsewhere."""
        taken = (self.displaced[position] for position in self.taken)
        return {(lost.row, lost.name) for lost in taken if not lost.gone}

    def take(self, place: Place, position: int) -> None:
        """Record that the object at `position` is now at `place`."""
        self.moved[place] = position
        self.taken.add(position)

    @property
    def deleted(self) -> int:
        """How many objects, directories not counted, have no place any more."""
        gone = (position for position, lost in enumerate(self.displaced) if lost.gone)
        return sum(1 for position in chain(gone, self.over.values()) if position not in self.taken)


def from_claims(
    identity: Identity, survey: Survey, claims: Iterable[tuple[Place, tuple[ObjectId, ...]]], past: Past
) -> None:
    """Let what was brought back be what it was: a displaced object, or one that an older snapshot had.

    An object that the last snapshot has, and that did not go from there, is not what was brought back: no object is
    at two places.
    """
    claimed = list(claims)
    positions: dict[ObjectId, int] = {}
    for position, lost in enumerate(identity.displaced if claimed else ()):
        entry = past.entry(lost.row, lost.name)
        positions.update(dict.fromkeys(entry.ids if entry is not None else (), position))
    places = _places(identity.displaced) if claimed else {}
    rest: list[tuple[Place, tuple[ObjectId, ...]]] = []
    for place, ids in claimed:
        at = next((positions[id] for id in ids if id in positions), None)
        if at is None:
            rest.append((place, ids))
        elif at not in identity.taken:
            identity.take(place, at)
            there = places.get((survey[place[0]].row, survey[place[0]].names[place[1]])) if place[1] >= 0 else None
            if there is not None and there != at:
                identity.over[place] = there
    staying = _staying(identity, survey, {id for _, ids in rest for id in ids}, past)
    taken: set[ObjectId] = set()
    for place, ids in rest:
        itself = _where(survey, place)
        if taken.isdisjoint(ids) and all(staying[id] == itself for id in ids if id in staying):
            identity.claimed[place] = ids
            taken.update(ids)


def _staying(identity: Identity, survey: Survey, ids: set[ObjectId], past: Past) -> dict[ObjectId, _Where]:
    """Return where those are that the last snapshot has.

    Directories that are gone are left out: those are what was brought back.
    """
    staying: dict[ObjectId, _Where] = {}
    gone = set(survey.gone_rows)
    for path, entry in search(past.node, past.tree(TOP_ROW), ids) if ids and past.knows(TOP) else ():
        above, name = split(path)
        row = _row_at(path if entry.kind is Kind.DIRECTORY else above, past)
        if entry.kind is not Kind.DIRECTORY:
            staying.update(dict.fromkeys(entry.ids, (row, name)))
        elif row in gone and row is not None:
            identity.back.add(row)
        else:
            staying.update(dict.fromkeys(entry.ids, (row, b"")))
    return staying


def _where(survey: Survey, place: Place) -> _Where:
    row, at = survey.rows[place[0]], place[1]
    return row, survey[place[0]].names[at] if at >= 0 else b""


def _row_at(path: RepoPath, past: Past) -> int | None:
    row: int | None = TOP_ROW
    for name in components(path):
        row = past.children(row).get(name) if row is not None else None
    return row


def from_inodes(identity: Identity, survey: Survey) -> None:
    """Pair what is displaced with what arrived, by inode."""
    if survey.displaced and survey.has_arrivals():
        arriving = (one for one in _arrived(survey) if not identity.has((one.directory, one.at)))
        for arrived, position in by_inode(survey.displaced, arriving):
            if position in identity.taken:
                continue
            place = (arrived.directory, arrived.at)
            identity.take(place, position)
            if arrived.over is not None:
                identity.over[place] = arrived.over


def _places(displaced: Sequence[Displaced]) -> dict[tuple[int, bytes], int]:
    """Return which displaced object was where something else is now, by row and name."""
    return {(lost.row, lost.name): at for at, lost in enumerate(displaced) if not lost.gone}


def _arrived(survey: Survey) -> Iterator[Arrived]:
    places = _places(survey.displaced)
    for listing in survey.touched():
        if listing.state != LISTED or not (NEW in listing.codes or REPLACED in listing.codes):
            continue
        for at, (code, stat) in enumerate(zip(listing.codes, unpack(listing.columns), strict=True)):
            if code >= REPLACED:
                name = listing.names[at]
                yield Arrived(listing.number, at, name, stat, places.get((listing.row, name)))


def content_key(entry: Entry) -> bytes:
    """What an object consists of, as a key; nothing for what is never paired by content."""
    if entry.kind is Kind.SYMLINK and entry.target:
        return b"l" + entry.target
    return b"f" + entry.digest if entry.digest and entry.size else b""


def from_content(identity: Identity, survey: Survey, results: Iterator[Result], past: Past) -> None:
    """Pair what is still without a place with names that are still without an object, by content."""
    gone = list(_gone(identity, past))
    if not gone:
        return
    wanted = {candidate.content for candidate in gone}
    found: list[Candidate] = []
    places: list[Place] = []
    for result in results:
        listing = survey[result.number]
        stats = unpack(listing.columns)
        for reading in result.readings:
            place = (listing.number, reading.at)
            content = _content(stats[reading.at], reading)
            if content in wanted and listing.codes[reading.at] == NEW and not identity.has(place):
                found.append(Candidate(len(places), content, listing.names[reading.at], listing.path))
                places.append(place)
    for key, position in by_content(gone, found).items():
        identity.take(places[key], position)


def _gone(identity: Identity, past: Past) -> Iterator[Candidate]:
    for position, lost in enumerate(identity.displaced):
        if not lost.gone or position in identity.taken:
            continue
        entry = past.entry(lost.row, lost.name)
        content = content_key(entry) if entry else b""
        if content:
            yield Candidate(position, content, lost.name, past.path(lost.row))


def _content(seen: Stat, reading: Reading) -> bytes:
    if reading.state != READ or not reading.content:
        return b""
    stat = unpack(reading.columns)[0] if reading.columns else seen
    if stat.mode & 0o170000 == 0o120000:
        return b"l" + reading.content
    return b"f" + reading.content if stat.size else b""


def from_children(identity: Identity, survey: Survey, past: Past) -> None:
    """Let directories that are gone be the new ones that most of their children went to.

    Children are decided before their parents, so that a tree of directories follows its files.
    """
    if not survey.gone_rows:
        return
    gone = set(survey.gone_rows) - identity.back
    fresh = {
        listing.number: listing.parent
        for listing in survey
        if not listing.row and (listing.number, -1) not in identity.claimed
    }
    known = [(past.row(item.row).parent, item.parent) for item in survey if item.row > 1]
    sizes = Counter(lost.row for lost in identity.displaced)
    sizes.update(past.row(row).parent for row in gone)
    sizes.update(parent for parent, _ in known)
    went: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row, new in [(identity.displaced[lost].row, place[0]) for place, lost in identity.moved.items()] + known:
        if row in gone:
            went[new].append((row, new))
    for new in sorted(fresh, reverse=True):
        pairs = by_children(went[new], sizes) if new in went else {}
        for row in pairs.values():
            identity.directories[new] = row
            above = past.row(row).parent
            if above in gone:
                went[fresh[new]].append((above, fresh[new]))
