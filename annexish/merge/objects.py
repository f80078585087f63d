"""The two lists of changes, put together object by object: what it was, what it is on either side."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from annexish.errors import Corrupt
from annexish.merge.adopt import Same
from annexish.model.change import Change
from annexish.model.entry import Entry, Kind
from annexish.model.ids import ROOT, ObjectId
from annexish.model.path import TOP, RepoPath, split
from annexish.model.state import Position, State

At = Callable[[RepoPath], Entry | None]
"""What a snapshot has at a path."""


class Side(NamedTuple):
    """A side of a merge: of two, the later one is in force where both contradict each other.

    `changes` are those against the base, with every field that differs; `at` looks into its snapshot.
    `label` and `repository` tell people where it is from.
    """

    changes: Iterable[Change]
    at: At
    label: bytes
    repository: bytes = b""


class Object(NamedTuple):
    """One object in three snapshots; None where it is not.

    By `id`, which is one of its ids, it is known here, and stays known when its other ids turn out to be others'.
    """

    id: ObjectId
    base: State | None
    first: State | None
    later: State | None


Triple = tuple[State | None, State | None, State | None]
"""An object in the base, on the first and on the later side."""


class _Snapshot:
    """Where the objects of one snapshot are; `above` are the directories on the way to them."""

    def __init__(self, at: At) -> None:
        self._at = at
        self._ids: dict[RepoPath, ObjectId] = {TOP: ROOT}
        self.above: dict[ObjectId, Position] = {}

    def state(self, path: RepoPath, entry: Entry) -> State:
        """What is at a path, with the directory that it is in."""
        if not path:
            return State(None, entry)
        parent, name = split(path)
        return State(Position(self._directory(parent), name), entry)

    def _directory(self, path: RepoPath) -> ObjectId:
        todo: list[RepoPath] = []
        while path not in self._ids:
            todo.append(path)
            path = split(path)[0]
        for each in reversed(todo):
            entry = self._at(each)
            assert entry is not None, "what changed is in a directory"
            parent, name = split(each)
            self._ids[each] = entry.id
            self.above[entry.id] = Position(self._ids[parent], name)
        return self._ids[todo[0]] if todo else self._ids[path]


class Gathered(NamedTuple):
    """Every object that a side changed, and where the directories are that lie above them."""

    objects: list[Object]
    above: dict[ObjectId, Position]


def gather(base: At, first: Side, later: Side, same: Same = MappingProxyType({})) -> Gathered:
    """Put two lists of changes together. What one side did not change is there as it was.

    Objects of both sides that have an id in common are one; where the ids of one object are several
    objects on the other side, it is one of them, and the others are apart. What is the `same` is one too.
    """
    before = _Snapshot(base)
    sides = (_Snapshot(first.at), _Snapshot(later.at))
    here = _changed(first.changes, before, sides[0])
    there = _changed(later.changes, before, sides[1])
    triples: list[Triple] = []
    for id in {**here.known, **there.known}:
        was = (here.known.get(id) or there.known[id])[0]
        triples.append((was, here.known.get(id, (was, was))[1], there.known.get(id, (was, was))[1]))
    objects: dict[ObjectId, Object] = {}
    for triple in (*triples, *_paired(here.new, there.new, same)):
        id = _known_by(triple)
        while id in objects:
            id = ObjectId(hashlib.blake2b(id, digest_size=16).digest())
        objects[id] = Object(id, *triple)
    _check(objects.values())
    return _in_terms_of(list(objects.values()), before, *sides)


def _check(objects: Iterable[Object]) -> None:
    """Refuse snapshots in which an id is two objects': of those no merge would be right."""
    seen: tuple[set[ObjectId], ...] = (set(), set(), set())
    for one in objects:
        for state, ids in zip((one.base, one.first, one.later), seen, strict=True):
            for id in state.entry.ids if state is not None else ():
                if id in ids:
                    raise Corrupt(f"the object {id.hex()} is twice in one snapshot")
                ids.add(id)


class _Changed(NamedTuple):
    """What one side did: objects that were there, by their smallest id, before and after; and new ones."""

    known: dict[ObjectId, tuple[State, State | None]]
    new: list[State]


def _changed(changes: Iterable[Change], before: _Snapshot, after: _Snapshot) -> _Changed:
    known: dict[ObjectId, tuple[State, State | None]] = {}
    new: list[State] = []
    for change in changes:
        now = after.state(change.path, change.after) if change.after is not None else None
        if change.before is None:
            assert now is not None, "a change has at least one side"
            new.append(now)
            continue
        path = change.old_path
        assert path is not None, "what was there had a path"
        known[change.before.id] = (before.state(path, change.before), now)
    return _Changed(known, _split(known, new))


def _split(known: dict[ObjectId, tuple[State, State | None]], new: list[State]) -> list[State]:
    """Let a file that became several go on as the one that has its smallest id; return those that are new."""
    places = {id: at for at, state in reversed([*enumerate(new)]) if not is_directory(state) for id in state.entry.ids}
    for id, (was, now) in known.items():
        # what lies in a directory was compared with what lies in the one that it was compared with
        if now is None or id in now.entry.ids or is_directory(was):
            continue
        at = places.get(id)
        if at is not None and id in new[at].entry.ids:
            known[id], new[at] = (was, new[at]), now
            places |= {} if is_directory(now) else dict.fromkeys(now.entry.ids, at)
    return new


def _in_terms_of(objects: list[Object], before: _Snapshot, first: _Snapshot, later: _Snapshot) -> Gathered:
    """Name directories by what they are known as: in each snapshot it has its own smallest id."""
    known = [
        {id: one.id for one in objects if (state := states(one)[number]) for id in state.entry.ids if id != one.id}
        for number in range(2)
    ]
    above = dict(before.above)
    for names, snapshot in zip(known, (first, later), strict=True):
        above |= {names.get(id, id): _renamed(place, names) for id, place in snapshot.above.items()}
    if not any(known):
        return Gathered(objects, above)
    renamed = [
        Object(
            one.id,
            one.base,
            one.first if one.first is one.base else _moved(one.first, known[0]),
            one.later if one.later is one.base else _moved(one.later, known[1]),
        )
        for one in objects
    ]
    return Gathered(renamed, above)


def _moved(state: State | None, names: Mapping[ObjectId, ObjectId]) -> State | None:
    if state is None or state.position is None:
        return state
    return state._replace(position=_renamed(state.position, names))


def _renamed(place: Position, names: Mapping[ObjectId, ObjectId]) -> Position:
    return Position(names.get(place.parent, place.parent), place.name)


def states(one: Object) -> tuple[State | None, State | None]:
    """What an object is on the first and on the later side."""
    return one.first, one.later


def _paired(first: list[State], later: list[State], same: Same) -> list[Triple]:
    """New objects that both sides have already, from a third; the smallest common id decides which are one."""
    by_id = {id: state for state in later for id in state.entry.ids}
    found: list[Triple] = []
    taken: set[tuple[ObjectId, ...]] = set()
    for state in sorted(first, key=lambda one: one.entry.ids) if by_id else first:
        partner = next(
            (
                one
                for one in (by_id[id] for id in (*state.entry.ids, same.get(state.entry.id)) if id in by_id)
                if one.entry.ids not in taken and is_directory(one) == is_directory(state)
            ),
            None,
        )
        if partner is not None:
            taken.add(partner.entry.ids)
        found.append((None, state, partner))
    found += [(None, None, state) for state in later if state.entry.ids not in taken]
    return found


def _known_by(triple: Triple) -> ObjectId:
    """The id that stays an object's own, whatever its other ids turn out to be."""
    base, first, later = triple
    if base is not None:
        return base.entry.id
    if first is not None and later is not None:
        return min(set(first.entry.ids).intersection(later.entry.ids) or {*first.entry.ids, *later.entry.ids})
    state = first or later
    assert state is not None, "an object is somewhere"
    return state.entry.id


def is_directory(state: State) -> bool:
    """Whether an object is a directory."""
    return state.entry.kind is Kind.DIRECTORY
