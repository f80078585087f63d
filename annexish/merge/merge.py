"""Three snapshots to one, by object: what is where, what it is, and what a person has to decide.

Nothing is looked at but what a side changed, so the cost is that of the two lists of changes.
The sides are in an order that does not depend on where the merge is made: the first and the later one.
So two repositories that meet the same two heads make the same snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

from annexish.merge.adopt import Same
from annexish.merge.answers import answered_questions
from annexish.merge.decide import KEPT_EDIT, Content, Decision, Reconcile, decide, place_of
from annexish.merge.ids import settle_ids
from annexish.merge.links import drop_needless, settle_links
from annexish.merge.names import Names
from annexish.merge.objects import At, Side, gather, states
from annexish.merge.outline import Outline, ordered
from annexish.merge.places import settle_places
from annexish.model.conflict import Conflict, Disagreement, Version
from annexish.model.entry import Entry
from annexish.model.ids import ObjectId
from annexish.model.path import RepoPath, components
from annexish.model.state import Edit, Position


class Note(NamedTuple):
    """Something worth saying of an object, although nothing has to be decided."""

    path: RepoPath
    text: str


class Merged(NamedTuple):
    """What each side lacks, and what a person has to decide; `elsewhere` tells where all other directories are."""

    for_first: Sequence[Edit]
    for_later: Sequence[Edit]
    conflicts: Sequence[Conflict]
    notes: Sequence[Note]
    elsewhere: Callable[[ObjectId], Position | None]


def never(_base: Entry, _first: Entry, _later: Entry) -> Content | None:
    """Make no content of two."""
    return None


def merge(
    base: At,
    first: Side,
    later: Side,
    reconcile: Reconcile = never,
    answered: Iterable[Conflict] = (),
    same: Same = MappingProxyType({}),
) -> Merged:
    """Merge what two sides made of a base. Where they contradict each other the later one is in force.

    `reconcile` is asked when both edited a file.
    `answered` are conflicts of the base that are open on neither side: where the answers differ, they are so again.
    `same` tells which new objects are one although they have no id in common.
    """
    objects, above = gather(base, first, later, same)
    outline = Outline(objects, above, base, (first, later))
    asked = answered_questions(objects, answered)
    decisions = {one.id: decide(one, outline.canonical, reconcile, asked.get(one.id, ())) for one in objects}
    outline.final = {id: decision.state for id, decision in decisions.items()}
    needless = drop_needless(outline, [id for id, decision in decisions.items() if decision.note == KEPT_EDIT])
    settle_links(outline)
    settle_places(outline)
    settle_ids(outline)
    names = Names(outline)
    names.settle()
    # what became one object may have been in two groups
    settle_links(outline)
    for id in sorted(decisions.keys() - needless):
        _tell(outline, names, outline.canonical(id), decisions[id])
    for id in sorted(outline.put_back):
        _disagree(outline, Disagreement.PLACE, outline.canonical(id), _versions(outline, outline.canonical(id)))
    names.note_folded()
    return Merged(
        list(outline.edits(0)),
        list(outline.edits(1)),
        sorted(outline.conflicts, key=lambda each: (components(each.path), each.about, each.fields)),
        [Note(outline.path(id), text) for id, text in outline.notes],
        outline.position,
    )


def _tell(outline: Outline, names: Names, id: ObjectId, decision: Decision) -> None:
    """Record what is to be decided about one object, now that its path is known."""
    came_back = decision.state is None and outline.final[id] is not None
    if decision.note is not None and not came_back:
        outline.notes.append((id, decision.note))
    for about in decision.about:
        if about is Disagreement.CONTENT:
            assert decision.other is not None, "there are two contents"
            copy = names.put_beside(id, decision.other, outline.sides[0])
            first, later = _versions(outline, id)
            _disagree(outline, about, id, [first._replace(holder=copy, path=outline.path(copy)), later])
        elif about is not Disagreement.PLACE or (id not in outline.put_back and _are_apart(outline, id)):
            fields = decision.fields if about is Disagreement.METADATA else ()
            _disagree(outline, about, id, _versions(outline, id), fields)


def _are_apart(outline: Outline, id: ObjectId) -> bool:
    """Whether both sides still want an object in different places; those may have become one."""
    places = [place_of(state, outline.canonical) for state in states(outline.objects[id]) if state is not None]
    return len(set(places)) > 1


def _versions(outline: Outline, id: ObjectId) -> list[Version]:
    """What both sides have of an object."""
    one, state = outline.objects[id], outline.final[id]
    assert state is not None, "only about what is there there is something to decide"
    each = zip(outline.sides, (one.first or state, one.later or state), strict=True)
    return [outline.version(side, id, version) for side, version in each]


def _disagree(
    outline: Outline, about: Disagreement, id: ObjectId, versions: list[Version], fields: tuple[bytes, ...] = ()
) -> None:
    base = outline.objects[id].base
    outline.conflicts.append(Conflict(about, outline.path(id), base, ordered(versions), fields))
