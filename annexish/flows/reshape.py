"""Make the working tree, or paths of it, equal to a revision; the head does not move."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing

from annexish.apply.reshaping import Reshaping
from annexish.codec.shards import nibbles
from annexish.diff.compare import compare, within_paths
from annexish.diff.resolve import find_entry
from annexish.flows.held import Held
from annexish.flows.keeping import keep_of
from annexish.flows.past import Past
from annexish.flows.place import Place
from annexish.flows.state import State
from annexish.model.change import Change, content_of, metadata_of
from annexish.model.entry import Entry, Kind
from annexish.model.ids import TreeId
from annexish.model.node import Load
from annexish.model.path import TOP, RepoPath, join, split
from annexish.model.report import Problem, Recovered
from annexish.scan.check import own_of
from annexish.store.cache import TOP_ROW, Cache
from annexish.store.history import Nodes
from annexish.store.journal import Journal, Request
from annexish.store.losses import Losses


def reshape(place: Place, before: TreeId, after: TreeId, paths: Sequence[RepoPath]) -> Recovered:
    """Carry out what differs between two snapshots; the working tree is as the first one. The writers' lock is held."""
    journal = Journal(place.control)
    objects = tuple((after, path) for path in paths)
    journal.write(Request("restore", place.root, objects, TOP, (before, after)))
    done = reshaped(place, before, after, paths)
    journal.clear()
    return done


def reshaped(place: Place, before: TreeId, after: TreeId, paths: Sequence[RepoPath]) -> Recovered:
    """The same without a journal; what is done already is left as it is."""
    return _carry_out(place, list(changes_between(place, before, after, paths)), after)


def undone(place: Place, now: TreeId, after: TreeId, before: TreeId) -> Recovered:
    """Take the changes from `before` to `after` back in a working tree that is like `now`; without a journal.

    What is not as it was after them is left alone, and said.
    """
    load = Held(Nodes(place.history))
    inverse: list[Change] = []
    problems: list[Problem] = []
    going: set[RepoPath | None] = set()
    changes = list(compare(load, after, before, count_inside=False))
    for change in sorted(changes, key=lambda one: one.before is None):
        if _still_so(load, now, change) or (change.before is None and change.path in going):
            inverse.append(change)
            if change.after is None or change.path != change.path_before:
                going.add(change.path_before)
        elif not _is_done(load, now, change):
            problems.append(Problem(change.old_path or change.path, "left", "it was changed since; it stays as it is"))
    done = _carry_out(place, inverse, before)
    return Recovered(done.steps, (*problems, *done.problems))


def changes_between(place: Place, before: TreeId, after: TreeId, paths: Sequence[RepoPath]) -> Iterator[Change]:
    """Yield what would be done."""
    changes = compare(Nodes(place.history), before, after, count_inside=False)
    return within_paths(changes, paths) if paths else changes


def _still_so(load: Load, now: TreeId, change: Change) -> bool:
    """Whether an object is in a snapshot as it is before a change; a directory may hold other things."""
    before, path = change.before, change.old_path
    if before is None or path is None:
        return _entry(load, now, change.path) is None
    found = _entry(load, now, path)
    return (
        found is not None
        and not set(found.ids).isdisjoint(before.ids)
        and content_of(found) == content_of(before)
        and metadata_of(found) == metadata_of(before)
    )


def _is_done(load: Load, now: TreeId, change: Change) -> bool:
    """Whether a snapshot has what a change would make."""
    found = _entry(load, now, change.path)
    if change.after is None:
        return found is None
    return found is not None and content_of(found) == content_of(change.after)


def _carry_out(place: Place, changes: list[Change], after: TreeId) -> Recovered:
    """Change the working tree; `after` is the snapshot that directories are dressed as."""
    load = Held(Nodes(place.history))
    _remember_ids(place, changes)
    with closing(State(place)) as state, keep_of(place) as keep:
        recorded = _Recorded(state.cache, Past(state.cache, load))
        hands = Reshaping(place.root, os.path.join(place.control, "staging"), keep, recorded)
        hands.run(changes, lambda path: _entry(load, after, path))
        return Recovered(tuple(hands.steps), tuple(hands.problems))


def _entry(load: Load, tree: TreeId, path: RepoPath) -> Entry | None:
    found = find_entry(load, tree, path, nibbles)
    return found[0] if found else None


def _remember_ids(place: Place, changes: Sequence[Change]) -> None:
    """What gets a place or content is the object that the snapshot has there, whatever the next scan would guess."""
    back = [
        (change.path, change.after)
        for change in changes
        if change.after is not None
        and (
            change.before is None
            or change.path != change.path_before
            or content_of(change.before) != content_of(change.after)
        )
    ]
    if back:
        with closing(Cache(place.cache)) as cache:
            cache.begin()
            Losses(cache).set_returned(back)
            cache.finish({})


class _Recorded:
    """What the stat cache has of a path of the snapshot that it describes."""

    def __init__(self, cache: Cache, past: Past) -> None:
        self._past = past
        self._rows: dict[bytes, int | None] = {b"": TOP_ROW if cache.count() else None}

    def __call__(self, path: RepoPath, entry: Entry) -> tuple[int, int, int] | None:
        """Return inode, size and mtime in ns; None if nobody knows."""
        if entry.kind is Kind.DIRECTORY:
            row = self._row(path)
            stat = own_of(self._past.row(row)) if row is not None else None
        else:
            parent, name = split(path)
            row = self._row(parent)
            stat = self._past.stat(row, name) if row is not None else None
        return None if stat is None else (stat.inode, stat.size, stat.mtime)

    def _row(self, path: bytes) -> int | None:
        if path not in self._rows:
            parent, _ = split(path)
            above = self._row(parent)
            if above is not None:
                children = self._past.children(above)
                self._rows.update({join(parent, name): row for name, row in children.items()})
            self._rows.setdefault(path, None)
        return self._rows[path]
