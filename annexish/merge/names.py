"""Every name of a directory is one object's: what is one thing becomes one object, all else gets other names."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

from annexish.merge.decide import place_of
from annexish.merge.fields import join_entries
from annexish.merge.objects import Object, Side, is_directory, states
from annexish.merge.outline import Outline, ordered
from annexish.model.beside import beside, cut
from annexish.model.change import content_of
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.path import join
from annexish.model.state import Position, State

FOLDED = "differs only in case or in Unicode form from {}: some file systems take both for one"


class Names:
    """The names of every directory that something came to."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._in: dict[ObjectId, dict[bytes, set[ObjectId]]] = defaultdict(lambda: defaultdict(set))
        for id, state in outline.final.items():
            if state is not None and state.position is not None:
                self._in[state.position.parent][state.position.name].add(id)

    def settle(self) -> None:
        """Let no name be that of two objects; a directory that took in another one is looked at again."""
        todo = sorted(self._in)
        while todo:
            directory = todo.pop()
            for name in sorted(self._in[directory]):
                todo += self._unite_alike(Position(directory, name))
        # only now it is known which objects want one name
        wanted = [Position(directory, name) for directory in sorted(self._in) for name in sorted(self._in[directory])]
        parted = [(position, self._part(position)) for position in wanted]
        # only now it is known where everything is
        for position, versions in parted:
            if versions:
                self._tell(position, versions)

    def put_beside(self, id: ObjectId, entry: Entry, side: Side) -> ObjectId:
        """Give a version of an object that is wanted too a name beside it, and an id of its own; return that."""
        state = self._outline.final[id]
        assert state is not None, "a version is beside something"
        assert state.position is not None, "the root has no versions"
        copy = other_version(self._outline.objects[id], entry)
        while (there := self._outline.final.get(copy)) is not None:
            if content_of(there.entry) == content_of(entry):
                return copy
            copy = ObjectId(hashlib.blake2b(copy, digest_size=16).digest())
        one = Object(copy, None, None, None)
        self._outline.objects[copy] = one
        place = Position(state.position.parent, self._free(state.position, side, copy))
        self._outline.final[copy] = State(place, entry._replace(name=place.name, ids=(copy,), links=None))
        self._in[place.parent][place.name] = {copy}
        return copy

    def note_folded(self) -> None:
        """Say which names that came from both sides are one name where case or Unicode form does not count."""
        for directory in sorted(self._in):
            alike: dict[str, list[bytes]] = defaultdict(list)
            for name in sorted(name for name, ids in self._in[directory].items() if ids):
                alike[_folded(name)].append(name)
            for names in alike.values():
                for name in names[1:]:
                    (id,) = self._in[directory][name]
                    text = FOLDED.format(repr(names[0].decode("utf-8", "backslashreplace")))
                    self._outline.notes.append((id, text))

    def _unite_alike(self, position: Position) -> list[ObjectId]:
        """Make one object of those of one name that are the same thing; return the directories that grew."""
        outline = self._outline
        ids = sorted(self._in[position.parent][position.name])
        grown = []
        for number, id in enumerate(ids):
            for other in ids[number + 1 :]:
                if outline.final[id] is not None and outline.final[other] is not None and self._are_one(id, other):
                    grown += self._unite(position, *self._in_order(id, other))
        self._in[position.parent][position.name] = {id for id in ids if outline.final[id] is not None}
        return grown

    def _are_one(self, id: ObjectId, other: ObjectId) -> bool:
        """Whether two objects of one name are the same thing: a new one, and it has what the other has."""
        objects, final = self._outline.objects, self._outline.final
        here, there = final[id], final[other]
        assert here is not None, "both are there"
        assert there is not None, "both are there"
        if objects[id].base is not None and objects[other].base is not None:
            return False
        if is_directory(here) or is_directory(there):
            return is_directory(here) and is_directory(there)
        return content_of(here.entry) == content_of(there.entry)

    def _in_order(self, id: ObjectId, other: ObjectId) -> tuple[Object, Object]:
        """The object that stays first: the known one, else the one with the smaller id."""
        one, two = self._outline.objects[id], self._outline.objects[other]
        return (two, one) if one.base is None and two.base is not None else (one, two)

    def _unite(self, position: Position, one: Object, new: Object) -> list[ObjectId]:
        """Make one object of two; what is in a directory comes along."""
        outline = self._outline
        here, there = outline.final[one.id], outline.final[new.id]
        assert here is not None, "both are there"
        assert there is not None, "both are there"
        ids = tuple(sorted({*here.entry.ids, *there.entry.ids}))
        if one.base is None:
            first, later = (there, here) if one.first is None else (here, there)
            here = State(position, join_entries(None, first.entry, later.entry).entry)
        united = Object(one.id, one.base, one.first or new.first, one.later or new.later)
        inside = [id for names in self._in.pop(new.id, {}).values() for id in names]
        outline.become(new.id, united)
        outline.final[one.id] = here._replace(entry=here.entry._replace(name=position.name, ids=ids))
        for id in inside:
            state = outline.final[id]
            assert state is not None, "what became another object has no name any more"
            outline.final[id] = state._replace(position=Position(one.id, state.entry.name))
            outline.moved_on.add(id)
            self._in[one.id][state.entry.name].add(id)
        return [one.id]

    def _part(self, position: Position) -> dict[ObjectId, State]:
        """Give objects that want one name names that say from where they are; one that belongs there keeps it.

        Return what wanted it, if there was more than one; what had it before and was changed by no side is one too.
        """
        outline = self._outline
        ids = sorted(self._in[position.parent][position.name])
        before = outline.before(position) if len(ids) > 1 or not outline.moved_on.isdisjoint(ids) else None
        if len(ids) + (before is not None) < 2:
            return {}
        versions = {before.entry.id: before} if before else {}
        holder = None if before else self._holder(ids, position)
        for id in ids:
            state = outline.final[id]
            assert state is not None, "only what is there wants a name"
            versions[id] = state
            if id != holder:
                self._in[position.parent][position.name].discard(id)
                name = self._free(position, outline.side_of(id), id)
                self._in[position.parent][name] = {id}
                outline.final[id] = State(Position(position.parent, name), state.entry._replace(name=name))
                outline.moved_on.add(id)
        return versions

    def _tell(self, position: Position, wanted: dict[ObjectId, State]) -> None:
        """Record that several objects want one name."""
        outline = self._outline
        path = join(outline.path(position.parent), position.name)
        versions = [
            outline.version(outline.side_of(id), id, state)
            if id in outline.final
            else Version(b"both", b"", path, id, state)
            for id, state in wanted.items()
        ]
        outline.conflicts.append(Conflict(Disagreement.NAME, path, None, ordered(versions)))

    def _holder(self, ids: list[ObjectId], position: Position) -> ObjectId | None:
        """Whose a name is: of one that had it before, or of the only one that a side has there."""
        had = next((id for id in ids if self._is_at(self._outline.objects[id].base, position)), None)
        there = [id for id in ids if any(self._is_at(state, position) for state in states(self._outline.objects[id]))]
        return there[0] if had is None and len(there) == 1 else had

    def _is_at(self, state: State | None, position: Position) -> bool:
        return state is not None and place_of(state, self._outline.canonical) == position

    def _free(self, position: Position, side: Side, id: ObjectId) -> bytes:
        """A name like the one wanted that says from where, and that nothing has."""
        here = self._in[position.parent]
        return next(
            name
            for name in names_from(position.name, side.label, id)
            if not here.get(name) and self._outline.before(Position(position.parent, name)) is None
        )


def names_from(name: bytes, label: bytes, id: ObjectId) -> Iterator[bytes]:
    """Yield names beside a name that say from where, in a form that keeps the extension: `a.from-laptop.jpg`."""
    number = 0
    while True:
        mark = b".from-" + cut(label, 64) + (b"-" + id.hex()[: 8 * number].encode() if number else b"")
        yield beside(name, mark + (b"-%d" % number if number > 4 else b""))
        number += 1


def other_version(one: Object, entry: Entry) -> ObjectId:
    """The id of a second version of an object: everybody who meets the same conflict gives it the same.

    The times are in it so that a later conflict about the same contents is another one.
    """
    versions = [state.entry for state in (one.base, one.first, one.later) if state is not None]
    facts = (one.id, [(content_of(each), each.mtime_ns) for each in versions], content_of(entry))
    return ObjectId(hashlib.blake2b(repr(facts).encode(), digest_size=16).digest())


def _folded(name: bytes) -> str:
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFC", text.casefold())
