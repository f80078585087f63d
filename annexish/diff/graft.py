"""A snapshot, and where some objects of it are from now on, to the new snapshot.

Only directories in which something comes or goes, and those above them, are made again.
Directories are found by id, so what moves takes what is in it along.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from annexish.diff.patch import EMPTY, Put, ShardOf, patch
from annexish.diff.resolve import Nibbles, find_in
from annexish.errors import Corrupt
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ROOT, ObjectId, TreeId
from annexish.model.node import Load, Save
from annexish.model.state import Edit, Position

DEEPEST = 100_000
"""More directories in each other than any snapshot has."""
TWICE = "an object is twice in one snapshot, or in itself"

Where = Callable[[ObjectId], Position | None]

Dress = Callable[[ObjectId, TreeId], TreeId]


class Sharding(NamedTuple):
    """How names are spread over the shards of a directory."""

    shard_of: ShardOf
    nibbles: Nibbles


def as_it_is(_directory: ObjectId, tree: TreeId) -> TreeId:
    """Leave a directory as it was made."""
    return tree


def graft(
    load: Load,
    save: Save,
    sharding: Sharding,
    start: TreeId,
    edits: Iterable[Edit],
    elsewhere: Where,
    dress: Dress = as_it_is,
) -> TreeId:
    """Return a snapshot after edits; `elsewhere` tells where a directory is that no edit is about.

    Directories have one id in all positions. What is in a directory that goes is gone too.
    `dress` is given each directory that was made again.
    """
    made = _Graft(load, save, sharding, start, edits, elsewhere)
    return made.run(dress)


class _Graft:
    """One snapshot while it is made."""

    def __init__(
        self, load: Load, save: Save, sharding: Sharding, start: TreeId, edits: Iterable[Edit], elsewhere: Where
    ) -> None:
        self._load = load
        self._save = save
        self._sharding = sharding
        self._edits = {edit.id: edit for edit in edits}
        self._elsewhere = elsewhere
        self._before: dict[ObjectId, tuple[Entry, TreeId] | None] = {}
        own = load(start).own
        assert own is not None, "a snapshot describes its root"
        self._before[ROOT] = (own, start)
        self._made: dict[ObjectId, TreeId] = {}
        self._depths = {ROOT: 0}

    def run(self, dress: Dress) -> TreeId:
        deltas = self._deltas()
        for id in sorted(self._touched(deltas), key=lambda each: -self._depth(each)):
            self._made[id] = dress(id, self._directory(id, deltas.get(id, {})))
            position = self._after(id)
            if position is not None:
                deltas[position.parent][position.name] = Put(self._entry(id), self._made[id])
        return self._made[ROOT]

    def _deltas(self) -> dict[ObjectId, dict[bytes, Put | None]]:
        """What comes and goes in each directory, but for the directories that come: those are made first."""
        deltas: dict[ObjectId, dict[bytes, Put | None]] = defaultdict(dict)
        for edit in self._edits.values():
            if edit.before is not None and edit.before.position is not None:
                parent, name = edit.before.position
                deltas[parent].setdefault(name, None)
        for edit in self._edits.values():
            if edit.after is not None and edit.after.position is not None:
                parent, name = edit.after.position
                deltas[parent][name] = Put(edit.after.entry)
        return deltas

    def _touched(self, deltas: dict[ObjectId, dict[bytes, Put | None]]) -> set[ObjectId]:
        """The directories that are made again: those with a delta, those that come, and all above them."""
        touched = {ROOT}
        comes = [id for id, edit in self._edits.items() if edit.after and edit.after.entry.kind is Kind.DIRECTORY]
        for start in [*deltas, *comes]:
            id: ObjectId | None = start
            while id is not None and id not in touched and self._is_there(id):
                touched.add(id)
                position = self._after(id)
                id = position.parent if position is not None else None
        return touched

    def _directory(self, id: ObjectId, delta: dict[bytes, Put | None]) -> TreeId:
        before = self._found(id)
        own = None
        if id == ROOT and (edit := self._edits.get(ROOT)) is not None and edit.after is not None:
            own = edit.after.entry
        if before is None and not delta:
            return self._save(EMPTY)
        tree = before[1] if before is not None else None
        if not delta and own is None and tree is not None:
            return tree
        return patch(self._load, self._save, self._sharding.shard_of, tree, delta, own).tree

    def _is_there(self, id: ObjectId) -> bool:
        edit = self._edits.get(id)
        return edit is None or edit.after is not None

    def _after(self, id: ObjectId) -> Position | None:
        """Where a directory is in the new snapshot."""
        edit = self._edits.get(id)
        if edit is None:
            return self._elsewhere(id)
        assert edit.after is not None, "only what is there is somewhere"
        return edit.after.position

    def _entry(self, id: ObjectId) -> Entry:
        edit = self._edits.get(id)
        if edit is not None:
            assert edit.after is not None, "only what is there is made"
            return edit.after.entry
        before = self._found(id)
        assert before is not None, "what no edit is about was there"
        return before[0]

    def _depth(self, id: ObjectId) -> int:
        way: list[ObjectId] = []
        while id not in self._depths:
            if len(way) > DEEPEST:
                raise Corrupt(TWICE)
            way.append(id)
            position = self._after(id)
            assert position is not None, "only the root is in nothing"
            id = position.parent
        depth = self._depths[id]
        for each in reversed(way):
            depth += 1
            self._depths[each] = depth
        return depth

    def _found(self, id: ObjectId) -> tuple[Entry, TreeId] | None:
        """A directory as the first snapshot has it, None if it has not."""
        way: list[tuple[ObjectId, bytes]] = []
        while id not in self._before:
            if len(way) > DEEPEST:
                raise Corrupt(TWICE)
            edit = self._edits.get(id)
            if edit is not None and edit.before is None:
                self._before[id] = None
                break
            position = edit.before.position if edit is not None and edit.before else self._elsewhere(id)
            assert position is not None, "only the root is in nothing"
            way.append((id, position.name))
            id = position.parent
        found = self._before[id]
        for each, name in reversed(way):
            here = find_in(self._load, found[1], name, self._sharding.nibbles) if found is not None else None
            if here is None or here[1] is None:
                raise Corrupt(TWICE)
            found = self._before[each] = (here[0], here[1])
        return found
