"""Every object is in a directory that is there, and no directory is in itself."""

from __future__ import annotations

from collections import Counter, defaultdict

from annexish.merge.decide import place_of, survivor
from annexish.merge.objects import Object, is_directory
from annexish.merge.outline import Outline
from annexish.model.ids import ROOT, ObjectId
from annexish.model.state import Position, State

REVIVED = "deleted on one side; the other side put something into it: it stays"


def settle_places(outline: Outline) -> None:
    """Let every object have a directory, and every directory a way to the root.

    A directory that is gone and needed went into another one, which takes what is new, or comes back.
    A cycle, which takes moves of both sides, is opened where the later side has it.
    """
    absorbed = _Absorbed(outline)
    opened: set[ObjectId] = set()
    todo = set(outline.final)
    while todo:
        for id in sorted(todo):
            _find_directory(outline, absorbed, id)
        todo = {_open_cycle(outline, cycle, opened) for cycle in _cycles(outline)}


def _find_directory(outline: Outline, absorbed: _Absorbed, id: ObjectId) -> None:
    """Give an object a directory that is there, bringing back what is needed up to one that is."""
    state = outline.final.get(id)
    while state is not None and state.position is not None:
        parent = state.position.parent
        if parent not in outline.final or outline.final[parent] is not None:
            return
        home = absorbed.by(parent)
        if home is not None and home != id:
            outline.final[id] = state._replace(position=Position(home, state.position.name))
            outline.moved_on.add(id)
            return
        back = survivor(outline.objects[parent], outline.canonical)
        outline.final[parent] = back
        outline.notes.append((parent, REVIVED))
        id, state = parent, back


class _Absorbed:
    """Directories that are gone because most of what was in them went into one other directory."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._children: dict[ObjectId, list[Object]] | None = None

    def by(self, gone: ObjectId) -> ObjectId | None:
        """The directory that took what was in one that is gone, if it is there."""
        one = self._outline.objects[gone]
        seen = {gone}
        home = self._took(one)
        while home is not None and home not in seen:
            seen.add(home)
            if home not in self._outline.final or self._outline.final[home] is not None:
                return home
            home = self._took(self._outline.objects[home])
        return None

    def _took(self, one: Object) -> ObjectId | None:
        children = self._inside().get(one.id, [])
        went = [child.first for child in children] if one.first is None else []
        home = self._most(went, one, len(children))
        return home or self._most([child.later for child in children] if one.later is None else [], one, len(children))

    def _most(self, went: list[State | None], one: Object, number: int) -> ObjectId | None:
        """The directory in which more than half of a number of objects are."""
        places = [place_of(state, self._outline.canonical) for state in went if state is not None]
        homes = Counter(place.parent for place in places if place is not None and place.parent != one.id)
        for home, count in homes.most_common(1):
            if 2 * count > number:
                return home
        return None

    def _inside(self) -> dict[ObjectId, list[Object]]:
        """What was in each directory; all of what was in one that is gone is changed itself."""
        if self._children is None:
            self._children = defaultdict(list)
            for one in self._outline.objects.values():
                place = place_of(one.base, self._outline.canonical) if one.base else None
                if place is not None:
                    self._children[place.parent].append(one)
        return self._children


def _cycles(outline: Outline) -> list[list[ObjectId]]:
    """Directories that are in themselves, each circle once."""
    safe: set[ObjectId] = {ROOT}
    found = []
    for id, state in sorted(outline.final.items()):
        if state is None or not is_directory(state):
            continue
        way: list[ObjectId] = []
        on_way: set[ObjectId] = set()
        at: ObjectId | None = id
        while at is not None and at not in safe and at not in on_way:
            way.append(at)
            on_way.add(at)
            at = outline.parent(at)
        if at is not None and at in on_way:
            found.append(way[way.index(at) :])
        safe.update(way)
    return found


def _open_cycle(outline: Outline, cycle: list[ObjectId], opened: set[ObjectId]) -> ObjectId:
    """Put one directory of a circle where the later side has it; if all are there already, into the root."""
    for id in sorted(set(cycle) - opened):
        one = outline.objects.get(id)
        later = one.later or one.base if one else None
        if one is None or later is None:
            continue
        place = place_of(later, outline.canonical)
        state = outline.final[id]
        if state is not None and place is not None and place != state.position:
            opened.add(id)
            _put(outline, id, place)
            return id
    id = min(id for id in cycle if id in outline.final)
    state = outline.final[id]
    assert state is not None, "what is in a circle is there"
    assert state.position is not None, "the root is in nothing"
    _put(outline, id, Position(ROOT, state.position.name))
    return id


def _put(outline: Outline, id: ObjectId, place: Position) -> None:
    """Move a directory elsewhere than one side wants it."""
    state = outline.final[id]
    assert state is not None, "what is in a circle is there"
    outline.final[id] = state._replace(position=place, entry=state.entry._replace(name=place.name))
    outline.moved_on.add(id)
    outline.put_back.add(id)
