"""Which ids an object has from now on: each id is one object's, and whose it is, is merged like everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from annexish.merge.outline import Outline
from annexish.model.ids import ObjectId


def settle_ids(outline: Outline) -> None:
    """Give each object that is there its ids."""
    alive = {id: state for id, state in outline.final.items() if state is not None}
    if all(state.entry.ids == (one.id,) for one in outline.objects.values() for state in one[1:] if state is not None):
        return
    ids: dict[ObjectId, set[ObjectId]] = defaultdict(set)
    for id, owners in _owners(outline).items():
        owner = _owner(id, owners, alive.keys())
        if owner is not None:
            ids[owner].add(id)
    while bare := sorted(id for id in alive if not ids[id]):
        # all that it had became others': it is known by what it began with, which nobody else can take
        for id in bare:
            for others in ids.values():
                others.discard(id)
            ids[id].add(id)
    for id, state in alive.items():
        outline.final[id] = state._replace(entry=state.entry._replace(ids=tuple(sorted(ids[id]))))


def _owners(outline: Outline) -> dict[ObjectId, list[ObjectId | None]]:
    """For each id the objects that have it in the base, on the first and on the later side."""
    owners: dict[ObjectId, list[ObjectId | None]] = defaultdict(lambda: [None, None, None])
    for one in outline.objects.values():
        for number, state in enumerate((one.base, one.first, one.later)):
            for id in state.entry.ids if state is not None else ():
                owners[id][number] = outline.canonical(one.id)
    for one in outline.objects.values():
        for number, state in enumerate((one.first, one.later), start=1):
            # a side that deleted an object said nothing of its ids, unless it gave them to another one
            for id in one.base.entry.ids if state is None and one.base is not None else ():
                owners[id][number] = owners[id][number] or outline.canonical(one.id)
    return owners


def _owner(id: ObjectId, owners: Sequence[ObjectId | None], alive: AbstractSet[ObjectId]) -> ObjectId | None:
    """Whose an id is: the side that changed it decides; where both did, it is the object's that it began with."""
    base, first, later = owners
    if first in (later, base):
        wanted = later
    elif later == base:
        wanted = first
    else:
        wanted = id
    if wanted is None:
        return None
    candidates = [wanted, *sorted(each for each in owners if each is not None)]
    return next((each for each in candidates if each in alive), None)
