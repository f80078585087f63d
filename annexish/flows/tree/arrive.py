"""The stat cache of a snapshot that was not scanned but reached: rows of the directories that differ from the last one.

What the steps did not touch keeps its record, so that a change which a person made meanwhile is noticed.
What they placed, filled or dressed gets the record that it has now, if it is what the snapshot says.
What is not here, or is something else, has none: the next scan sees what there is.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from annexish.codec.shards import nibbles
from annexish.diff.patch import Patched, patched_between
from annexish.diff.resolve import find_entry, find_in
from annexish.flows.place.held import Held
from annexish.flows.state.past import Past
from annexish.flows.state.present import Present
from annexish.flows.state.rewrite import Rewriter, Rewritten
from annexish.flows.state.rows import Rows
from annexish.flows.state.seed import seed
from annexish.flows.state.state import State
from annexish.flows.tree.reshape import Reached, linked, only_moved
from annexish.model.change import Change, content_of
from annexish.model.entry import Entry, Kind
from annexish.model.evidence import Stat
from annexish.model.ids import TreeId
from annexish.model.path import IGNORE_FILE, TOP, RepoPath, join, split
from annexish.scan.check import own_of
from annexish.scan.ignore import CACHE_TAG
from annexish.scan.stat import WIDTH, repack, smudged, stack, unpack
from annexish.store.cache import MOUNT, RACY, SEEDED, UNKNOWN, Cache, Row
from annexish.system.descend import Descent

_RULES = (IGNORE_FILE, CACHE_TAG)


class _At(NamedTuple):
    """A directory of the new snapshot: where it is and was, the row of the one above it, its node."""

    path: RepoPath
    source: RepoPath | None
    parent: int
    name: bytes
    tree: TreeId


class Arrived(NamedTuple):
    """An object or a content that is at a path where it was not before, in a file of an inode."""

    path: RepoPath
    entry: Entry
    inode: int


class Arrival:
    """Rewrites an open transaction of the cache, which until then is as `state` has it."""

    def __init__(self, state: State, cache: Cache, load: Held, found: Reached, fresh: int) -> None:
        self._place = state.place
        self._cache = cache
        self._load = load
        self._found = found
        self._passing = found.passing
        self._fresh = fresh
        self._past = Past(state.cache, load)
        self._rows = Rows(state.cache, self._past)
        self._rewriter = Rewriter(cache)
        self._numbers = count(cache.span()[1])
        self._changes = {change.path: change for change in found.passing.changes if change.after is not None}
        self._came: dict[RepoPath, list[Change]] = defaultdict(list)
        self._left: dict[RepoPath, set[bytes]] = defaultdict(set)
        self._touched: set[RepoPath] = set()
        self._beside: dict[RepoPath, list[Entry]] = defaultdict(list)
        self._here = int(cache.meta("files") or 0)
        self._absent = int(cache.meta("absent") or 0)
        self.arrived: list[Arrived] = []

    def run(self, after: TreeId) -> dict[str, str]:
        """Write the rows; return the facts of the whole."""
        if self._cache.meta(UNKNOWN) and not self._here:
            # nobody knows what was here, so nobody knows what is
            self._cache.drop(range(*self._cache.span()))
            return seed(self._cache, self._load, after, self._passing.scopes.new)
        self._sort(after)
        with Descent(self._place.root) as descent:
            self._present = Present(self._place, descent, self._found.proven, self._fresh)
            todo = [_At(TOP, TOP, 0, b"", after)]
            while todo:
                todo += self._visit(todo.pop())
            for path in list(self._beside):
                self._renew(path)
        self._rewriter.flush()
        self._cache.drop(self._gone())
        facts = {"files": str(self._here), "absent": str(max(self._absent, 0))}
        return {**facts, "rules": ""} if self._rules_differ(after) else facts

    def _sort(self, after: TreeId) -> None:
        """Group the changes by directory."""
        for change in self._passing.changes:
            if change.before is not None and change.old_path is not None:
                parent, name = split(change.old_path)
                self._left[parent].add(name)
            if change.after is None:
                continue
            self._touched.add(split(change.path)[0])
            if change.after.kind is Kind.DIRECTORY:
                self._touched.add(change.path)
            else:
                self._came[split(change.path)[0]].append(change)
        # the other names of a file that only moved are looked at by the next scan, and so is the file
        ends = ((change.before, change.after) for change in self._passing.changes if not only_moved(change))
        marks = {entry.links for both in ends for entry in both if entry is not None and entry.links}
        for path, entry in linked(self._load, after, marks):
            if path not in self._changes:
                self._beside[split(path)[0]].append(entry)
        for change in self._passing.changes:
            if change.before is not None and change.before.kind is not Kind.DIRECTORY:
                here, old = self._record_of(change) is not None, change.old_path or change.path
                self._here -= here
                self._absent -= not here and self._passing.scopes.old.wants(old)

    def _record_of(self, change: Change) -> Stat | None:
        """The record that an object had, None if it was absent."""
        if change.before is None or change.old_path is None or change.before.kind is Kind.DIRECTORY:
            return None
        return self._known(*split(change.old_path))

    def _known(self, parent: RepoPath, name: bytes) -> Stat | None:
        row = self._rows(parent)
        stat = self._past.stat(row, name) if row is not None else None
        return stat if stat is not None and stat.inode else None

    def _visit(self, at: _At) -> list[_At]:
        """Write the row of a directory; return the directories in it that are to be visited."""
        row = self._rows(at.source) if at.source is not None else None
        old = self._past.row(row) if row is not None else None
        patched = patched_between(self._load, old.tree if old else None, at.tree)
        number = old.row if old else next(self._numbers)
        if old is None or self._differs(at):
            self._rewrite(at, number, old, patched)
        else:
            self._rewriter.relink(at.parent, at.name, at.tree, number)
        return list(self._children(at, number, old, patched))

    def _differs(self, at: _At) -> bool:
        """Whether names came to a directory, left it, or have other links; or it is here no more."""
        if at.path in self._touched or at.path in self._beside or at.path in self._passing.left:
            return True
        return at.source in self._left

    def _children(self, at: _At, number: int, old: Row | None, patched: Patched) -> Iterator[_At]:
        trees = [leaf.tree for leaf in patched.leaves if leaf.names] if patched.split else [at.tree]
        for node in map(self._load, trees):
            for entry in node.entries:
                if entry.kind is not Kind.DIRECTORY:
                    continue
                path, tree = join(at.path, entry.name), node.subtrees[entry.id]
                change = self._changes.get(path)
                if change is not None:
                    yield _At(path, change.old_path, number, entry.name, tree)
                    continue
                was = find_in(self._load, old.tree, entry.name, nibbles) if old else None
                if was is None or was[1] != tree:
                    source = join(at.source, entry.name) if at.source is not None else None
                    yield _At(path, source, number, entry.name, tree)

    def _rewrite(self, at: _At, number: int, old: Row | None, patched: Patched) -> None:
        absent = old is None or bool(old.flags & SEEDED)
        own = self._present.directory(at.path, 0 if absent or old is None else own_of(old).inode)
        records = self._records(at)
        # what left the scope, and is not here, is absent and not deleted
        absent = absent or (own is None and at.path in self._passing.left)
        if absent:
            patched = patched_between(self._load, None, at.tree)
        if absent and own is None:
            self._seed(at, number, old, patched)
            return
        change = self._changes.get(at.path)
        if change is not None and change.before is None:
            self.arrived.append(Arrived(at.path, change.entry, 0))
        names = sorted(records)
        gone = {name for name in self._left.get(at.source or TOP, ()) if at.source is not None}
        gone = (gone | {change.entry.name for change in self._came.get(at.path, ())}) - records.keys()
        self._rewriter.put(
            Rewritten(
                number, at.parent, at.name, own or repack(own_of(old)) if old else own or b"",
                RACY | (old.flags & MOUNT if old else 0), patched, names, stack([records[name] for name in names]),
                gone | records.keys(), gone, sparse=not absent, known=old is not None,
            )
        )  # fmt: skip

    def _records(self, at: _At) -> dict[bytes, bytes]:
        """The records of the names of a directory that the steps touched, and are what the snapshot says."""
        records: dict[bytes, bytes] = {}
        for change in self._came.get(at.path, ()):
            before, entry = self._record_of(change), change.entry
            same = before is not None and change.before is not None and content_of(change.before) == content_of(entry)
            record = self._present.record(at.path, change.path, entry, before if same else None)
            if record is None:
                self._absent += self._passing.scopes.new.wants(change.path)
                continue
            self._here += 1
            again = entry.links and only_moved(change)
            records[entry.name] = repack(smudged(unpack(record)[0])) if again else record
            if not same:
                self.arrived.append(Arrived(change.path, entry, unpack(record)[0].inode))
        for entry in self._beside.pop(at.path, ()):
            known = self._known(at.source, entry.name) if at.source is not None else None
            record = self._present.relinked(at.path, join(at.path, entry.name), entry, known) if known else None
            if record is not None:
                records[entry.name] = record
        return records

    def _seed(self, at: _At, number: int, old: Row | None, patched: Patched) -> None:
        """A directory that is not here: what is in it is absent until it is."""
        # of one that is here and cannot be entered the one above it does not tell when it can
        again = RACY * os.path.lexists(os.path.join(self._place.root, at.path))
        self._rewriter.put(
            Rewritten(
                number, at.parent, at.name, bytes(WIDTH), again | SEEDED, patched, [], b"", [], known=old is not None
            )
        )

    def _renew(self, path: RepoPath) -> None:
        """Files of a directory in which nothing changed have other names than before."""
        source = self._source(path)
        row = self._rows(source) if source is not None else None
        if row is None:
            return
        old = self._past.row(row)
        same = patched_between(self._load, old.tree, old.tree)
        self._rewrite(_At(path, source, old.parent, old.name, old.tree), row, old, same)

    def _source(self, path: RepoPath) -> RepoPath | None:
        """Where a directory of the new snapshot was."""
        at = path
        while at and at not in self._changes:
            at = split(at)[0]
        change = self._changes.get(at)
        if change is None:
            return path
        return None if change.old_path is None else RepoPath(change.old_path + path[len(at) :])

    def _gone(self) -> list[int]:
        """The rows of the directories that the new snapshot does not have."""
        paths = [one.path for one in self._passing.changes if one.after is None and one.kind is Kind.DIRECTORY]
        return [row for row in map(self._rows, paths) if row is not None]

    def _rules_differ(self, after: TreeId) -> bool:
        """Whether other things may be ignored than before, so that everything must be listed."""
        moved = []
        for change in self._passing.changes:
            ends = {path for path in (change.path, change.old_path) if path is not None}
            if any(split(path)[1] in _RULES for path in ends):
                return True
            if change.kind is Kind.DIRECTORY and change.before is not None and len(ends) > 1:
                moved.append(change)
        return any(self._has_rules(after, one.path) or self._has_rules(after, one.old_path) for one in moved)

    def _has_rules(self, tree: TreeId, path: RepoPath | None) -> bool:
        """Whether a directory above a path has rules; what rules changed is known already."""
        while path:
            path = split(path)[0]
            if any(find_entry(self._load, tree, join(path, name), nibbles) for name in _RULES):
                return True
        return False
