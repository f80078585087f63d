"""The merged tree while it is made: which object is where, as far as a side changed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from annexish.merge.decide import place_of
from annexish.merge.objects import At, Object, Side, is_directory, states
from annexish.model.conflict import Conflict, Version
from annexish.model.ids import ROOT, ObjectId
from annexish.model.path import RepoPath
from annexish.model.state import Edit, Position, State


class Outline:
    """What becomes of each object that a side changed: `final` is None for what is gone.

    `above` tells where directories are that no side changed. An object that became one with another
    goes by the id of that one (`canonical`).
    """

    def __init__(
        self, objects: list[Object], above: Mapping[ObjectId, Position], base: At, sides: tuple[Side, Side]
    ) -> None:
        self._gathered = objects
        self.objects = {one.id: one for one in objects}
        self.final: dict[ObjectId, State | None] = {}
        self.conflicts: list[Conflict] = []
        self.notes: list[tuple[ObjectId, str]] = []
        self.moved_on: set[ObjectId] = set()
        """Objects that are where neither side has them."""
        self.put_back: set[ObjectId] = set()
        """Directories that are not where a side wants them, because that is in themselves."""
        self._above = above
        self._base = base
        self.sides = sides
        self._became = dict(_united_directories(objects))

    def canonical(self, id: ObjectId) -> ObjectId:
        """The id that an object goes by."""
        while id in self._became:
            id = self._became[id]
        return id

    def edits(self, number: int) -> Iterator[Edit]:
        """Yield what a side lacks (0: the first, 1: the later one), in the ids by which objects are known.

        It lacks nothing of what it alone changed and that stays so. What both changed may have other tags.
        """
        for one in self._gathered:
            mine, other = states(one)[number], states(one)[1 - number]
            if mine != self.final[one.id] or other != one.base:
                yield Edit(one.id, mine, self.final[one.id])
        added = self.objects.keys() - {one.id for one in self._gathered}
        yield from (Edit(id, None, self.final[id]) for id in sorted(added))

    def become(self, gone: ObjectId, one: Object) -> None:
        """Let an object be the same as another one from now on."""
        self._became[gone] = one.id
        self.objects[one.id] = one
        self.final[gone] = None

    def parent(self, id: ObjectId) -> ObjectId | None:
        """The directory in which an object is, None for the root."""
        position = self.position(id)
        return None if position is None else position.parent

    def position(self, id: ObjectId) -> Position | None:
        """Where an object is; what no side changed is where it was."""
        id = self.canonical(id)
        state = self.final.get(id)
        if state is not None:
            return place_of(state, self.canonical)
        if id == ROOT:
            return None
        if id in self.objects:
            # gone: where it was on the side that had it
            one = self.objects[id]
            last = one.first or one.later or one.base
            return place_of(last, self.canonical) if last is not None else None
        parent, name = self._above[id]
        return Position(self.canonical(parent), name)

    def path(self, id: ObjectId) -> RepoPath:
        """Where an object is, in words."""
        names: list[bytes] = []
        position = self.position(id)
        while position is not None and len(names) <= len(self.final) + len(self._above):
            names.append(position.name)
            position = self.position(position.parent)
        return RepoPath(b"/".join(reversed(names)))

    def before(self, position: Position) -> State | None:
        """What has a name in the base and was changed by no side: it has it still."""
        names = [position.name]
        at: ObjectId = position.parent
        while at != ROOT:
            one = self.objects.get(at)
            if one is not None and one.base is None:
                return None
            place = place_of(one.base, self.canonical) if one and one.base else self._above[at]
            assert place is not None, "only the root has no position"
            names.append(place.name)
            at = self.canonical(place.parent)
        entry = self._base(RepoPath(b"/".join(reversed(names))))
        if entry is None or self.canonical(entry.id) in self.objects:
            return None
        return State(position, entry)

    def side_of(self, id: ObjectId) -> Side:
        """The side that put an object where it is."""
        one, state = self.objects[id], self.final[id]
        first, later = self.sides
        assert state is not None, "only what is there was put there"
        if one.later is None or one.first is None:
            return later if one.first is None else first
        if one.base is not None and place_of(one.later, self.canonical) == place_of(one.base, self.canonical):
            return first
        return later

    def version(self, side: Side, holder: ObjectId, state: State) -> Version:
        """What one side has; `holder` is the object that has it now."""
        return Version(side.label, side.repository, self.path(holder), holder, state)


def ordered(versions: Iterable[Version]) -> tuple[Version, ...]:
    """Versions in an order that does not depend on where a merge is made."""
    return tuple(sorted(versions, key=lambda one: (one.label, one.repository, one.holder)))


def _united_directories(objects: Iterable[Object]) -> Iterator[tuple[ObjectId, ObjectId]]:
    """Yield the directories that one side made one with another, and that other one: what comes to them goes there."""
    objects = list(objects)
    for number in range(2):
        sides = [(states(one)[number], one) for one in objects]
        homes = {id: one.id for state, one in sides if state and len(state.entry.ids) > 1 for id in state.entry.ids}
        for state, one in sides:
            if state is None and one.id in homes and one.base is not None and is_directory(one.base):
                yield one.id, homes[one.id]
