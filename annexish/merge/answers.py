"""Conflicts of a base that both sides resolved: what the base has in force is nobody's answer then.

Where bases are merged first, and where two people resolve what one merge left, the sides began with a tree
in which something was still to be decided. That one of them left it as it was is an answer too, and no less
than a change: so different answers are a conflict again, and nobody's answer deletes what another one kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from annexish.merge.objects import Object, states
from annexish.model.conflict import Conflict
from annexish.model.ids import ObjectId

KEPT = b"existence"

Answered = dict[ObjectId, set[bytes]]
"""What was asked of each object: `content`, `place`, `name`, fields of metadata; whether it is there."""


def answered_questions(objects: Iterable[Object], conflicts: Iterable[Conflict]) -> Answered:
    """Return what conflicts of the base asked of each object; what is in a directory goes with it."""
    asked: Answered = defaultdict(set)
    for conflict in conflicts:
        for version in conflict.versions:
            asked[version.holder] |= {conflict.about.encode(), *conflict.fields}
    if not asked:
        return {}
    known = {one.id: one for one in objects}
    found = {one.id: {word for id in _ids(one) for word in asked.get(id, ())} for one in known.values()}
    for one in known.values():
        if any(found[id] for id in _deleted_with(known, one)):
            found[one.id].add(KEPT)
    return found


def _ids(one: Object) -> tuple[ObjectId, ...]:
    return one.base.entry.ids if one.base is not None else ()


def _deleted_with(known: dict[ObjectId, Object], one: Object) -> Iterable[ObjectId]:
    """Yield an object that one side deleted, and the directories above it that this side deleted too."""
    gone = (one.first is None, one.later is None)
    at: Object | None = one
    while at is not None and (at.first is None, at.later is None) == gone and any(gone):
        yield at.id
        here = next((state for state in states(at) if state is not None), None)
        at = known.get(here.position.parent) if here is not None and here.position is not None else None
