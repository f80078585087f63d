"""A new repository of what a hub has: the whole history, and no contents but those that were there before."""

from __future__ import annotations

import os
from contextlib import suppress

from annexish.errors import Refused, Usage
from annexish.flows.contents.fill import NOTHING
from annexish.flows.contents.telling import tell
from annexish.flows.place.create import create
from annexish.flows.place.place import Place
from annexish.flows.remotes import remotes
from annexish.flows.remotes.hub import gather, require_hub, unmerged
from annexish.flows.sync.clone import ORIGIN, Cloned, Request, adopted, begin_at
from annexish.flows.tree.settle import settle
from annexish.model.path import CONTROL
from annexish.model.remotes import Known
from annexish.store.lock import Lock


def clone_hub(request: Request) -> Cloned:
    """Make the repository, or finish one that was begun; it begins at the newest head, and a sync merges others."""
    require_hub(Known(ORIGIN, request.source))
    begun = _begun(request)
    place = create(request.directory, request.name if request.name or not begun else None)
    with Lock(place.lock):
        settle(place)
        held_before = os.listdir(place.root) != [CONTROL]
        if place.head() is None:
            _begin(place, request, held_before=held_before)
        found = adopted(place) if held_before and place.head() is not None else None
        if place.head() is not None:
            tell(place)
    return Cloned(place, NOTHING, found)


def _begin(place: Place, request: Request, *, held_before: bool) -> None:
    heads = unmerged(place, gather(place, Known(ORIGIN, request.source)))
    with suppress(Usage):
        remotes.add(place, ORIGIN, request.source, os.fsencode(os.getcwd()))
    if heads:
        begin_at(place, heads[-1], request, held_before=held_before)


def _begun(request: Request) -> bool:
    """Whether a clone of the hub was begun there; raise Refused if another repository is there."""
    if not os.path.isdir(os.path.join(request.directory, CONTROL, b"history.git")):
        return False
    there = Place(os.path.realpath(request.directory))
    known = [one.url for one in remotes.remotes(there) if one.name == ORIGIN]
    if known == [request.source] or (there.head() is None and not known):
        return True
    where = os.fsdecode(request.directory)
    raise Refused(f"{where!r} is a repository already", hint="`annexish remote add` there, then `annexish sync`")
