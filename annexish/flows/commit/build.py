"""Make the new snapshot: from the last survey to the first, children before parents, one directory at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from annexish.codec.shards import shard_of
from annexish.diff.patch import Patched, Put, patch, patched_between
from annexish.flows.commit.aside import Aside, name_beside
from annexish.flows.commit.identity import Identity
from annexish.flows.commit.remains import Remains
from annexish.flows.commit.tally import Tally
from annexish.flows.state.entries import NO_DIGEST, NO_TARGET, NewEntries
from annexish.flows.state.past import Past
from annexish.model.change import content_of
from annexish.model.entry import Attributes, Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.ids import ROOT, BlobId, Digest, ObjectId, TreeId
from annexish.model.node import Load, Node, Save
from annexish.model.path import RepoPath, join
from annexish.model.report import Problem
from annexish.scan.check import own_of
from annexish.scan.read import Finished, Result
from annexish.scan.reader import CHANGING, READ, UNREADABLE, Reading
from annexish.scan.stat import concatenate, pick, repack, replace, smudged, unpack, younger
from annexish.scan.survey import ALTERED, KEPT, NEW, PASSED, SAME, SKIPPED, Listing, Survey, changed
from annexish.store.cache import SEEDED, SPLIT


class Built(NamedTuple):
    """A directory of the new snapshot, for the cache: `names` and `columns` are the records to remember.

    `touched` are the names whose record may be another than before; `relist` asks to look again next time.
    """

    listing: Listing
    patched: Patched
    names: list[bytes]
    columns: bytes
    touched: list[bytes]
    relist: bool


class Left(NamedTuple):
    """A known directory that is not here and stays in the snapshot, for the cache."""

    row: int
    name: bytes
    patched: Patched


Describe = Callable[[Listing, list[tuple[int, Entry]], set[ObjectId]], BlobId | None]
"""From a listing, its new contents (position, entry) and the objects that left it, the blob that describes it."""


@dataclass(slots=True)
class Builder:
    """Builds directories and hands each to `keep`.

    `wants` tells whether a path of the last snapshot is wanted here, `unknown` that nobody knows what was here.
    `remains` are directories that are not here any more and stay;
    `renamed` are those, by row, that gave way to what has their name; `asides` all that did.
    """

    survey: Survey
    identity: Identity
    past: Past
    load: Load
    save: Save
    keep: Callable[[Built], None]
    wants: Callable[[RepoPath], bool]
    describe: Describe | None = None
    problems: list[Problem] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    new: NewEntries = field(default_factory=NewEntries)
    put_packed: Callable[[bytes, bytes], None] | None = None
    fresh_from: int = 0
    came_back: list[tuple[RepoPath, Digest | None]] = field(default_factory=list)
    unknown: bool = False
    remains: Mapping[int, Remains] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    renamed: dict[int, bytes] = field(default_factory=dict)
    _done: dict[int, dict[bytes, Put]] = field(default_factory=dict)
    _groups: dict[tuple[int, int], bytes] = field(default_factory=dict)
    left_places: set[tuple[int, bytes]] = field(default_factory=set)

    def run(self, results: Iterable[Result]) -> TreeId:
        """Return the root of the new snapshot. `results` come in the order in which trees are built."""
        self._find_groups()
        self.left_places = self.identity.left()
        waiting = iter(results)
        result = next(waiting, None)
        for listing in self.survey.backwards():
            here = None
            if result is not None and result.number == listing.number:
                here, result = result, next(waiting, None)
            if here is not None and here.finished is not None:
                self._adopt(listing, here.finished)
            else:
                self._build(listing, here.readings if here is not None else [])
        self._count_gone()
        root = self._done.pop(-1)[b""]
        assert root.subtree is not None, "the root is a directory"
        return root.subtree

    def left(self) -> list[Left]:
        """Return the directories that are not here any more, or have another name although they are not here."""
        left = []
        for row in {**self.remains, **self.renamed}:
            known = self.past.row(row)
            same = Patched(known.tree, bool(known.flags & SPLIT), [], whole=False)
            patched = self.remains[row].patched if row in self.remains else same
            left.append(Left(row, self.renamed.get(row, known.name), patched))
        return left

    def _count_gone(self) -> None:
        identity = self.identity
        directories = len(self.survey.gone_rows) - len(identity.directories)
        self.tally.gone(identity.deleted, directories)

    def _build(self, listing: Listing, readings: list[Reading]) -> None:
        if listing.state == SKIPPED:
            return
        if listing.state in (KEPT, PASSED):
            self._relink(listing)
        else:
            self._make(listing, {reading.at: reading for reading in readings})

    def _as_it_was(self, listing: Listing) -> Entry:
        """The entry of a known directory in which no name changed, at the place where it is now."""
        was = self.past.directory(listing.row)
        assert was is not None, "a known directory has an entry"
        entry = was._replace(name=listing.name)
        if self._is_elsewhere(listing):
            self.tally.note(was, entry, moved=True, directory=True)
        return entry

    def _relink(self, listing: Listing) -> None:
        """The directory stays as it was, but for what changed below it and what was found elsewhere.

        A new one that could not be read is left out.
        """
        if not listing.row:
            return
        delta: dict[bytes, Put | None] = {**dict.fromkeys(listing.lost), **self.children(listing)}
        old = self.past.tree(listing.row)
        patched = patch(self.load, self.save, shard_of, old, delta)
        self._hand_up(listing, Put(self._as_it_was(listing), patched.tree))
        self.keep(_built(listing, patched, relist=False))

    def _make(self, listing: Listing, readings: dict[int, Reading]) -> None:
        contents = _Contents(self, listing, readings)
        delta = contents.delta()
        old = self.past.tree(listing.row) if listing.row else None
        entry = self._own_entry(listing, changed=contents.changed)
        path = RepoPath(listing.path)
        self.asides += [Aside(entry.id, path, *aside) for aside in contents.asides]
        descriptive = self.describe(listing, contents.fresh, contents.gone(delta)) if self.describe else None
        root = entry if listing.number == 0 else None
        patched = patch(self.load, self.save, shard_of, old, delta, root, descriptive)
        if patched.split and listing.row and self.past.row(listing.row).flags & SEEDED:
            # the cache has nothing of its parts
            patched = patched_between(self.load, None, patched.tree)
        self._hand_up(listing, Put(entry, patched.tree))
        names, columns = contents.records()
        self.keep(_built(listing, patched, relist=contents.relist)._replace(names=names, columns=columns))

    def _adopt(self, listing: Listing, finished: Finished) -> None:
        """A new directory whose blob was made where it was read."""
        assert self.put_packed is not None, "what is finished elsewhere has a place to go"
        self.put_packed(finished.name, finished.data)
        self.tally.add_files(finished.entries)
        tree = self.save(Node((), {}, {}, finished.entries, blob=BlobId(finished.name)))
        self._hand_up(listing, Put(self._own_entry(listing, changed=True), tree))
        built = _built(listing, Patched(tree, split=False, leaves=[], whole=True), relist=False)
        renewed = set(range(len(listing.names))) if finished.columns else set()
        listing = listing._replace(columns=finished.columns or listing.columns)
        self.keep(built._replace(columns=self.trustworthy(listing, renewed)))

    def trustworthy(self, listing: Listing, renewed: Collection[int]) -> bytes:
        """Return the columns of a listing with the records smudged that are too young; not those that were `renewed`.

        The records of names that are as they were have been trusted already.
        """
        columns = listing.columns
        young = [at for at in younger(columns, self.fresh_from) if at not in renewed and listing.codes[at] != SAME]
        return replace(columns, {at: repack(smudged(unpack(pick(columns, (at,)))[0])) for at in young})

    def _own_entry(self, listing: Listing, *, changed: bool) -> Entry:
        """The entry of a directory itself; its time is recorded when its names change, and is no change alone."""
        stat = unpack(listing.own)[0]
        old = self.past.directory(listing.row) if listing.row else None
        if old is None:
            return self._new_directory(listing, stat)
        entry = old._replace(name=listing.name, mtime_ns=stat.mtime if changed else old.mtime_ns)
        known = self.past.row(listing.row)
        before = own_of(known)
        if self.unknown or not known.flags & SEEDED:
            same_owner = (before.uid, before.gid) == (stat.uid, stat.gid)
            entry = entry._replace(
                mode=old.mode if before.mode == stat.mode else stat.mode & 0o7777,
                owner=old.owner if same_owner else self.new.owner(stat.uid, stat.gid),
                attributes=listing.attributes,
            )
        claimed = self.claim(listing.number, -1, entry)
        if claimed is not None and claimed.ids != old.ids:
            self.tally.note(None, claimed, moved=False, directory=True)
            self.tally.gone(0, 1)
            return claimed
        self.tally.note(old, entry, moved=self._is_elsewhere(listing), directory=True)
        return entry

    def _is_elsewhere(self, listing: Listing) -> bool:
        """Whether a known directory is in another directory than before, or has another name there."""
        if listing.number == 0:
            return False
        known = self.past.row(listing.row)
        return (known.parent, known.name) != (self._row_now(listing.parent), listing.name)

    def _row_now(self, number: int) -> int:
        """The row of the object that a listed directory is, 0 for a new one."""
        return self.survey.rows[number] or self.identity.directories.get(number, 0)

    def _new_directory(self, listing: Listing, stat: Stat) -> Entry:
        gone = self.identity.directories.get(listing.number)
        was = self.past.directory(gone) if gone else None
        ids = (ROOT,) if listing.number == 0 else was.ids if was else (self.new.id(),)
        owner = self.new.owner(stat.uid, stat.gid)
        mode = stat.mode & 0o7777
        entry = Entry(listing.name, Kind.DIRECTORY, ids, mode, owner, stat.mtime, attributes=listing.attributes)
        entry = self.claim(listing.number, -1, entry) or entry
        if listing.number:
            self.tally.note(was, entry, moved=True, directory=True)
        return entry

    def claim(self, number: int, at: int, entry: Entry) -> Entry | None:
        """Return the entry with the ids of what was brought back to its place, None for anything else."""
        ids = self.identity.claimed.get((number, at))
        if ids is None:
            return None
        path = self.survey[number].path
        self.came_back.append((RepoPath(path) if at < 0 else join(path, entry.name), entry.digest))
        return entry._replace(ids=ids)

    def links(self, place: tuple[int, int]) -> bytes | None:
        """Return the group of hard links that a place belongs to."""
        return self._groups.get(place)

    def _hand_up(self, listing: Listing, put: Put) -> None:
        """Leave a directory that was built for its parent, which is built later."""
        self._done.setdefault(listing.parent, {})[listing.name] = put

    def children(self, listing: Listing) -> dict[bytes, Put]:
        """Return the child directories that were built, by name; those left out are missing."""
        return self._done.pop(listing.number, {})

    def entry_of(self, place: tuple[int, int], name: bytes, stat: Stat, reading: Reading | None,
                 old: Entry | None, before: Stat | None) -> Entry:  # fmt: skip
        """Return the entry of a known object, with what is different now.

        A field of which the record says the same as after the last commit is inherited, so that
        a file system that cannot hold it never makes a change.
        """
        entry = self.new.entry(name, stat, reading, self._groups.get(place))
        if old is None:
            return entry
        digest, target, device = _content(entry.kind, reading, old)
        entry = entry._replace(
            ids=old.ids, digest=digest, target=target, device=device,
            attributes=_attributes(reading, old), extensions=old.extensions,
        )  # fmt: skip
        if before is None:
            return entry
        # other names of the file may be absent: as long as no name of it comes or goes, it is one of its group;
        # with another content it is not what those are, and has another name in the keep
        same = (before.inode, before.links, old.digest) == (stat.inode, stat.links, digest)
        return entry._replace(
            links=old.links if entry.links is None and same else entry.links,
            owner=old.owner if before.links_uid >> 32 == stat.uid and before.gid == stat.gid else entry.owner,
            mode=old.mode if before.mode == stat.mode else entry.mode,
            mtime_ns=old.mtime_ns if before.mtime == stat.mtime else entry.mtime_ns,
        )

    def _find_groups(self) -> None:
        """Name the groups of hard links: files of one inode at two or more places of the tree."""
        for places in self.survey.linked.values():
            if len(places) < 2:
                continue
            known = [entry.links for place in places if (entry := self._entry_before(place)) and entry.links]
            group = min(known) if known else os.urandom(16)
            self._groups.update(dict.fromkeys(places, group))

    def _entry_before(self, place: tuple[int, int]) -> Entry | None:
        lost = self.identity.at(place)
        if lost is not None:
            return self.past.entry(lost.row, lost.name)
        listing = self.survey[place[0]]
        return self.past.entry(listing.row, listing.names[place[1]]) if listing.row else None


class _Absent(NamedTuple):
    """Something that is not here and stays in the snapshot; of a directory also its node and row."""

    entry: Entry
    tree: TreeId | None
    row: int


class _Contents:
    """What is in one listed directory now."""

    def __init__(self, builder: Builder, listing: Listing, readings: dict[int, Reading]) -> None:
        self._builder = builder
        self._listing = listing
        self._readings = readings
        self._before = builder.past.entries(listing.row) if listing.row else {}
        self._absent: list[_Absent] = []
        self.asides: list[tuple[Entry, Entry, bytes]] = []
        self._left_out: set[int] = set()
        self._stale: dict[int, bytes] = {}
        self.fresh: list[tuple[int, Entry]] = []
        self.changed = not listing.row
        self.relist = listing.partial or bool(listing.excused)

    def delta(self) -> dict[bytes, Put | None]:
        """Return what is different from the directory before."""
        delta: dict[bytes, Put | None] = {}
        listing = self._listing
        for name in listing.lost:
            if name not in listing.excused:
                delta[name] = None
                self.changed = True
        self._directories(delta)
        if any(listing.codes):
            self._files(delta)
        self._set_aside(delta)
        return delta

    def gone(self, delta: dict[bytes, Put | None]) -> set[ObjectId]:
        """The objects that are no longer in this directory."""
        if not self._listing.row:
            return set()
        before = {old.id for name in delta if (old := self._old(name)) is not None}
        return before - {put.entry.id for put in delta.values() if put is not None}

    def records(self) -> tuple[list[bytes], bytes]:
        """Return names and columns for the cache: of what is recorded, as it was when it was read."""
        names = self._listing.names
        renewed = {r.at: r.columns for r in self._readings.values() if r.columns} | self._stale
        columns = replace(self._builder.trustworthy(self._listing, renewed), renewed)
        for name in self._listing.excused:
            before = self._builder.past.stat(self._listing.row, name)
            if before is not None:
                names, columns = [*names, name], concatenate([columns, repack(before)]) if names else repack(before)
        kept = [at for at in range(len(names)) if at not in self._left_out]
        if len(kept) < len(names):
            return [names[at] for at in kept], pick(columns, kept)
        return names, columns

    def _directories(self, delta: dict[bytes, Put | None]) -> None:
        listing, past = self._listing, self._builder.past
        built = self._builder.children(listing)
        here: dict[bytes, int] = {}
        for name, row in listing.children:
            put = built.get(name)
            if put is None and row >= 0:
                # a new one that could not be opened: what had its name is elsewhere, or gone
                self.relist = True
                continue
            here[name] = abs(row)
            if put is not None:
                delta[name] = put
                old = self._old(name) if listing.row else None
                self.changed = self.changed or old is None or old.ids != put.entry.ids
                self._note_absent(name, old)
        if not listing.row:
            return
        for name, row in past.children(listing.row).items():
            if here.get(name) == row or name in listing.excused:
                continue
            left = self._left(row)
            if left is not None:
                self._absent.append(left)
            else:
                delta.setdefault(name, None)
                self.changed = True

    def _left(self, row: int) -> _Absent | None:
        """What a known directory that is not here is from now on; None if it is gone, or elsewhere."""
        remains, past = self._builder.remains.get(row), self._builder.past
        if remains is not None:
            return _Absent(remains.entry, remains.patched.tree, row)
        known, entry = past.row(row), past.directory(row)
        return _Absent(entry, known.tree, row) if entry is not None and known.flags & SEEDED else None

    def _note_absent(self, name: bytes, old: Entry | None) -> None:
        """Remember what had a name that something else has now, if it is no directory and was absent."""
        if old is None or old.kind is Kind.DIRECTORY:
            return
        if self._builder.past.stat(self._listing.row, name) is None:
            self._absent.append(_Absent(old, None, 0))

    def _set_aside(self, delta: dict[bytes, Put | None]) -> None:
        """Let what is absent have a name beside what has its name now."""
        for old, tree, row in self._absent:
            there = delta.get(old.name)
            if there is None or there.entry.ids == old.ids:
                if row in self._builder.remains:
                    delta[old.name] = Put(old, tree)
                continue
            name = name_beside(old, lambda name: name not in delta and self._old(name) is None)
            entry = old._replace(name=name)
            delta[name] = Put(entry, tree)
            self.changed = True
            self.asides.append((there.entry, old, name))
            self._builder.tally.note(old, entry, moved=True, directory=tree is not None)
            if row:
                self._builder.renamed[row] = name

    def _files(self, delta: dict[bytes, Put | None]) -> None:
        listing = self._listing
        readings = self._readings
        chosen = changed(listing.codes)
        columns = listing.columns if len(chosen) == len(listing.codes) else pick(listing.columns, chosen)
        for at, seen in zip(chosen, unpack(columns), strict=True):
            name, code = listing.names[at], listing.codes[at]
            old = self._old(name) if listing.row else None
            reading = readings.get(at)
            if reading is not None and reading.state != READ:
                entry = self._failed(at, name, reading, old)
            else:
                stat = unpack(reading.columns)[0] if reading and reading.columns else seen
                entry = self._entry(at, name, code, stat, reading, old)
            if entry is None or entry == old:
                continue
            if old is None or old.ids != entry.ids:
                self.changed = True
                if code == NEW:
                    self._note_absent(name, old)
            delta[name] = Put(entry)
            self.fresh.append((at, entry))

    def _old(self, name: bytes) -> Entry | None:
        """What this directory had under a name."""
        return self._before.get(name) if self._before is not None else self._builder.past.entry(self._listing.row, name)

    def _entry(self, at: int, name: bytes, code: int, stat: Stat, reading: Reading | None, old: Entry | None) -> Entry:
        builder, listing = self._builder, self._listing
        place = (listing.number, at)
        ids = builder.identity.claimed.get(place)
        if ids is not None and (old is None or old.ids != ids):
            entry = builder.new.entry(name, stat, reading, builder.links(place))
            entry = builder.claim(*place, entry) or entry
            builder.tally.note(None, entry, moved=False)
            builder.tally.gone(code != NEW, 0)
            return entry
        lost, left = builder.identity.at(place), (listing.row, name) in builder.left_places
        if lost is not None:
            was = builder.past.entry(lost.row, lost.name)
            entry = builder.entry_of(place, name, stat, reading, was, lost.stat)
            builder.tally.note(was, entry, moved=(lost.row, lost.name) != (listing.row, name))
        elif old is None or old.kind is Kind.DIRECTORY or left or (code == NEW and not builder.unknown):
            entry = builder.new.entry(name, stat, reading, builder.links(place))
            if old is not None and not left and content_of(entry) == content_of(old):
                self._found(name)
                return old
            builder.tally.note(None, entry, moved=False)
        else:
            before = builder.past.stat(listing.row, name) if code == ALTERED else None
            entry = builder.entry_of(place, name, stat, reading, old, before)
            builder.tally.note(old, entry, moved=False)
            if code == NEW:
                self._found(name)
        return entry

    def _found(self, name: bytes) -> None:
        """Something that was absent is here."""
        builder = self._builder
        builder.tally.found(wanted=builder.wants(join(builder.past.path(self._listing.row), name)))

    def _failed(self, at: int, name: bytes, reading: Reading, old: Entry | None) -> Entry | None:
        """A name that could not be read stays what it was, and is looked at again next time; a new one is left out."""
        builder, listing = self._builder, self._listing
        if reading.state in (UNREADABLE, CHANGING):
            code = "unreadable" if reading.state == UNREADABLE else "changing"
            builder.problems.append(Problem(join(listing.path, name), code, reading.reason))
        self.relist = True
        lost = builder.identity.at((listing.number, at))
        was = builder.past.entry(lost.row, lost.name) if lost else None
        if lost is not None and was is not None:
            self._stale[at] = repack(lost.stat)
            entry = was._replace(name=name)
            builder.tally.note(was, entry, moved=True)
            return entry
        before = builder.past.stat(listing.row, name) if old else None
        if before is None:
            self._left_out.add(at)
        else:
            self._stale[at] = repack(before)
        return None


def _content(
    kind: Kind, reading: Reading | None, old: Entry | None
) -> tuple[Digest | None, bytes | None, tuple[int, int] | None]:
    if kind is Kind.FILE:
        if reading and reading.content:
            return Digest(reading.content), None, None
        return (old.digest if reading and old and old.digest else NO_DIGEST), None, None
    if kind is Kind.SYMLINK:
        before = old.target if old and old.target else NO_TARGET
        return None, reading.content if reading and reading.content else before, None
    return None, None, reading.device if reading else (0, 0) if kind in (Kind.CHARACTER, Kind.BLOCK) else None


def _attributes(reading: Reading | None, old: Entry | None) -> Attributes:
    return reading.attributes if reading else old.attributes if old else ()


def _built(listing: Listing, patched: Patched, *, relist: bool) -> Built:
    touched = [listing.names[at] for at in changed(listing.codes)]
    return Built(listing, patched, listing.names, listing.columns, touched, relist)
